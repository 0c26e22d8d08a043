//! How far the checkpoint outside is behind what was acknowledged, at several rates: never more than a second, nor more than
//! 256 leaves. Both are taken from the file itself.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nuan_kernel::{Actor, Kernel, Outside};
use nuan_store::audit;
use nuan_tests::installation::{Database, ORIGIN, kernel_outside};
use nuan_vocabulary::division::DivisionCode;
use serde_json::json;

use crate::verifiers::Scratch;

const MOST_BEHIND: Duration = Duration::from_secs(1);
const MOST_LEAVES: usize = 256;
/// Between two looks at the file.
const LOOK: Duration = Duration::from_millis(2);

/// So many at once act for so long, each with a pause between two acts.
#[derive(Clone, Copy, Debug)]
struct Stream {
    at_once: usize,
    pause: Duration,
    lasts: Duration,
}

/// An act, and the size of the checkpoint outside right after it was acknowledged.
struct Acknowledged {
    at: Instant,
    subject: String,
    outside: i64,
}

/// The size of the checkpoint that lies outside.
fn size_outside(file: &Path) -> i64 {
    let note = std::fs::read_to_string(file).unwrap_or_default();
    note.lines().nth(1).and_then(|size| size.parse().ok()).unwrap_or(0)
}

async fn act(kernel: Kernel, file: Arc<Path>, stream: Stream, until: Instant) -> Vec<Acknowledged> {
    let mut acknowledged = Vec::new();
    while Instant::now() < until {
        let document = json!({ "division": "330106", "members": [{ "ref": "a" }] });
        let recorded = kernel.record_household(&Actor::local_operator(), document, None).await.unwrap();
        let (at, outside) = (Instant::now(), size_outside(&file));
        acknowledged.push(Acknowledged { at, subject: format!("{}#1", recorded.body.id), outside });
        if !stream.pause.is_zero() {
            tokio::time::sleep(stream.pause).await;
        }
    }
    acknowledged
}

/// Every size that was seen outside, with the first moment.
fn watch(file: &Path, is_over: &AtomicBool) -> Vec<(Instant, i64)> {
    let mut seen = vec![(Instant::now(), 0)];
    while !is_over.load(Ordering::Acquire) {
        let size = size_outside(file);
        if seen.last().is_none_or(|(_, last)| *last < size) {
            seen.push((Instant::now(), size));
        }
        std::thread::park_timeout(LOOK);
    }
    seen
}

/// How many leaves of the county stand under a checkpoint of each size.
async fn coverage(database: &Database) -> Vec<usize> {
    let mut reading = database.store.begin_read().await.unwrap();
    let heads = audit::leaves(&mut reading, DivisionCode::NATION, 0, u32::MAX).await.unwrap();
    let sizes = heads.iter().map(|head| head.subject.split_once('#').unwrap().1.parse().unwrap());
    [0].into_iter().chain(sizes).collect()
}

fn county() -> DivisionCode {
    "330106".parse().unwrap()
}

/// How many leaves stand under the checkpoint that lies outside now.
async fn covered_outside(database: &Database, file: &Path) -> usize {
    let size = usize::try_from(size_outside(file)).unwrap();
    coverage(database).await[size]
}

/// The most that the checkpoint outside was behind, in time and in leaves.
async fn measure(stream: Stream) -> (usize, Duration, usize) {
    let (database, outside) = (Database::sqlite("window").await.unwrap(), Scratch::new("window"));
    let place = Outside { origin: ORIGIN.to_owned(), file: Some(outside.0.clone()), ..Outside::default() };
    let kernel = kernel_outside(place, &database).await.unwrap();
    let (file, is_over): (Arc<Path>, _) = (Arc::from(outside.0.as_path()), Arc::new(AtomicBool::new(false)));
    let (watched, told) = (Arc::clone(&file), Arc::clone(&is_over));
    let watcher = std::thread::spawn(move || watch(&watched, &told));
    let until = Instant::now() + stream.lasts;
    let actors = (0..stream.at_once).map(|_| tokio::spawn(act(kernel.clone(), Arc::clone(&file), stream, until)));
    let mut acknowledged = Vec::new();
    for actor in actors.collect::<Vec<_>>() {
        acknowledged.extend(actor.await.unwrap());
    }
    // Whatever was acknowledged last has its second, too; twice that is the end of any patience.
    let patience = Instant::now() + 2 * MOST_BEHIND;
    let size =
        audit::leaves(&mut database.store.begin_read().await.unwrap(), county(), 0, u32::MAX).await.unwrap().len();
    while Instant::now() < patience && covered_outside(&database, &file).await < size {
        tokio::time::sleep(LOOK).await;
    }
    std::thread::park_timeout(4 * LOOK); // the watcher sees it, too
    is_over.store(true, Ordering::Release);
    let seen = watcher.join().unwrap();

    let covered = coverage(&database).await;
    let leaves = audit::leaves(&mut database.store.begin_read().await.unwrap(), county(), 0, u32::MAX).await.unwrap();
    let places: HashMap<&str, usize> = leaves.iter().enumerate().map(|(n, leaf)| (leaf.subject.as_str(), n)).collect();
    let under = |size: i64| covered[usize::try_from(size).unwrap()];
    acknowledged.sort_by_key(|act| act.at);
    let (mut behind, mut most) = (Duration::ZERO, 0);
    for (n, act) in acknowledged.iter().enumerate() {
        let place = places[act.subject.as_str()];
        let covering = seen.iter().find(|(_, size)| under(*size) > place);
        let (at, _) = covering.unwrap_or_else(|| panic!("leaf {place} never got under a checkpoint outside"));
        behind = behind.max(at.saturating_duration_since(act.at));
        let before = &acknowledged[..=n];
        most = most
            .max(before.iter().filter(|act_before| places[act_before.subject.as_str()] >= under(act.outside)).count());
    }
    kernel.finish().await.unwrap();
    (acknowledged.len(), behind, most)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_without_a_checkpoint_outside_for_longer_than_the_window() {
    let is_long_run = std::env::var_os("NUAN_LONG").is_some();
    let lasts = Duration::from_secs(if is_long_run { 15 } else { 2 });
    for (at_once, pause) in [(1, 300), (1, 20), (8, 10), (64, 0)] {
        let stream = Stream { at_once, pause: Duration::from_millis(pause), lasts };
        let (acts, behind, leaves) = measure(stream).await;
        let millis = behind.as_millis();
        println!(
            "T17 window, {at_once} at once every {pause} ms, N {acts}, {millis} ms and {leaves} leaves behind at most"
        );
        assert!(behind <= MOST_BEHIND && leaves <= MOST_LEAVES, "{stream:?}: {millis} ms, {leaves} leaves");
    }
}
