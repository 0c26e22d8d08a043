//! What a server does beside its callers: it finishes approvals that were cut off.
//!
//! In the background and not before it is ready: one household whose plugin gives no verdict today must not keep the others
//! waiting. Only a server does it, since only a server is known to have every plugin; a command may have been given one.

use std::time::Duration;

use crate::kernel::Kernel;

/// From one look at approvals to the next.
const LOOK: Duration = Duration::from_secs(30);

impl Kernel {
    /// Looks at once, and then again and again; never ends.
    pub async fn upkeep(&self) {
        loop {
            match self.finish_approved_changes().await {
                Ok(0) => {}
                Ok(finished) => tracing::info!("Finished {finished} approvals that were cut off."),
                Err(error) => tracing::error!(code = error.code(), "Failed to look for approvals that were cut off."),
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}
