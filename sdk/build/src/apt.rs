//! Installs Debian packages where that is possible: as root, with apt-get.

use std::process::Command;

use crate::process::{self, on_path};
use crate::{Attempt, BuildError, Step};

/// The command a person would type.
pub(crate) fn install_command(packages: &[&str]) -> String {
    format!("apt-get install -y {}", packages.join(" "))
}

/// Installs these packages, or says why it did not.
pub(crate) fn install(packages: &[&str], step: &Step) -> Result<(), Attempt> {
    let command = install_command(packages);
    if on_path("apt-get").is_none() {
        return Err(Attempt::new(command, "this machine has no apt-get"));
    }
    if !is_root() {
        return Err(Attempt::new(command, "needs root"));
    }
    let said = |error: BuildError| Attempt::new(command.clone(), last_line(&error));
    process::run(&mut apt_get(&["update"]), step).map_err(said)?;
    process::run(apt_get(&["install", "-y"]).args(packages), step).map_err(said)?;
    Ok(())
}

/// Whether this process may install packages and change to another user.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(["-q", "-o", "DPkg::Lock::Timeout=60"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// The error with the last thing apt said: that line names the package or the server.
pub(crate) fn last_line(error: &BuildError) -> String {
    match error.output().and_then(|output| output.lines().rev().find(|line| !line.trim().is_empty())) {
        Some(line) => format!("{error}: {}", line.trim()),
        None => error.to_string(),
    }
}
