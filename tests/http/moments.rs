//! What was known on that day about this day: a household is shown as it was on a day, as the register knew it at an instant,
//! before and after a correction and a move-out.

use axum::http::{HeaderValue, Request};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::conversation::{Conversation, get, post};
use super::{couple, on_register};

fn by(actor: &'static str, mut request: Request<String>) -> Request<String> {
    request.headers_mut().insert("nuan-actor", HeaderValue::from_static(actor));
    request
}

/// Submits a change, has it approved, and says when that was.
async fn change(conversation: &Conversation, home: &str, change: Value) -> Timestamp {
    let proposal = json!({ "change": change, "reason": "经核实" });
    let asked = conversation.ask(&by("clerk", post(&format!("{home}/change-requests"), &proposal))).await;
    let decisions = format!("{}/decisions", asked.headers()["location"].to_str().unwrap());
    let decision = json!({ "action": "approve", "reason": "经核实" });
    let decided = conversation.ask(&by("officer", post(&decisions, &decision))).await;
    decided.body()["request"]["decided_at"].as_str().unwrap().parse().unwrap()
}

fn at(home: &str, as_of: &str, known_at: Timestamp) -> Request<String> {
    get(&format!("{home}?as_of={as_of}&known_at={known_at}"))
}

/// The instant before.
fn before(instant: Timestamp) -> Timestamp {
    instant - SignedDuration::from_micros(1)
}

/// Who belongs to it, by the document and by the list of members, which say the same.
fn members(body: &Value) -> Vec<&str> {
    let names = |list: &'_ Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|one| one["ref"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&body["members"]), names(&body["document"]["members"]));
    body["members"].as_array().unwrap().iter().map(|one| one["ref"].as_str().unwrap()).collect()
}

fn income(body: &Value) -> &Value {
    &body["document"]["facts"]["household.income_12_months"]
}

#[tokio::test]
async fn a_correction_counts_from_the_instant_at_which_it_was_known() {
    let conversation = Conversation::begin().await;
    let home = on_register(&conversation, &couple()).await;
    let statement = json!({ "value": "30000.00", "from": "2023-01-01", "until": "2024-01-01", "source": "tax" });
    let correct = json!({ "kind": "correct", "facts": { "household.income_12_months": [statement] } });
    let known = change(&conversation, &home, correct).await;
    let mut conversation = Conversation::over(&conversation);
    let what = "As known the instant before the correction, there is one income.";
    let earlier = conversation.say(what, at(&home, "2023-07-01", before(known))).await;
    assert_eq!(income(earlier.body()), &json!("24000.00"));
    let later =
        conversation.say("From that instant on there is another for the year.", at(&home, "2023-07-01", known)).await;
    assert_eq!(
        (later.body()["as_of"].as_str(), &later.body()["document"]["as_of"]),
        (Some("2023-07-01"), &json!("2023-07-01"))
    );
    let stated: Vec<&str> =
        income(later.body()).as_array().unwrap().iter().map(|one| one["value"].as_str().unwrap()).collect();
    assert_eq!(stated, ["24000.00", "30000.00"]);
    conversation.ends_as("households/known");
}

#[tokio::test]
async fn who_moved_out_is_there_until_the_day_and_until_it_was_known() {
    let conversation = Conversation::begin().await;
    let home = on_register(&conversation, &couple()).await;
    let leave = json!({ "kind": "leave", "member": "b", "from": "2023-06-01", "because": "moved_out" });
    let known = change(&conversation, &home, leave).await;
    for (as_of, instant, expected) in [
        ("2023-05-31", before(known), &["a", "b"][..]),
        ("2023-05-31", known, &["a", "b"]),
        ("2023-06-01", before(known), &["a", "b"]),
        ("2023-06-01", known, &["a"]),
    ] {
        let shown = conversation.ask(&at(&home, as_of, instant)).await;
        assert_eq!(members(shown.body()), expected, "on {as_of} as known at {instant}");
        let until = &shown.body()["members"].as_array().unwrap().last().unwrap()["until"];
        assert_eq!(until.is_null(), instant < known || expected.len() == 1, "an end is told once it is known");
    }
    let day = conversation.ask(&get(&format!("{home}?as_of=2023-06-01"))).await;
    assert_eq!(members(day.body()), ["a"], "what is known now, where only the day is given");
    assert!(known < day.body()["known_at"].as_str().unwrap().parse::<Timestamp>().unwrap());
    let instant = conversation.ask(&get(&format!("{home}?known_at={}", before(known)))).await;
    assert_eq!(members(instant.body()), ["a", "b"]);
    assert_eq!(instant.body()["as_of"], "2025-11-25", "today in China, where only the instant is given");
    let all = conversation.ask(&get(&home)).await;
    assert_eq!(
        (members(all.body()), &all.body()["as_of"], &all.body()["known_at"]),
        (vec!["a", "b"], &Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn a_day_that_makes_no_sense_is_refused() {
    let mut conversation = Conversation::begin().await;
    let home = on_register(&conversation, &couple()).await;
    let wrong = get(&format!("{home}?as_of=2023-02-29&known_at=yesterday&knownat=2023-01-01T00:00:00Z"));
    conversation.say("No such day, no instant, no such filter: all at once.", wrong).await;
    let twice = get(&format!("{home}?as_of=2023-02-28&as_of=2023-03-01"));
    conversation.say("Of two days none is chosen.", twice).await;
    conversation.ends_as("refused/moment");
}
