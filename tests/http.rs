//! The API as its callers see it: a conversation for every noun and verb, kept in `tests/http/<noun>/<verb>.http`, and one
//! for each kind of refusal.
//!
//! A change of an answer changes a file here and is read as part of the review. `NUAN_WRITE=1` writes the files anew.

mod audit;
mod changes;
mod conversation;
mod coverage;
mod decisions;
mod imports;
mod lists;
mod moments;
mod openings;
mod operations;
mod persons;
mod reassessments;

use axum::http::Request;
use nuan_api::limits;
use serde_json::{Value, json};

use self::conversation::{Conversation, get, is_replayed, post, post_text, under};

/// Three people who live on 24,000 yuan a year; everything that the means test asks for is known.
fn known_household() -> Value {
    let document = std::fs::read_to_string(nuan_tests::root().join("tests/fixtures/household.json")).unwrap();
    serde_json::from_str(&document).unwrap()
}

/// A couple of whom little is known yet.
fn couple() -> Value {
    json!({
        "division": "330106",
        "facts": { "household.income_12_months": "24000.00" },
        "entities": { "vehicle": { "none": true } },
        "members": [
            { "ref": "a", "relation": "01", "facts": { "member.birth_date": "1980-01-01" } },
            { "ref": "b", "relation": "10", "facts": { "member.birth_date": "1982-02-02" } },
        ],
    })
}

/// Somebody of whom nothing is known.
fn somebody() -> Value {
    json!({ "division": "330106", "members": [{ "ref": "a" }] })
}

/// The path of a household that is put on the register.
async fn on_register(conversation: &Conversation, document: &Value) -> String {
    let recorded = conversation.ask(&post("/v1/households", document)).await;
    recorded.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_household_is_calculated() {
    let mut conversation = Conversation::begin().await;
    let outputs = ["dibao.status", "dibao.amount"];
    let asked = json!({ "household": known_household(), "as_of": "2022-09-01", "outputs": outputs });
    let what = "What are three people with 2,000 yuan a month entitled to, why, and under which article?";
    conversation.say(what, post("/v1/calculate", &asked)).await;
    conversation.ends_as("calculate/known");
}

#[tokio::test]
async fn what_is_not_known_is_asked_for() {
    let mut conversation = Conversation::begin().await;
    let mut household = known_household();
    let lists = household["entities"].as_object_mut().unwrap();
    assert!(lists.remove("vehicle").is_some() && lists.remove("financial_account").is_some());
    let asked = json!({ "household": household, "as_of": "2022-09-01", "outputs": ["dibao.status"] });
    let what = "Nobody has said whether there are vehicles and accounts: the answer names what is missing.";
    conversation.say(what, post("/v1/calculate", &asked)).await;
    conversation.ends_as("calculate/undetermined");
}

#[tokio::test]
async fn a_household_is_recorded_and_shown() {
    let mut conversation = Conversation::begin().await;
    let recorded = conversation.say("A household is recorded.", post("/v1/households", &couple())).await;
    conversation.ends_as("households/create");

    let mut conversation = Conversation::begin().await;
    let path = on_register(&conversation, &couple()).await;
    let shown = conversation.say("A household is shown with its document.", get(&path)).await;
    assert_eq!(shown.body(), recorded.body());
    conversation.ends_as("households/show");
}

#[tokio::test]
async fn households_are_listed_in_parts() {
    let mut conversation = Conversation::begin().await;
    on_register(&conversation, &couple()).await;
    on_register(&conversation, &somebody()).await;
    let first = conversation.say("A list comes in parts.", get("/v1/households?division=330106&limit=1")).await;
    let next = first.body()["next"].as_str().unwrap();
    let rest = get(&format!("/v1/households?division=330106&after={next}"));
    conversation.say("The next part begins where the last one ended.", rest).await;
    conversation.ends_as("households/list");
}

#[tokio::test]
async fn a_household_is_determined() {
    let mut conversation = Conversation::begin().await;
    let path = format!("{}/determinations", on_register(&conversation, &known_household()).await);
    let determine = post(&path, &json!({ "as_of": "2024-07-01" }));
    let determined = conversation.say("A household is determined, and the result is stored.", determine.clone()).await;
    conversation.ends_as("determinations/create");

    let mut conversation = Conversation::begin().await;
    on_register(&conversation, &known_household()).await;
    let location = conversation.ask(&determine).await.headers()["location"].to_str().unwrap().to_owned();
    let shown = conversation.say("A determination is shown as it was answered at first.", get(&location)).await;
    assert_eq!(shown.body(), determined.body());
    conversation.ends_as("determinations/show");
}

#[tokio::test]
async fn determinations_of_a_household_are_listed() {
    let mut conversation = Conversation::begin().await;
    let path = format!("{}/determinations", on_register(&conversation, &couple()).await);
    for as_of in ["2021-04-15", "2021-04-16"] {
        conversation.ask(&post(&path, &json!({ "as_of": as_of }))).await;
    }
    conversation.say("A household was determined under the old law and the new.", get(&path)).await;
    conversation.ends_as("determinations/list");
}

#[tokio::test]
async fn what_is_installed_can_be_looked_up() {
    let mut conversation = Conversation::begin().await;
    conversation.say("A number of the law has its history.", get("/v1/parameters/margin.multiplier")).await;
    conversation.ends_as("parameters/show");

    let mut conversation = Conversation::begin().await;
    conversation.say("The installed rules say what they answer, and where.", get("/v1/plugins")).await;
    conversation.ends_as("plugins/list");

    let mut conversation = Conversation::begin().await;
    conversation.say("The catalogue names facts, lists and codes.", get("/v1/catalogue")).await;
    conversation.ends_as("catalogue/show");

    let mut conversation = Conversation::begin().await;
    conversation.say_headers("The description is JSON, and kept in no cache.", get("/openapi.json")).await;
    conversation.ends_as("openapi");
}

#[tokio::test]
async fn what_there_is_not_is_refused() {
    let mut conversation = Conversation::begin().await;
    conversation.say("There is no such route.", get("/v2/households")).await;
    let delete = Request::delete("/v1/households").body(String::new()).unwrap();
    conversation.say("The route does not have the method.", delete).await;
    let free = "00000000000000000000000000000000";
    conversation.say("Nobody has this id.", get(&format!("/v1/households/hh_{free}"))).await;
    conversation.say("An id of another kind is nobody's.", get(&format!("/v1/determinations/hh_{free}"))).await;
    let path = format!("/v1/households/hh_{free}/determinations");
    conversation.say("Nobody is not determined.", post(&path, &json!({}))).await;
    conversation.say("No plugin declares this number.", get("/v1/parameters/margin.multiplyer")).await;
    conversation.ends_as("refused/not_found");
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused() {
    let mut conversation = Conversation::begin().await;
    let path = "/v1/households";
    let plain = post_text(path, "text/plain", couple().to_string());
    conversation.say("The body says that it is something else.", plain).await;
    let broken = post_text(path, "application/json", "{\n  \"division\": 330106,\n  \"members\": [\n}".to_owned());
    conversation.say("The body is broken.", broken).await;
    let large = post_text(path, "application/json", " ".repeat(limits::BODY_BYTES + 1));
    conversation.say("The body is too large.", large).await;
    conversation.ends_as("refused/body");
}

#[tokio::test]
async fn every_mistake_of_a_document_is_named_at_once() {
    let document = json!({
        "division": "330106",
        "facts": {
            "household.income_12_month": "24000.00",
            "household.income_12_months": "-0.01",
            "household.local_hukou": "yes",
        },
        "entities": { "vehicles": { "none": true } },
        "members": [
            { "ref": "a", "facts": { "member.birth_date": "2023-02-30" } },
            { "ref": "a", "facts": { "household.local_hukou": true } },
        ],
    });
    let mut conversation = Conversation::begin().await;
    let what = "Unknown names, a wrong type, an impossible date, a member twice, negative money: all come at once.";
    let refused = conversation.say(what, post("/v1/households", &document)).await;
    assert_eq!(refused.body()["errors"].as_array().unwrap().len(), 7);
    let inside = json!({ "household": document });
    conversation.say("Inside another body the places lead there.", post("/v1/calculate", &inside)).await;
    conversation.ends_as("refused/document");
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_refused() {
    let mut conversation = Conversation::begin().await;
    let path = "/v1/calculate";
    let misspelt = json!({ "houshold": somebody(), "as_of": "2023-02-30", "outputs": "dibao.status" });
    conversation.say("The body has keys and values that there are not.", post(path, &misspelt)).await;
    let unanswered = json!({ "household": somebody(), "outputs": ["dibao.statsu", "tekun.status"] });
    conversation.say("No plugin answers this.", post(path, &unanswered)).await;
    let elsewhere =
        json!({ "household": { "division": "110101", "members": [{ "ref": "a" }] }, "as_of": "2022-09-01" });
    conversation.say("No plugin answers there.", post(path, &elsewhere)).await;
    conversation.say("A query is never ignored.", get("/v1/households?divison=330106&limit=0")).await;
    conversation.ends_as("refused/question");
}

#[tokio::test]
async fn a_request_for_another_host_is_refused() {
    let mut conversation = Conversation::begin().await;
    let strange = Request::get("/v1/households").header("host", "nuan.example").body(String::new()).unwrap();
    conversation.say("A page elsewhere points its own name here.", strange).await;
    conversation.ends_as("refused/host");
}

#[tokio::test]
async fn the_same_request_under_the_same_key_is_done_once() {
    let mut conversation = Conversation::begin().await;
    let request = || under("c0ffee", post("/v1/households", &somebody()));
    let first = conversation.say("A household is recorded under a key.", request()).await;
    let again = conversation.say("The same request under the same key is answered alike.", request()).await;
    assert_eq!((again.body(), is_replayed(&first), is_replayed(&again)), (first.body(), false, true));
    let other = under("c0ffee", post("/v1/households", &couple()));
    conversation.say("Another request under the same key is refused.", other).await;
    let unusable = under("c0ff ee", post("/v1/households", &somebody()));
    conversation.say("A key has no spaces.", unusable).await;
    let listed = conversation.say("One household came of it.", get("/v1/households?division=000000")).await;
    assert_eq!(listed.body()["items"].as_array().unwrap().len(), 1);
    conversation.ends_as("idempotency/repeated");
}

#[tokio::test]
async fn two_requests_at_once_under_one_key_record_one_household() {
    let mut conversation = Conversation::begin().await;
    let request = under("c0ffee", post("/v1/households", &somebody()));
    let [first, second] = conversation.say_twice_at_once("Two come at the same time.", request).await;
    assert_eq!((second.body(), is_replayed(&first), is_replayed(&second)), (first.body(), false, true));
    let listed = conversation.say("One household came of it.", get("/v1/households?division=000000")).await;
    assert_eq!(listed.body()["items"].as_array().unwrap().len(), 1);
    conversation.ends_as("idempotency/at_once");
}
