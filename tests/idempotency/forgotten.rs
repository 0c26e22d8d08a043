//! Answers are kept for seven days under the keys of those who asked, and then forgotten (T12: the store is bounded).

use nuan_kernel::{Actor, Created, HouseholdBody, IdempotencyKey, Kernel, ReassessmentRequest};
use nuan_store::key_store::keys_after;
use nuan_tests::installation::{StillWorld, kernel_in, package};
use nuan_vocabulary::date::Date;
use serde_json::json;

use crate::reassess::register::{Register, on_both_databases};

/// More than one act forgets.
const HOUSEHOLDS: u64 = 205;

on_both_databases! { an_answer_is_kept_for_seven_days }

async fn kernel_at(register: &Register, instant: &str) -> Kernel {
    let world = StillWorld::default().since(instant.parse().unwrap());
    kernel_in(world, vec![package("plugins/basic-living").unwrap()], &register.database).await.unwrap()
}

async fn record(kernel: &Kernel, key: &str) -> Created<HouseholdBody> {
    let document = json!({ "division": "330106", "members": [{ "ref": "a" }] });
    let key = IdempotencyKey::new(key, "POST /v1/households", b"somebody").unwrap();
    kernel.record_household(&Actor::local_operator(), document, Some(key)).await.unwrap()
}

async fn an_answer_is_kept_for_seven_days(register: &Register) {
    let actor = Actor::local_operator();
    let kernel = kernel_at(register, "2026-03-01T12:00:00Z").await;
    let first = record(&kernel, "k0").await;
    for number in 1..HOUSEHOLDS {
        record(&kernel, &format!("k{number}")).await;
    }
    let (as_of, division) = (Date::parse("2026-03-01").unwrap(), "330106".parse().unwrap());
    let request = ReassessmentRequest { as_of, known_at: None, division };
    let key = IdempotencyKey::new("r", "POST /v1/reassessments", b"all").unwrap();
    kernel.begin_reassessment(&actor, request, Some(key)).await.unwrap();

    let kernel = kernel_at(register, "2026-03-08T11:00:00Z").await;
    assert_eq!(kernel.forget_old_answers().await.unwrap(), 0);
    let again = record(&kernel, "k0").await;
    assert_eq!((again.replayed, &again.body), (true, &first.body));

    let kernel = kernel_at(register, "2026-03-08T13:00:00Z").await;
    record(&kernel, "young").await;
    assert_eq!(kernel.forget_old_answers().await.unwrap(), HOUSEHOLDS + 1);
    let anew = record(&kernel, "k0").await;
    assert!(!anew.replayed && anew.body.id != first.body.id);
    assert!(record(&kernel, "young").await.replayed);

    // The answer about no household had a key of its own, which is gone; a household's is not.
    let keys = keys_after(&register.database.key_store, "", 10_000).await.unwrap();
    let (of_answers, of_records): (Vec<_>, Vec<_>) = keys.iter().partition(|key| key.id.starts_with("ak_"));
    assert_eq!(of_answers.iter().map(|key| key.wrapped.is_some()).collect::<Vec<_>>(), [false]);
    assert!(of_records.iter().all(|key| key.wrapped.is_some()));
    kernel.household(&actor, first.body.id).await.unwrap();
}
