//! The `nuan` binary: one file per command. Results go to stdout, talk goes to stderr.

mod asking;
mod catalogue;
mod command;
mod configuration;
mod database_address;
mod installation;
mod named_witness;
mod postgres_tools;
mod production;
mod real_world;
mod refused;
mod report;
mod sample;
mod terminal;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser};

use self::command::Command;
use self::configuration::{Configuration, takes_settings};
use self::refused::Refused;

/// Work over a province makes and drops millions of small values on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Nuan (暖): the open kernel of a social-assistance platform.
#[derive(Debug, Parser)]
#[command(name = "nuan", version, about, arg_required_else_help = true)]
struct Arguments {
    /// The configuration file; `nuan.toml` where there is one.
    #[arg(long, value_name = "FILE", env = "NUAN_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

/// All commands. `nuan config show --origin` asks where settings came from, so the name of the log has another flag there.
fn commands() -> clap::Command {
    let name_of_the_log = |argument: clap::Arg| argument.long("log-origin");
    let show = |show: clap::Command| show.mut_arg("origin", name_of_the_log);
    Arguments::command().mut_subcommand("config", |config| config.mut_subcommand("show", show))
}

fn main() -> ExitCode {
    // One provider of TLS for everything; that it is the second to be installed cannot be.
    drop(rustls::crypto::ring::default_provider().install_default());
    let command = match arguments() {
        Ok(command) => command,
        Err(code) => return code,
    };
    terminal::start_logging();
    match command.run() {
        Ok(code) => code,
        Err(error) => terminal::explain(&error),
    }
}

/// The command that was asked for, with its settings from the file, the variables and the flags. What is wrong with any of
/// them is said at once.
fn arguments() -> Result<Command, ExitCode> {
    let configuration = Configuration::current();
    let mut command = configuration.applied(commands());
    let matched = command.try_get_matches_from_mut(std::env::args_os());
    let read = matched.and_then(|matches| Arguments::from_arg_matches(&matches).map(|arguments| (matches, arguments)));
    match read {
        Ok((matches, arguments)) => {
            let says_itself = matches!(arguments.command, Command::Config(_) | Command::Doctor(_));
            if !configuration.mistakes.is_empty() && takes_settings(&command, &matches) && !says_itself {
                return Err(terminal::explain(&Refused::configuration(&configuration.mistakes).into()));
            }
            configuration.settle(&command, &matches);
            Ok(arguments.command)
        }
        Err(error) => {
            let is_asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            if !configuration.mistakes.is_empty() && !is_asked_for {
                let _code = terminal::explain(&Refused::configuration(&configuration.mistakes).into());
            }
            // A closed standard error loses the words, not the exit code.
            drop(error.print());
            Err(ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)))
        }
    }
}
