//! What the store could not do, and to what. No error shows a database address, since it may hold a password.

use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{ChangeRequestId, DeterminationId, HouseholdId, PersonId};

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
    /// A newer program has migrated the database.
    #[error("the database has migration {version}, which this program does not know: it was made by a newer one")]
    NewerSchema {
        /// The first migration that is not known.
        version: i64,
    },
    /// A migration that ran is not the one that this program has.
    #[error("migration {version} of the database is another one than this program's")]
    OtherSchema {
        /// The migration.
        version: i64,
    },
    /// What was restored into the database was not verified to its end.
    #[error("the database was restored and not verified to its end")]
    Unverified,
    /// The mark of a database that is being restored was not read, set or removed.
    #[error("failed to read or write the mark of a restore")]
    MarkUnverified(#[source] sqlx::Error),
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
    /// A savepoint was not set, released or gone back to; the transaction is of no use any more.
    #[error("failed to set or leave a savepoint")]
    Savepoint(#[source] sqlx::Error),
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
    /// A household was not moved or ended.
    #[error("failed to change household {id}")]
    ChangeHousehold {
        /// The household.
        id: HouseholdId,
        /// Why.
        source: sqlx::Error,
    },
    /// Persons or their documents were not inserted.
    #[error("failed to insert persons")]
    InsertPersons(#[source] sqlx::Error),
    /// A person or a document of it was not read.
    #[error("failed to read person {id}")]
    ReadPerson {
        /// The person.
        id: PersonId,
        /// Why.
        source: sqlx::Error,
    },
    /// The documents of many persons were not read.
    #[error("failed to list persons")]
    ListPersons(#[source] sqlx::Error),
    /// A person was not moved or merged.
    #[error("failed to change person {id}")]
    ChangePerson {
        /// The person.
        id: PersonId,
        /// Why.
        source: sqlx::Error,
    },
    /// Memberships were not inserted, ended or moved.
    #[error("failed to write memberships")]
    WriteMemberships(#[source] sqlx::Error),
    /// Memberships were not read.
    #[error("failed to read memberships")]
    ReadMemberships(#[source] sqlx::Error),
    /// The identities or search terms of persons were not written.
    #[error("failed to write the index of persons")]
    WritePersonIndex(#[source] sqlx::Error),
    /// The index of persons was not read.
    #[error("failed to read the index of persons")]
    ReadPersonIndex(#[source] sqlx::Error),
    /// A change request was not inserted or decided.
    #[error("failed to write change request {id}")]
    WriteChangeRequest {
        /// The change request.
        id: ChangeRequestId,
        /// Why.
        source: sqlx::Error,
    },
    /// Change requests were not read.
    #[error("failed to read change requests")]
    ReadChangeRequests(#[source] sqlx::Error),
    /// What is due after an approved change was not written.
    #[error("failed to write what is due after an approved change")]
    WriteRecomputation(#[source] sqlx::Error),
    /// What is due after approved changes was not read.
    #[error("failed to read what is due after approved changes")]
    ReadRecomputation(#[source] sqlx::Error),
    /// A decision was not inserted.
    #[error("failed to record a decision on determination {determination_id}")]
    InsertDecision {
        /// The determination.
        determination_id: DeterminationId,
        /// Why.
        source: sqlx::Error,
    },
    /// Decisions were not read.
    #[error("failed to read decisions")]
    ReadDecisions(#[source] sqlx::Error),
    /// Entitlements were not inserted, ended or superseded, or benefits not claimed or released.
    #[error("failed to write entitlements")]
    WriteEntitlements(#[source] sqlx::Error),
    /// Entitlements or active benefits were not read.
    #[error("failed to read entitlements")]
    ReadEntitlements(#[source] sqlx::Error),
    /// A reassessment did not begin, advance or end.
    #[error("failed to write how far a reassessment has come")]
    WriteReassessment(#[source] sqlx::Error),
    /// How far a reassessment has come was not read.
    #[error("failed to read how far a reassessment has come")]
    ReadReassessment(#[source] sqlx::Error),
    /// The newest determinations of many households were not read.
    #[error("failed to list the newest determinations of households")]
    ListLatestDeterminations(#[source] sqlx::Error),
    /// A match of two persons was not proposed or decided.
    #[error("failed to write a match of persons")]
    WriteMatches(#[source] sqlx::Error),
    /// Matches of persons were not read.
    #[error("failed to read matches of persons")]
    ReadMatches(#[source] sqlx::Error),
    /// Data keys were not inserted, wrapped anew or destroyed.
    #[error("failed to write data keys")]
    WriteKeys(#[source] sqlx::Error),
    /// Data keys were not read.
    #[error("failed to read data keys")]
    ReadKeys(#[source] sqlx::Error),
    /// What a witness remembers was not written.
    #[error("failed to write the memory of the witness")]
    WriteWitness(#[source] sqlx::Error),
    /// What a witness remembers was not read.
    #[error("failed to read the memory of the witness")]
    ReadWitness(#[source] sqlx::Error),
    /// The database was not copied. What there is of the copy is of no use.
    #[error("failed to back up the database")]
    BackUp(#[source] sqlx::Error),
    /// The copy is there, but may not outlast a power cut.
    #[error("failed to sync the backup to the disk")]
    SyncBackup(#[source] std::io::Error),
    /// PostgreSQL has tools of its own for this.
    #[error("a PostgreSQL database is backed up with `pg_basebackup` or `pg_dump`")]
    UsePgDump,
    /// The database could not be asked whether its pages are sound.
    #[error("failed to check the pages of the database")]
    CheckIntegrity(#[source] sqlx::Error),
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
