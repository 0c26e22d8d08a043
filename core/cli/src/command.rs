//! The commands, one file each.

mod audit;
mod determine;
mod doctor;
mod import;
mod keys;
mod replay;
mod sample;
mod serve;

use std::process::ExitCode;

use clap::Subcommand;

/// What `nuan` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Determines what households are entitled to, how much, why, and under which article.
    Determine(determine::Determine),
    /// Puts the households of a township's spreadsheet on the register.
    Import(import::Import),
    /// Makes, rotates and destroys keys.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Writes an invented population, the same for the same seed.
    Sample(sample::Sample),
    /// Serves the API and the page on this machine.
    Serve(serve::Serve),
    /// Computes a stored determination again and compares it byte for byte.
    Replay(replay::Replay),
    /// Checks the audit log.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Reports what this machine has and lacks, and repairs it.
    Doctor(doctor::Doctor),
}

impl Command {
    /// Runs the command; the exit code is 0 fine, 1 findings, 2 wrong input, 3 environment, 4 refused by the remote side.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Determine(command) => command.run(),
            Self::Import(command) => command.run(),
            Self::Keys(command) => command.run(),
            Self::Sample(command) => command.run(),
            Self::Serve(command) => command.run(),
            Self::Replay(command) => command.run(),
            Self::Audit(command) => command.run(),
            Self::Doctor(command) => command.run(),
        }
    }
}
