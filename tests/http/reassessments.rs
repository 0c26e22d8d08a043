//! A province is reassessed over the API: begun, watched, and cancelled.

use nuan_kernel::{Actor, ReassessmentRequest};
use nuan_vocabulary::date::Date;
use serde_json::json;

use super::conversation::{Conversation, fresh_kernel, get, post, under};
use super::{known_household, on_register};

#[tokio::test]
async fn all_households_are_reassessed_in_the_background() {
    let mut conversation = Conversation::begin().await;
    on_register(&conversation, &known_household()).await;
    let asked = json!({ "as_of": "2022-09-01", "division": "330106" });
    let begun = conversation.say("It begins.", under("k-1", post("/v1/reassessments", &asked))).await;
    assert_eq!(begun.body()["state"], "open");
    let path = begun.headers()["location"].to_str().unwrap().to_owned();
    let again = Conversation::over(&conversation);
    conversation.ends_as("reassessments/create");
    loop {
        let shown = again.ask(&get(&path)).await;
        if shown.body()["state"] == "finished" {
            break;
        }
        tokio::task::yield_now().await;
    }
    let repeated = again.ask(&under("k-1", post("/v1/reassessments", &asked))).await;
    assert_eq!(repeated.headers()["location"].to_str().unwrap(), path, "the same key begins nothing");
    let mut conversation = Conversation::over(&again);
    let shown = conversation.say("Everybody is done; the summary says what changed.", get(&path)).await;
    assert_eq!((&shown.body()["determined"], &shown.body()["left_out"]), (&json!(1), &json!(0)));
    conversation.ends_as("reassessments/show");
    let over = again.ask(&post(&format!("{path}/cancellations"), &json!({}))).await;
    assert_eq!((over.status().as_u16(), over.body()["code"].as_str()), (409, Some("NU5050")));
}

/// Begun by another program, so that it does not end by itself meanwhile.
#[tokio::test]
async fn a_reassessment_is_cancelled() {
    let kernel = fresh_kernel().await;
    let mut conversation = Conversation::with(kernel.clone());
    on_register(&conversation, &known_household()).await;
    let division = "330106".parse().unwrap();
    let asked = ReassessmentRequest { as_of: Date::parse("2022-09-01").unwrap(), known_at: None, division };
    let begun = kernel.begin_reassessment(&Actor::local_operator(), asked, None).await.unwrap();
    let path = format!("/v1/reassessments/{}/cancellations", begun.body.id);
    let cancelled = conversation.say("It ends; what it stored stays.", post(&path, &json!({}))).await;
    assert_eq!(cancelled.body()["state"], "cancelled");
    conversation.ends_as("reassessments/cancel");
}

#[tokio::test]
async fn a_request_without_a_division_or_a_date_is_refused() {
    let conversation = Conversation::begin().await;
    for (asked, path) in [
        (json!({ "as_of": "2022-09-01" }), "/division"),
        (json!({ "division": "330106" }), "/as_of"),
        (json!({ "as_of": "2022-09-31", "division": "330106" }), "/as_of"),
        (json!({ "as_of": "2022-09-01", "division": "3301" }), "/division"),
    ] {
        let refused = conversation.ask(&post("/v1/reassessments", &asked)).await;
        assert_eq!((refused.status().as_u16(), refused.body()["errors"][0]["path"].as_str()), (422, Some(path)));
    }
}
