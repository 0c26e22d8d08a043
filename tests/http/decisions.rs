//! An official decides: a determination is adopted or departed from, what is due follows, and it ends.

use axum::http::{HeaderValue, Request};
use serde_json::{Value, json};

use super::conversation::{Conversation, get, is_replayed, post, under};
use super::{known_household, on_register};

fn by(actor: &'static str, mut request: Request<String>) -> Request<String> {
    request.headers_mut().insert("nuan-actor", HeaderValue::from_static(actor));
    request
}

/// The path of a determination that a clerk had computed.
async fn determined(conversation: &Conversation, home: &str, as_of: &str) -> String {
    let request = by("clerk", post(&format!("{home}/determinations"), &json!({ "as_of": as_of })));
    conversation.ask(&request).await.headers()["location"].to_str().unwrap().to_owned()
}

fn adopt() -> Value {
    json!({ "action": "adopt", "kinds": ["dibao"] })
}

fn depart() -> Value {
    json!({ "action": "depart", "reason": "经入户核实，实际收入高于申报",
        "benefits": [{ "kind": "dibao", "amount_fen_monthly": 100_000 }] })
}

#[tokio::test]
async fn a_determination_is_adopted_and_what_is_due_follows() {
    let mut conversation = Conversation::begin().await;
    let home = on_register(&conversation, &known_household()).await;
    let determination = determined(&conversation, &home, "2024-07-01").await;
    let path = format!("{determination}/decisions");
    let what = "An official adopts what somebody else had computed.";
    let request = || under("c0ffee", by("officer", post(&path, &adopt())));
    let decided = conversation.say(what, request()).await;
    let decision = decided.headers()["location"].to_str().unwrap().to_owned();
    let again = conversation.ask(&request()).await;
    assert_eq!((again.body(), is_replayed(&again)), (decided.body(), true));
    let silent = Conversation::over(&conversation);
    conversation.ends_as("decisions/create");

    let mut other = Conversation::over(&silent);
    other.say("A decision says what was granted and what was refused.", get(&decision)).await;
    other.ends_as("decisions/show");
    let mut other = Conversation::over(&silent);
    let entitlement = decided.body()["benefits"][0]["entitlement"].as_str().unwrap();
    let entitlement = format!("/v1/entitlements/{entitlement}");
    other.say("What is due, to whom, for whom, and since when.", get(&entitlement)).await;
    other.ends_as("entitlements/show");

    let later = determined(&silent, &home, "2024-07-02").await;
    silent.ask(&by("officer", post(&format!("{later}/decisions"), &depart()))).await;
    let mut other = Conversation::over(&silent);
    other.say("A later decision departed from the rules.", get(&format!("{home}/decisions"))).await;
    other.ends_as("decisions/list");
    let mut other = Conversation::over(&silent);
    let what = "The entitlement that follows took the place of the first.";
    let listed = other.say(what, get(&format!("{home}/entitlements"))).await;
    let [first, second] = &listed.body()["items"].as_array().unwrap()[..] else { panic!("{}", listed.body()) };
    assert_eq!((&first["superseded_by"], &first["ends_on"]), (&second["id"], &second["starts_on"]));
    other.ends_as("entitlements/list");
    let listed = silent.ask(&get(&format!("{home}/determinations"))).await;
    let open = |n: usize| listed.body()["items"][n]["allowed_actions"].clone();
    assert_eq!((open(0), open(1)), (json!([]), json!([])));
}

#[tokio::test]
async fn an_entitlement_ends() {
    let mut conversation = Conversation::begin().await;
    let home = on_register(&conversation, &known_household()).await;
    let determination = determined(&conversation, &home, "2024-07-01").await;
    let decided = conversation.ask(&by("officer", post(&format!("{determination}/decisions"), &adopt()))).await;
    let entitlement = decided.body()["benefits"][0]["entitlement"].as_str().unwrap();
    let path = format!("/v1/entitlements/{entitlement}/ends");
    let end = json!({ "ends_on": "2026-03-01", "reason": "家庭自愿退出" });
    let ended = conversation.say("The household does not want it any more.", by("officer", post(&path, &end))).await;
    assert_eq!(ended.body()["allowed_actions"], json!([]));
    conversation.ends_as("entitlements/end");
}

#[tokio::test]
async fn what_cannot_be_decided_is_refused() {
    let mut conversation = Conversation::begin().await;
    let mut document = known_household();
    assert!(document["entities"].as_object_mut().unwrap().remove("vehicle").is_some());
    let home = on_register(&conversation, &document).await;
    let determination = determined(&conversation, &home, "2024-07-01").await;
    let path = format!("{determination}/decisions");
    conversation.say("Whoever had it computed does not decide on it.", by("clerk", post(&path, &adopt()))).await;
    conversation.say("What nobody knows is not adopted.", by("officer", post(&path, &adopt()))).await;
    let silent = json!({ "action": "depart", "benefits": [{ "kind": "dibao" }] });
    conversation.say("Whoever departs says why.", by("officer", post(&path, &silent))).await;
    let wrong = json!({ "action": "depart", "reason": "r", "benefits": [
        { "kind": "dibaoo" }, { "kind": "dibao", "amount_fen_monthly": 0 }, { "kind": "dibao" },
        { "kind": "tekun" }, { "kind": "tekun", "member": "z" }] });
    conversation
        .say("Amounts are one fen or more, and nothing is decided twice.", by("officer", post(&path, &wrong)))
        .await;
    let other = json!({ "action": "depart", "reason": "r", "benefits": [
        { "kind": "dibaoo" }, { "kind": "tekun" }, { "kind": "tekun", "member": "z" }] });
    conversation.say("There is no such benefit, and nobody of this name.", by("officer", post(&path, &other))).await;
    let form = json!({ "action": "decree", "reason": "张三" });
    let refused = conversation.say("There is no such decision.", by("officer", post(&path, &form))).await;
    assert!(!refused.body().to_string().contains("张三"));
    let free = "00000000000000000000000000000000";
    conversation.say("There is no such decision to be seen.", get(&format!("/v1/decisions/dec_{free}"))).await;
    conversation.say("Nor is this due to anybody.", get(&format!("/v1/entitlements/ent_{free}"))).await;
    conversation.ends_as("refused/decision");
}
