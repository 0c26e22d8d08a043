//! What a server does beside its callers: it finishes approvals that were cut off, and forgets old answers.
//!
//! In the background and not before it is ready: one household whose plugin gives no verdict today must not keep the others
//! waiting. Only a server does it, since only a server is known to have every plugin; a command may have been given one.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nuan_store::idempotency;
use tokio::time::Instant;

use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::writer::Needs;

/// From one look at approvals to the next.
const LOOK: Duration = Duration::from_secs(30);

/// From one look at old answers to the next.
const FORGETS: Duration = Duration::from_secs(3_600);

/// How long a caller may come back for an answer.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many answers one act forgets: few, so that no other act waits for long.
const AT_ONCE: u32 = 200;

impl Kernel {
    /// Looks at once, and then again and again; never ends.
    pub async fn upkeep(&self) {
        let mut forgets = Instant::now();
        loop {
            match self.finish_approved_changes().await {
                Ok(0) => {}
                Ok(finished) => tracing::info!("Finished {finished} approvals that were cut off."),
                Err(error) => tracing::error!(code = error.code(), "Failed to look for approvals that were cut off."),
            }
            if forgets <= Instant::now() {
                forgets = Instant::now() + FORGETS;
                match self.forget_old_answers().await {
                    Ok(0) => {}
                    Ok(forgotten) => tracing::info!("Forgot {forgotten} idempotency keys with their answers."),
                    Err(error) => tracing::error!(code = error.code(), "Failed to forget old idempotency keys."),
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Forgets the idempotency keys that are older than seven days, with their answers; says how many. Other acts come in
    /// between.
    pub async fn forget_old_answers(&self) -> Result<u64, KernelError> {
        let moment = self.now().checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        let mut forgotten = 0;
        loop {
            let some = self
                .0
                .writer
                .write(Needs::default(), move |writing| {
                    Box::pin(
                        async move { Ok(idempotency::forget_before(&mut writing.transaction, moment, AT_ONCE).await?) },
                    )
                })
                .await?;
            let count = u32::try_from(some.len()).unwrap_or(AT_ONCE);
            self.0.data_keys.destroy_those_of_answers(some.into_iter().flatten().collect()).await?;
            forgotten += u64::from(count);
            if count < AT_ONCE {
                return Ok(forgotten);
            }
        }
    }
}
