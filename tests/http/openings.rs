//! The opening of a leaf: whoever may see a content checks alone that it is what the leaf commits to, with two programs that
//! were written apart.

use std::collections::BTreeSet;

use nuan_domain::audit::note::NoteKey;
use nuan_domain::audit::offline::{Trusted, check_opening, check_proof};
use nuan_domain::crypto::CryptoSuite;
use nuan_kernel::{Actor, ChangeAction, ChangeDecision, DeterminationRequest, Kernel, KernelError};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::ChangeRequestId;
use serde_json::{Value, json};

use super::conversation::{Conversation, fresh_kernel, get};
use super::{known_household, on_register, somebody};
use crate::verifiers::{Scratch, python, second_verifier};

fn actor(name: &str) -> Actor {
    Actor::named(name).unwrap()
}

/// A household is recorded, determined, explained, decided on and corrected; somebody in it gets a name, by the last request.
async fn lived() -> (Kernel, ChangeRequestId) {
    let kernel = fresh_kernel().await;
    let home = kernel.record_household(&actor("clerk"), known_household(), None).await.unwrap().body.id;
    let on = DeterminationRequest { as_of: Date::parse("2024-07-01").ok(), known_at: None };
    let made = kernel.determine_household(&actor("clerk"), home, on, None).await.unwrap().body.id;
    let adopted = serde_json::from_value(json!({ "action": "adopt" })).unwrap();
    kernel.decide(&actor("officer"), made.unwrap(), adopted, None).await.unwrap();
    let mut last = None;
    let member = known_household()["members"][0]["ref"].clone();
    let statement = json!({ "value": "18000.00", "from": "2021-09-01", "until": "2023-09-01", "source": "税务核对" });
    for change in [
        json!({ "kind": "correct", "facts": { "household.income_12_months": [statement] } }),
        json!({ "kind": "identify", "member": member, "name": "慕容雀" }),
    ] {
        let proposal = json!({ "change": change, "reason": "经核实" });
        let proposal = serde_json::from_value(proposal).unwrap();
        let request = kernel.submit_change(&actor("clerk"), home, proposal, None).await.unwrap().body.id;
        let decision = ChangeDecision { action: ChangeAction::Approve, reason: "经核实".to_owned() };
        kernel.decide_change(&actor("officer"), request, decision, None).await.unwrap();
        last = Some(request);
    }
    (kernel, last.unwrap())
}

/// What both programs say of a proof with an opening; they have to say the same.
fn checked(proof: &str, opening: &str, key: &str) -> Result<(), String> {
    let trusted = Trusted::new(NoteKey::parse(key).unwrap(), Vec::new());
    let ours = check_proof(proof, &trusted, None).and_then(|_| check_opening(proof, opening));
    let (proof_file, opening_file) = (Scratch::new("proof"), Scratch::new("opening"));
    std::fs::write(&proof_file.0, proof).unwrap();
    std::fs::write(&opening_file.0, opening).unwrap();
    let (program, proof, opening) = (second_verifier(), proof_file.name(), opening_file.name());
    let (is_fine, said) = python(&[&program, &proof, "--key", key, "--opening", &opening]);
    let theirs = if is_fine { Ok(()) } else { Err(said.trim().trim_start_matches("bad: ").to_owned()) };
    assert_eq!(ours, theirs, "the two verifiers say the same");
    ours
}

#[tokio::test]
async fn every_kind_of_leaf_is_opened_and_checked_by_two_programs() {
    let (kernel, _) = lived().await;
    let conversation = Conversation::with(kernel.clone());
    let key = kernel.checkpoint().await.unwrap().key;
    let (mut opened, mut hidden) = (BTreeSet::new(), BTreeSet::new());
    for seq in 0.. {
        let proof = conversation.ask(&get(&format!("/v1/audit/leaves/330106-{seq}/proof"))).await;
        if proof.status() == 404 {
            break;
        }
        let leaf: Value = serde_json::from_str(proof.body()["entry"]["leaf"].as_str().unwrap()).unwrap();
        let act = leaf["act"].as_str().unwrap().to_owned();
        let opening = conversation.ask(&get(&format!("/v1/audit/leaves/330106-{seq}/opening"))).await;
        if opening.status() == 200 {
            assert_eq!(opening.headers()["cache-control"], "no-store");
            assert!(!opening.body().to_string().contains("慕容雀"), "{act}");
            assert_eq!(checked(&proof.body().to_string(), &opening.body().to_string(), &key), Ok(()), "{act}");
            opened.insert(act);
        } else {
            assert_eq!((opening.status().as_u16(), &opening.body()["code"]), (409, &json!("NU6030")), "{act}");
            hidden.insert(act);
        }
    }
    let expected = [
        "change.approve",
        "change.submit",
        "decision.adopt",
        "determination.compute",
        "determination.explain",
        "entitlement.grant",
        "household.change",
        "household.record",
    ];
    assert_eq!(opened.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    let of_the_name = ["change.approve", "change.submit"];
    assert_eq!(hidden.iter().map(String::as_str).collect::<Vec<_>>(), of_the_name, "they would open the name");
}

#[tokio::test]
async fn a_content_that_was_changed_is_refused_by_both() {
    let mut conversation = Conversation::begin().await;
    on_register(&conversation, &somebody()).await;
    on_register(&conversation, &somebody()).await;
    let key = conversation.ask(&get("/v1/audit/checkpoint")).await.body()["key"].as_str().unwrap().to_owned();
    let proof = conversation.ask(&get("/v1/audit/leaves/330106-0/proof")).await.body().to_string();
    let other = conversation.ask(&get("/v1/audit/leaves/330106-1/opening")).await.body().to_string();
    let opening = conversation.say("The leaf is opened.", get("/v1/audit/leaves/330106-0/opening")).await;
    conversation.ends_as("audit/opening");
    let opening = opening.body();
    assert_eq!(checked(&proof, &opening.to_string(), &key), Ok(()));
    let leaf: Value = serde_json::from_str(opening["leaf"].as_str().unwrap()).unwrap();
    let byte = |n: usize| u8::from_str_radix(&opening["opening"].as_str().unwrap()[2 * n..2 * n + 2], 16).unwrap();
    let content = opening["content"].as_str().unwrap();
    let mac = CryptoSuite::International.mac(&std::array::from_fn(byte), &[content.as_bytes()]);
    assert_eq!(leaf["commitment"], format!("hmac-sha256:{}", nuan_domain::audit::hex(&mac)));

    let mut changed = opening.clone();
    changed["content"] = content.replace("330106", "330108").into();
    let said = checked(&proof, &changed.to_string(), &key);
    assert_eq!(said, Err("the content is not what the leaf commits to".to_owned()));
    let said = checked(&proof, &other, &key);
    assert_eq!(said, Err("the opening is of another leaf".to_owned()));
}

#[tokio::test]
async fn what_has_no_opening_is_refused() {
    let (kernel, named) = lived().await;
    let mut conversation = Conversation::with(kernel.clone());
    kernel.publish_checkpoint().await.unwrap();
    conversation.say("There is no such leaf.", get("/v1/audit/leaves/330106-99/opening")).await;
    conversation.say("A head commits to a root, which it says.", get("/v1/audit/leaves/000000-0/opening")).await;
    let leaf = kernel.leaves_about(&actor("clerk"), &named.to_string()).await.unwrap().remove(1);
    let hidden = get(&format!("/v1/audit/leaves/{}-{}/opening", leaf.log, leaf.seq));
    conversation.say("Leaves about a name: with their opening one could try all names.", hidden).await;
    let home = kernel.record_household(&actor("clerk"), somebody_else(), None).await.unwrap().body.id;
    let leaf = kernel.leaves_about(&actor("clerk"), &format!("{home}#1")).await.unwrap().remove(0);
    let place = format!("{}-{}", leaf.log, leaf.seq);
    kernel.opening(&actor("clerk"), place.parse().unwrap()).await.unwrap();
    kernel.erase_household(&actor("officer"), home, "保存期满").await.unwrap();
    let erased = get(&format!("/v1/audit/leaves/{place}/opening"));
    conversation.say("What was erased is opened no more.", erased).await;
    let act = kernel.leaves_about(&actor("clerk"), &home.to_string()).await.unwrap().remove(0);
    let place = format!("{}-{}", act.log, act.seq).parse().unwrap();
    assert!(matches!(kernel.opening(&actor("clerk"), place).await, Err(KernelError::Erased)));
    conversation.ends_as("refused/opening");
}

fn somebody_else() -> Value {
    json!({ "division": "330108", "members": [{ "ref": "a", "name": "上官鹊" }] })
}
