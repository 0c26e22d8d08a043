//! The place of the checkpoint cannot be written: acts go on for as long as the window allows, wait, and go on by themselves once
//! the place is there again. The folder of the checkpoint is taken away, and a file stands in its place.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use nuan_kernel::{Actor, Kernel, Outside};
use nuan_tests::installation::{Database, ORIGIN, kernel_outside};
use nuan_tests::program::Folder;
use serde_json::json;

/// Whoever is not held back by then never is.
const PATIENCE: Duration = Duration::from_secs(10);
/// The window, and what a slow machine takes to say so.
const HELD_BACK_WITHIN: Duration = Duration::from_millis(2_500);
/// An attempt every half second, and what it takes.
const BACK_WITHIN: Duration = Duration::from_secs(5);
/// The most leaves that may be under no checkpoint outside.
const MOST_LEAVES: usize = 256;

/// A folder that can be taken away.
struct Share {
    all: Folder,
}

impl Share {
    fn new() -> Self {
        let all = Folder::new("share").unwrap();
        std::fs::create_dir(all.path().join("audit")).unwrap();
        Self { all }
    }

    fn audit(&self) -> PathBuf {
        self.all.path().join("audit")
    }

    fn file(&self) -> PathBuf {
        self.audit().join("checkpoint")
    }

    fn take_away(&self) {
        std::fs::rename(self.audit(), self.all.path().join("away")).unwrap();
        std::fs::write(self.audit(), "no folder").unwrap();
    }

    fn put_back(&self) {
        std::fs::remove_file(self.audit()).unwrap();
        std::fs::rename(self.all.path().join("away"), self.audit()).unwrap();
    }

    async fn kernel(&self, database: &Database) -> Kernel {
        let place = Outside { origin: ORIGIN.to_owned(), file: Some(self.file()), ..Outside::default() };
        kernel_outside(place, database).await.unwrap()
    }
}

async fn act(kernel: Kernel) -> Result<(), &'static str> {
    let document = json!({ "division": "330106", "members": [{ "ref": "a" }] });
    let recorded = kernel.record_household(&Actor::local_operator(), document, None).await;
    recorded.map(drop).map_err(|error| error.code())
}

/// Acts, so many at once with a pause between, until one is refused: how many were done, how long after the first, and why not.
async fn acts_until_refused(kernel: &Kernel, at_once: usize, pause: Duration) -> (usize, Duration, &'static str) {
    let (begun, mut done) = (Instant::now(), 0);
    while begun.elapsed() < PATIENCE {
        let acts: Vec<_> = (0..at_once).map(|_| tokio::spawn(act(kernel.clone()))).collect();
        let mut refused = None;
        for act in acts {
            match act.await.unwrap() {
                Ok(()) => done += 1,
                Err(code) => refused = Some(code),
            }
        }
        if let Some(code) = refused {
            return (done, begun.elapsed(), code);
        }
        tokio::time::sleep(pause).await;
    }
    (done, begun.elapsed(), "none was refused")
}

/// How long it takes until acts are done again.
async fn back_after(kernel: &Kernel) -> Duration {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE && act(kernel.clone()).await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    begun.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn acts_wait_while_no_checkpoint_gets_outside() {
    let (database, share) = (Database::sqlite("held").await.unwrap(), Share::new());
    let kernel = share.kernel(&database).await;
    act(kernel.clone()).await.unwrap();
    for (at_once, pause) in [(64, 0), (1, 50)] {
        kernel.publish_checkpoint().await.unwrap();
        share.take_away();
        let (done, took, code) = acts_until_refused(&kernel, at_once, Duration::from_millis(pause)).await;
        println!("T17 no place outside, {at_once} at once: {done} acts in {} ms, then {code}", took.as_millis());
        assert_eq!(code, "NU7034", "{at_once} at once, after {done}");
        assert!(0 < done && done <= MOST_LEAVES && took <= HELD_BACK_WITHIN, "{done} acts, {took:?}");
        assert_eq!(act(kernel.clone()).await, Err("NU7034"), "it stays so");
        assert!(!kernel.readiness().await.checkpoint && kernel.readiness().await.writer);
        share.put_back();
        let back = back_after(&kernel).await;
        assert!(back <= BACK_WITHIN, "{back:?}");
        assert!(kernel.readiness().await.is_ready());
    }
    kernel.publish_checkpoint().await.unwrap();
    let text = std::fs::read_to_string(share.file()).unwrap();
    let seen = kernel.verify_audit(Some(&text), |_| {}).await.unwrap();
    assert_eq!((seen.findings, seen.not_yet_covered), (Vec::new(), 0));
    kernel.finish().await.unwrap();
}

/// A new installation whose folder is not there yet.
#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_was_never_there_is_waited_for() {
    let (database, share) = (Database::sqlite("never").await.unwrap(), Share::new());
    share.take_away();
    let kernel = share.kernel(&database).await;
    let (done, took, code) = acts_until_refused(&kernel, 1, Duration::from_millis(20)).await;
    assert!(code == "NU7034" && done <= MOST_LEAVES && took <= HELD_BACK_WITHIN, "{done}, {took:?}, {code}");
    share.put_back();
    assert!(back_after(&kernel).await <= BACK_WITHIN);
    kernel.finish().await.unwrap();
    assert!(share.file().is_file());
}

/// In memory nothing leaves the process, and nothing is waited for.
#[tokio::test]
async fn without_a_place_nothing_is_held_back() {
    let database = Database::memory().await.unwrap();
    let nowhere = Outside { origin: ORIGIN.to_owned(), ..Outside::default() };
    let kernel = kernel_outside(nowhere, &database).await.unwrap();
    for n in 0..MOST_LEAVES + 50 {
        assert_eq!(act(kernel.clone()).await, Ok(()), "{n}");
    }
}
