//! Why nothing is backed up or restored.

use std::path::PathBuf;

use crate::error::ErrorKind;

/// Why a backup is not made, or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupRefused {
    /// There is something already.
    #[error("{} is not empty; a backup is written and restored to an empty place only", .0.display())]
    NotEmpty(PathBuf),
    /// The database to restore into has tables.
    #[error("the database to restore into is not empty")]
    DatabaseNotEmpty,
    /// Register and keys lie in one database.
    #[error("the key store lies in the register's database, so a copy of one would be a copy of both")]
    KeysInRegister,
    /// A database in memory ends with its process.
    #[error("a database in memory cannot be backed up or restored")]
    InMemory,
    /// Changed, or made with other keys.
    #[error("the manifest was changed, or was made with the keys of another installation")]
    Manifest,
    /// A later program's.
    #[error("the manifest has the form `{0}`, which this program does not read")]
    Format(String),
    /// The folder holds a backup of something else.
    #[error("the folder holds a backup of {found}, not of {wanted}")]
    OtherCopy {
        /// What it holds.
        found: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
    /// The backup was made of another kind of database.
    #[error("the backup was made of {found} and cannot be restored into {wanted}")]
    OtherDatabase {
        /// What it was made of.
        found: &'static str,
        /// What it was to be restored into.
        wanted: &'static str,
    },
    /// A file is not what the manifest says.
    #[error("the file {name} of the backup {what}")]
    File {
        /// Its name.
        name: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A file cannot be read or written.
    #[error("failed to {what} {}", .path.display())]
    Io {
        /// What was attempted.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The register cannot be verified without its keys.
    #[error("there is no key store, so the register cannot be verified; restore the keys first, or name their store")]
    NoKeyStore,
    /// There is no key file.
    #[error("there is no key file {}, and a backup is never opened with new keys", .0.display())]
    NoKeyFile(PathBuf),
    /// A program of PostgreSQL is not there.
    #[error("{0} was not found; install postgresql-client")]
    NoTool(&'static str),
    /// A program of PostgreSQL failed.
    #[error("{tool} ended with {ended}: {said}")]
    Tool {
        /// The program.
        tool: &'static str,
        /// Its exit status.
        ended: String,
        /// The last thing that it said.
        said: String,
    },
    /// What was restored is not what was copied.
    #[error("what was restored is not what was copied: {0}")]
    Different(String),
}

impl BackupRefused {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotEmpty(_) | Self::DatabaseNotEmpty => "NU7010",
            Self::Manifest | Self::Format(_) => "NU7011",
            Self::File { .. } => "NU7012",
            Self::Different(_) => "NU7013",
            Self::NoTool(_) | Self::Tool { .. } => "NU7014",
            Self::KeysInRegister => "NU7015",
            Self::Io { .. } => "NU7016",
            Self::NoKeyStore | Self::NoKeyFile(_) => "NU7017",
            Self::OtherCopy { .. } | Self::OtherDatabase { .. } | Self::InMemory => "NU7018",
        }
    }

    /// What kind of refusal it is.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::NoTool(_) | Self::Tool { .. } | Self::Io { .. } => ErrorKind::Environment,
            _ => ErrorKind::Input,
        }
    }
}
