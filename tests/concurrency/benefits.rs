//! One person, two cities (T11): whichever way somebody comes to count in two households, or one household to be decided on in
//! two places, one benefit of a kind is active, and whoever comes second is told.
//!
//! The ways are those that the register has. A person who leaves one household and joins another may be decided on in the
//! first before the second, or not; the two officials do not know of each other. A household that moves is decided on where it
//! lived and where it lives. Two records of one person are not put together while both have the benefit.

use nuan_domain::register::ChangeProposal;
use nuan_kernel::{
    Actor, ChangeAction, ChangeDecision, DecisionRequest, DeterminationRequest, ErrorKind, Kernel, KernelError,
};
use nuan_store::entitlement;
use nuan_tests::installation::{Database, kernel, package};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::{DeterminationId, HouseholdId, PersonId};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::CALLERS;

/// Pairs of each kind; both kinds together are the 200 of the figure.
const PAIRS: usize = 100;
const HERE: &str = "330106";
const THERE: &str = "330402";

type Refused = KernelError;

fn by(name: &str) -> Actor {
    Actor::named(name).unwrap()
}

/// A household of which everything is known, with these members of the fixture.
fn household(division: &str, members: std::ops::Range<usize>) -> Value {
    let text = std::fs::read_to_string(nuan_tests::root().join("tests/fixtures/household.json")).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    document["division"] = division.into();
    let kept: Vec<Value> = document["members"].as_array().unwrap()[members].to_vec();
    document["members"] = kept.into();
    document["facts"]["household.income_12_months"] = "6000.00".into();
    document
}

async fn recorded(kernel: &Kernel, document: Value) -> (HouseholdId, PersonId) {
    let body = kernel.record_household(&by("clerk"), document, None).await.unwrap().body;
    (body.id, body.members.last().unwrap().person)
}

async fn determined(kernel: &Kernel, home: HouseholdId, as_of: &str) -> Result<DeterminationId, Refused> {
    let request = DeterminationRequest { as_of: Date::parse(as_of).ok(), known_at: None };
    Ok(kernel.determine_household(&by("clerk"), home, request, None).await?.body.id.unwrap())
}

async fn adopted(kernel: &Kernel, official: &str, id: DeterminationId) -> Result<(), Refused> {
    let kinds = Some(vec!["dibao".to_owned()]);
    let request = DecisionRequest { kinds, ..DecisionRequest::adopt() };
    let decision = kernel.decide(&by(official), id, request, None).await?.body;
    assert!(decision.benefits[0].entitlement.is_some(), "{decision:?}");
    Ok(())
}

async fn changed(kernel: &Kernel, home: HouseholdId, change: Value) -> Result<(), Refused> {
    let proposal: ChangeProposal = serde_json::from_value(json!({ "change": change, "reason": "迁居" })).unwrap();
    let submitted = kernel.submit_change(&by("clerk"), home, proposal, None).await?.body;
    let decision = ChangeDecision { action: ChangeAction::Approve, reason: "属实".to_owned() };
    kernel.decide_change(&by("approver"), submitted.id, decision, None).await.map(drop)
}

/// The person leaves the first household, joins the second, and is decided on there.
async fn on_to_the_other(kernel: &Kernel, homes: [HouseholdId; 2], person: PersonId) -> Result<(), Refused> {
    let [one, two] = homes;
    let leave = json!({ "kind": "leave", "member": "c", "from": "2024-06-01", "because": "moved_out" });
    changed(kernel, one, leave).await?;
    let join = json!({ "kind": "join", "from": "2024-06-01", "relation": "20",
        "person": { "record": "existing", "person": person } });
    changed(kernel, two, join).await?;
    adopted(kernel, "official-there", determined(kernel, two, "2024-07-01").await?).await
}

/// What became of a pair: how many were granted, and whether everything else was a conflict.
fn told(outcomes: [Result<(), Refused>; 2]) -> usize {
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused:?} {:?}", refused.diagnostics());
        assert!(["NU5034", "NU5041", "NU5043", "NU5045"].contains(&refused.code()), "{refused:?}");
    }
    outcomes.iter().filter(|outcome| outcome.is_ok()).count()
}

async fn two_cities(kernel: &Kernel) -> (usize, PersonId) {
    let (one, person) = recorded(kernel, household(HERE, 0..3)).await;
    let (two, _) = recorded(kernel, household(THERE, 0..2)).await;
    let determination = determined(kernel, one, "2022-09-01").await.unwrap();
    let (here, there) =
        tokio::join!(adopted(kernel, "official-here", determination), on_to_the_other(kernel, [one, two], person));
    (told([here, there]), person)
}

/// The household is determined for a day before its move and for one after; both cities decide.
async fn a_move(kernel: &Kernel) -> (usize, PersonId) {
    let (home, person) = recorded(kernel, household(HERE, 0..3)).await;
    changed(kernel, home, json!({ "kind": "move", "division": THERE, "from": "2024-06-01" })).await.unwrap();
    let before = determined(kernel, home, "2022-09-01").await.unwrap();
    let after = determined(kernel, home, "2024-07-01").await.unwrap();
    let (here, there) =
        tokio::join!(adopted(kernel, "official-here", before), adopted(kernel, "official-there", after));
    (told([here, there]).min(1), person)
}

async fn one_benefit_is_active(database: &Database) {
    let kernel = kernel(vec![package("plugins/basic-living").unwrap()], database).await.unwrap();
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let kernel = kernel.clone();
        callers.spawn(async move {
            let mut outcomes = Vec::new();
            for n in (caller..2 * PAIRS).step_by(CALLERS) {
                outcomes.push(if n % 2 == 0 { two_cities(&kernel).await } else { a_move(&kernel).await });
            }
            outcomes
        });
    }
    let outcomes: Vec<(usize, PersonId)> = callers.join_all().await.into_iter().flatten().collect();
    assert_eq!(outcomes.len(), 2 * PAIRS);
    let mut failures = 0;
    for (granted, person) in outcomes {
        let mut transaction = database.store.begin_read().await.unwrap();
        let active = entitlement::active_benefits_of(&mut transaction, person).await.unwrap();
        failures += usize::from((granted, active.len()) != (1, 1));
    }
    println!("T11 two cities, N {} pairs over {CALLERS} callers, failures {failures}", 2 * PAIRS);
    assert_eq!(failures, 0);
    assert_eq!(kernel.verify_audit(None, |_| {}).await.unwrap().findings, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_in_two_cities_has_one_benefit_on_sqlite() {
    one_benefit_is_active(&Database::sqlite("two-cities").await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_in_two_cities_has_one_benefit_on_postgres() {
    one_benefit_is_active(&Database::postgres("two-cities").await.unwrap()).await;
}
