//! The log asks its witnesses to cosign its checkpoints: each in a task of its own, with the proof of growth from the size that
//! it holds. Acts never wait for a witness.
//!
//! Not here: HTTP, which is behind [`RemoteWitness`], and what a witness does (`witness`). A witness that does not answer is
//! asked again; one that refuses what we signed has seen another history, and somebody has to act.

mod asker;
mod standing;

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nuan_domain::audit::note::NoteKey;
use nuan_domain::audit::witness::Answer;
use nuan_domain::crypto::CryptoSuite;
use nuan_store::Store;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use self::asker::Asker;
use self::standing::{Progress, Waiting};
pub use self::standing::{WitnessStanding, WitnessState};
use crate::checkpoints::{Latest, Place};
use crate::halt::Halt;
use crate::surroundings::Shared;

/// The future of a request.
pub type Asking<'w> = Pin<Box<dyn Future<Output = Result<Answer, NoAnswer>> + Send + 'w>>;

/// Nothing came back, or nothing that can be read.
#[derive(Debug, thiserror::Error)]
#[error("the witness gave no answer")]
pub struct NoAnswer(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A witness elsewhere. A trait because only `api` knows HTTP.
pub trait RemoteWitness: Send + Sync {
    /// The key that its cosignatures are verified with.
    fn key(&self) -> &NoteKey;
    /// Sends the body of a request.
    fn add_checkpoint(&self, request: String) -> Asking<'_>;
}

/// Who is asked to cosign.
#[derive(Clone, Default)]
pub struct Witnesses {
    /// All of them.
    pub asked: Vec<Arc<dyn RemoteWitness>>,
    /// How many have to have cosigned a checkpoint before the log is not behind.
    pub quorum: usize,
}

impl fmt::Debug for Witnesses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.asked.iter().map(|witness| witness.key().name()).collect();
        write!(f, "Witnesses({} of {names:?})", self.quorum)
    }
}

/// What the tasks share with the kernel.
pub struct Witnessing {
    progress: watch::Receiver<Progress>,
    latest: Latest,
    waiting: Mutex<Waiting>,
    tasks: Vec<AbortHandle>,
}

/// What the tasks work with.
pub struct Asked {
    /// The register's database.
    pub store: Store,
    /// The suite of the trees.
    pub suite: CryptoSuite,
    /// The clock.
    pub surroundings: Shared,
    /// Where the cosigned checkpoint goes.
    pub place: Place,
    /// Stops the writer.
    pub halt: Halt,
}

impl Witnessing {
    /// Starts a task for each witness. They end with whoever publishes.
    pub fn start(witnesses: Witnesses, with: Asked, latest: Latest) -> Arc<Self> {
        let names = witnesses.asked.iter().map(|witness| witness.key().name().to_owned());
        let (progress, seen) = watch::channel(Progress::new(names.collect(), witnesses.quorum));
        let (with, progress) = (Arc::new(with), Arc::new(progress));
        let mut tasks = Vec::new();
        for (place, witness) in witnesses.asked.into_iter().enumerate() {
            let asker = Asker::new(place, witness, Arc::clone(&with), Arc::clone(&progress));
            tasks.push(tokio::spawn(asker.attend(latest.clone())).abort_handle());
        }
        Arc::new(Self { progress: seen, latest, waiting: Mutex::default(), tasks })
    }

    /// How far each witness has come.
    pub fn standings(&self) -> Vec<WitnessStanding> {
        self.progress.borrow().witnesses.clone()
    }

    /// Whether a witness has seen another history than ours.
    pub fn has_refused(&self) -> bool {
        self.progress.borrow().witnesses.iter().any(|witness| witness.state == WitnessState::Refused)
    }

    /// Whether the newest checkpoint has waited too long for its quorum.
    pub fn is_behind(&self) -> bool {
        let newest = self.latest.borrow().as_ref().map_or(0, |newest| newest.size);
        let cosigned = self.progress.borrow().cosigned();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_behind(newest, cosigned)
    }

    /// Waits for the quorum under a checkpoint, not longer than this, and not for those who did not answer just now.
    pub async fn settle(&self, size: i64, longest: Duration) {
        let mut progress = self.progress.clone();
        let settled = progress.wait_for(|progress| progress.cosigned() >= size || progress.is_hopeless());
        drop(tokio::time::timeout(longest, settled).await);
    }

    /// Asks nobody any more.
    pub fn stop(&self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}
