//! The file `nuan.toml` as people write it: a small table for each concern, every key optional.
//!
//! Not here: reading it with places, variables and flags, which `nuan` does. The JSON Schema in `sdk/schemas` comes from
//! these types.

use std::path::PathBuf;
use std::str::FromStr;

use nuan_domain::crypto::CryptoSuite;
use schemars::JsonSchema;
use serde::Deserialize;

/// What an installation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// A laptop, a test, a demonstration: keys are made where there are none.
    #[default]
    Development,
    /// Real households: whatever is unsafe refuses the start.
    Production,
}

/// The text names no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a profile; `development` and `production` are")]
pub struct NotAProfile(String);

impl Profile {
    /// Both profiles.
    pub const ALL: [Self; 2] = [Self::Development, Self::Production];

    /// The name in configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Production => "production",
        }
    }
}

impl FromStr for Profile {
    type Err = NotAProfile;

    fn from_str(name: &str) -> Result<Self, NotAProfile> {
        Self::ALL.into_iter().find(|profile| profile.name() == name).ok_or_else(|| NotAProfile(name.to_owned()))
    }
}

/// The file `nuan.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// What the installation is for.
    pub profile: Option<Profile>,
    /// The server.
    pub serve: Option<Serving>,
    /// The databases.
    pub storage: Option<Storing>,
    /// The installation's own keys.
    pub keys: Option<KeyKeeping>,
    /// The audit log outside the database.
    pub audit: Option<Auditing>,
    /// Plugins.
    pub plugins: Option<Plugging>,
}

/// The server.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Serving {
    /// Address and port, such as `127.0.0.1:8080`.
    pub listen: Option<String>,
    /// How many seconds the server goes on answering after SIGTERM while it says that it is not ready.
    pub drain_seconds: Option<u16>,
}

/// The databases.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Storing {
    /// The register: a file for SQLite, or `postgres://…`.
    pub database: Option<String>,
    /// The wrapped data keys, in a database of their own.
    pub key_store: Option<String>,
}

/// The installation's own keys.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyKeeping {
    /// The key file, which only its owner can read.
    pub file: Option<PathBuf>,
    /// The cryptography of a key file that is made now.
    pub suite: Option<CryptoSuite>,
}

/// The audit log outside the database.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Auditing {
    /// The file of the signed checkpoint.
    pub checkpoint: Option<PathBuf>,
    /// The name of the log.
    pub origin: Option<String>,
    /// Witnesses that cosign checkpoints, each as `URL=KEY`.
    pub witnesses: Option<Vec<String>>,
    /// How many of them have to have cosigned before the log is not behind; all where absent.
    pub witness_quorum: Option<u16>,
}

/// Plugins.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plugging {
    /// Plugin folders, or folders of plugin folders.
    pub folders: Option<Vec<PathBuf>>,
    /// The folder of compiled components.
    pub components: Option<PathBuf>,
    /// The folder of the compiled-artefact cache.
    pub cache: Option<PathBuf>,
}
