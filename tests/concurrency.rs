//! Many at once (T11): the same application a thousand times over 64 callers is one household, on SQLite and on PostgreSQL,
//! whether the callers share an idempotency key or only the person.

mod benefits;

use nuan_kernel::{Actor, ErrorKind, IdempotencyKey, Kernel, KernelError};
use nuan_tests::installation::{Database, kernel, package};
use serde_json::{Value, json};
use tokio::task::JoinSet;

pub const CALLERS: usize = 64;
const APPLICATIONS: usize = 1_000;

/// An application for somebody with this document number.
fn application(number: &str) -> Value {
    json!({ "division": "330106", "members": [
        { "ref": "a", "document": { "kind": "citizen_id", "number": number } }
    ] })
}

/// What became of each application: the household, or the refusal.
async fn apply(kernel: &Kernel, number: &'static str, key: fn(usize) -> String) -> Vec<Result<String, KernelError>> {
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let kernel = kernel.clone();
        callers.spawn(async move {
            let mut outcomes = Vec::new();
            for n in (caller..APPLICATIONS).step_by(CALLERS) {
                let document = application(number);
                let key = IdempotencyKey::new(&key(n), "apply", document.to_string().as_bytes()).unwrap();
                let created = kernel.record_household(&Actor::local_operator(), document, Some(key)).await;
                outcomes.push(created.map(|created| created.body.id.to_string()));
            }
            outcomes
        });
    }
    callers.join_all().await.into_iter().flatten().collect()
}

async fn one_household_comes_of_it(database: &Database, numbers: [&'static str; 2]) {
    let kernel = kernel(vec![package("plugins/basic-living").unwrap()], database).await.unwrap();
    let [shared, own] = numbers;
    let outcomes = apply(&kernel, shared, |_| "the-same-key".to_owned()).await;
    assert_eq!(outcomes.len(), APPLICATIONS);
    let first = outcomes[0].as_ref().unwrap();
    assert!(outcomes.iter().all(|outcome| outcome.as_ref().is_ok_and(|id| id == first)));

    let outcomes = apply(&kernel, own, |n| format!("key-{n}")).await;
    let recorded = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let refused = |outcome: &&Result<String, KernelError>| {
        outcome.as_ref().is_err_and(|error| error.kind() == ErrorKind::Conflict && error.code() == "NU5010")
    };
    assert_eq!((recorded, outcomes.iter().filter(refused).count()), (1, APPLICATIONS - 1));
    println!("T11, N {} applications twice, failures 0", APPLICATIONS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_identical_applications_are_one_household_on_sqlite() {
    let database = Database::sqlite("concurrency").await.unwrap();
    one_household_comes_of_it(&database, ["999999197001010017", "999999197001010033"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_identical_applications_are_one_household_on_postgres() {
    let database = Database::postgres("concurrency").await.unwrap();
    one_household_comes_of_it(&database, ["99999919700101005X", "999999197001010076"]).await;
}
