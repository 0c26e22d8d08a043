//! What the kernel refuses, each with a stable code. Messages are public; causes are for the operator's log.

use nuan_domain::audit::NotCanonical;
use nuan_domain::document::DocumentRefused;
use nuan_host::HostError;
use nuan_store::StoreError;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::division::DivisionCode;

use crate::protection::ProtectionError;

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
    /// Keys or sealed content are wrong.
    #[error("stored content cannot be protected or opened")]
    Protection(#[source] ProtectionError),
    /// The database failed.
    #[error("the database failed")]
    Store(#[source] StoreError),
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
            Self::Request(_) => "NU2200",
            Self::Installation(_) => "NU3000",
            Self::NothingApplies { .. } => "NU3405",
            Self::NoVerdict(_) => "NU7003",
            Self::NotFound(_) => "NU5001",
            Self::IdempotencyKeyReused => "NU5002",
            Self::IdempotencyKeyInFlight => "NU5003",
            Self::NotArchived(_) => "NU7001",
            Self::Protection(_) => "NU6001",
            Self::Store(_) => "NU1010",
            Self::Host(error) => error.code(),
            Self::LogCut { .. } => "NU7002",
            Self::Json { .. } | Self::Leaf { .. } | Self::TaskLost => "NU9001",
        }
    }

    /// What kind of refusal it is.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Document(_) | Self::Request(_) | Self::NothingApplies { .. } | Self::IdempotencyKeyReused => {
                ErrorKind::Input
            }
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::IdempotencyKeyInFlight => ErrorKind::Conflict,
            Self::Installation(_) | Self::NotArchived(_) | Self::NoVerdict(_) => ErrorKind::Environment,
            Self::Protection(_)
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
            | Self::Request(mistakes)
            | Self::Installation(mistakes)
            | Self::NoVerdict(mistakes) => mistakes,
            _ => &[],
        }
    }
}

impl From<StoreError> for KernelError {
    fn from(source: StoreError) -> Self {
        Self::Store(source)
    }
}

impl From<ProtectionError> for KernelError {
    fn from(source: ProtectionError) -> Self {
        Self::Protection(source)
    }
}

impl From<DocumentRefused> for KernelError {
    fn from(refused: DocumentRefused) -> Self {
        Self::Document(refused.0)
    }
}
