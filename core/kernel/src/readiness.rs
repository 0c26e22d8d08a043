//! Whether acts can be done now: the databases answer, the writer has not stopped, checkpoints get outside.

use serde::Serialize;

use crate::kernel::Kernel;

/// The parts that an act needs, each with whether it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// The register's database answers.
    pub database: bool,
    /// The store of data keys answers.
    pub key_store: bool,
    /// Acts are written; false until a restart after the storage failed.
    pub writer: bool,
    /// The last checkpoint got outside the database.
    pub checkpoint: bool,
}

impl Readiness {
    /// Whether everything is there.
    pub const fn is_ready(self) -> bool {
        self.database && self.key_store && self.writer && self.checkpoint
    }
}

impl Kernel {
    /// Asks every part.
    pub async fn readiness(&self) -> Readiness {
        let parts = &self.0;
        Readiness {
            database: parts.store.begin_read().await.is_ok(),
            key_store: parts.data_keys.store().store().begin_read().await.is_ok(),
            writer: !parts.writer.is_stopped(),
            checkpoint: !parts.writer.is_behind(),
        }
    }
}
