//! What the store could not do, and to what. No error shows a database address, since it may hold a password.

use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{DeterminationId, HouseholdId};

/// What was attempted and failed; why, stands in the source.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address names neither SQLite nor PostgreSQL.
    #[error("a database address begins with `sqlite:` or `postgres:`")]
    UnknownDatabase,
    /// The database could not be reached or opened.
    #[error("failed to open the database")]
    Open(#[source] sqlx::Error),
    /// The schema could not be brought up to date; it is as it was before.
    #[error("failed to migrate the database")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// Asking for the settings on which durability rests failed.
    #[error("failed to read the durability settings of the database")]
    ReadDurability(#[source] sqlx::Error),
    /// No transaction could begin: the pool or the database is busy, or gone.
    #[error("failed to begin a transaction")]
    Begin(#[source] sqlx::Error),
    /// Other writers held the county's audit log for too long.
    #[error("failed to lock the audit log of county {county}")]
    LockCounty {
        /// The county.
        county: DivisionCode,
        /// Why.
        source: sqlx::Error,
    },
    /// It is not known whether the transaction took effect; the idempotency key tells.
    #[error("failed to commit a transaction")]
    Commit(#[source] sqlx::Error),
    /// The transaction was not undone explicitly; the database undoes it when the connection ends.
    #[error("failed to roll back a transaction")]
    RollBack(#[source] sqlx::Error),
    /// Counting rows failed.
    #[error("failed to count what is stored")]
    Count(#[source] sqlx::Error),
    /// Households or their documents were not inserted.
    #[error("failed to insert households")]
    InsertHouseholds(#[source] sqlx::Error),
    /// A household or a document of it was not read.
    #[error("failed to read household {id}")]
    ReadHousehold {
        /// The household.
        id: HouseholdId,
        /// Why.
        source: sqlx::Error,
    },
    /// A page of households was not read.
    #[error("failed to list households")]
    ListHouseholds(#[source] sqlx::Error),
    /// Determinations or reasons were not inserted.
    #[error("failed to insert determinations")]
    InsertDeterminations(#[source] sqlx::Error),
    /// A determination or its reasons were not read.
    #[error("failed to read determination {id}")]
    ReadDetermination {
        /// The determination.
        id: DeterminationId,
        /// Why.
        source: sqlx::Error,
    },
    /// A page of a household's determinations was not read.
    #[error("failed to list the determinations of household {household_id}")]
    ListDeterminations {
        /// The household.
        household_id: HouseholdId,
        /// Why.
        source: sqlx::Error,
    },
    /// Leaves or heads were not appended.
    #[error("failed to append to the audit log")]
    AppendAudit(#[source] sqlx::Error),
    /// One leaf was not read: the first of those asked for that cannot be.
    #[error("failed to read audit leaf {seq} of county {county}")]
    ReadLeaf {
        /// The county.
        county: DivisionCode,
        /// The number of the leaf.
        seq: i64,
        /// Why.
        source: sqlx::Error,
    },
    /// The audit log or its heads were not read.
    #[error("failed to read the audit log")]
    ReadAudit(#[source] sqlx::Error),
    /// Bytes were not archived.
    #[error("failed to archive `{digest}`")]
    Archive {
        /// The digest.
        digest: String,
        /// Why.
        source: sqlx::Error,
    },
    /// The archive was not read.
    #[error("failed to read the archive")]
    ReadArchive(#[source] sqlx::Error),
    /// An idempotency key was not written.
    #[error("failed to write an idempotency key")]
    WriteIdempotencyKey(#[source] sqlx::Error),
    /// An idempotency key was not read.
    #[error("failed to read an idempotency key")]
    ReadIdempotencyKey(#[source] sqlx::Error),
}

impl StoreError {
    /// Whether what was to be inserted is there already.
    pub fn is_duplicate(&self) -> bool {
        self.sqlx().and_then(sqlx::Error::as_database_error).is_some_and(|error| error.is_unique_violation())
    }

    fn sqlx(&self) -> Option<&sqlx::Error> {
        std::error::Error::source(self).and_then(|source| source.downcast_ref())
    }
}
