//! The register changes: a household is split, an income of last year is corrected, and what was determined from it is
//! determined again. One person submits, another decides.

use axum::http::{HeaderValue, Request};
use serde_json::{Value, json};

use super::conversation::{Conversation, get, post};
use super::{known_household, on_register};

fn by(actor: &'static str, mut request: Request<String>) -> Request<String> {
    request.headers_mut().insert("nuan-actor", HeaderValue::from_static(actor));
    request
}

fn approve() -> Value {
    json!({ "action": "approve", "reason": "经入户核实" })
}

/// Last year's income, as the tax office states it now.
fn corrected_income() -> Value {
    let statement = json!({ "value": "18000.00", "from": "2021-09-01", "until": "2023-09-01", "source": "税务核对",
        "evidence": ["核对报告 7"], "confidence": "verified" });
    json!({ "change": { "kind": "correct", "facts": { "household.income_12_months": [statement] } },
        "reason": "上年收入核对后更正", "evidence": ["核对报告 7"] })
}

/// The path of a change request that was submitted.
async fn submitted(conversation: &Conversation, home: &str, proposal: &Value) -> String {
    let asked = conversation.ask(&by("clerk", post(&format!("{home}/change-requests"), proposal))).await;
    asked.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_income_is_corrected_and_what_it_touches_is_determined_again() {
    let mut conversation = Conversation::begin().await;
    let home = on_register(&conversation, &known_household()).await;
    let determinations = format!("{home}/determinations");
    for as_of in ["2022-09-01", "2024-07-01"] {
        conversation.ask(&post(&determinations, &json!({ "as_of": as_of }))).await;
    }
    let path = format!("{home}/change-requests");
    let asked = conversation.say("A clerk submits a correction.", by("clerk", post(&path, &corrected_income()))).await;
    let request = asked.headers()["location"].to_str().unwrap().to_owned();
    let silent = Conversation::over(&conversation);
    conversation.ends_as("changes/create");

    let decisions = format!("{request}/decisions");
    let own = silent.ask(&by("clerk", post(&decisions, &approve()))).await;
    assert_eq!((own.status().as_u16(), own.body()["code"].as_str()), (409, Some("NU5011")));
    let mut other = Conversation::over(&silent);
    let decided = other.say("Somebody else approves.", by("officer", post(&decisions, &approve()))).await;
    let recomputed = decided.body()["recomputed"].as_array().unwrap();
    assert_eq!(recomputed.len(), 1, "only the determination within the corrected period");
    assert_eq!(recomputed[0]["as_of"], "2022-09-01");
    let amount = recomputed[0]["outputs"].as_array().unwrap().iter().find(|output| output["name"] == "dibao.amount");
    // (24,000 − 18,000) ÷ 12 a month was too little.
    assert_eq!(amount.unwrap()["difference_fen"], 50_000);
    other.ends_as("changes/decide");

    let mut other = Conversation::over(&silent);
    let shown = other.say("The request says what stood where before and after.", get(&request)).await;
    assert_eq!((&shown.body()["state"], &shown.body()["version"]), (&json!("approved"), &json!(2)));
    other.ends_as("changes/show");
    let again = silent.ask(&by("officer", post(&decisions, &approve()))).await;
    assert_eq!(again.body()["code"], "NU5034");
}

#[tokio::test]
async fn a_household_is_split() {
    let conversation = Conversation::begin().await;
    let mut document = known_household();
    document["members"][1]["name"] = "张小明".into();
    let home = on_register(&conversation, &document).await;
    let reference = document["members"][1]["ref"].clone();
    let split = json!({ "change": { "kind": "split", "members": [reference], "from": "2024-05-01", "alone": true },
        "reason": "成年子女分户", "evidence": ["户口簿"] });
    let request = submitted(&conversation, &home, &split).await;
    let mut listed = Conversation::over(&conversation);
    listed.say("What waits in the county.", by("officer", get("/v1/change-requests?division=330106"))).await;
    listed.ends_as("changes/waiting");
    let mut listed = Conversation::over(&conversation);
    listed.say("What was asked about the household.", by("officer", get(&format!("{home}/change-requests")))).await;
    listed.ends_as("changes/list");
    let decided = conversation.ask(&by("officer", post(&format!("{request}/decisions"), &approve()))).await;
    let new = decided.body()["request"]["new_household"].as_str().unwrap().to_owned();
    let made = conversation.ask(&get(&format!("/v1/households/{new}"))).await;
    assert_eq!(made.body()["document"]["members"].as_array().unwrap().len(), 1);
    let found = conversation.ask(&get("/v1/persons?division=330106&name=zxm")).await;
    assert_eq!(found.body()["items"][0]["household"], json!(new), "{}", found.body());
    let proof = conversation.ask(&get("/v1/audit/leaves/330106-0/proof")).await;
    assert_eq!(proof.status().as_u16(), 200);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_every_conflict() {
    let mut conversation = Conversation::begin().await;
    let home = on_register(&conversation, &known_household()).await;
    let path = format!("{home}/change-requests");
    let leave = json!({ "change": { "kind": "leave", "member": "z", "from": "2030-01-01", "because": "married" },
        "reason": " " });
    conversation.say("Nobody has this reference, and the day is to come.", by("clerk", post(&path, &leave))).await;
    let unheard = json!({ "change": { "kind": "vanish", "name": "张三" }, "reason": "r" });
    let refused = conversation.say("There is no such change.", by("clerk", post(&path, &unheard))).await;
    assert!(!refused.body().to_string().contains("张三"));
    conversation.ends_as("refused/change");
}
