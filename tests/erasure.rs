//! Erasure (T34): the keys of a household are destroyed; the log verifies as before, by both verifiers; nothing of the persons is
//! found in any file, and a copy that was made before cannot be read any more either.

mod kin;
mod overtaken;

use std::path::Path;
use std::process::Command;

use nuan_kernel::{Actor, ChangeAction, ChangeDecision, DeterminationRequest, Kernel, KernelError};
use nuan_kernel::{NameQuery, PersonSearch, SearchBy, SearchScope};
use nuan_tests::installation::{Database, kernel, package};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::{ChangeRequestId, DeterminationId, HouseholdId};
use serde_json::{Value, json};

use crate::canaries::Canary;
use crate::canaries::forms::Needles;

const NAME: &str = "慕容金丝雀";
const NUMBER: &str = "999999198001010011";

fn canary() -> Value {
    json!({ "division": "330106", "members": [
        { "ref": "a", "name": NAME, "document": { "kind": "citizen_id", "number": NUMBER },
          "facts": { "member.birth_date": "1980-01-01" } },
    ] })
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

    let needles = Needles::new(&[("name", NAME.to_owned()), ("number", NUMBER.to_owned())]);
    for ending in ["", "-wal", ".keys", ".keys-wal", ".copy"] {
        let path = if ending == ".copy" { copy.clone() } else { format!("{}{ending}", file.display()).into() };
        let bytes = std::fs::read(path).unwrap_or_default();
        assert_eq!(needles.found_in(&bytes), Vec::<String>::new(), "{ending}");
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

/// What was made of a household: everything that is sealed for it.
struct Life {
    home: HouseholdId,
    determinations: Vec<DeterminationId>,
    changes: Vec<ChangeRequestId>,
}

fn named(name: &str) -> Actor {
    Actor::named(name).unwrap()
}

/// A household is recorded, determined, corrected, and determined again.
async fn live(kernel: &Kernel, flock: &[Canary]) -> Life {
    let document = Canary::household("330106", flock);
    let home = kernel.record_household(&named("clerk"), document, None).await.unwrap().body.id;
    let request = DeterminationRequest { as_of: Date::parse("2022-09-01").ok(), known_at: None };
    let first = kernel.determine_household(&named("clerk"), home, request, None).await.unwrap().body.id.unwrap();
    kernel.determination(&named("clerk"), first).await.unwrap();
    let statement = json!({ "value": flock[1].income(), "source": flock[1].address, "evidence": [flock[1].account] });
    let proposal = json!({ "change": { "kind": "correct", "facts": { "household.income_12_months": [statement] } },
        "reason": flock[0].mobile, "evidence": [flock[0].account] });
    let proposal = serde_json::from_value(proposal).unwrap();
    let change = kernel.submit_change(&named("clerk"), home, proposal, None).await.unwrap().body.id;
    let decision = ChangeDecision { action: ChangeAction::Approve, reason: flock[0].address.clone() };
    let decided = kernel.decide_change(&named("officer"), change, decision, None).await.unwrap().body;
    let again = decided.recomputed.iter().map(|recomputed| recomputed.determination);
    Life { home, determinations: again.chain([first]).collect(), changes: vec![change] }
}

/// Everything of a household that the kernel opens, as text; and how much of it could not be opened since it was erased.
async fn opened(kernel: &Kernel, life: &Life) -> (String, usize) {
    let (actor, mut answers) = (named("clerk"), Vec::new());
    answers.push(kernel.household(&actor, life.home).await.map(|body| json!(body).to_string()));
    for id in &life.determinations {
        answers.push(kernel.determination(&actor, *id).await.map(|body| json!(body).to_string()));
        answers.push(kernel.replay(&actor, *id).await.map(|_| String::new()));
    }
    for id in &life.changes {
        answers.push(kernel.change_request(&actor, *id).await.map(|body| json!(body).to_string()));
    }
    let (mut text, mut erased) = (String::new(), 0);
    for answer in answers {
        match answer {
            Ok(answer) => text.push_str(&answer),
            Err(KernelError::Erased) => erased += 1,
            Err(error) => panic!("{error}"),
        }
    }
    (text, erased)
}

/// What the verifier that is written in Python says of an export.
async fn verified_elsewhere(kernel: &Kernel, file: &Path) -> String {
    let mut text = String::new();
    let line = |line: &str| {
        text.push_str(line);
        text.push('\n');
        Ok(())
    };
    let (_, key) = kernel.export_audit(line).await.unwrap();
    std::fs::write(file, text).unwrap();
    let verifier = nuan_tests::root().join("tests/audit_verifier.py");
    let output = Command::new("python3").arg(verifier).arg(file).args(["--key", &key]).output().unwrap();
    std::fs::remove_file(file).unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn a_whole_life_is_erased_in_live_data_and_in_opened_copies_and_both_verifiers_agree() {
    let database = Database::sqlite("life").await.unwrap();
    let kernel = kernel(vec![package("plugins/basic-living").unwrap()], &database).await.unwrap();
    let flocks: Vec<Vec<Canary>> =
        (0..3).map(|home| (0..2).map(|place| Canary::new(6, home * 2 + place)).collect()).collect();
    let mut lives = Vec::new();
    for flock in &flocks {
        lives.push(live(&kernel, flock).await);
    }
    let needles = Needles::new(&flocks[0].iter().flat_map(Canary::values).collect::<Vec<_>>());
    assert!(
        !needles.found_in(opened(&kernel, &lives[0]).await.0.as_bytes()).is_empty(),
        "before, there is something to find"
    );
    let file = database.file().unwrap();
    let copy = file.with_extension("copy");
    nuan_store::backup::backup_into(&database.store, &copy.display().to_string()).await.unwrap();

    kernel.erase_household(&named("clerk"), lives[0].home, "保存期满").await.unwrap();
    kernel.publish_checkpoint().await.unwrap();
    let seen = kernel.verify_audit(None, |_| {}).await.unwrap();
    assert!(seen.findings.is_empty() && seen.erased > 4, "{seen:?}");
    let said = verified_elsewhere(&kernel, &file.with_extension("jsonl")).await;
    assert!(said.starts_with("ok: "), "{said}");

    let mut restored = Database::at(file).await.unwrap();
    restored.store = nuan_store::Store::open(&format!("sqlite:{}", copy.display())).await.unwrap();
    let past = nuan_tests::installation::kernel(Vec::new(), &restored).await.unwrap();
    let mut hits = Vec::new();
    for (kernel, what) in [(&kernel, "live"), (&past, "the copy")] {
        for (number, life) in lives.iter().enumerate() {
            let (text, erased) = opened(kernel, life).await;
            let all = 2 + 2 * life.determinations.len();
            assert_eq!(erased, if number == 0 { all } else { 0 }, "{what}, household {number}");
            hits.extend(needles.found_in(text.as_bytes()));
        }
    }
    println!(
        "T34 erasure, seed none, N {} households, {} forms, failures {}",
        lives.len(),
        needles.count(),
        hits.len()
    );
    assert_eq!(hits, Vec::<String>::new());
    restored.store.close().await;
    std::fs::remove_file(copy).unwrap();
}

#[tokio::test]
async fn an_active_benefit_holds_the_household() {
    let database = Database::sqlite("benefit").await.unwrap();
    let kernel = kernel(vec![package("plugins/basic-living").unwrap()], &database).await.unwrap();
    let home = kernel.record_household(&named("clerk"), canary(), None).await.unwrap().body;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database.file().unwrap()).foreign_keys(false);
    let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options).await.unwrap();
    let insert = "insert into active_benefit (person_id, kind, entitlement_id, household_id, county) values ($1, 'dibao', $2, $3, '330106')";
    let ids =
        [home.members[0].person.to_string(), "ent_00000000000000000000000000000000".to_owned(), home.id.to_string()];
    let query = ids.iter().fold(sqlx::query(insert), |query, id| query.bind(id));
    query.execute(&mut connection).await.unwrap();
    let refused = kernel.erase_household(&named("clerk"), home.id, "保存期满").await.unwrap_err();
    assert_eq!(refused.code(), "NU6020");
    assert!(kernel.household(&named("clerk"), home.id).await.is_ok());
    sqlx::query("delete from active_benefit").execute(&mut connection).await.unwrap();
    assert!(kernel.erase_household(&named("clerk"), home.id, "保存期满").await.is_ok());
}
