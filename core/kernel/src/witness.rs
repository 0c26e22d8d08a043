//! A witness at work: it compares a checkpoint with what it remembers of the log, remembers it durably, and only then cosigns.
//!
//! Not here: HTTP, and the rules (`nuan_domain::audit::witness`). A witness is another office with a key of its own: nothing of
//! a register is here. INVARIANT: requests are compared one after the other, each with what the one before it left.

use std::sync::Arc;

use nuan_domain::audit::note::{Cosigner, NoteKey};
use nuan_domain::audit::witness::{AddCheckpoint, Refusal, WatchedLog, consider};
use nuan_domain::audit::{digest, hex};
use nuan_store::witness_store::{self, Evidence, WitnessStore, Witnessed};
use nuan_store::{StoreError, Transaction};
use serde::Serialize;

use crate::error::KernelError;
use crate::log::number;
use crate::surroundings::{Shared, instant_text};

/// The most suspicions that are kept of a log: anyone who has seen its checkpoints can send one with a wrong proof.
const MOST_SUSPICIONS: i64 = 1_000;

/// The log signed another root for a size that it had signed before: two faces, whatever it says.
const OTHER_ROOT: &str = "other-root";
/// The log signed a checkpoint, and the proof of growth that came with it does not hold.
const NOT_PROVED: &str = "not-proved";

/// Why a checkpoint is not cosigned.
#[derive(Debug, thiserror::Error)]
pub enum NotCosigned {
    /// By the rules.
    #[error("the checkpoint is refused")]
    Refused(#[source] Refusal),
    /// The memory failed: what it holds is as it was.
    #[error("the memory of the witness failed")]
    Failed(#[source] KernelError),
}

impl From<KernelError> for NotCosigned {
    fn from(error: KernelError) -> Self {
        Self::Failed(error)
    }
}

impl From<StoreError> for NotCosigned {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// What is held of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldBody {
    /// The log.
    pub log: String,
    /// Its size.
    pub size: u64,
    /// Its root, hexadecimal.
    pub root: String,
    /// When it was cosigned, in UTC.
    pub at: String,
}

/// A request that the log had signed and that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EvidenceBody {
    /// The log.
    pub log: String,
    /// `other-root`: two faces. `not-proved`: ask the log for a proof between the two checkpoints.
    pub kind: String,
    /// The size that was held then.
    pub held_size: u64,
    /// The checkpoint that was held then, as the log signed it.
    pub held_checkpoint: String,
    /// The whole request, with the other checkpoint that the log signed.
    pub request: String,
    /// When it came, in UTC.
    pub at: String,
}

/// A witness over its memory; clones share everything.
#[derive(Clone)]
pub struct Witness {
    store: WitnessStore,
    cosigner: Arc<Cosigner>,
    logs: Arc<[WatchedLog]>,
    surroundings: Shared,
}

impl std::fmt::Debug for Witness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Witness").field("key", &self.cosigner.key().to_string()).finish_non_exhaustive()
    }
}

/// The log that keys are of: one, or two while one takes over from the other.
pub fn watched_log(keys: Vec<NoteKey>) -> Option<WatchedLog> {
    let first = keys.first()?;
    let (origin, suite) = (first.name().to_owned(), first.suite());
    let are_of_one_log = keys.iter().all(|key| key.name() == origin && key.suite() == suite);
    are_of_one_log.then_some(WatchedLog { origin, suite, keys })
}

impl Witness {
    /// A witness of these logs.
    pub fn new(store: WitnessStore, cosigner: Cosigner, logs: Vec<WatchedLog>, surroundings: Shared) -> Self {
        Self { store, cosigner: Arc::new(cosigner), logs: logs.into(), surroundings }
    }

    /// The key that its cosignatures are verified with.
    pub fn key(&self) -> &NoteKey {
        self.cosigner.key()
    }

    /// Decides about a request. The line that is answered is signed after what it says is durable.
    pub async fn add_checkpoint(&self, body: &[u8]) -> Result<String, NotCosigned> {
        let request = AddCheckpoint::parse(body).map_err(NotCosigned::Refused)?;
        let log = self.logs.iter().find(|log| log.origin == request.checkpoint.origin);
        let log = log.ok_or(NotCosigned::Refused(Refusal::UnknownLog))?;
        // Before anybody waits for the memory: a stranger has to be refused without keeping the log waiting.
        request.note.verify(&log.keys).map_err(|error| NotCosigned::Refused(Refusal::NotSigned(error)))?;
        let mut transaction = self.store.begin_write().await?;
        let held = witness_store::witnessed(&mut transaction, &log.origin).await?;
        let known = held.as_ref().map(|held| (u64::try_from(held.size).unwrap_or(u64::MAX), held.root));
        match consider(known, &request, log) {
            Ok(accepted) => {
                let (size, root) = (number(accepted.checkpoint.size), accepted.checkpoint.root);
                let (note, at) = (request.note.to_string(), self.surroundings.now());
                let next = Witnessed { origin: log.origin.clone(), size, root, note, at };
                witness_store::remember(&mut transaction, &next).await?;
                transaction.commit().await?;
                tracing::info!(log = %log.origin, size, "Cosigned {size} heads of {}.", log.origin);
                let seconds = u64::try_from(at.as_second()).unwrap_or(0);
                Ok(format!("{}\n", self.cosigner.cosign(seconds, request.note.text())))
            }
            Err(refusal) => {
                if refusal.is_evidence() {
                    self.keep(transaction, &refusal, &request, held).await?;
                }
                Err(NotCosigned::Refused(refusal))
            }
        }
    }

    /// Keeps a refused request. What the log signed is kept once, and of mere suspicions not more than some.
    async fn keep(
        &self,
        mut transaction: Transaction,
        refusal: &Refusal,
        request: &AddCheckpoint,
        held: Option<Witnessed>,
    ) -> Result<(), KernelError> {
        let origin = request.checkpoint.origin.clone();
        let kind = if *refusal == Refusal::OtherRoot { OTHER_ROOT } else { NOT_PROVED };
        tracing::error!(log = %origin, kind, "Refused a checkpoint that the log signed: {refusal}. Ask {origin} why.");
        let kept = witness_store::count_evidence(&mut transaction, &origin, kind).await?;
        if kind == NOT_PROVED && kept >= MOST_SUSPICIONS {
            return Ok(());
        }
        let (held_size, held_note) = held.map(|held| (held.size, held.note)).unwrap_or_default();
        let (digest, at) = (digest(request.note.text().as_bytes()), self.surroundings.now());
        let request = request.body();
        let kind = kind.to_owned();
        let evidence = Evidence { origin, digest, kind, held_size, held_note, request, at };
        witness_store::keep_evidence(&mut transaction, &evidence).await?;
        Ok(transaction.commit().await?)
    }

    /// What is held of each log.
    pub async fn held(&self) -> Result<Vec<HeldBody>, KernelError> {
        let held = witness_store::all_witnessed(&mut self.store.begin_read().await?).await?;
        let body = |held: Witnessed| HeldBody {
            log: held.origin,
            size: u64::try_from(held.size).unwrap_or(0),
            root: hex(&held.root),
            at: instant_text(held.at),
        };
        Ok(held.into_iter().map(body).collect())
    }

    /// Closes the memory.
    pub async fn finish(&self) {
        self.store.close().await;
    }
}

/// Every request in a witness's memory that may prove two faces, the oldest first.
pub async fn witness_evidence(store: &WitnessStore) -> Result<Vec<EvidenceBody>, KernelError> {
    let kept = witness_store::evidence(&mut store.begin_read().await?).await?;
    let body = |kept: Evidence| EvidenceBody {
        log: kept.origin,
        kind: kept.kind,
        held_size: u64::try_from(kept.held_size).unwrap_or(0),
        held_checkpoint: kept.held_note,
        request: kept.request,
        at: instant_text(kept.at),
    };
    Ok(kept.into_iter().map(body).collect())
}
