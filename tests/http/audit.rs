//! The audit log as a citizen sees it: the leaf of an act, its proof, and the checkpoint, checked with nothing but hashes and
//! the public key.

use nuan_domain::audit::checkpoint::Checkpoint;
use nuan_domain::audit::note::{Note, NoteKey};
use nuan_domain::audit::proof::{leaf_hash, verify_consistency, verify_inclusion};
use nuan_domain::crypto::{CryptoSuite, Hash};
use serde_json::Value;

use super::conversation::{Conversation, get};
use super::{on_register, somebody};

const SUITE: CryptoSuite = CryptoSuite::International;

fn hash(text: &Value) -> Hash {
    let text = text.as_str().unwrap();
    let byte = |n: usize| u8::from_str_radix(&text[2 * n..2 * n + 2], 16).unwrap();
    std::array::from_fn(byte)
}

fn hashes(list: &Value) -> Vec<Hash> {
    list.as_array().unwrap().iter().map(hash).collect()
}

/// Whether the leaf stands under the root, as the hashes lead.
fn stands(inclusion: &Value, leaf: &str) -> bool {
    let leaf = leaf_hash(SUITE, leaf.as_bytes());
    let (seq, size) = (inclusion["seq"].as_u64().unwrap(), inclusion["size"].as_u64().unwrap());
    verify_inclusion(SUITE, &leaf, seq, size, &hashes(&inclusion["proof"]), &hash(&inclusion["root"]))
}

#[tokio::test]
async fn an_act_is_proved_to_whoever_asks() {
    let mut conversation = Conversation::begin().await;
    let path = on_register(&conversation, &somebody()).await;
    let id = path.rsplit('/').next().unwrap();
    let about = get(&format!("/v1/audit/subjects/{id}%231"));
    let leaves = conversation.say("The household's first version has one leaf.", about).await;
    let leaf = &leaves.body()["items"][0];
    assert_eq!((leaf["log"].as_str(), leaf["seq"].as_u64()), (Some("330106"), Some(0)));
    conversation.ends_as("audit/leaves");

    let mut conversation = Conversation::begin().await;
    on_register(&conversation, &somebody()).await;
    let proved = conversation.say("The leaf is proved.", get("/v1/audit/leaves/330106-0/proof")).await;
    let (entry, head) = (&proved.body()["entry"], &proved.body()["head"]);
    assert!(stands(entry, entry["leaf"].as_str().unwrap()));
    assert!(!stands(entry, &entry["leaf"].as_str().unwrap().replace("record", "refuse")), "another act");
    assert!(stands(head, head["leaf"].as_str().unwrap()));
    let gathered: Value = serde_json::from_str(head["leaf"].as_str().unwrap()).unwrap();
    assert_eq!(gathered["commitment"], format!("root:{}", entry["root"].as_str().unwrap()));
    conversation.ends_as("audit/proof");

    let mut conversation = Conversation::begin().await;
    on_register(&conversation, &somebody()).await;
    let shown = conversation.say("The checkpoint is signed.", get("/v1/audit/checkpoint")).await;
    let key = NoteKey::parse(shown.body()["key"].as_str().unwrap()).unwrap();
    let note = Note::parse(shown.body()["checkpoint"].as_str().unwrap().as_bytes()).unwrap();
    assert!(note.verify(std::slice::from_ref(&key)).is_ok());
    let checkpoint = Checkpoint::parse(note.text()).unwrap();
    assert_eq!((checkpoint.size, checkpoint.root), (1, hash(&head["root"])));
    conversation.ends_as("audit/checkpoint");
}

#[tokio::test]
async fn a_log_is_proved_to_have_grown_only() {
    let mut conversation = Conversation::begin().await;
    let mut roots = Vec::new();
    for seq in 0..3 {
        on_register(&conversation, &somebody()).await;
        let proved = conversation.ask(&get(&format!("/v1/audit/leaves/330106-{seq}/proof"))).await;
        roots.push(hash(&proved.body()["entry"]["root"]));
    }
    let grown = conversation.say("From one leaf to three.", get("/v1/audit/growth/330106-1-3")).await;
    let proof = hashes(&grown.body()["proof"]);
    assert!(verify_consistency(SUITE, 1, &roots[0], 3, &roots[2], &proof));
    assert!(!verify_consistency(SUITE, 1, &roots[1], 3, &roots[2], &proof), "another beginning");
    conversation.ends_as("audit/growth");

    let mut conversation = Conversation::begin().await;
    on_register(&conversation, &somebody()).await;
    conversation.say("There is no such leaf.", get("/v1/audit/leaves/330106-1/proof")).await;
    conversation.say("A log has not grown beyond its end.", get("/v1/audit/growth/330106-0-2")).await;
    conversation.say("This is no place in a log.", get("/v1/audit/leaves/330106-01/proof")).await;
    conversation.ends_as("refused/proof");
}
