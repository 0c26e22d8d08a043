//! What whoever runs the server asks it: whether it lives and is ready, and how it does.

use std::collections::BTreeSet;

use nuan_tests::installation::{Database, kernel};

use super::conversation::{Conversation, get};
use super::{on_register, somebody};

/// What an answer about readiness names.
const PARTS: [&str; 7] = ["serving", "database", "key_store", "writer", "checkpoint", "witnesses", "cosigned"];

#[tokio::test]
async fn a_server_that_can_act_is_ready() {
    let conversation = Conversation::begin().await;
    let ready = conversation.ask(&get("/health/ready")).await;
    assert_eq!(ready.status().as_u16(), 200);
    for part in PARTS {
        assert_eq!(ready.body()[part], true, "{part}");
    }
}

#[tokio::test]
async fn a_server_that_lacks_a_part_says_which_and_nothing_else() {
    let database = Database::sqlite("ready").await.unwrap();
    let conversation = Conversation::with(kernel(Vec::new(), &database).await.unwrap());
    database.key_store.close().await;
    let answer = conversation.ask(&get("/health/ready")).await;
    assert_eq!(answer.status().as_u16(), 503);
    let body = answer.body().as_object().unwrap();
    assert_eq!(body.keys().map(String::as_str).collect::<BTreeSet<_>>(), BTreeSet::from(PARTS));
    for (part, is_there) in body {
        assert_eq!(is_there, &serde_json::Value::Bool(part != "key_store"), "{part}");
    }
    database.store.close().await;
    assert_eq!(conversation.ask(&get("/health/ready")).await.body()["database"], false);
    let live = axum::http::Request::get("/health/live").body(String::new()).unwrap();
    assert_eq!(conversation.text(&live).await, "");
}

#[tokio::test]
async fn metrics_name_routes_and_never_what_was_asked_for() {
    let conversation = Conversation::begin().await;
    let path = on_register(&conversation, &somebody()).await;
    conversation.ask(&get("/v1/persons?division=330106&document=999999198001010011")).await;
    conversation.ask(&get(&path)).await;
    let text = conversation.text(&get("/metrics")).await;
    assert!(text.contains(r#"route="/v1/households/{id}""#), "{text}");
    assert!(text.contains("nuan_acts_total") && text.contains("nuan_commit_seconds_bucket"), "{text}");
    let id = path.rsplit('/').next().unwrap();
    for personal in ["999999198001010011", id] {
        assert!(!text.contains(personal), "{personal}");
    }
}
