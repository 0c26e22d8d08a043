//! Wrong documents: what partners send and receive.

use nuan_api::problem::Problem;
use nuan_domain::document::HouseholdDocument;
use nuan_tests::installation::reference;
use nuan_vocabulary::determination::Determination;
use nuan_vocabulary::resolved::ResolvedManifest;
use serde_json::Value;

use super::check;

const HOUSEHOLD: &str = r#"{
  "division": "330106", "as_of": "2024-07-01",
  "facts": { "household.income_12_months": "40000.00", "household.local_hukou": true, "record.dibao.since": { "none": true } },
  "entities": { "vehicle": { "none": true }, "home": [{ "floor_area_dm2": 6000 }] },
  "members": [{
    "ref": "a", "name": "张三", "relation": "02", "document": { "kind": "citizen_id", "number": "999999198001010011" },
    "facts": { "member.disability_grade": [
      { "value": "2", "from": "2021-05-01", "until": "2023-05-01", "source": "disability", "known_at": "2021-05-20T08:00:00Z" },
      { "value": { "none": true }, "from": "2023-05-01" }
    ] },
    "entities": { "monthly_wage": [{ "month": "2022-07", "gross": "3500.00" }] }
  }]
}"#;

const DETERMINATION: &str = r#"{
  "as_of": "2025-01-01", "known_at": "2025-01-01T01:00:00Z", "division": "999901",
  "outputs": [
    { "name": "example.amount", "state": "known", "amount_fen": 100, "role": "entitlement", "plugin": "cn.999901.example@1.0.0" }
  ],
  "digests": { "inputs": "a", "catalogue": "b", "parameters": "c", "plugins": {}, "engine": "d" }
}"#;

const RESOLVED: &str = r#"{
  "id": "cn.999901.example", "version": "1.0.0", "abi": "1", "catalogue": "1",
  "levels": [{ "entity": "household", "columns": [{ "name": "example.monthly", "from": "parameter", "type": "money" }] }],
  "outputs": [{ "name": "example.amount", "level": 0, "type": "money", "role": "entitlement" }]
}"#;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn wrong_households() {
    let reference = reference().unwrap();
    let is_read = |text: &str| HouseholdDocument::parse(text.as_bytes(), &reference.schema).is_ok();
    let changes = [
        ("\"40000.00\"", "40000.00"),
        ("\"40000.00\"", "\"-0.01\""),
        ("\"40000.00\"", "\"1.005\""),
        ("\"40000.00\"", "{ \"none\": true }"),
        ("household.income_12_months", "household.incomes"),
        ("household.income_12_months", "member.own_income_12_months"),
        ("330106", "330100"),
        ("\"as_of\": \"2024-07-01\"", "\"as_of\": \"2023-02-29\""),
        ("\"as_of\": \"2024-07-01\"", "\"as_of\": null"),
        ("local_hukou\": true", "local_hukou\": \"yes\""),
        ("\"floor_area_dm2\": 6000", "\"floor_area_dm2\": -1"),
        ("\"floor_area_dm2\": 6000", "\"floor_area_dm2\": 1000000001"),
        ("\"floor_area_dm2\": 6000", "\"floor_area_dm2\": 60.5"),
        ("\"floor_area_dm2\"", "\"home.floor_area_dm2\""),
        ("[{ \"floor_area_dm2\": 6000 }]", "[]"),
        ("\"vehicle\"", "\"monthly_wage\""),
        ("\"vehicle\"", "\"member\""),
        ("\"ref\": \"a\"", "\"ref\": \"a b\""),
        ("\"name\": \"张三\"", "\"name\": \"\""),
        ("\"relation\": \"02\"", "\"relation\": \"999\""),
        ("\"citizen_id\"", "\"passport\""),
        ("\"value\": \"2\", ", ""),
        ("\"value\": \"2\"", "\"value\": 2"),
        ("\"source\"", "\"by\""),
        ("2021-05-20T08:00:00Z", "yesterday"),
        ("\"month\": \"2022-07\"", "\"month\": \"2022-13\""),
    ];
    check("household", HOUSEHOLD, json, is_read, &changes);
    let most = HOUSEHOLD.replace("6000", "1000000000").replace("\"40000.00\"", "[{ \"value\": \"0\" }]");
    let changes = [("[{ \"value\": \"0\" }]", "[]"), ("\"value\": \"0\"", "\"worth\": \"0\"")];
    check("household", &most, json, is_read, &changes);
}

#[test]
fn wrong_answers() {
    let changes = [
        ("\"state\": \"known\"", "\"state\": \"maybe\""),
        ("\"amount_fen\": 100", "\"amount_fen\": \"1.00\""),
        ("\"amount_fen\": 100", "\"amount_yuan\": 1"),
        ("\"as_of\": \"2025-01-01\"", "\"as_of\": \"2025-1-1\""),
        (", \"engine\": \"d\"", ""),
    ];
    check("determination", DETERMINATION, json, |text| serde_json::from_str::<Determination>(text).is_ok(), &changes);
    let changes = [
        ("\"from\": \"parameter\"", "\"from\": \"guess\""),
        ("\"level\": 0", "\"level\": -1"),
        ("\"type\": \"money\" }]", "\"type\": \"money\", \"secret\": 1 }]"),
        ("\"abi\": \"1\", ", ""),
    ];
    check("resolved-manifest", RESOLVED, json, |text| serde_json::from_str::<ResolvedManifest>(text).is_ok(), &changes);
}

/// A problem may have further members (RFC 9457), but not fewer.
#[test]
fn wrong_problems() {
    let right = r#"{ "type": "t", "code": "NU2103", "title": "x", "status": 422, "request_id": "1", "errors": [
      { "path": "/as_of", "code": "NU2110", "detail": "x", "hint": "x" }] }"#;
    let changes = [
        ("\"status\": 422", "\"status\": \"422\""),
        ("\"request_id\": \"1\", ", ""),
        ("\"detail\": \"x\", ", ""),
        ("\"code\": \"NU2103\"", "\"code\": 2103"),
    ];
    let is_read = |text: &str| serde_json::from_str::<Problem>(text).is_ok();
    check("problem", right, json, is_read, &changes);
}
