//! What the kernel refuses, each with a stable code. Messages are public; causes are for the operator's log.

use std::path::PathBuf;
use std::sync::Arc;

use nuan_domain::audit::NotCanonical;
use nuan_domain::document::DocumentRefused;
use nuan_host::HostError;
use nuan_store::StoreError;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{DecisionId, HouseholdId, PersonId, ReassessmentId};

use crate::backup::BackupRefused;
use crate::keys::KeyFileError;
use crate::keys::rotation::RotationRefused;
use crate::witness_memory::MemoryRefused;
use crate::writer::BatchError;

/// What kind of refusal it is, for status codes and exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The input is wrong.
    Input,
    /// There is no such thing, or not for this actor.
    NotFound,
    /// It contradicts what is already so.
    Conflict,
    /// The installation is wrong.
    Environment,
    /// Our own mistake or a failing part.
    Internal,
}

/// Why an act was not done. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    /// The household document has mistakes.
    #[error("the household document has {} mistakes", .0.len())]
    Document(Vec<Diagnostic>),
    /// The change contradicts what the register holds.
    #[error("the change has {} conflicts", .0.len())]
    Change(Vec<Diagnostic>),
    /// The request names something that there is not.
    #[error("the request has {} mistakes", .0.len())]
    Request(Vec<Diagnostic>),
    /// Plugins, parameters or catalogue cannot be used.
    #[error("the installed plugins have {} mistakes", .0.len())]
    Installation(Vec<Diagnostic>),
    /// No plugin answers there and then.
    #[error("no installed plugin answers for division {division} on {as_of}")]
    NothingApplies {
        /// The division.
        division: DivisionCode,
        /// The date.
        as_of: Date,
    },
    /// A plugin ended in a way that says nothing about the household: too late, set aside, or not started.
    #[error("a plugin gave no verdict, so nothing was recorded; try again")]
    NoVerdict(Vec<Diagnostic>),
    /// The id is free or not this actor's.
    #[error("{0} not found")]
    NotFound(String),
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyKeyReused,
    /// The same request is being done right now.
    #[error("a request with this idempotency key is still being done")]
    IdempotencyKeyInFlight,
    /// A determination rests on a package that is not in the archive.
    #[error("the archive does not hold {0}")]
    NotArchived(String),
    /// The key file cannot be used.
    #[error("the installation has no usable keys")]
    Keys(#[from] KeyFileError),
    /// Keys are not rotated, or an old one is not forgotten.
    #[error("the rotation of the keys was refused")]
    Rotation(#[from] RotationRefused),
    /// The content was changed, belongs elsewhere, or was sealed under another key.
    #[error("the stored content of {table} {row} cannot be opened: changed, moved, or sealed under another key")]
    CannotOpen {
        /// The table.
        table: &'static str,
        /// The row's id.
        row: String,
    },
    /// The cipher refused to seal.
    #[error("the content is too large to be sealed")]
    CannotSeal,
    /// What is stored is not what a leaf or a household part commits to.
    #[error("what is stored is not what was committed to")]
    NotCommitted,
    /// The log's name cannot stand in a checkpoint.
    #[error("`{0}` cannot be the name of a log: no spaces and no `+`")]
    Origin(String),
    /// The checkpoint did not get outside.
    #[error("failed to write the checkpoint {}", .path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The checkpoint outside is none that the log of heads has grown from.
    #[error("the log has not grown from the checkpoint {}; it is left as it is", .path.display())]
    OutsideDiffers {
        /// The file.
        path: PathBuf,
    },
    /// Checkpoints were signed, and none lies outside: an old copy may have been put in the database's place.
    #[error("checkpoints were signed, and none lies at {}; nothing is written", .path.display())]
    OutsideMissing {
        /// The file.
        path: PathBuf,
    },
    /// Too much would be acknowledged that no checkpoint outside covers.
    #[error("no checkpoint gets outside, and no more may be written without one; nothing was written")]
    Uncovered,
    /// The lines of an export cannot be written.
    #[error("failed to write the export")]
    Export(#[source] std::io::Error),
    /// The data key was destroyed on purpose.
    #[error("the content was erased")]
    Erased,
    /// An opening would let its holder find out what is masked.
    #[error("the content has names or document numbers, which are shown masked; no opening of it is given out")]
    OpeningHidden,
    /// A document that was valid cannot be taken apart.
    #[error("the household document cannot be taken apart")]
    Malformed,
    /// One person, one record.
    #[error("a member's identity document is that of {person}, who is on the register")]
    PersonKnown {
        /// Whose it is.
        person: PersonId,
    },
    /// What is due or under way is kept.
    #[error("an active benefit or an open request holds the household; end it first")]
    LegalHold,
    /// Nobody approves alone.
    #[error("whoever submitted this cannot decide it; somebody else has to")]
    OwnWork,
    /// The record stands for nobody any more.
    #[error("the record was merged into {into}")]
    PersonMerged {
        /// The record that remains.
        into: PersonId,
    },
    /// It is decided once.
    #[error("the match was decided already")]
    MatchDecided,
    /// Each record belongs to a household.
    #[error("the two records belong to {kept} and {other}; one of them leaves first")]
    TwoHouseholds {
        /// The household of the record that would remain.
        kept: HouseholdId,
        /// The household of the other.
        other: HouseholdId,
    },
    /// One person has one benefit of a kind.
    #[error("both records have the benefit {kind}; end one first")]
    BothBenefit {
        /// The kind.
        kind: String,
    },
    /// A determination is decided on once.
    #[error("the determination was decided on already, by {decision}")]
    DeterminationDecided {
        /// The decision.
        decision: DecisionId,
    },
    /// The household is not as the determination has it, or the rules are not.
    #[error("the household has changed or was determined again since; decide on a new determination")]
    NotCurrent,
    /// Nobody can say yet.
    #[error("{} outputs are undetermined and cannot be adopted", .0.len())]
    Undetermined(Vec<Diagnostic>),
    /// One person has one benefit of a kind.
    #[error("somebody for whom the benefit {kind} counts has one of this kind already; end it first")]
    BenefitTaken {
        /// The kind.
        kind: String,
    },
    /// It ends once.
    #[error("the end of the entitlement is known already")]
    EntitlementEnded,
    /// What holds for a later day is decided already.
    #[error("a determination for a later day was decided on already")]
    LaterDecided,
    /// It is over.
    #[error("the reassessment was finished or cancelled")]
    ReassessmentEnded,
    /// One at a time for a date and a division.
    #[error("{id} is open for this date and division, as known at {known_at}; go on with it or cancel it")]
    ReassessmentOpen {
        /// The one that is open.
        id: ReassessmentId,
        /// What it takes for known.
        known_at: jiff::Timestamp,
    },
    /// Somebody else was faster.
    #[error("what this rests on has changed meanwhile; look again")]
    Overtaken,
    /// Nothing was written: no transaction began.
    #[error("nothing was written: the database is busy or gone; try again")]
    NotBegun,
    /// Whether it was written is not known.
    #[error("it is not known whether this was written; ask again under the same idempotency key")]
    NotWritten(#[source] Arc<BatchError>),
    /// Nothing is written until a restart.
    #[error("writing has stopped after the storage failed; nothing was written")]
    WriterStopped,
    /// A backup is not made or not restored.
    #[error("the backup was refused")]
    Backup(#[from] BackupRefused),
    /// The memory of a witness is not made, or not used.
    #[error("the witness does not work with this memory")]
    WitnessMemory(#[from] MemoryRefused),
    /// The database failed.
    #[error("the database failed")]
    Store(#[from] StoreError),
    /// A plugin's machinery failed.
    #[error("a plugin could not be run")]
    Host(#[source] HostError),
    /// Something of our own cannot be written or read as JSON.
    #[error("failed to write or read {what} as JSON")]
    Json {
        /// What it was.
        what: &'static str,
        /// The cause.
        source: serde_json::Error,
    },
    /// A leaf of the audit log cannot be written.
    #[error("failed to write an audit leaf")]
    Leaf {
        /// The cause.
        source: NotCanonical,
    },
    /// A log has fewer leaves than its head says.
    #[error("the audit log of {county} has fewer leaves than its head says; run `nuan audit verify`")]
    LogCut {
        /// The county.
        county: DivisionCode,
    },
    /// A background task was lost.
    #[error("a task of the kernel was lost")]
    TaskLost,
}

impl KernelError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Document(_) => "NU2103",
            Self::Change(_) => "NU2500",
            Self::Request(_) => "NU2200",
            Self::Installation(_) => "NU3000",
            Self::NothingApplies { .. } => "NU3405",
            Self::NoVerdict(_) => "NU7003",
            Self::NotFound(_) => "NU5001",
            Self::IdempotencyKeyReused => "NU5002",
            Self::IdempotencyKeyInFlight => "NU5003",
            Self::NotArchived(_) => "NU7001",
            Self::Keys(_) | Self::CannotOpen { .. } | Self::CannotSeal => "NU6001",
            Self::Rotation(refused) => refused.code(),
            Self::Erased => "NU6010",
            Self::OpeningHidden => "NU6030",
            Self::NotCommitted => "NU7004",
            Self::Origin(_) => "NU6011",
            Self::Checkpoint { .. } => "NU7005",
            Self::Export(_) => "NU7006",
            Self::OutsideDiffers { .. } => "NU7030",
            Self::OutsideMissing { .. } => "NU7033",
            Self::Uncovered => "NU7034",
            Self::WitnessMemory(_) => "NU7035",
            Self::PersonKnown { .. } => "NU5010",
            Self::LegalHold => "NU6020",
            Self::OwnWork => "NU5011",
            Self::PersonMerged { .. } => "NU5030",
            Self::MatchDecided => "NU5031",
            Self::TwoHouseholds { .. } => "NU5032",
            Self::BothBenefit { .. } => "NU5033",
            Self::Overtaken => "NU5034",
            Self::DeterminationDecided { .. } => "NU5040",
            Self::NotCurrent => "NU5041",
            Self::Undetermined(_) => "NU5042",
            Self::BenefitTaken { .. } => "NU5043",
            Self::EntitlementEnded => "NU5044",
            Self::LaterDecided => "NU5045",
            Self::ReassessmentEnded => "NU5050",
            Self::ReassessmentOpen { .. } => "NU5051",
            Self::NotBegun => "NU1011",
            Self::NotWritten(_) => "NU1012",
            Self::WriterStopped => "NU1013",
            Self::Store(StoreError::NewerSchema { .. }) => "NU1020",
            Self::Store(StoreError::OtherSchema { .. }) => "NU1021",
            Self::Store(StoreError::Unverified) => "NU1022",
            Self::Store(_) => "NU1010",
            Self::Backup(refused) => refused.code(),
            Self::Host(error) => error.code(),
            Self::LogCut { .. } => "NU7002",
            Self::Json { .. } | Self::Leaf { .. } | Self::TaskLost | Self::Malformed => "NU9001",
        }
    }

    /// What kind of refusal it is.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Document(_)
            | Self::Change(_)
            | Self::Request(_)
            | Self::NothingApplies { .. }
            | Self::IdempotencyKeyReused => ErrorKind::Input,
            Self::NotFound(_) | Self::Erased => ErrorKind::NotFound,
            Self::IdempotencyKeyInFlight
            | Self::PersonKnown { .. }
            | Self::OwnWork
            | Self::LegalHold
            | Self::OpeningHidden
            | Self::PersonMerged { .. }
            | Self::MatchDecided
            | Self::TwoHouseholds { .. }
            | Self::BothBenefit { .. }
            | Self::DeterminationDecided { .. }
            | Self::NotCurrent
            | Self::Undetermined(_)
            | Self::BenefitTaken { .. }
            | Self::EntitlementEnded
            | Self::LaterDecided
            | Self::ReassessmentEnded
            | Self::ReassessmentOpen { .. }
            | Self::Overtaken => ErrorKind::Conflict,
            Self::Backup(refused) => refused.kind(),
            Self::Installation(_)
            | Self::NotArchived(_)
            | Self::NoVerdict(_)
            | Self::Keys(_)
            | Self::Rotation(_)
            | Self::Origin(_)
            | Self::Checkpoint { .. }
            | Self::Export(_)
            | Self::OutsideDiffers { .. }
            | Self::OutsideMissing { .. }
            | Self::Uncovered
            | Self::WitnessMemory(_)
            | Self::NotBegun
            | Self::NotWritten(_)
            | Self::WriterStopped
            | Self::Store(StoreError::NewerSchema { .. } | StoreError::OtherSchema { .. } | StoreError::Unverified) => {
                ErrorKind::Environment
            }
            Self::CannotOpen { .. }
            | Self::CannotSeal
            | Self::Malformed
            | Self::NotCommitted
            | Self::Store(_)
            | Self::Host(_)
            | Self::Json { .. }
            | Self::Leaf { .. }
            | Self::LogCut { .. }
            | Self::TaskLost => ErrorKind::Internal,
        }
    }

    /// The single mistakes, where there are several.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Self::Document(mistakes)
            | Self::Change(mistakes)
            | Self::Request(mistakes)
            | Self::Installation(mistakes)
            | Self::Undetermined(mistakes)
            | Self::NoVerdict(mistakes) => mistakes,
            _ => &[],
        }
    }
}

impl From<DocumentRefused> for KernelError {
    fn from(refused: DocumentRefused) -> Self {
        Self::Document(refused.0)
    }
}
