//! A compiler for guests: rustup's if it can have one, else Debian's, which builds the standard library itself.

mod debian;
mod rustup;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Attempt, BuildError, Progress, apt, process};

/// The target guests are compiled for; it has no system interface, so a guest can reach nothing.
pub const GUEST_TARGET: &str = "wasm32-unknown-unknown";

/// Where a compiler for guests comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The active toolchain has a compiled standard library for the target.
    Rustup,
    /// Debian's compiler builds the standard library from `rust-web-src`, once per target folder.
    Debian,
}

/// A compiler that can build guests, and how to call it.
#[derive(Clone, Debug)]
pub struct GuestToolchain {
    route: Route,
    compiler: String,
    cargo: PathBuf,
    environment: Vec<(&'static str, OsString)>,
    arguments: &'static [&'static str],
    standard_library: Option<PathBuf>,
}

impl GuestToolchain {
    /// Where it comes from.
    pub fn route(&self) -> Route {
        self.route
    }

    /// What `rustc --version` says; recorded in every component.
    pub fn compiler(&self) -> &str {
        &self.compiler
    }

    /// Sources of the standard library that this toolchain compiles; none if it comes compiled.
    pub(crate) fn standard_library(&self) -> Option<&Path> {
        self.standard_library.as_deref()
    }

    /// A `cargo` of this toolchain, for one subcommand.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let mut command = Command::new(&self.cargo);
        command.arg(subcommand).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// What `cargo build` needs beside the target.
    pub(crate) fn build_arguments(&self) -> &[&str] {
        self.arguments
    }
}

/// Finds a compiler for guests, installing one where that is possible and needed.
pub fn ensure_guest_target(workspace_root: &Path, progress: &Progress) -> Result<GuestToolchain, BuildError> {
    if let Some(toolchain) = rustup::installed(workspace_root) {
        return Ok(toolchain);
    }
    let mut tried = vec![Attempt::new("the active toolchain", format!("has no standard library for {GUEST_TARGET}"))];
    match rustup::add_target(workspace_root, progress) {
        Ok(toolchain) => return Ok(toolchain),
        Err(attempt) => tried.push(attempt),
    }
    match debian::installed() {
        Ok(toolchain) => return Ok(toolchain),
        Err(attempt) => tried.push(attempt),
    }
    match debian::install(progress) {
        Ok(toolchain) => Ok(toolchain),
        Err(attempt) => {
            tried.push(attempt);
            Err(BuildError::NoGuestTarget { tried })
        }
    }
}

/// Finds a compiler for guests among what is installed, and changes nothing.
pub fn find_guest_target(workspace_root: &Path) -> Option<GuestToolchain> {
    rustup::installed(workspace_root).or_else(|| debian::installed().ok())
}

/// Debian's compiler, even where rustup's would do: it proves that the second route works.
pub fn debian_guest_target(progress: &Progress) -> Result<GuestToolchain, BuildError> {
    debian::installed()
        .or_else(|_| debian::install(progress))
        .map_err(|attempt| BuildError::NoGuestTarget { tried: vec![attempt] })
}

/// The commands that bring a compiler for guests, best first.
pub(crate) fn mends() -> Vec<String> {
    vec![rustup::COMMAND.join(" "), apt::install_command(debian::PACKAGES)]
}

/// What a compiler says of itself on one line, if it runs at all.
fn answer(program: &Path, arguments: &[&str], folder: &Path) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    let answer = process::run(&mut command, &Progress::silent().step("Asking the compiler")).ok()?;
    Some(answer.trim().to_owned())
}
