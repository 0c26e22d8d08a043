//! A reassessment is cut off: at every boundary of a batch, and anywhere in between. Whoever goes on determines the rest, and
//! nobody twice.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use nuan_kernel::{Actor, Kernel, KernelError, Pace, ReassessmentState};
use nuan_vocabulary::id::HouseholdId;

use super::register::{Register, on_both_databases};
use super::{AS_OF, determinations_of, reassess, request};

const HOUSEHOLDS: u64 = 23;
const BATCH: u32 = 4;
/// Batches that hold somebody.
const BATCHES: usize = 6;

on_both_databases! {
    it_goes_on_after_each_batch,
    it_goes_on_wherever_it_was_cut_off,
    two_at_once_determine_everybody_once,
}

async fn filled(register: &Register, kernel: &Kernel) -> Vec<HouseholdId> {
    let mut households = Vec::new();
    for number in 0..HOUSEHOLDS {
        let division = if number % 2 == 0 { "330106" } else { "330203" };
        households.push(register.household(kernel, division, &format!("{}.00", number * 2_000)).await);
    }
    households
}

/// Everybody has so many determinations, and the log is whole.
async fn assert_each_has(kernel: &Kernel, households: &[HouseholdId], count: usize) {
    for household in households {
        assert_eq!(determinations_of(kernel, *household).await.len(), count);
    }
    let verified = kernel.verify_audit(None, |_| {}).await.unwrap();
    assert_eq!((verified.findings.as_slice(), verified.determinations), ([].as_slice(), HOUSEHOLDS * count as u64));
}

async fn it_goes_on_after_each_batch(register: &Register) {
    let kernel = register.kernel(None).await;
    let actor = Actor::local_operator();
    let households = filled(register, &kernel).await;
    let whole = reassess(&kernel, AS_OF, "000000").await;
    for boundary in 1..=BATCHES {
        let stop = AtomicBool::new(false);
        let begun = kernel.begin_reassessment(&actor, request(AS_OF, "000000"), None).await.unwrap();
        let mut stored = 0;
        let stopped = kernel.reassess(&actor, begun.body.id, Pace { batch: BATCH, stop: &stop }, |_| {
            stored += 1;
            stop.store(stored >= boundary, Ordering::Release);
        });
        let stopped = stopped.await.unwrap();
        // The batch that was under way is stored, too.
        let expected = HOUSEHOLDS.min((boundary as u64 + 1) * u64::from(BATCH));
        assert_eq!((stopped.looked_at, stopped.state), (expected, ReassessmentState::Open), "{boundary}");
        let other = register.kernel(None).await;
        let picked_up = other.begin_reassessment(&actor, request(AS_OF, "000000"), None).await.unwrap();
        assert_eq!((picked_up.replayed, picked_up.body.looked_at), (true, expected));
        let rest = Pace { batch: BATCH, stop: &AtomicBool::new(false) };
        let body = other.reassess(&actor, begun.body.id, rest, |_| ()).await.unwrap();
        assert_eq!((body.state, body.determined), (ReassessmentState::Finished, HOUSEHOLDS));
        let counted = |body: &nuan_kernel::ReassessmentBody| -> Vec<(String, u64)> {
            let all = body.changes.iter().map(|row| (row, row.unchanged.households + row.newly_eligible.households));
            all.map(|(row, households)| (format!("{} {}", row.programme, row.county), households)).collect()
        };
        assert_eq!(counted(&body), counted(&whole), "the summary is that of one run");
        assert_each_has(&kernel, &households, boundary + 1).await;
    }
}

/// Polls a future so many times and then drops it.
pub async fn cut_off<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

async fn it_goes_on_wherever_it_was_cut_off(register: &Register) {
    let kernel = register.kernel(None).await;
    let actor = Actor::local_operator();
    let households = filled(register, &kernel).await;
    let id = kernel.begin_reassessment(&actor, request(AS_OF, "000000"), None).await.unwrap().body.id;
    let never = AtomicBool::new(false);
    let (mut cuts, mut overtaken) = (0, 0);
    let finished = loop {
        let polls = 1 + cuts;
        let on = kernel.reassess(&actor, id, Pace { batch: 2, stop: &never }, |_| ());
        match cut_off(on, polls).await {
            None => cuts += 1,
            // What the dropped one had handed over was stored meanwhile.
            Some(Err(KernelError::Overtaken)) => (cuts, overtaken) = (cuts + 1, overtaken + 1),
            Some(Err(KernelError::ReassessmentEnded)) => break kernel.reassessment(&actor, id).await.unwrap(),
            Some(ended) => break ended.unwrap(),
        }
    };
    println!("reassess cut off, N {cuts} cuts, {overtaken} overtaken, failures 0");
    assert!(cuts > 5, "{cuts}");
    assert_eq!((finished.state, finished.determined), (ReassessmentState::Finished, HOUSEHOLDS));
    assert_each_has(&kernel, &households, 1).await;
}

async fn two_at_once_determine_everybody_once(register: &Register) {
    let (one, other) = (register.kernel(None).await, register.kernel(None).await);
    let actor = Actor::local_operator();
    let households = filled(register, &one).await;
    let id = one.begin_reassessment(&actor, request(AS_OF, "000000"), None).await.unwrap().body.id;
    let never = AtomicBool::new(false);
    let pace = Pace { batch: 3, stop: &never };
    let (first, second) =
        tokio::join!(one.reassess(&actor, id, pace, |_| ()), other.reassess(&actor, id, pace, |_| ()));
    let finished = [&first, &second].into_iter().filter(|ended| ended.is_ok()).count();
    assert_eq!(finished, 1, "{first:?} {second:?}");
    assert!([&first, &second].into_iter().any(|ended| matches!(ended, Err(KernelError::Overtaken))));
    assert_each_has(&one, &households, 1).await;
}
