//! A list shows what was asked for and nothing else: a filter that there is not is a 400 on every route, so is a division that a
//! list cannot be cut to, and what stands for two things is a 409. Nothing is ever taken for "everything".

use nuan_tests::{root, text};
use serde_json::{Value, json};

use super::conversation::{Conversation, get, post};
use super::{couple, on_register, somebody};

/// An id of the kind that a route reads. Nobody has it: the filter is refused before anything is looked up.
fn sample(path: &str) -> String {
    let free = "00000000000000000000000000000000";
    let id = match path {
        "/v1/audit/leaves/{id}/proof" | "/v1/audit/leaves/{id}/opening" => "330106-0".to_owned(),
        "/v1/audit/growth/{id}" => "330106-0-0".to_owned(),
        "/v1/parameters/{id}" => "margin.multiplier".to_owned(),
        _ => {
            let kinds = [
                ("households", "hh"),
                ("change-requests", "cr"),
                ("determinations", "det"),
                ("persons", "ps"),
                ("matches", "mat"),
                ("decisions", "dec"),
                ("entitlements", "ent"),
                ("reassessments", "ra"),
                ("subjects", "hh"),
            ];
            let kind = kinds.into_iter().find(|(noun, _)| path.contains(&format!("/{noun}/{{id}}")));
            kind.map(|(_, kind)| format!("{kind}_{free}")).unwrap_or_default()
        }
    };
    path.replace("{id}", &id)
}

#[tokio::test]
async fn no_route_ignores_a_filter() {
    let conversation = Conversation::begin().await;
    on_register(&conversation, &somebody()).await;
    let (_, description) = text(&root().join("core/api/openapi.json")).unwrap();
    let description: Value = serde_json::from_str(&description).unwrap();
    let mut asked = 0;
    for (path, methods) in description["paths"].as_object().unwrap() {
        if methods.get("get").is_none() {
            continue;
        }
        let scope = if path == "/v1/persons" { "division=330106&name=zs&" } else { "" };
        let scope =
            if ["/v1/households", "/v1/change-requests"].contains(&path.as_str()) { "division=330106&" } else { scope };
        for wrong in ["states=open", "DIVISION=330106", "limit[]=5"] {
            let refused = conversation.ask(&get(&format!("{}?{scope}{wrong}", sample(path)))).await;
            let found = (refused.status().as_u16(), refused.body()["code"].as_str());
            assert_eq!(found, (400, Some("NU2006")), "{path}?{scope}{wrong}: {}", refused.body());
        }
        asked += 1;
    }
    assert!(15 <= asked, "{asked} routes were asked");
}

#[tokio::test]
async fn a_list_is_cut_to_what_was_named_or_refused() {
    let mut conversation = Conversation::begin().await;
    let path = on_register(&conversation, &couple()).await;
    conversation.say("A list of households names its division.", get("/v1/households")).await;
    let determinations = get(&format!("{path}/determinations?as_of=2024-01-01"));
    conversation.say("Determinations are not listed by their day.", determinations).await;
    let requests = get(&format!("{path}/change-requests?state=submitted"));
    conversation.say("Change requests of a household are not listed by their state.", requests).await;
    for (what, division) in [("Officials decide for a county.", "330000"), ("Nor does a township.", "330106109")] {
        let waiting = get(&format!("/v1/change-requests?division={division}"));
        let refused = conversation.say(what, waiting).await;
        assert_eq!(refused.status().as_u16(), 400);
    }
    let cursor = get("/v1/households?division=330106&after=hh_00000000000000000000000000000000");
    conversation.say("A cursor of another list is none.", cursor).await;
    conversation.say("A proof has no filter.", get("/v1/audit/leaves/330106-0/proof?size=1")).await;
    conversation.ends_as("refused/list");
}

#[tokio::test]
async fn a_document_number_stands_for_one_person() {
    let mut conversation = Conversation::begin().await;
    let mut document = couple();
    document["members"][0]["document"] = json!({ "kind": "citizen_id", "number": "999999198001010011" });
    on_register(&conversation, &document).await;
    let mut again = somebody();
    again["members"][0]["document"] = json!({ "kind": "citizen_id", "number": "999999800101001" });
    let refused = conversation.say("The 15 digits are those of somebody known.", post("/v1/households", &again)).await;
    assert_eq!((refused.status().as_u16(), refused.body()["code"].as_str()), (409, Some("NU5010")));
    assert!(!refused.body().to_string().contains("999999800101001"));
    conversation.ends_as("refused/known_person");
}
