//! `nuan person`: persons on the register, one record each (一人一档).

mod find;
mod show;

use std::process::ExitCode;

use clap::Subcommand;

/// What can be done with persons.
#[derive(Debug, Subcommand)]
pub enum Person {
    /// Finds persons within a division: by name, pinyin or initials, by document number, or by household.
    Find(find::Find),
    /// Shows a person's record, masked.
    Show(show::Show),
}

impl Person {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Find(command) => command.run(),
            Self::Show(command) => command.run(),
        }
    }
}
