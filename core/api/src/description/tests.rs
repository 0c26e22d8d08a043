//! The description against itself and against the committed copy that integrators generate clients from.

use std::path::Path;

use nuan_vocabulary::determination::Determination;
use serde_json::Value;

use crate::calculate::CalculateBody;
use crate::extract::ReadBody;
use crate::router;

fn written() -> Value {
    serde_json::to_value(router::openapi()).unwrap()
}

/// `NUAN_WRITE=1 cargo test -p nuan-api` writes the copy anew.
#[test]
fn the_committed_copy_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let current = format!("{}\n", serde_json::to_string_pretty(&written()).unwrap());
    if std::env::var_os("NUAN_WRITE").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(
        committed == current,
        "openapi.json is out of date; run `NUAN_WRITE=1 cargo test -p nuan-api` and review the change"
    );
}

#[test]
fn it_is_openapi_3_1_and_every_reference_leads_somewhere() {
    let api = written();
    assert!(api["openapi"].as_str().unwrap().starts_with("3.1"));
    let text = api.to_string();
    for reference in text.split("\"$ref\":\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads outside"));
        assert!(api.pointer(pointer).is_some(), "{reference}");
    }
    assert!(!text.contains("draft-07") && !text.contains("\"definitions\""));
}

#[test]
fn every_operation_documents_its_answers_and_refusals() {
    let api = written();
    let paths = api["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 32);
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            let name = format!("{method} {path}");
            let responses = operation["responses"].as_object().unwrap_or_else(|| panic!("{name}"));
            assert!(responses.contains_key("200") || responses.contains_key("201"), "{name}");
            assert!(["400", "500", "503", "default"].iter().all(|status| responses.contains_key(*status)), "{name}");
            assert_eq!(path.contains("{id}"), responses.contains_key("404"), "{name}");
            assert_eq!(method == "post", responses.contains_key("422"), "{name}");
            for (status, response) in responses.iter().filter(|(status, _)| !status.starts_with('2')) {
                assert!(response["content"]["application/problem+json"]["schema"].is_object(), "{name} {status}");
            }
            assert!(operation["operationId"].is_string() && operation["summary"].is_string(), "{name}");
        }
    }
}

#[test]
fn the_examples_are_read_by_the_types_that_they_stand_for() {
    let api = written();
    let calculate = &api["paths"]["/v1/calculate"]["post"];
    let request = &calculate["requestBody"]["content"]["application/json"]["example"];
    assert!(CalculateBody::read(request.clone()).is_ok());
    let response = &calculate["responses"]["200"]["content"]["application/json"]["example"];
    serde_json::from_value::<Determination>(response.clone()).unwrap();
}
