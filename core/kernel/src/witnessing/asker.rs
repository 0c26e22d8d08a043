//! One witness: the newest checkpoint is sent to it, and what it signs is verified, stored and taken outside.

use std::sync::Arc;
use std::time::Duration;

use nuan_domain::audit::note::{Note, NoteError};
use nuan_domain::audit::proof::consistency_ranges;
use nuan_domain::audit::witness::{AddCheckpoint, Answer};
use nuan_store::audit::{self, Cosignature};
use nuan_store::{StoreError, Transaction};
use nuan_vocabulary::division::DivisionCode;
use tokio::sync::watch;

use super::standing::{Progress, WitnessState};
use super::{Asked, NoAnswer, RemoteWitness};
use crate::checkpoints::{self, Latest};
use crate::error::KernelError;
use crate::proofs;

/// How often one checkpoint is sent again because the witness holds another size; two servers may be racing.
const TRIES: usize = 5;
/// From a request that came to nothing to the next; it doubles.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// And not more than this.
const MOST_WAIT: Duration = Duration::from_secs(60);
/// From a request to its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a checkpoint was not cosigned.
#[derive(Debug, thiserror::Error)]
enum Unsigned {
    #[error("the witness holds another root for as many heads: the log has two histories")]
    OtherRoot,
    #[error("the witness does not see that the log has only grown from what it holds")]
    NotProved,
    #[error("the witness holds {held} heads and the log has {size}: an old copy was put in its place")]
    Ahead { held: u64, size: i64 },
    #[error("the witness answered with status {0}")]
    Status(u16),
    #[error("the witness holds another size each time")]
    Moving,
    #[error("the witness took too long")]
    TooLate,
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    #[error("what the witness answered is not its cosignature")]
    NotACosignature(#[source] NoteError),
    #[error("the checkpoint cannot be read")]
    Unreadable,
    #[error("the log could not be read or written")]
    Kernel(#[source] KernelError),
}

impl Unsigned {
    /// Whether the witness has seen another history than ours.
    const fn is_refusal(&self) -> bool {
        matches!(self, Self::OtherRoot | Self::NotProved | Self::Ahead { .. })
    }
}

impl From<StoreError> for Unsigned {
    fn from(error: StoreError) -> Self {
        Self::Kernel(error.into())
    }
}

impl From<KernelError> for Unsigned {
    fn from(error: KernelError) -> Self {
        Self::Kernel(error)
    }
}

pub(super) struct Asker {
    place: usize,
    witness: Arc<dyn RemoteWitness>,
    with: Arc<Asked>,
    progress: Arc<watch::Sender<Progress>>,
    /// What the witness said that it holds.
    held: Option<u64>,
}

impl Asker {
    pub fn new(
        place: usize,
        witness: Arc<dyn RemoteWitness>,
        with: Arc<Asked>,
        progress: Arc<watch::Sender<Progress>>,
    ) -> Self {
        Self { place, witness, with, progress, held: None }
    }

    /// Asks about every new checkpoint, the newest first, until nobody publishes any more. It begins with the last one of the
    /// database, which an earlier process may not have had the time to ask about.
    pub async fn attend(mut self, mut latest: Latest) {
        let mut wait = FIRST_WAIT;
        loop {
            latest.mark_unchanged();
            match self.ask().await {
                Ok(()) => {
                    wait = FIRST_WAIT;
                    if latest.changed().await.is_err() {
                        return;
                    }
                }
                Err(unsigned) => {
                    self.note_failure(&unsigned);
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(MOST_WAIT);
                    if latest.has_changed().is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Sends the newest checkpoint, from the size that the witness holds.
    async fn ask(&mut self) -> Result<(), Unsigned> {
        for _ in 0..TRIES {
            let Some((checkpoint, request)) = self.request().await? else { return Ok(()) };
            let answer = tokio::time::timeout(PATIENCE, self.witness.add_checkpoint(request.body())).await;
            match answer.map_err(|_| Unsigned::TooLate)?? {
                Answer::Cosigned(lines) => return self.keep(&checkpoint, &request, &lines).await,
                Answer::Holds(held) => self.held = Some(held),
                Answer::OtherRoot => return Err(Unsigned::OtherRoot),
                Answer::NotProved => return Err(Unsigned::NotProved),
                Answer::Refused(status) => return Err(Unsigned::Status(status)),
            }
        }
        Err(Unsigned::Moving)
    }

    /// The newest checkpoint with the proof that the witness needs; nothing where it has signed it.
    async fn request(&self) -> Result<Option<(audit::Checkpoint, AddCheckpoint)>, Unsigned> {
        let mut transaction = self.with.store.begin_read().await?;
        let Some(checkpoint) = audit::last_checkpoint(&mut transaction).await? else { return Ok(None) };
        let key = self.witness.key().to_string();
        let before = audit::last_cosigned(&mut transaction, &key).await?;
        if before == Some(checkpoint.size) {
            self.note_cosigned(checkpoint.size);
            return Ok(None);
        }
        let old = self.held.unwrap_or_else(|| before.and_then(|size| u64::try_from(size).ok()).unwrap_or(0));
        let size = u64::try_from(checkpoint.size).unwrap_or(0);
        if old > size {
            return Err(Unsigned::Ahead { held: old, size: checkpoint.size });
        }
        let proof = self.proof(&mut transaction, old, size).await?;
        let note = Note::parse(checkpoint.note.as_bytes()).map_err(|_| Unsigned::Unreadable)?;
        let request = AddCheckpoint::new(old, proof, note).map_err(|_| Unsigned::Unreadable)?;
        Ok(Some((checkpoint, request)))
    }

    async fn proof(&self, transaction: &mut Transaction, old: u64, new: u64) -> Result<Vec<[u8; 32]>, KernelError> {
        proofs::hashes(self.with.suite, transaction, DivisionCode::NATION, consistency_ranges(old, new)).await
    }

    /// Verifies what the witness signed, stores it with the checkpoint, and takes both outside.
    async fn keep(
        &mut self,
        checkpoint: &audit::Checkpoint,
        request: &AddCheckpoint,
        lines: &[u8],
    ) -> Result<(), Unsigned> {
        let key = self.witness.key();
        let cosigned = request.note.cosigned(lines, key).map_err(Unsigned::NotACosignature)?;
        let line = cosigned.signatures().last().map(ToString::to_string).unwrap_or_default();
        let (size, at) = (checkpoint.size, self.with.surroundings.now());
        let mut transaction = self.with.store.begin_write([]).await?;
        let row = Cosignature { size, witness: key.to_string(), line, at };
        audit::append_cosignature(&mut transaction, &row).await?;
        self.with.halt.heed(&self.with.store, transaction.commit().await)?;
        self.held = Some(request.checkpoint.size);
        let place = self.with.place.lock().await;
        if place.is_newest(size) {
            let mut transaction = self.with.store.begin_read().await?;
            let note = checkpoints::cosigned(&mut transaction, checkpoint).await?;
            place.write(size, note).await?;
        }
        metrics::counter!("nuan_cosignatures_total", "witness" => key.name().to_owned()).increment(1);
        self.note_cosigned(size);
        Ok(())
    }

    fn note_cosigned(&self, size: i64) {
        self.show_size("nuan_cosigned_heads", size);
        self.set(WitnessState::Cosigned, Some(size));
    }

    fn note_failure(&self, unsigned: &Unsigned) {
        let name = self.witness.key().name();
        let cause = std::error::Error::source(unsigned).map(ToString::to_string).unwrap_or_default();
        if unsigned.is_refusal() {
            let said = "A witness refuses our checkpoint. Somebody must act: keep everything as it is.";
            tracing::error!(code = "NU7031", witness = name, error = %unsigned, "{said}");
            metrics::counter!("nuan_witness_refusals_total", "witness" => name.to_owned()).increment(1);
            self.set(WitnessState::Refused, None);
        } else {
            tracing::warn!(code = "NU7032", witness = name, error = %unsigned, cause, "A witness has not cosigned.");
            self.set(WitnessState::Silent, None);
        }
    }

    fn set(&self, state: WitnessState, cosigned: Option<i64>) {
        self.progress.send_modify(|progress| {
            if let Some(standing) = progress.witnesses.get_mut(self.place) {
                standing.state = state;
                standing.cosigned = cosigned.unwrap_or(standing.cosigned);
            }
        });
    }

    fn show_size(&self, what: &'static str, size: i64) {
        let size = f64::from(u32::try_from(size).unwrap_or(u32::MAX));
        metrics::gauge!(what, "witness" => self.witness.key().name().to_owned()).set(size);
    }
}
