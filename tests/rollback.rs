//! Rollback and fork (T17): whatever is put in the database's place, the witness refuses it, and until then nothing older than
//! a second or 256 leaves is without a checkpoint outside. The witness is the real program, the kernel the real kernel.

mod held_back;
mod missing;
mod window;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nuan_api::HttpWitness;
use nuan_domain::audit::note::{Note, NoteKey, NoteSigner};
use nuan_domain::audit::witness::AddCheckpoint;
use nuan_domain::crypto::CryptoSuite;
use nuan_kernel::{Actor, Kernel, Outside, RemoteWitness, WitnessState, Witnesses};
use nuan_tests::installation::{Database, ORIGIN, kernel_outside, keys, scrambled};
use nuan_tests::witnesses::{SigningLog, WitnessProcess};
use serde_json::json;

use crate::verifiers::Scratch;

/// Histories in the short run and at full size.
const HISTORIES: [u64; 2] = [15, 200];
/// After so many the witness is killed and started again over its memory.
const KILLED_AFTER: u64 = 40;

/// A witness that has not answered by then never will.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is tried in a history.
#[derive(Clone, Copy, Debug)]
enum Attempt {
    /// An old backup is put in the database's place, and goes on.
    OldBackup,
    /// Two copies go on at the same time.
    TwoCopies,
    /// A checkpoint from before is sent again.
    OlderCheckpoint,
    /// Somebody else signs.
    SwappedKeys,
    /// The same log begins anew.
    AnotherBeginning,
}

const ATTEMPTS: [Attempt; 5] =
    [Attempt::OldBackup, Attempt::TwoCopies, Attempt::OlderCheckpoint, Attempt::SwappedKeys, Attempt::AnotherBeginning];

fn origin(number: u64) -> String {
    format!("nuan.example/history-{number}")
}

/// A log under the eyes of a witness.
struct Watched<'w> {
    origin: String,
    witness: &'w WitnessProcess,
}

impl Watched<'_> {
    async fn kernel(&self, database: &Database) -> Kernel {
        let remote = HttpWitness::new(&self.witness.address, self.witness.key.clone()).unwrap();
        let witnesses = Witnesses { asked: vec![Arc::new(remote) as Arc<dyn RemoteWitness>], quorum: 1 };
        kernel_outside(Outside { origin: self.origin.clone(), file: None, witnesses }, database).await.unwrap()
    }

    async fn post(&self, body: String) -> u16 {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let asked = client.post(format!("{}/add-checkpoint", self.witness.address)).body(body);
        asked.send().await.unwrap().status().as_u16()
    }
}

/// Acts, each under a head and a checkpoint of its own; what the witness made of the last, and its note.
async fn grow(kernel: &Kernel, acts: u64) -> (WitnessState, String) {
    for _ in 0..acts {
        let document = json!({ "division": "330106", "members": [{ "ref": "a" }] });
        kernel.record_household(&Actor::local_operator(), document, None).await.unwrap();
        kernel.publish_checkpoint().await.unwrap();
    }
    let answered = async {
        loop {
            let note = kernel.checkpoint().await.unwrap().checkpoint;
            let state = kernel.witnesses()[0].state;
            if state == WitnessState::Refused || note.lines().count() == 4 + 2 {
                return (state, note);
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, answered).await.expect("the witness answers")
}

/// The files of a database as they are now.
fn copied(database: &Database) -> Copied {
    let (from, to) = (database.file().unwrap().to_owned(), Scratch::new("copy").0.clone());
    for ending in ["", "-wal", ".keys", ".keys-wal"] {
        let name = |file: &Path| PathBuf::from(format!("{}{ending}", file.display()));
        if name(&from).is_file() {
            std::fs::copy(name(&from), name(&to)).unwrap();
        }
    }
    Copied(to)
}

/// Files that are gone when the history ends.
struct Copied(PathBuf);

impl Drop for Copied {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm", ".keys", ".keys-wal", ".keys-shm"] {
            drop(std::fs::remove_file(format!("{}{ending}", self.0.display())));
        }
    }
}

/// One history; the control in each is that the honest log is cosigned before and after.
async fn history(number: u64, watched: &Watched<'_>) {
    let draw = |what: u64, most: u64| 1 + scrambled(number * 16 + what) % most;
    let attempt = ATTEMPTS[usize::try_from(number % 5).unwrap()];
    let database = Database::sqlite("history").await.unwrap();
    let honest = watched.kernel(&database).await;
    let (before, note) = grow(&honest, draw(0, 4)).await;
    assert_eq!(before, WitnessState::Cosigned, "history {number}, {attempt:?}: before");
    let copy = copied(&database);
    let after = draw(1, 4);
    match attempt {
        Attempt::OldBackup => {
            assert_eq!(grow(&honest, after).await.0, WitnessState::Cosigned, "history {number}");
            let old = Database::at(&copy.0).await.unwrap();
            let restored = watched.kernel(&old).await;
            let (state, note) = grow(&restored, draw(2, 2 * after)).await;
            refused(number, attempt, &restored, state, &note).await;
        }
        Attempt::TwoCopies => {
            let second = Database::at(&copy.0).await.unwrap();
            let other = watched.kernel(&second).await;
            let (one, two) = tokio::join!(grow(&honest, after), grow(&other, draw(2, 4)));
            let mut states = [one.0, two.0];
            states.sort_by_key(|state| *state == WitnessState::Refused);
            let expected = [WitnessState::Cosigned, WitnessState::Refused];
            assert_eq!(
                states,
                expected,
                "history {number}, {attempt:?}: {:?} {:?}",
                honest.witnesses(),
                other.witnesses()
            );
            other.finish().await.unwrap();
            honest.finish().await.unwrap();
            return;
        }
        Attempt::OlderCheckpoint => {
            assert_eq!(grow(&honest, after).await.0, WitnessState::Cosigned, "history {number}");
            let note = Note::parse(note.as_bytes()).unwrap();
            for old in 0..12 {
                let request = AddCheckpoint::new(old, Vec::new(), note.clone()).unwrap();
                let status = watched.post(request.body()).await;
                assert!([400, 409].contains(&status), "history {number}, {attempt:?}: {status} for old {old}");
            }
        }
        Attempt::SwappedKeys => {
            let seed = [u8::try_from(draw(3, 250)).unwrap(); 32];
            let signer = NoteSigner::new(&watched.origin, CryptoSuite::International.signer(&seed)).unwrap();
            let log = SigningLog::new(signer, 40, number, 0);
            for new in [1, 5, 40] {
                let status = watched.post(log.request(draw(4, 5).min(new), draw(5, 5).min(new), new).unwrap()).await;
                assert_eq!(status, 403, "history {number}, {attempt:?}");
            }
        }
        Attempt::AnotherBeginning => {
            let empty = Database::sqlite("beginning").await.unwrap();
            let anew = watched.kernel(&empty).await;
            let (state, note) = grow(&anew, draw(2, 8)).await;
            refused(number, attempt, &anew, state, &note).await;
        }
    }
    assert_eq!(grow(&honest, 1).await.0, WitnessState::Cosigned, "history {number}, {attempt:?}: after");
    honest.finish().await.unwrap();
}

/// The witness has not signed, and whoever asks for readiness hears that somebody must act.
async fn refused(number: u64, attempt: Attempt, kernel: &Kernel, state: WitnessState, note: &str) {
    assert_eq!(state, WitnessState::Refused, "history {number}, {attempt:?}");
    assert_eq!(note.lines().count(), 4 + 1, "history {number}, {attempt:?}: {note}");
    assert!(!kernel.readiness().await.is_ready(), "history {number}, {attempt:?}");
    kernel.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_history_but_the_first_is_ever_cosigned() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let is_long_run = std::env::var_os("NUAN_LONG").is_some();
    let histories = if is_long_run { HISTORIES[1] } else { HISTORIES[0] };
    let key = |number| NoteSigner::new(&origin(number), keys().signer()).unwrap().key().clone();
    let logs: Vec<NoteKey> = (0..histories).map(key).collect();
    let folder = Scratch::new("witness").0.clone();
    let mut witness = WitnessProcess::new(folder, "witness.example", logs).unwrap();
    for number in 0..histories {
        if number % KILLED_AFTER == KILLED_AFTER - 1 {
            witness.restart().unwrap();
        }
        history(number, &Watched { origin: origin(number), witness: &witness }).await;
    }
    let evidence = witness.evidence().unwrap();
    assert!(evidence.iter().any(|kind| kind == "other-root" || kind == "not-proved"), "{evidence:?}");
    println!("T17 forked and cut histories, seed 0, N {histories}, evidence kept {}, failures 0", evidence.len());
}

/// What lies outside is never replaced by a log that has not grown from it, readiness says so, and nothing is acknowledged.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_backup_does_not_replace_the_checkpoint_outside() {
    let (database, outside) = (Database::sqlite("guard").await.unwrap(), Scratch::new("guard"));
    let place = || Outside { origin: ORIGIN.to_owned(), file: Some(outside.0.clone()), ..Outside::default() };
    let grown = async |kernel: &Kernel| {
        let document = json!({ "division": "330106", "members": [{ "ref": "a" }] });
        let recorded = kernel.record_household(&Actor::local_operator(), document, None).await;
        let published = kernel.publish_checkpoint().await.map_err(|error| error.code());
        recorded.map_err(|error| error.code()).and(published)
    };
    let honest = kernel_outside(place(), &database).await.unwrap();
    assert_eq!(grown(&honest).await, Ok(()));
    let copy = copied(&database);
    assert_eq!(grown(&honest).await, Ok(()));
    honest.finish().await.unwrap();
    let kept = std::fs::read_to_string(&outside.0).unwrap();

    for is_grown_beyond in [false, true] {
        let old = Database::at(&copy.0).await.unwrap();
        if is_grown_beyond {
            let elsewhere = Outside { file: None, ..place() };
            let other = kernel_outside(elsewhere, &old).await.unwrap();
            for _ in 0..3 {
                assert_eq!(grown(&other).await, Ok(()));
            }
        }
        let restored = kernel_outside(place(), &old).await.unwrap();
        let leaves = restored.count_leaves().await.unwrap();
        for _ in 0..2 {
            assert_eq!(grown(&restored).await, Err("NU7030"), "grown beyond: {is_grown_beyond}");
        }
        assert_eq!(restored.publish_checkpoint().await.map_err(|error| error.code()), Err("NU7030"));
        assert!(!restored.readiness().await.checkpoint);
        assert_eq!(restored.count_leaves().await.unwrap(), leaves, "no act was done");
        assert_eq!(std::fs::read_to_string(&outside.0).unwrap(), kept);
        drop(restored.finish().await);
    }

    let again = Database::at(database.file().unwrap()).await.unwrap();
    let honest = kernel_outside(place(), &again).await.unwrap();
    assert_eq!(grown(&honest).await, Ok(()), "the log that has grown from it goes on");
    assert_ne!(std::fs::read_to_string(&outside.0).unwrap(), kept);
    honest.finish().await.unwrap();
}
