//! What the operator has set: the file `nuan.toml`, under variables, under flags. Read once, when the program starts.
//!
//! The file and the variables `NUAN__…` become the defaults of the flags, so that clap resolves every setting in one way
//! and each command keeps its typed options. What is wrong is listed at once, each mistake with its place. Not here: what a
//! setting means, and what production needs.

mod file;
mod origin;
mod settings;
mod variables;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::{ArgMatches, Command};
use nuan_vocabulary::diagnostic::Diagnostic;

pub use self::origin::{Origin, Shown};
pub use self::settings::{SETTINGS, Setting};

/// The file that is read where none is named.
const FILE: &str = "nuan.toml";

/// The flag that names the file.
const FLAG: &str = "--config";

/// The variable that names the file.
const VARIABLE: &str = "NUAN_CONFIG";

/// A value that the operator has given, with where it stands.
#[derive(Clone, Debug)]
pub struct Given {
    /// Of which setting.
    pub setting: &'static Setting,
    /// Its values; one, unless the setting is a list.
    pub values: Vec<String>,
    /// Where it stands.
    pub origin: Origin,
}

/// Everything that was given outside the flags.
#[derive(Debug, Default)]
pub struct Configuration {
    /// The file that was read.
    pub file: Option<PathBuf>,
    /// What it and the variables give; the later of two of one setting holds.
    given: Vec<Given>,
    /// What is wrong with it.
    pub mistakes: Vec<Diagnostic>,
    /// Where each setting of this run came from.
    origins: OnceLock<Vec<Shown>>,
}

impl Configuration {
    /// The configuration of this process; the first call reads it.
    pub fn current() -> &'static Self {
        static CURRENT: OnceLock<Configuration> = OnceLock::new();
        CURRENT.get_or_init(|| {
            let arguments: Vec<OsString> = std::env::args_os().collect();
            let variables: Vec<(OsString, OsString)> = std::env::vars_os().collect();
            Self::read(&arguments, &variables)
        })
    }

    fn read(arguments: &[OsString], variables: &[(OsString, OsString)]) -> Self {
        let named = named_by_flag(arguments).or_else(|| variables::value(variables, VARIABLE));
        let mut configuration = Self::default();
        let path = PathBuf::from(named.as_ref().map_or_else(|| OsString::from(FILE), Clone::clone));
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let (given, mistakes) = file::read(&path, &text);
                configuration.given.extend(given);
                configuration.mistakes.extend(mistakes);
                configuration.file = Some(path);
            }
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let what = format!("the configuration file cannot be read: {error}");
                configuration.mistakes.push(Diagnostic::new("NU1101", path.display().to_string(), what));
            }
        }
        let (given, mistakes) = variables::read(variables);
        configuration.given.extend(given);
        configuration.mistakes.extend(mistakes);
        configuration
    }

    /// The commands of the program with what was given as the defaults of their flags.
    pub fn applied(&self, command: Command) -> Command {
        let mut command = command.mut_subcommands(|subcommand| self.applied(subcommand));
        for given in &self.given {
            if origin::has(&command, given.setting.argument) {
                // Clap keeps its texts for as long as the program runs, and so does this one configuration.
                let values: Vec<&'static str> = given.values.iter().map(|value| &*value.clone().leak()).collect();
                command = command.mut_arg(given.setting.argument, |argument| argument.default_values(values));
            }
        }
        command
    }

    /// Notes where the settings of this run came from.
    pub fn settle(&self, command: &Command, matches: &ArgMatches) {
        // The first run is the only one of a process.
        drop(self.origins.set(origin::of(command, matches, &self.given)));
    }

    /// Every setting that the command of this run takes, with its value and where it came from.
    pub fn shown(&self) -> &[Shown] {
        self.origins.get().map_or(&[], Vec::as_slice)
    }

    /// Where a setting of this run came from.
    pub fn origin(&self, argument: &str) -> Option<&Origin> {
        self.shown().iter().find(|shown| shown.setting.argument == argument).map(|shown| &shown.origin)
    }
}

/// Whether the command that was chosen takes any setting: one that does not, such as `nuan sample`, runs beside a broken file.
pub fn takes_settings(command: &Command, matches: &ArgMatches) -> bool {
    let (command, _) = origin::innermost(command, matches);
    SETTINGS.iter().any(|setting| origin::has(command, setting.argument))
}

/// The file named by `--config FILE` or `--config=FILE`. Needed before the flags can be read as a whole.
fn named_by_flag(arguments: &[OsString]) -> Option<OsString> {
    let mut rest = arguments.iter().take_while(|argument| *argument != "--");
    while let Some(argument) = rest.next() {
        if argument == FLAG {
            return rest.next().cloned();
        }
        if let Some(named) = argument.to_str().and_then(|text| text.strip_prefix(FLAG)?.strip_prefix('=')) {
            return Some(OsString::from(named));
        }
    }
    None
}

/// The folder in which a file lies, as the operating system knows it: links are followed.
pub fn folder_of(file: &Path) -> PathBuf {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::canonicalize(folder).or_else(|_| std::path::absolute(folder)).unwrap_or_else(|_| folder.to_owned())
}

#[cfg(test)]
mod tests;
