//! The `nuan` binary: one file per command. Results go to stdout, talk goes to stderr.

mod asking;
mod catalogue;
mod command;
mod installation;
mod real_world;
mod report;
mod sample;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use self::command::Command;

/// Nuan (暖): the open kernel of a social-assistance platform.
#[derive(Debug, Parser)]
#[command(name = "nuan", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    terminal::start_logging();
    match arguments.command.run() {
        Ok(code) => code,
        Err(error) => terminal::explain(&error),
    }
}
