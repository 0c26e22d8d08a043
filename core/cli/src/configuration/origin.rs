//! Where a setting came from, for `nuan config show --origin`.

use std::fmt;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use serde::Serialize;

use super::Given;
use super::settings::{Kind, SETTINGS, Setting};
use crate::database_address::without_secrets;

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "from")]
pub enum Origin {
    /// Nobody gave one.
    Default,
    /// In the file.
    File {
        /// The file.
        path: String,
        /// The line.
        line: usize,
    },
    /// In the environment.
    Variable {
        /// The variable.
        name: String,
    },
    /// On the command line.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Variable { name } => write!(f, "variable {name}"),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// A setting with its value, secrets left out.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The setting.
    pub setting: &'static Setting,
    /// Its values; none where the program chooses.
    pub values: Vec<String>,
    /// Where they came from.
    pub origin: Origin,
}

/// The settings that a command takes.
pub fn of(command: &Command, matches: &ArgMatches, given: &[Given]) -> Vec<Shown> {
    let (command, matches) = innermost(command, matches);
    let shown = |setting: &'static Setting| {
        has(command, setting.argument).then(|| {
            let raw = matches.get_raw(setting.argument).into_iter().flatten();
            let shown = |value: &std::ffi::OsStr| match setting.kind {
                Kind::Database => without_secrets(&value.to_string_lossy()),
                _ => value.to_string_lossy().into_owned(),
            };
            Shown { setting, values: raw.map(shown).collect(), origin: origin(matches, setting, given) }
        })
    };
    SETTINGS.iter().filter_map(shown).collect()
}

fn origin(matches: &ArgMatches, setting: &Setting, given: &[Given]) -> Origin {
    let from_configuration = given.iter().rev().find(|given| given.setting.key == setting.key);
    match matches.value_source(setting.argument) {
        Some(ValueSource::CommandLine) => Origin::Flag,
        Some(ValueSource::EnvVariable) => Origin::Variable { name: setting.variable.to_owned() },
        _ => from_configuration.map_or(Origin::Default, |given| given.origin.clone()),
    }
}

/// The command that was chosen, below its groups, with what it was given.
pub fn innermost<'c>(command: &'c Command, matches: &'c ArgMatches) -> (&'c Command, &'c ArgMatches) {
    let chosen = matches.subcommand().and_then(|(name, inner)| Some((command.find_subcommand(name)?, inner)));
    chosen.map_or((command, matches), |(command, matches)| innermost(command, matches))
}

/// Whether a command takes this flag.
pub fn has(command: &Command, argument: &str) -> bool {
    command.get_arguments().any(|known| known.get_id() == argument)
}
