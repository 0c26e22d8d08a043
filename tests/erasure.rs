//! Erasure (T34): the keys of a household are destroyed; the log verifies as before, nothing of the persons is found in any file,
//! and a copy that was made before cannot be read any more either.

use nuan_kernel::{Actor, Kernel, KernelError, NameQuery, PersonSearch, SearchBy, SearchScope};
use nuan_tests::installation::{Database, kernel, package};
use serde_json::{Value, json};

const NAME: &str = "慕容金丝雀";
const NUMBER: &str = "999999198001010011";

fn canary() -> Value {
    json!({ "division": "330106", "members": [
        { "ref": "a", "name": NAME, "document": { "kind": "citizen_id", "number": NUMBER },
          "facts": { "member.birth_date": "1980-01-01" } },
    ] })
}

/// The forms in which a value could lie in a file.
fn forms(value: &str) -> Vec<Vec<u8>> {
    let utf16 = |to_bytes: fn(u16) -> [u8; 2]| value.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>();
    let hex = value.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    vec![value.as_bytes().to_vec(), utf16(u16::to_le_bytes), utf16(u16::to_be_bytes), hex.into_bytes()]
}

fn holds(bytes: &[u8], value: &str) -> bool {
    forms(value).iter().any(|form| bytes.windows(form.len()).any(|window| window == form))
}

async fn found(kernel: &Kernel) -> usize {
    let scope = SearchScope::new("330106".parse().unwrap()).unwrap();
    let by = SearchBy::Name(NAME.parse::<NameQuery>().unwrap());
    let search = PersonSearch { scope, by, after: None, limit: 10 };
    kernel.search_persons(&Actor::local_operator(), &search).await.unwrap().items.len()
}

#[tokio::test]
async fn what_is_erased_is_gone_and_every_proof_stays() {
    let database = Database::sqlite("erasure").await.unwrap();
    let kernel = kernel(vec![package("plugins/basic-living").unwrap()], &database).await.unwrap();
    let actor = Actor::local_operator();
    let id = kernel.record_household(&actor, canary(), None).await.unwrap().body.id;
    let other = kernel.record_household(&actor, json!({ "division": "330106", "members": [{ "ref": "a" }] }), None);
    let other = other.await.unwrap().body.id;
    kernel.determine_household(&actor, id, Default::default(), None).await.unwrap();
    assert_eq!(found(&kernel).await, 1);
    let file = database.file().unwrap();
    let copy = file.with_extension("copy");
    nuan_store::backup::backup_into(&database.store, &copy.display().to_string()).await.unwrap();

    let refused = kernel.erase_household(&actor, id, " ").await.unwrap_err();
    assert_eq!(refused.code(), "NU2200");
    let erased = kernel.erase_household(&actor, id, "保存期满").await.unwrap();
    assert_eq!((erased.household, erased.persons.len(), erased.keys), (id, 1, 2));
    kernel.publish_checkpoint().await.unwrap();
    let seen = kernel.verify_audit(None, |_| {}).await.unwrap();
    assert_eq!((seen.findings.as_slice(), seen.erased), ([].as_slice(), 2));
    assert!(matches!(kernel.household(&actor, id).await, Err(KernelError::Erased)));
    assert_eq!(found(&kernel).await, 0);
    assert!(kernel.household(&actor, other).await.is_ok());

    // The register as it was before, with the key store as it is now.
    let mut restored = Database::at(file).await.unwrap();
    restored.store = nuan_store::Store::open(&format!("sqlite:{}", copy.display())).await.unwrap();
    let past = nuan_tests::installation::kernel(Vec::new(), &restored).await.unwrap();
    assert!(matches!(past.household(&actor, id).await, Err(KernelError::Erased)));
    assert!(past.household(&actor, other).await.is_ok());

    for ending in ["", "-wal", ".keys", ".keys-wal", ".copy"] {
        let path = if ending == ".copy" { copy.clone() } else { format!("{}{ending}", file.display()).into() };
        let bytes = std::fs::read(path).unwrap_or_default();
        assert!(!holds(&bytes, NAME) && !holds(&bytes, NUMBER), "{ending}");
    }
    restored.store.close().await;
    std::fs::remove_file(copy).unwrap();
}

#[tokio::test]
async fn an_open_request_holds_the_household() {
    let database = Database::memory().await.unwrap();
    let kernel = kernel(vec![package("plugins/basic-living").unwrap()], &database).await.unwrap();
    let (clerk, actor) = (Actor::named("clerk").unwrap(), Actor::local_operator());
    let id = kernel.record_household(&actor, canary(), None).await.unwrap().body.id;
    let proposal = json!({ "change": { "kind": "identify", "member": "a", "name": "慕容雀" }, "reason": "更正姓名" });
    kernel.submit_change(&clerk, id, serde_json::from_value(proposal).unwrap(), None).await.unwrap();
    assert!(matches!(kernel.erase_household(&actor, id, "保存期满").await, Err(KernelError::LegalHold)));
    assert!(kernel.household(&actor, id).await.is_ok());
}

#[tokio::test]
async fn a_key_that_is_destroyed_without_an_act_is_a_finding() {
    let database = Database::sqlite("destroyed").await.unwrap();
    let kernel = kernel(vec![package("plugins/basic-living").unwrap()], &database).await.unwrap();
    let id = kernel.record_household(&Actor::local_operator(), canary(), None).await.unwrap().body.id;
    kernel.publish_checkpoint().await.unwrap();
    assert_eq!(kernel.verify_audit(None, |_| {}).await.unwrap().findings, []);
    let mut reading = database.store.begin_read().await.unwrap();
    let row = nuan_store::household::latest_document(&mut reading, id).await.unwrap().unwrap();
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    nuan_store::key_store::destroy(&database.key_store, &[row.sealed.key_id], at).await.unwrap();
    let later = nuan_tests::installation::kernel(Vec::new(), &database).await.unwrap();
    let seen = later.verify_audit(None, |_| {}).await.unwrap();
    assert!(seen.findings.iter().any(|finding| finding.what.contains("no act says so")), "{seen:?}");
}
