//! The commands, one file each. Those about the register make the kernel call that a route of the API makes; tests/commands.rs
//! has the table of both.

mod audit;
mod backup;
mod calculate;
mod catalogue;
mod change;
mod config;
mod decision;
mod determination;
mod determine;
mod doctor;
mod entitlement;
mod household;
mod import;
mod keys;
mod r#match;
mod parameter;
mod person;
mod plugin;
mod reassess;
mod reassessment;
mod replay;
mod restore;
mod sample;
mod serve;
mod witness;

use std::process::ExitCode;

use clap::Subcommand;

/// What `nuan` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Calculates what a household would be entitled to; nothing about it is stored.
    Calculate(calculate::Calculate),
    /// Determines what households are entitled to, how much, why, and under which article.
    Determine(determine::Determine),
    /// Puts the households of a township's spreadsheet on the register.
    Import(import::Import),
    /// Lists, shows and records households.
    #[command(subcommand)]
    Household(household::Household),
    /// Finds and shows persons.
    #[command(subcommand)]
    Person(person::Person),
    /// Compares records that may be of one person, and decides about them.
    #[command(subcommand)]
    Match(r#match::Match),
    /// Submits changes of what the register holds, and decides about them.
    #[command(subcommand)]
    Change(change::Change),
    /// Lists, shows and makes determinations of households on the register.
    #[command(subcommand)]
    Determination(determination::Determination),
    /// Shows the facts that can be stated.
    #[command(subcommand)]
    Catalogue(catalogue::Catalogue),
    /// Shows the numbers of the law.
    #[command(subcommand)]
    Parameter(parameter::Parameter),
    /// Lists the rules that are installed.
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    /// Makes, rotates and destroys keys.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Writes an invented population, the same for the same seed.
    Sample(sample::Sample),
    /// Adopts determinations or departs from them, and shows what was decided.
    #[command(subcommand)]
    Decision(decision::Decision),
    /// Shows what is due to a household, and ends it.
    #[command(subcommand)]
    Entitlement(entitlement::Entitlement),
    /// Determines all households of a division again, and says what changed.
    Reassess(reassess::Reassess),
    /// Shows how a reassessment stands, and cancels it.
    #[command(subcommand)]
    Reassessment(reassessment::Reassessment),
    /// Serves the API and the page on this machine.
    Serve(serve::Serve),
    /// Computes a stored determination again and compares it byte for byte.
    Replay(replay::Replay),
    /// Checks the audit log, and proves what stands in it.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Shows and checks the configuration.
    #[command(subcommand)]
    Config(config::Config),
    /// Copies the register, or the key store, to a folder while everything goes on.
    Backup(backup::Backup),
    /// Puts a backup into an empty place, and verifies it.
    Restore(restore::Restore),
    /// Runs a witness: another office with a key of its own that cosigns the log only while it just grows.
    #[command(subcommand)]
    Witness(witness::Witness),
    /// Reports what this machine has and lacks, and repairs it.
    Doctor(doctor::Doctor),
}

impl Command {
    /// Runs the command; the exit code is 0 fine, 1 findings, 2 wrong input, 3 environment, 4 refused by the remote side.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Calculate(command) => command.run(),
            Self::Determine(command) => command.run(),
            Self::Import(command) => command.run(),
            Self::Household(command) => command.run(),
            Self::Person(command) => command.run(),
            Self::Match(command) => command.run(),
            Self::Change(command) => command.run(),
            Self::Determination(command) => command.run(),
            Self::Catalogue(command) => command.run(),
            Self::Parameter(command) => command.run(),
            Self::Plugin(command) => command.run(),
            Self::Keys(command) => command.run(),
            Self::Sample(command) => command.run(),
            Self::Decision(command) => command.run(),
            Self::Entitlement(command) => command.run(),
            Self::Reassess(command) => command.run(),
            Self::Reassessment(command) => command.run(),
            Self::Serve(command) => command.run(),
            Self::Replay(command) => command.run(),
            Self::Audit(command) => command.run(),
            Self::Config(command) => command.run(),
            Self::Backup(command) => command.run(),
            Self::Restore(command) => command.run(),
            Self::Witness(command) => command.run(),
            Self::Doctor(command) => command.run(),
        }
    }
}
