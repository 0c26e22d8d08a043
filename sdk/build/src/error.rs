//! What could not be had or done, with a stable code and the commands that mend it.

use std::io;
use std::path::PathBuf;

use crate::tool::Tool;
use crate::toolchain::GUEST_TARGET;
use crate::{apt, toolchain};

/// One way that was tried, and why it did not lead anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The command, or the place that was looked at.
    pub way: String,
    /// What came of it.
    pub outcome: String,
}

impl Attempt {
    pub(crate) fn new(way: impl Into<String>, outcome: impl Into<String>) -> Self {
        Self { way: way.into(), outcome: outcome.into() }
    }
}

/// Why the environment is not ready, or a guest was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Neither rustup nor Debian has a standard library for guests.
    #[error("no compiler for `{GUEST_TARGET}` was found ({})", outcomes(tried))]
    NoGuestTarget {
        /// What was tried, in order.
        tried: Vec<Attempt>,
    },
    /// The programs `initdb` and `pg_ctl` are missing.
    #[error("the programs of a PostgreSQL server were not found ({})", outcomes(tried))]
    NoPostgres {
        /// What was tried, in order.
        tried: Vec<Attempt>,
    },
    /// A program that the tests run is missing.
    #[error("`{}` was not found ({})", tool.program, outcomes(tried))]
    NoTool {
        /// The program.
        tool: Tool,
        /// What was tried, in order.
        tried: Vec<Attempt>,
    },
    /// A program ended with an error; what it printed is in `output`.
    #[error("`{command}` {ended}")]
    Failed {
        /// The command as one would type it.
        command: String,
        /// "ended with exit status: 1", "was stopped after 20 seconds without progress".
        ended: String,
        /// Everything it wrote on standard error.
        output: String,
    },
    /// A program could not be started at all.
    #[error("failed to start `{command}`")]
    Start {
        /// The command as one would type it.
        command: String,
        /// Why not.
        source: io::Error,
    },
    /// A program answered with something other than the JSON it promises.
    #[error("failed to read the answer of `{command}`")]
    Answer {
        /// The command as one would type it.
        command: String,
        /// Where the answer goes wrong.
        source: serde_json::Error,
    },
    /// Cargo was content, yet there is no WebAssembly module.
    #[error("package `{package}` has no `cdylib` library, so building it made no module")]
    NoModule {
        /// The package that was asked for.
        package: String,
    },
    /// A module was built, but it is not a plugin.
    #[error("failed to wrap the module of `{package}` as a component")]
    Componentize {
        /// The package it was built from.
        package: String,
        /// What the encoder or its validator refuses.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file or folder could not be read or written.
    #[error("failed to {act} `{}`", path.display())]
    File {
        /// "read", "write", "create".
        act: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl BuildError {
    /// The entry in the register of codes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoGuestTarget { .. } => "NU1001",
            Self::NoPostgres { .. } => "NU1002",
            Self::NoTool { .. } => "NU1006",
            Self::NoModule { .. } | Self::Componentize { .. } => "NU1003",
            Self::Failed { .. } | Self::Start { .. } | Self::Answer { .. } => "NU1004",
            Self::File { .. } => "NU1005",
        }
    }

    /// Commands that mend it, best first; empty where only a change of the sources does.
    pub fn mends(&self) -> Vec<String> {
        match self {
            Self::NoGuestTarget { .. } => toolchain::mends(),
            Self::NoPostgres { .. } => vec![apt::install_command(crate::postgres::PACKAGES)],
            Self::NoTool { tool, .. } => vec![apt::install_command(&[tool.package])],
            Self::Failed { command, .. } | Self::Start { command, .. } => vec![command.clone()],
            _ => Vec::new(),
        }
    }

    /// What a failed program wrote, for those who want to see all of it.
    pub fn output(&self) -> Option<&str> {
        match self {
            Self::Failed { output, .. } if !output.is_empty() => Some(output),
            _ => None,
        }
    }

    pub(crate) fn file(act: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { act, path, source }
    }
}

fn outcomes(tried: &[Attempt]) -> String {
    tried.iter().map(|attempt| format!("{}: {}", attempt.way, attempt.outcome)).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_target_names_what_was_tried_and_the_commands_that_help() {
        let error = BuildError::NoGuestTarget {
            tried: vec![
                Attempt::new("rustup target add", "rustup is not installed"),
                Attempt::new("apt-get", "not root"),
            ],
        };
        let text = error.to_string();
        assert!(text.contains("rustup is not installed; apt-get: not root"), "{text}");
        assert_eq!(error.code(), "NU1001");
        assert!(error.mends().iter().any(|mend| mend == "rustup target add wasm32-unknown-unknown"));
        assert!(error.mends().iter().any(|mend| mend.contains("rust-web-src")));
    }

    #[test]
    fn a_missing_server_names_the_package() {
        let error = BuildError::NoPostgres { tried: Vec::new() };
        assert_eq!((error.code(), error.mends().join("")), ("NU1002", "apt-get install -y postgresql".to_owned()));
    }
}
