//! Past determinations of many households (T35): repeated to the byte beside newer plugins, in native code and in wasmtime's
//! interpreter, which answers where the compiler has no backend.

use std::sync::Arc;

use nuan_host::compiler::Compiler;
use nuan_host::engine::Engine;
use nuan_host::limits::Limits;
use nuan_kernel::{Actor, DeterminationRequest, Installed, Kernel, KernelError};
use nuan_tests::installation::{Database, StillWorld, kernel, packages, reference, scrambled, setup};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::DeterminationId;
use tokio::task::JoinSet;

use super::newer;
use crate::batches;

/// Dates before and after law and numbers changed.
const DATES: [&str; 8] =
    ["2021-04-15", "2021-04-16", "2022-08-31", "2022-09-01", "2023-12-31", "2024-07-01", "2025-02-28", "2025-11-24"];

/// As in earnest, with more time: fuel decides, and an interpreter is slow.
const LIMITS: Limits = Limits { wall_ms_interactive: 60_000, wall_ms_batch: 60_000, ..Limits::START };

/// How many determinations are made and repeated.
fn count() -> usize {
    if std::env::var_os("NUAN_LONG").is_some() { 10_000 } else { 500 }
}

/// The same plugins in the interpreter.
async fn interpreted(database: &Database) -> Kernel {
    let compiler = Compiler::new(Engine::interpreted(LIMITS).unwrap(), None).unwrap();
    let installed = Installed::load(packages().unwrap(), reference().unwrap(), &compiler).unwrap();
    Kernel::start(setup(installed, compiler, StillWorld::default(), database)).await.unwrap()
}

/// Records varied households and determines each for some date.
async fn determined(kernel: &Kernel) -> Vec<DeterminationId> {
    let households = batches::households();
    let mut made = Vec::with_capacity(count());
    let actor = Actor::local_operator();
    for number in 0..count() {
        let draw = usize::try_from(scrambled(u64::try_from(number).unwrap()) >> 8).unwrap();
        let mut document: serde_json::Value = serde_json::from_slice(&households[draw % households.len()]).unwrap();
        for member in document["members"].as_array_mut().unwrap() {
            member.as_object_mut().unwrap().remove("document"); // one person is on the register once
        }
        let id = kernel.record_household(&actor, document, None).await.unwrap().body.id;
        let request = DeterminationRequest { as_of: Date::parse(DATES[number % DATES.len()]).ok(), known_at: None };
        match kernel.determine_household(&actor, id, request, None).await {
            Ok(created) => made.push(created.body.id.unwrap()),
            Err(KernelError::NothingApplies { .. }) => {} // elsewhere, before the first plugin
            Err(error) => panic!("{error}: {:?}", error.diagnostics()),
        }
    }
    made
}

/// Repeats all of them, a few at once; gives those that differ.
async fn repeated(kernel: &Kernel, ids: &[DeterminationId], what: &str) {
    let (mut differ, mut under_way) = (Vec::new(), JoinSet::new());
    let others = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    for (number, id) in ids.iter().copied().enumerate() {
        if number >= 4 {
            differ.extend(under_way.join_next().await.unwrap().unwrap());
        }
        let (kernel, others) = (kernel.clone(), Arc::clone(&others));
        under_way.spawn(async move {
            let replayed = kernel.replay(&Actor::local_operator(), id).await.unwrap();
            others.fetch_add(usize::from(replayed.other_engine.is_some()), std::sync::atomic::Ordering::Relaxed);
            (!replayed.is_identical).then(|| format!("{replayed:?}"))
        });
    }
    differ.extend(under_way.join_all().await.into_iter().flatten());
    let others = others.load(std::sync::atomic::Ordering::Relaxed);
    println!("T35 replay, {what}, seed none, N {} ({others} by another engine), failures {}", ids.len(), differ.len());
    assert!(differ.is_empty(), "{what}: {:#?}", &differ[..differ.len().min(5)]);
    assert_eq!(others, if what == "interpreter" { ids.len() } else { 0 }, "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_determinations_are_repeated_to_the_byte_natively_and_interpreted() {
    let database = Database::sqlite("past").await.unwrap();
    let first = kernel(packages().unwrap(), &database).await.unwrap();
    let ids = determined(&first).await;
    assert!(ids.len() * 10 >= count() * 9, "{} determinations", ids.len());
    for id in ids.iter().step_by(3) {
        first.determination(&Actor::local_operator(), *id).await.unwrap(); // keeps the reasons, which are compared too
    }
    repeated(&first, &ids, "native").await;
    let later = kernel(newer(), &database).await.unwrap();
    repeated(&later, &ids, "native, beside newer plugins").await;
    repeated(&interpreted(&database).await, &ids, "interpreter").await;
}
