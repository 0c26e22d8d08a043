//! `nuan determination`: computed, reasoned results (测算结论) of households on the register; never changed once stored.

mod list;
mod make;
mod show;

use std::process::ExitCode;

use clap::Subcommand;

/// What can be done with determinations.
#[derive(Debug, Subcommand)]
pub enum Determination {
    /// Lists the determinations of a household, oldest first.
    List(list::List),
    /// Shows a determination with its reasons.
    Show(show::Show),
    /// Determines a household on the register and stores the result with its reasons.
    Make(make::Make),
}

impl Determination {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::List(command) => command.run(),
            Self::Show(command) => command.run(),
            Self::Make(command) => command.run(),
        }
    }
}
