//! `nuan parameter`: the numbers of the law, dated and cited.

mod show;

use std::process::ExitCode;

use clap::Subcommand;

/// What can be asked of parameters.
#[derive(Debug, Subcommand)]
pub enum Parameter {
    /// Shows a number of the law with its history, once for each plugin that declares it.
    Show(show::Show),
}

impl Parameter {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Show(command) => command.run(),
        }
    }
}
