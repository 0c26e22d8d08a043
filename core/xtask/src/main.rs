//! `cargo xtask`: the commands of a working copy. It makes the machine ready, builds the guests, and runs everything else
//! as a child, so that it compiles in seconds: no engine, no database, no server is linked here.
//!
//! INVARIANT: it names no plugin; guests are the packages of the workspace whose library is a `cdylib`.

mod bench;
mod demo;
mod guests;
mod http;
mod sabotage;
mod steps;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use nuan_build::BuildError;

use crate::steps::{StepFailed, Talk};
use crate::test::MissingTools;

/// The environment is not ready: something is missing or could not be run.
const ENVIRONMENT: u8 = 3;

/// Builds, tests, shows and measures Nuan; installs what that needs.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Test(test::Arguments),
    Bench(bench::Arguments),
    Guests(guests::Arguments),
    Sabotage(sabotage::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Guests(arguments) => guests::run(&arguments),
        Command::Sabotage(arguments) => sabotage::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(explain(&error)),
    }
}

/// Says what failed and which command mends or repeats it; answers the exit code.
fn explain(error: &anyhow::Error) -> u8 {
    let talk = Talk;
    let chain = error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ");
    if let Some(failed) = error.downcast_ref::<StepFailed>() {
        talk.line(&format!("error: {chain}"));
        talk.line(&format!("  try: {}", failed.mend));
        return failed.exit_code();
    }
    if let Some(failed) = error.downcast_ref::<BuildError>() {
        talk.line(failed.output().unwrap_or_default().trim_end());
        talk.line(&format!("error[{}]: {chain}", failed.code()));
        failed.mends().iter().for_each(|mend| talk.line(&format!("  try: {mend}")));
        return ENVIRONMENT;
    }
    talk.line(&format!("error: {chain}"));
    let Some(missing) = error.downcast_ref::<MissingTools>() else { return 1 };
    missing.mends().for_each(|mend| talk.line(&format!("  try: {mend}")));
    ENVIRONMENT
}
