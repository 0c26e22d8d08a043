//! Whether acts can be done now: the databases answer, the writer has not stopped, checkpoints get outside, and no witness
//! has seen another history.

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
    /// No witness has refused what we signed.
    pub witnesses: bool,
    /// A quorum of witnesses has cosigned, or has not waited long. Acts go on without: a witness that is away stops nobody.
    pub cosigned: bool,
}

impl Readiness {
    /// Whether everything is there that an act needs.
    pub const fn is_ready(self) -> bool {
        self.database && self.key_store && self.writer && self.checkpoint && self.witnesses
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
            witnesses: !parts.witnessing.has_refused(),
            cosigned: !parts.witnessing.is_behind(),
        }
    }
}
