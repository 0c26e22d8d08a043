//! What whoever runs the server asks it: whether it lives and is ready, and how it does.

use super::conversation::{Conversation, get};
use super::{on_register, somebody};

#[tokio::test]
async fn a_server_that_can_act_is_ready() {
    let conversation = Conversation::begin().await;
    let ready = conversation.ask(&get("/health/ready")).await;
    assert_eq!(ready.status().as_u16(), 200);
    for part in ["database", "key_store", "writer", "checkpoint"] {
        assert_eq!(ready.body()[part], true, "{part}");
    }
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
