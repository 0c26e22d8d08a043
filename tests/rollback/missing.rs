//! Nothing lies in the place outside although checkpoints were signed: its share is not mounted, or somebody took it away. An
//! old copy of the register would look like the newest, so nothing is written until it is back, or until the operator says that
//! the place is new.

use std::time::{Duration, Instant};

use nuan_kernel::{Actor, Kernel, Outside};
use nuan_tests::installation::{Database, ORIGIN, kernel_outside};
use nuan_tests::program::Folder;
use serde_json::json;

use crate::verifiers::Scratch;

const PATIENCE: Duration = Duration::from_secs(10);

fn place(file: &Scratch) -> Outside {
    Outside { origin: ORIGIN.to_owned(), file: Some(file.0.clone()), ..Outside::default() }
}

async fn act(kernel: &Kernel) -> Result<(), &'static str> {
    let document = json!({ "division": "330106", "members": [{ "ref": "a" }] });
    let recorded = kernel.record_household(&Actor::local_operator(), document, None).await;
    recorded.map(drop).map_err(|error| error.code())
}

async fn publish(kernel: &Kernel) -> Result<(), &'static str> {
    kernel.publish_checkpoint().await.map_err(|error| error.code())
}

/// A register with a checkpoint outside, closed; what lies there.
async fn grown(database: &Database, file: &Scratch) -> String {
    let kernel = kernel_outside(place(file), database).await.unwrap();
    assert_eq!((act(&kernel).await, publish(&kernel).await), (Ok(()), Ok(())));
    kernel.finish().await.unwrap();
    std::fs::read_to_string(&file.0).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_while_the_checkpoint_outside_is_missing() {
    for is_emptied in [false, true] {
        let (database, file) = (Database::sqlite("missing").await.unwrap(), Scratch::new("missing"));
        let kept = grown(&database, &file).await;
        if is_emptied { std::fs::write(&file.0, "") } else { std::fs::remove_file(&file.0) }.unwrap();
        let again = Database::at(database.file().unwrap()).await.unwrap();
        let kernel = kernel_outside(place(&file), &again).await.unwrap();
        assert_eq!((act(&kernel).await, publish(&kernel).await), (Err("NU7033"), Err("NU7033")));
        assert!(!kernel.readiness().await.is_ready());
        assert_eq!(std::fs::read_to_string(&file.0).unwrap_or_default(), "", "nothing is published over it");
        let findings = kernel.verify_audit(Some(""), |_| {}).await.unwrap().findings;
        assert!(findings.len() == 1 && findings[0].what.contains("none lies outside"), "{findings:?}");

        std::fs::write(&file.0, &kept).unwrap();
        let begun = Instant::now();
        while act(&kernel).await.is_err() {
            assert!(begun.elapsed() < PATIENCE, "the place is back, and acts are not");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(publish(&kernel).await, Ok(()));
        assert_ne!(std::fs::read_to_string(&file.0).unwrap(), kept);
        kernel.finish().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_is_new_when_somebody_says_so() {
    let (database, file) = (Database::sqlite("moved").await.unwrap(), Scratch::new("moved"));
    let kept = grown(&database, &file).await;
    std::fs::remove_file(&file.0).unwrap();
    let again = Database::at(database.file().unwrap()).await.unwrap();
    let kernel = kernel_outside(place(&file), &again).await.unwrap();
    assert_eq!(act(&kernel).await, Err("NU7033"));
    kernel.begin_place(file.0.clone()).await.unwrap();
    assert_eq!(std::fs::read_to_string(&file.0).unwrap(), kept);
    let refused = kernel.begin_place(file.0.clone()).await.map_err(|error| error.code());
    assert_eq!(refused, Err("NU7010"), "something lies there");
    assert_eq!(publish(&kernel).await, Ok(()));
    assert_eq!(act(&kernel).await, Ok(()));
    kernel.finish().await.unwrap();
}

/// A new place has a checkpoint before anything is signed; so a new register is told from one whose place was emptied.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_place_begins_with_the_checkpoint_of_the_empty_log() {
    let (database, file) = (Database::sqlite("empty").await.unwrap(), Scratch::new("empty"));
    let kernel = kernel_outside(place(&file), &database).await.unwrap();
    let seen = kernel.verify_audit(Some(""), |_| {}).await.unwrap();
    assert_eq!(seen.findings, [], "nothing was signed, so nothing is missing");
    assert_eq!(publish(&kernel).await, Ok(()));
    let text = std::fs::read_to_string(&file.0).unwrap();
    assert_eq!(text.lines().nth(1), Some("0"));
    assert_eq!(kernel.verify_audit(Some(&text), |_| {}).await.unwrap().findings, []);
    assert_eq!((act(&kernel).await, publish(&kernel).await), (Ok(()), Ok(())));
    assert_eq!(kernel.verify_audit(Some(&text), |_| {}).await.unwrap().findings, [], "it has grown from it");
    kernel.finish().await.unwrap();
}

/// The commands: what an operator sees, and how the place is said to be new.
#[test]
fn the_commands_say_that_it_is_missing() {
    let folder = Folder::new("missing").unwrap();
    let household = folder.file("household.json", r#"{"division":"330106","members":[{"ref":"a"}]}"#).unwrap();
    let record = ["household", "record", household.to_str().unwrap()];
    let run = |words: &[&str], code: i32, said: &str| {
        let output = folder.run(words).unwrap();
        let all = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(code), "nuan {}: {all}", words.join(" "));
        assert!(all.contains(said), "nuan {}: {all}", words.join(" "));
    };
    run(&record, 0, "");
    run(&["audit", "verify"], 0, "all as it was");
    let file = folder.path().join("nuan.sqlite.checkpoint");
    std::fs::remove_file(&file).unwrap();
    run(&["audit", "verify"], 1, "none lies outside");
    run(&record, 3, "NU7033");
    run(&["audit", "checkpoint"], 3, "NU7033");
    assert!(!file.exists());
    run(&["audit", "checkpoint", "--new-place"], 0, "nuan.example/register");
    run(&["audit", "checkpoint", "--new-place"], 2, "NU7010");
    run(&["audit", "verify"], 0, "all as it was");
    run(&record, 0, "");
}
