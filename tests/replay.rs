//! Replay and the audit log: a determination is repeated to the byte after everything else has changed, and whatever is
//! flipped in the database is found and named.

use std::path::Path;

use nuan_kernel::{Actor, DeterminationRequest, Kernel, Verification};
use nuan_tests::installation::{Database, kernel, package, packages};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::Determination;
use serde_json::{Value, json};

/// Two adults of whom the county has established members and income, and everything the means test asks for.
fn household() -> Value {
    let document = std::fs::read_to_string(nuan_tests::root().join("tests/fixtures/household.json")).unwrap();
    serde_json::from_str(&document).unwrap()
}

async fn determined(kernel: &Kernel) -> Determination {
    let actor = Actor::local_operator();
    let recorded = kernel.record_household(&actor, household(), None).await.unwrap();
    let request = DeterminationRequest { as_of: Date::parse("2022-09-01").ok(), known_at: None };
    kernel.determine_household(&actor, recorded.body.id, request, None).await.unwrap().body
}

#[tokio::test]
async fn a_determination_is_repeated_to_the_byte_after_numbers_and_plugins_have_changed() {
    let database = Database::sqlite("replay").await.unwrap();
    let actor = Actor::local_operator();
    let first = determined(&kernel(packages().unwrap(), database.store.clone()).await.unwrap()).await;
    let id = first.id.unwrap();

    let mut newer = package("plugins/basic-living").unwrap();
    let number = newer.files.get_mut("parameters/dibao_standard.yaml").unwrap();
    *number = String::from_utf8(number.clone()).unwrap().replace("1216.00", "1300.00").into_bytes();
    let manifest = newer.files.get_mut("plugin.toml").unwrap();
    *manifest =
        String::from_utf8(manifest.clone()).unwrap().replace("version = \"1.0.0\"", "version = \"1.0.1\"").into_bytes();

    // A compiled plugin refuses a manifest that it was not built with; the old one is in the archive all the same.
    let later = match kernel(vec![newer], database.store.clone()).await {
        Ok(later) => later,
        Err(_) => kernel(Vec::new(), database.store.clone()).await.unwrap(),
    };
    let replayed = later.replay(&actor, id).await.unwrap();
    assert!(replayed.is_identical, "{replayed:?}");
    let read = later.determination(&actor, id).await.unwrap();
    assert_eq!(read.outputs, first.outputs);
    assert_eq!(read.reasons, first.reasons);
    assert_eq!(read.parameters, first.parameters);
    assert!(later.replay(&actor, id).await.unwrap().is_identical);
}

async fn verified(path: &Path) -> Verification {
    let store = nuan_store::Store::open(&format!("sqlite:{}", path.display())).await.unwrap();
    let kernel = kernel(Vec::new(), store.clone()).await.unwrap();
    let seen = kernel.verify_audit(|_| {}).await.unwrap();
    store.close().await;
    seen
}

#[tokio::test]
async fn every_act_is_in_the_log_and_an_untouched_log_verifies() {
    let database = Database::sqlite("untouched").await.unwrap();
    let kernel = kernel(packages().unwrap(), database.store.clone()).await.unwrap();
    let first = determined(&kernel).await;
    let second = kernel.determination(&Actor::local_operator(), first.id.unwrap()).await.unwrap();
    assert_eq!(second.reasons, first.reasons);
    let seen = kernel.verify_audit(|_| {}).await.unwrap();
    assert_eq!((seen.leaves, seen.logs, seen.findings), (3, 1, Vec::new()));
}

#[tokio::test]
async fn a_flipped_byte_is_found_and_named() {
    let database = Database::sqlite("flipped").await.unwrap();
    let kernel = kernel(packages().unwrap(), database.store.clone()).await.unwrap();
    let id = determined(&kernel).await.id.unwrap().to_string();
    database.store.close().await;
    let file = database.file().unwrap();
    let whole = std::fs::read(file).unwrap();
    assert_eq!(verified(file).await.findings, Vec::new());

    let leaf = place_of(&whole, b"\"act\":\"determination.compute\"");
    let commitment = place_of(&whole, b"hmac-sha256:");
    for at in [leaf + 8, commitment + 20] {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        std::fs::write(file, &flipped).unwrap();
        let findings = verified(file).await.findings;
        assert!(!findings.is_empty(), "byte {at}");
        assert!(findings.iter().all(|finding| finding.subject != "log" || finding.seq.is_some()), "{findings:?}");
    }
    let sealed = sealed_places(&whole, &id);
    for at in sealed {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        std::fs::write(file, &flipped).unwrap();
        let findings = verified(file).await.findings;
        assert!(findings.iter().any(|finding| finding.subject == id), "byte {at}: {findings:?}");
    }
}

fn place_of(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).position(|window| window == wanted).unwrap()
}

/// Some places inside the sealed determination: its row begins with its id, and the ciphertext comes last.
fn sealed_places(bytes: &[u8], id: &str) -> Vec<usize> {
    let household = b"hh_";
    let row = bytes
        .windows(id.len())
        .enumerate()
        .filter(|(_, window)| *window == id.as_bytes())
        .map(|(at, _)| at)
        .find(|at| bytes[at + id.len()..].starts_with(household))
        .unwrap();
    let skipped = id.len() + 35 + 40 + 120;
    (0..20).map(|n| row + skipped + n * 37).collect()
}

#[test]
fn the_fixture_is_the_household_of_the_first_vector() {
    assert_eq!(household()["division"], json!("330106"));
}
