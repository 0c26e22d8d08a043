//! Two servers over one database: the slower one gathers an older head of a county after the faster one has gathered a newer.
//! The log is honest, and both verifiers and `nuan audit verify` say so (T16).

use nuan_domain::audit::offline::{Trusted, check_export};
use nuan_kernel::{Actor, Kernel, Outside};
use nuan_store::audit;
use nuan_tests::installation::{Database, ORIGIN, kernel_outside};
use nuan_tests::program::Folder;
use nuan_tests::witnesses::log_key;
use nuan_vocabulary::division::DivisionCode;
use serde_json::json;

use crate::verifiers::{Scratch, exported, python, second_verifier, verdict};

async fn act(kernel: &Kernel) {
    let document = json!({ "division": "330106", "members": [{ "ref": "a" }] });
    kernel.record_household(&Actor::local_operator(), document, None).await.unwrap();
}

/// A kernel whose log of heads has `330106#2` before `330106#1`, with all leaves under a checkpoint.
async fn interleaved(database: &Database) -> Kernel {
    // The slower one cannot reach its place, and gathers nothing until it can.
    let folder = Folder::new("interleaved").unwrap();
    let share = folder.file("share", "no folder").unwrap();
    let outside = Outside { origin: ORIGIN.to_owned(), file: Some(share.join("checkpoint")), ..Outside::default() };
    let slower = kernel_outside(outside, database).await.unwrap();
    act(&slower).await;
    let nowhere = Outside { origin: ORIGIN.to_owned(), ..Outside::default() };
    let faster = kernel_outside(nowhere, database).await.unwrap();
    act(&faster).await;
    faster.publish_checkpoint().await.unwrap();
    std::fs::remove_file(&share).unwrap();
    std::fs::create_dir(&share).unwrap();
    faster.begin_place(share.join("checkpoint")).await.unwrap();
    slower.publish_checkpoint().await.unwrap();
    let mut reading = database.store.begin_read().await.unwrap();
    let heads = audit::leaves(&mut reading, DivisionCode::NATION, 0, 9).await.unwrap();
    let subjects: Vec<&str> = heads.iter().map(|head| head.subject.as_str()).collect();
    assert_eq!(subjects, ["330106#2", "330106#1"]);
    faster
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_head_may_be_gathered_after_a_newer_one() {
    let database = Database::sqlite("interleaved").await.unwrap();
    let kernel = interleaved(&database).await;
    let seen = kernel.verify_audit(None, |_| {}).await.unwrap();
    assert_eq!((seen.findings, seen.not_yet_covered), (Vec::new(), 0));
    let export = exported(&kernel).await.unwrap();
    let said = verdict(&export, &log_key().unwrap(), &[], None);
    assert_eq!(said, Ok("ok: 4 leaves in 2 logs, 0 after the last checkpoint".to_owned()));
}

/// A checkpoint that was kept and is an empty file now is no checkpoint, and no reason to compare nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_kept_checkpoint_that_was_emptied_is_refused_by_both_verifiers() {
    let database = Database::sqlite("emptied").await.unwrap();
    let nowhere = Outside { origin: ORIGIN.to_owned(), ..Outside::default() };
    let kernel = kernel_outside(nowhere, &database).await.unwrap();
    act(&kernel).await;
    let (export, key) = (exported(&kernel).await.unwrap(), log_key().unwrap());
    let (kept, whole, proof) = (Scratch::new("emptied"), Scratch::new("export"), Scratch::new("proof"));
    std::fs::write(&kept.0, "").unwrap();
    let trusted = Trusted::new(key.clone(), Vec::new());
    assert!(check_export(export.as_bytes(), &trusted, Some("")).is_err());
    std::fs::write(&whole.0, &export).unwrap();
    let proven = kernel.prove(&Actor::local_operator(), "330106-0".parse().unwrap()).await.unwrap();
    std::fs::write(&proof.0, serde_json::to_string(&proven).unwrap()).unwrap();
    let (program, key) = (second_verifier(), key.to_string());
    for name in [whole.name(), proof.name()] {
        let words = [program.as_str(), &name, "--key", &key];
        assert!(python(&words).0, "{name}");
        let (is_fine, said) = python(&[&words[..], &["--checkpoint", &kept.name()]].concat());
        assert!(!is_fine && said.contains("not a note"), "{said}");
    }
}
