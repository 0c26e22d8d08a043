//! `nuan plugin`: the rules that are installed.

mod list;

use std::process::ExitCode;

use clap::Subcommand;

/// What can be asked of plugins.
#[derive(Debug, Subcommand)]
pub enum Plugin {
    /// Lists the installed plugins, and where and when they apply; as JSON also their outputs and the law they rest on.
    List(list::List),
}

impl Plugin {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::List(command) => command.run(),
        }
    }
}
