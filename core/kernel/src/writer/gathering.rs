//! The writer's other work: new heads are gathered in the log of heads, and its signed checkpoint goes outside.
//!
//! INVARIANT: whatever is acknowledged is under a checkpoint outside within a second, and at most 256 leaves are not.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use nuan_store::audit::{self, AuditHead};
use nuan_vocabulary::division::DivisionCode;
use tokio::time::Instant;

use super::Task;
use crate::checkpoints::{head_act, head_subject};
use crate::error::KernelError;
use crate::log::{Act, Appended};

/// A head waits no longer than this for its checkpoint, which then has as long again to be made.
const CHECKPOINT_DELAY: Duration = Duration::from_millis(500);

/// From a checkpoint that could not be made to the next attempt.
pub(super) const CHECKPOINT_RETRY: Duration = Duration::from_secs(2);

/// Nor for more leaves than this: whoever brings more is acknowledged after the checkpoint.
pub(super) const CHECKPOINT_LEAVES: u64 = 200;

/// Ends of county logs that no checkpoint covers yet.
#[derive(Default)]
pub(super) struct Unpublished {
    pub heads: BTreeMap<DivisionCode, AuditHead>,
    pub leaves: u64,
    pub due: Option<Instant>,
}

impl Task {
    /// Ends of logs that no checkpoint covers, since a process was killed before it made one.
    pub(super) async fn pick_up(&mut self) -> Result<(), KernelError> {
        let mut transaction = self.store.begin_read().await?;
        for county in audit::counties(&mut transaction).await? {
            let Ok(county) = county.parse::<DivisionCode>() else { continue };
            let Some(head) = audit::last_head(&mut transaction, county).await? else { continue };
            let subject = head_subject(&head);
            if county != DivisionCode::NATION && audit::leaves_about(&mut transaction, &subject, 1).await?.is_empty() {
                self.ends.due = Some(Instant::now());
                self.ends.heads.insert(county, head);
            }
        }
        let last = audit::last_checkpoint(&mut transaction).await?;
        let outside = self.publisher.compare(&mut transaction).await?;
        self.is_compared = true;
        if let Some(last) = last.filter(|last| last.size > outside) {
            self.unpublished = Some(last);
            self.ends.due = Some(Instant::now());
        }
        Ok(())
    }

    /// Makes a checkpoint; whether it got outside shows in readiness.
    pub(super) async fn checkpoint_or_warn(&mut self) -> Result<(), KernelError> {
        let made = self.checkpoint().await;
        self.signals.is_behind.store(made.is_err(), Ordering::Release);
        if let Err(error) = &made {
            self.ends.leaves = 0;
            self.ends.due = Some(Instant::now() + CHECKPOINT_RETRY);
            tracing::error!(code = error.code(), error = %error, "Failed to make a checkpoint.");
        }
        made
    }

    /// Gathers the new heads in the log of heads, signs, and publishes outside the database.
    async fn checkpoint(&mut self) -> Result<(), KernelError> {
        if self.halt.is_on() {
            return Err(KernelError::WriterStopped);
        }
        if self.publisher.has_a_place() && !self.is_compared {
            self.publisher.compare(&mut self.store.begin_read().await?).await?;
            self.is_compared = true;
        }
        self.gather().await?;
        if let Some(checkpoint) = self.unpublished.clone() {
            self.publisher.publish(checkpoint).await?;
            self.unpublished = None;
        }
        self.ends.due = None;
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
        self.ends = Unpublished::default();
        self.unpublished = Some(checkpoint);
        Ok(())
    }
}

impl Unpublished {
    pub fn add(&mut self, appended: Vec<Appended>) {
        for end in appended {
            self.leaves += end.added;
            self.due.get_or_insert_with(|| Instant::now() + CHECKPOINT_DELAY);
            self.heads.insert(end.head.county, end.head);
        }
    }
}
