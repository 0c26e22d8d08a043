//! Decisions and what follows from them, through the kernel: when a benefit begins, what takes its place, what is refused, and
//! what a correction shows. The plugin is the real one, the clock stands where a test puts it.

mod changed;
mod refused;

use nuan_domain::register::ChangeProposal;
use nuan_kernel::{
    Actor, BenefitOutcome, ChangeAction, ChangeDecision, DecidedChangeBody, DecidedInstead, DecisionAction,
    DecisionBody, DecisionRequest, DeterminationRequest, EntitlementBody, EntitlementStanding, Kernel, KernelError,
};
use nuan_tests::installation::{Database, StillWorld, kernel_in, package};
use nuan_tests::root;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::{DeterminationId, HouseholdId};
use serde_json::{Value, json};

/// The day that most determinations here are for.
pub const AS_OF: &str = "2024-06-01";

pub fn by(name: &str) -> Actor {
    Actor::named(name).unwrap()
}

pub fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// Three people with 2,000 yuan a month, of whom everything is known.
pub fn household() -> Value {
    let text = std::fs::read_to_string(root().join("tests/fixtures/household.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A kernel over a database, whose clock stands at an instant.
pub async fn kernel_at(database: &Database, instant: &str) -> Kernel {
    let world = StillWorld::default().since(instant.parse().unwrap());
    kernel_in(world, vec![package("plugins/basic-living").unwrap()], database).await.unwrap()
}

pub async fn recorded(kernel: &Kernel, document: Value) -> HouseholdId {
    kernel.record_household(&by("clerk"), document, None).await.unwrap().body.id
}

pub async fn determined(kernel: &Kernel, home: HouseholdId, as_of: &str) -> DeterminationId {
    let request = DeterminationRequest { as_of: Some(day(as_of)), known_at: None };
    kernel.determine_household(&by("clerk"), home, request, None).await.unwrap().body.id.unwrap()
}

/// An adoption of one benefit.
pub fn adopt(kind: &str) -> DecisionRequest {
    DecisionRequest { kinds: Some(vec![kind.to_owned()]), ..DecisionRequest::adopt() }
}

/// A departure with one amount, or a refusal.
pub fn depart(kind: &str, amount_fen_monthly: Option<i64>) -> DecisionRequest {
    let instead = DecidedInstead { kind: kind.to_owned(), member: None, amount_fen_monthly, persons: None };
    let reason = Some("经入户核实，与测算结论不一致".to_owned());
    DecisionRequest { action: DecisionAction::Depart, reason, benefits: vec![instead], ..DecisionRequest::adopt() }
}

pub async fn decided(kernel: &Kernel, id: DeterminationId, request: DecisionRequest) -> DecisionBody {
    kernel.decide(&by("officer"), id, request, None).await.unwrap().body
}

pub async fn entitlements(kernel: &Kernel, home: HouseholdId) -> Vec<EntitlementBody> {
    kernel.entitlements(&by("officer"), home, None, 100).await.unwrap().items
}

/// A change that one person submits and another approves.
pub async fn changed(kernel: &Kernel, home: HouseholdId, change: Value) -> DecidedChangeBody {
    let proposal: ChangeProposal = serde_json::from_value(json!({ "change": change, "reason": "核实后更正" })).unwrap();
    let submitted = kernel.submit_change(&by("clerk"), home, proposal, None).await.unwrap().body;
    let decision = ChangeDecision { action: ChangeAction::Approve, reason: "属实".to_owned() };
    kernel.decide_change(&by("officer"), submitted.id, decision, None).await.unwrap().body
}

/// The year's income as it is known now.
pub fn income(yuan: &str) -> Value {
    let statement = json!({ "value": yuan, "from": "2023-06-01", "source": "税务核对", "confidence": "verified" });
    json!({ "kind": "correct", "facts": { "household.income_12_months": [statement] } })
}

pub async fn verified(kernel: &Kernel) {
    assert_eq!(kernel.verify_audit(None, |_| {}).await.unwrap().findings, []);
}

#[tokio::test]
async fn a_benefit_begins_in_the_month_after_the_decision() {
    // In China it is eight hours later.
    for (decided_at, starts_on) in [
        ("2024-06-30T15:59:59Z", "2024-07-01"),
        ("2024-06-30T16:00:00Z", "2024-08-01"),
        ("2024-12-31T15:59:59Z", "2025-01-01"),
        ("2024-12-31T16:00:00Z", "2025-02-01"),
    ] {
        let database = Database::memory().await.unwrap();
        // The clock moves on by a microsecond a look.
        let kernel = kernel_at(&database, decided_at).await;
        let home = recorded(&kernel, household()).await;
        let determination = determined(&kernel, home, AS_OF).await;
        let decision = decided(&kernel, determination, adopt("dibao")).await;
        assert_eq!(decision.benefits[0].from, day(starts_on), "{decided_at}");
        let [entitlement] = &entitlements(&kernel, home).await[..] else { panic!("{decided_at}") };
        assert_eq!(entitlement.starts_on, day(starts_on));
        assert_eq!((entitlement.standing, entitlement.ends_on), (EntitlementStanding::Coming, None));
    }
}

#[tokio::test]
async fn what_is_adopted_becomes_due_for_those_whom_it_counts() {
    let database = Database::memory().await.unwrap();
    let kernel = kernel_at(&database, "2024-06-10T00:00:00Z").await;
    let home = recorded(&kernel, household()).await;
    let determination = determined(&kernel, home, AS_OF).await;
    let decision = decided(&kernel, determination, adopt("dibao")).await;
    let [benefit] = &decision.benefits[..] else { panic!("{decision:?}") };
    assert_eq!((benefit.outcome, benefit.amount_fen_monthly), (BenefitOutcome::Granted, Some(205_000)));
    let [entitlement] = &entitlements(&kernel, home).await[..] else { panic!("one") };
    assert_eq!(Some(entitlement.id), benefit.entitlement);
    assert_eq!((entitlement.persons.len(), entitlement.payee.as_str()), (3, "a"));
    let amounts: Vec<_> = entitlement.amounts.iter().map(|part| (part.output.as_deref(), part.amount_fen)).collect();
    assert_eq!(amounts, [(Some("dibao.amount"), 205_000), (Some("category_supplement.amount"), 0)]);
    assert_eq!(kernel.decision(&by("anybody"), decision.id).await.unwrap(), decision);
    let again = kernel.decide(&by("officer"), determination, adopt("dibao"), None).await.unwrap_err();
    assert!(matches!(again, KernelError::DeterminationDecided { decision: id } if id == decision.id), "{again:?}");
    verified(&kernel).await;
}

#[tokio::test]
async fn a_later_decision_takes_the_place_of_an_earlier_one() {
    let database = Database::sqlite("superseded").await.unwrap();
    let kernel = kernel_at(&database, "2024-06-10T00:00:00Z").await;
    let home = recorded(&kernel, household()).await;
    let first = determined(&kernel, home, AS_OF).await;
    decided(&kernel, first, adopt("dibao")).await;
    // Another kernel over the same file, three months later.
    let kernel = kernel_at(&database, "2024-09-30T15:00:00Z").await;
    let second = determined(&kernel, home, "2024-09-01").await;
    let decision = decided(&kernel, second, depart("dibao", Some(1_000))).await;
    let [old, new] = &entitlements(&kernel, home).await[..] else { panic!("two") };
    assert_eq!(decision.benefits[0].ends, [old.id]);
    assert_eq!((old.ends_on, old.superseded_by), (Some(day("2024-10-01")), Some(new.id)));
    assert_eq!((new.starts_on, new.amount_fen_monthly), (day("2024-10-01"), 1_000));
    assert_eq!((old.standing, new.standing), (EntitlementStanding::Due, EntitlementStanding::Coming));
    assert_eq!((old.allowed_actions.len(), &new.allowed_actions[..]), (0, &["end".to_owned()][..]));
    let earlier = determined(&kernel, home, "2024-08-01").await;
    let refused = kernel.decide(&by("officer"), earlier, adopt("dibao"), None).await.unwrap_err();
    assert_eq!(refused.code(), "NU5045");
    // In one month the earlier one of two never becomes due.
    let third = determined(&kernel, home, "2024-09-02").await;
    decided(&kernel, third, adopt("dibao")).await;
    let all = entitlements(&kernel, home).await;
    let second = all.iter().find(|one| one.id == new.id).unwrap();
    let third = all.iter().find(|one| one.ends_on.is_none()).unwrap();
    assert_eq!((all.len(), second.superseded_by), (3, Some(third.id)));
    assert_eq!((second.ends_on, second.standing), (Some(second.starts_on), EntitlementStanding::Ended));
    assert_eq!((third.starts_on, third.ends_on), (second.starts_on, None));
    verified(&kernel).await;
}
