//! Why a whole commit came to nothing, or is in doubt.

use nuan_store::StoreError;

use crate::error::KernelError;

/// Why a whole batch was not committed.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The data keys of the batch could not be kept.
    #[error("failed to keep new data keys")]
    Keys(#[source] Box<KernelError>),
    /// The transaction did not begin.
    #[error("failed to begin")]
    Begin(#[source] StoreError),
    /// A savepoint failed: the connection is gone.
    #[error("failed to set a savepoint")]
    Savepoint(#[source] StoreError),
    /// The rows of the acts were not inserted.
    #[error("failed to insert the rows of the acts")]
    Rows(#[source] StoreError),
    /// The leaves were not appended.
    #[error("failed to append to the audit log")]
    Log(#[source] Box<KernelError>),
    /// It is not known whether the commit took effect.
    #[error("failed to commit")]
    Commit(#[source] StoreError),
    /// The acts are committed, and too many leaves are under no checkpoint outside to say so.
    #[error("no checkpoint over the acts got outside")]
    Uncovered,
}
