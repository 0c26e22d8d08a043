//! The writer's other work: new heads are gathered in the log of heads, and its signed checkpoint goes outside.
//!
//! INVARIANT: whatever is acknowledged is under a checkpoint outside within a second, and at most 256 leaves are not. Where none
//! gets outside, acts wait for the place; where an old copy may be in the database's place, none is done at all.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use nuan_store::audit::{self, AuditHead};
use nuan_vocabulary::division::DivisionCode;
use tokio::time::Instant;

use super::{Submission, Task};
use crate::checkpoints::{head_act, head_subject};
use crate::error::KernelError;
use crate::log::{Act, Appended};

/// A head waits no longer than this for its checkpoint, which then has as long again to be made.
const CHECKPOINT_DELAY: Duration = Duration::from_millis(500);

/// From a checkpoint that could not be made to the next attempt.
const CHECKPOINT_RETRY: Duration = Duration::from_millis(400);

/// Nor for more leaves than this: whoever brings more is acknowledged after the checkpoint.
pub(super) const CHECKPOINT_LEAVES: u64 = 200;

/// No more leaves than this are acknowledged while no checkpoint outside covers them.
pub(super) const MOST_UNCOVERED: u64 = 256;

/// And none once the oldest of them has waited as long as this.
const LONGEST_UNCOVERED: Duration = Duration::from_secs(1);

/// What no checkpoint outside covers yet.
#[derive(Default)]
pub(super) struct Unpublished {
    /// Ends of county logs that the log of heads does not name yet.
    pub heads: BTreeMap<DivisionCode, AuditHead>,
    /// How many leaves.
    pub leaves: u64,
    /// Since when the oldest of them has waited.
    since: Option<Instant>,
    /// When a checkpoint is made, or tried again.
    pub due: Option<Instant>,
}

/// Why no checkpoint gets outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hindrance {
    /// The log has not grown from what lies there: an old copy may be in the database's place.
    Differs(PathBuf),
    /// Nothing lies there any more, which would show an old copy.
    Missing(PathBuf),
    /// It could not be made or written; it may be the next time.
    Failed,
}

impl Task {
    /// What an earlier process left: ends of logs that no checkpoint covers, and a checkpoint that did not get outside.
    async fn pick_up(&mut self) -> Result<(), KernelError> {
        let outside = self.publisher.compare(&self.store).await?;
        let mut transaction = self.store.begin_read().await?;
        for county in audit::counties(&mut transaction).await? {
            let Ok(county) = county.parse::<DivisionCode>() else { continue };
            let Some(head) = audit::last_head(&mut transaction, county).await? else { continue };
            let subject = head_subject(&head);
            if county != DivisionCode::NATION && audit::leaves_about(&mut transaction, &subject, 1).await?.is_empty() {
                self.ends.since.get_or_insert_with(Instant::now);
                self.ends.heads.insert(county, head);
            }
        }
        let last = audit::last_checkpoint(&mut transaction).await?;
        self.unpublished = last.filter(|last| outside < last.size);
        self.is_compared = true;
        Ok(())
    }

    /// Makes a checkpoint; whether it got outside shows in readiness.
    pub(super) async fn checkpoint_or_warn(&mut self) -> Result<(), KernelError> {
        let made = self.checkpoint().await;
        self.signals.is_behind.store(made.is_err(), Ordering::Release);
        let hindrance = made.as_ref().err().map(Hindrance::from);
        if let Err(error) = &made {
            self.ends.due = Some(Instant::now() + CHECKPOINT_RETRY);
            if self.hindrance != hindrance {
                tracing::error!(code = error.code(), error = %error, "Failed to make a checkpoint.");
            }
        }
        self.hindrance = hindrance;
        made
    }

    /// The acts of a batch, unless they would be acknowledged while nothing gets outside that covers them. Then each hears why.
    pub(super) async fn admitted(&mut self, batch: Vec<Submission>) -> Option<Vec<Submission>> {
        if self.halt.is_on() {
            return None;
        }
        let acts = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        if self.hindrance.is_none() && self.is_too_much(acts) {
            drop(self.checkpoint_or_warn().await);
        }
        if self.refusal(acts).is_none() {
            return Some(batch);
        }
        for submission in batch {
            drop(self.refusal(acts).map(|error| submission.refuse.send(error)));
        }
        None
    }

    /// Why no more acts than there were are done, if there is a reason.
    fn refusal(&self, acts: u64) -> Option<KernelError> {
        match self.hindrance.as_ref()? {
            Hindrance::Differs(path) => Some(KernelError::OutsideDiffers { path: path.clone() }),
            Hindrance::Missing(path) => Some(KernelError::OutsideMissing { path: path.clone() }),
            Hindrance::Failed => self.is_too_much(acts).then_some(KernelError::Uncovered),
        }
    }

    /// Whether so many more acts are too much without a checkpoint. Where none leaves the process, there is nothing to wait for.
    fn is_too_much(&self, acts: u64) -> bool {
        let has_waited = self.ends.since.is_some_and(|since| LONGEST_UNCOVERED <= since.elapsed());
        self.publisher.has_a_place() && (has_waited || MOST_UNCOVERED < self.ends.leaves.saturating_add(acts))
    }

    /// Gathers the new heads in the log of heads, signs, and publishes outside the database.
    async fn checkpoint(&mut self) -> Result<(), KernelError> {
        if self.halt.is_on() {
            return Err(KernelError::WriterStopped);
        }
        if self.publisher.has_a_place() && !self.is_compared {
            self.pick_up().await?;
        }
        self.gather().await?;
        if let Some(checkpoint) = self.unpublished.clone() {
            self.publisher.publish(checkpoint).await?;
            self.unpublished = None;
        }
        self.ends = Unpublished::default();
        Ok(())
    }

    /// The new heads under a signed checkpoint in the database.
    async fn gather(&mut self) -> Result<(), KernelError> {
        if self.ends.heads.is_empty() {
            return Ok(());
        }
        let acts: Vec<Act> = self.ends.heads.values().map(head_act).collect();
        let mut transaction = self.store.begin_write([DivisionCode::NATION]).await?;
        let appended = self.log.append(&mut transaction, &acts).await?;
        let Some(end) = appended.first() else { return Ok(()) };
        let checkpoint = self.publisher.sign(&end.head)?;
        audit::append_checkpoint(&mut transaction, &checkpoint).await?;
        self.halt.heed(&self.store, transaction.commit().await)?;
        self.log.committed(&appended);
        self.ends.heads.clear();
        self.unpublished = Some(checkpoint);
        Ok(())
    }
}

impl Unpublished {
    pub fn add(&mut self, appended: Vec<Appended>) {
        for end in appended {
            self.leaves += end.added;
            self.since.get_or_insert_with(Instant::now);
            self.due.get_or_insert_with(|| Instant::now() + CHECKPOINT_DELAY);
            self.heads.insert(end.head.county, end.head);
        }
    }
}

impl From<&KernelError> for Hindrance {
    fn from(error: &KernelError) -> Self {
        match error {
            KernelError::OutsideDiffers { path } => Self::Differs(path.clone()),
            KernelError::OutsideMissing { path } => Self::Missing(path.clone()),
            _ => Self::Failed,
        }
    }
}
