//! Every setting: its key in the file, its flag, its variable, and what a value of it looks like.

use std::net::SocketAddr;

use nuan_domain::crypto::CryptoSuite;
use nuan_kernel::configuration::Profile;

use crate::named_witness::NamedWitness;

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Table and key in the file; a key alone stands above all tables.
    pub key: &'static str,
    /// The id of the flag.
    pub argument: &'static str,
    /// The variable.
    pub variable: &'static str,
    /// What a value is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text that is not empty.
    Text,
    /// A path.
    Path,
    /// Several paths.
    Paths,
    /// The address of a database, which may hold a password.
    Database,
    /// An address and a port.
    Socket,
    /// A whole number of seconds.
    Seconds,
    /// A whole number.
    Count,
    /// Several witnesses.
    Witnesses,
    /// A set of cryptography.
    Suite,
    /// A profile.
    Profile,
}

const fn setting(key: &'static str, argument: &'static str, variable: &'static str, kind: Kind) -> Setting {
    Setting { key, argument, variable, kind }
}

/// All settings, in the order in which they are shown.
pub static SETTINGS: [Setting; 14] = [
    setting("profile", "profile", "NUAN_PROFILE", Kind::Profile),
    setting("serve.listen", "listen", "NUAN_LISTEN", Kind::Socket),
    setting("serve.drain_seconds", "drain_seconds", "NUAN_DRAIN_SECONDS", Kind::Seconds),
    setting("storage.database", "database", "NUAN_DATABASE", Kind::Database),
    setting("storage.key_store", "key_store", "NUAN_KEY_STORE", Kind::Database),
    setting("keys.file", "key_file", "NUAN_KEY_FILE", Kind::Path),
    setting("keys.suite", "suite", "NUAN_SUITE", Kind::Suite),
    setting("audit.checkpoint", "checkpoint", "NUAN_CHECKPOINT", Kind::Path),
    setting("audit.origin", "origin", "NUAN_ORIGIN", Kind::Text),
    setting("audit.witnesses", "witnesses", "NUAN_WITNESSES", Kind::Witnesses),
    setting("audit.witness_quorum", "witness_quorum", "NUAN_WITNESS_QUORUM", Kind::Count),
    setting("plugins.folders", "plugins", "NUAN_PLUGINS", Kind::Paths),
    setting("plugins.components", "components", "NUAN_COMPONENTS", Kind::Path),
    setting("plugins.cache", "cache", "NUAN_CACHE", Kind::Path),
];

impl Kind {
    /// What stands between the values of a list that is one text; nothing, where there is one value.
    pub const fn separator(self) -> Option<char> {
        match self {
            Self::Paths => Some(':'),
            Self::Witnesses => Some(','),
            _ => None,
        }
    }
}

/// The setting of a key.
pub fn of_key(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

impl Setting {
    /// What is wrong with a value, which is not repeated: it may be a secret.
    pub fn mistake(&self, value: &str) -> Option<String> {
        let is_scheme = |scheme: &str| ["sqlite", "postgres", "postgresql"].contains(&scheme);
        match self.kind {
            _ if value.is_empty() => Some("the value is empty".to_owned()),
            Kind::Text | Kind::Path | Kind::Paths => None,
            Kind::Database => {
                let scheme = value.split_once("://").map(|(scheme, _)| scheme);
                let is_other = scheme.is_some_and(|scheme| !is_scheme(scheme));
                is_other
                    .then(|| "a database is a file, or an address that begins with `sqlite:` or `postgres:`".to_owned())
            }
            Kind::Socket => {
                let is_address = value.parse::<SocketAddr>().is_ok();
                (!is_address).then(|| "write an address with a port, such as `127.0.0.1:8080`".to_owned())
            }
            Kind::Witnesses => NamedWitness::parse(value).err().map(|error| error.to_string()),
            Kind::Count => value.parse::<u16>().is_err().then(|| "write a whole number, at most 65535".to_owned()),
            Kind::Seconds => value.parse::<u16>().is_err().then(|| "write whole seconds, at most 65535".to_owned()),
            Kind::Suite => value.parse::<CryptoSuite>().err().map(|error| error.to_string()),
            Kind::Profile => value.parse::<Profile>().err().map(|error| error.to_string()),
        }
    }
}
