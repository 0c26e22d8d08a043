//! `nuan catalogue`: the facts that can be stated.

mod show;

use std::process::ExitCode;

use clap::Subcommand;

/// What can be asked of the catalogue.
#[derive(Debug, Subcommand)]
pub enum Catalogue {
    /// Shows every fact with its title and type; as JSON also lists, codes and legal bases.
    Show(show::Show),
}

impl Catalogue {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Show(command) => command.run(),
        }
    }
}
