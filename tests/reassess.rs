//! The province in one go: what `reassess` stores is what single determinations store, to the byte but for their ids; one that
//! is cut off goes on, and every household is determined once; the summary says what changed, where, and by how much.

pub mod cut_off;
mod left_out;
pub mod register;
mod summary;

use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use nuan_kernel::{
    Actor, DeterminationRequest, IdempotencyKey, Kernel, KernelError, Pace, ReassessmentBody, ReassessmentRequest,
    ReassessmentState,
};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::Determination;
use nuan_vocabulary::id::{DeterminationId, HouseholdId};

use self::register::{Register, on_both_databases};

const AS_OF: &str = "2022-09-01";

on_both_databases! {
    answers_are_those_of_single_determinations,
    a_division_is_reassessed_alone,
    one_at_a_time_is_open_and_what_is_cancelled_ends,
}

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn request(as_of: &str, division: &str) -> ReassessmentRequest {
    ReassessmentRequest { as_of: day(as_of), known_at: None, division: division.parse().unwrap() }
}

/// Begins, or picks up, and goes on to the end.
async fn reassess(kernel: &Kernel, as_of: &str, division: &str) -> ReassessmentBody {
    let actor = Actor::local_operator();
    let begun = kernel.begin_reassessment(&actor, request(as_of, division), None).await.unwrap();
    let pace = Pace { batch: 5, stop: &AtomicBool::new(false) };
    let body = kernel.reassess(&actor, begun.body.id, pace, |_| ()).await.unwrap();
    assert_eq!(body.state, ReassessmentState::Finished);
    assert_eq!(body.looked_at, body.households);
    body
}

/// The determinations of a household, the oldest first.
async fn determinations_of(kernel: &Kernel, household: HouseholdId) -> Vec<DeterminationId> {
    let page = kernel.determinations(&Actor::local_operator(), household, None, 200).await.unwrap();
    page.items.iter().map(|item| item.id).collect()
}

/// With its reasons, without its id.
async fn bytes_of(kernel: &Kernel, id: DeterminationId) -> Vec<u8> {
    let mut determination: Determination = kernel.determination(&Actor::local_operator(), id).await.unwrap();
    determination.id = None;
    serde_json::to_vec(&determination).unwrap()
}

async fn answers_are_those_of_single_determinations(register: &Register) {
    let kernel = register.kernel(None).await;
    let actor = Actor::local_operator();
    let households = register.varied(&kernel).await;
    let known_at: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
    let asked = ReassessmentRequest { known_at: Some(known_at), ..request(AS_OF, "000000") };
    let begun = kernel.begin_reassessment(&actor, asked, None).await.unwrap();
    let pace = Pace { batch: 7, stop: &AtomicBool::new(false) };
    let body = kernel.reassess(&actor, begun.body.id, pace, |_| ()).await.unwrap();
    assert_eq!((body.determined, body.left_out), (households.len() as u64, 0));
    let mut different = 0;
    let mut seen = std::collections::BTreeSet::new();
    for household in households {
        let together = determinations_of(&kernel, household).await;
        assert_eq!(together.len(), 1);
        let single = DeterminationRequest { as_of: Some(day(AS_OF)), known_at: Some(known_at) };
        let single = kernel.determine_household(&actor, household, single, None).await.unwrap();
        let (one, other) = (bytes_of(&kernel, together[0]).await, bytes_of(&kernel, single.body.id.unwrap()).await);
        different += usize::from(one != other);
        seen.insert(one);
        assert!(kernel.replay(&actor, together[0]).await.unwrap().is_identical);
    }
    assert_eq!(different, 0);
    assert!(seen.len() > 5, "the households differ");
    let verified = kernel.verify_audit(None, |_| {}).await.unwrap();
    assert_eq!(verified.findings, []);
}

async fn a_division_is_reassessed_alone(register: &Register) {
    let kernel = register.kernel(None).await;
    let mut there = Vec::new();
    for (division, income) in [("330106", "0.00"), ("330203", "0.00"), ("330106001", "12.00"), ("330203", "9.00")] {
        there.push((division, register.household(&kernel, division, income).await));
    }
    let body = reassess(&kernel, AS_OF, "330106").await;
    assert_eq!((body.households, body.determined), (2, 2));
    assert!(body.changes.iter().all(|row| row.county.to_string() == "330106"));
    for (division, household) in &there {
        let expected = usize::from(division.starts_with("330106"));
        assert_eq!(determinations_of(&kernel, *household).await.len(), expected, "{division}");
    }
    assert_eq!(reassess(&kernel, AS_OF, "330106001").await.determined, 1);
    assert_eq!(reassess(&kernel, AS_OF, "330000").await.determined, 4);
    assert_eq!(reassess(&kernel, AS_OF, "999901").await.determined, 0);
}

async fn one_at_a_time_is_open_and_what_is_cancelled_ends(register: &Register) {
    let kernel = register.kernel(None).await;
    let actor = Actor::local_operator();
    let household = register.household(&kernel, "330106", "0.00").await;
    let first = kernel.begin_reassessment(&actor, request(AS_OF, "000000"), None).await.unwrap();
    assert!(!first.replayed && first.body.allowed_actions == ["cancel"]);
    let key = IdempotencyKey::new("again", "POST reassess", b"again").unwrap();
    let again = kernel.begin_reassessment(&actor, request(AS_OF, "000000"), Some(key.clone())).await.unwrap();
    assert!(again.replayed && again.body.id == first.body.id);
    let otherwise = ReassessmentRequest { known_at: Some(Timestamp::UNIX_EPOCH), ..request(AS_OF, "000000") };
    let refused = kernel.begin_reassessment(&actor, otherwise, None).await.unwrap_err();
    assert!(matches!(refused, KernelError::ReassessmentOpen { id, .. } if id == first.body.id));
    let cancelled = kernel.cancel_reassessment(&actor, first.body.id, None).await.unwrap().body;
    assert!(cancelled.state == ReassessmentState::Cancelled && cancelled.allowed_actions.is_empty());
    assert!(matches!(
        kernel.cancel_reassessment(&actor, first.body.id, None).await,
        Err(KernelError::ReassessmentEnded)
    ));
    let stop = AtomicBool::new(false);
    let on = kernel.reassess(&actor, first.body.id, Pace { batch: 5, stop: &stop }, |_| ()).await;
    assert!(matches!(on, Err(KernelError::ReassessmentEnded)));
    assert_eq!(determinations_of(&kernel, household).await, []);
    // Whoever picked it up asks once more under the same key: no second one begins.
    let asked = kernel.begin_reassessment(&actor, request(AS_OF, "000000"), Some(key)).await.unwrap();
    assert_eq!((asked.replayed, asked.body.id), (true, first.body.id));
    let other = kernel.begin_reassessment(&actor, otherwise, None).await.unwrap();
    assert_ne!(other.body.id, first.body.id);
}
