//! The programs of PostgreSQL that copy a database: run as children, with the password in a variable of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nuan_kernel::backup::BackupRefused;

use crate::database_address::DatabaseAddress;

/// Writes a dump in PostgreSQL's own format, of the moment that a snapshot names.
pub fn dump(address: &DatabaseAddress, snapshot: Option<&str>, to: &Path) -> Result<(), BackupRefused> {
    let mut command = command("pg_dump", address)?;
    command.args(["--format=custom", "--no-owner", "--no-privileges"]).arg("--file").arg(to);
    if let Some(snapshot) = snapshot {
        command.arg(format!("--snapshot={snapshot}"));
    }
    run("pg_dump", &mut command)
}

/// Puts a dump into an empty database, all of it or nothing.
pub fn restore(from: &Path, address: &DatabaseAddress) -> Result<(), BackupRefused> {
    let mut command = command("pg_restore", address)?;
    command.args(["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]).arg(from);
    run("pg_restore", &mut command)
}

/// Where a program is: on the path, or in the folder of the newest server, as Debian has it.
pub fn find(tool: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(tool)).find(|file| file.is_file());
    let beside_server = || nuan_build::find_postgres().map(|server| server.programs().join(tool));
    on_path.or_else(beside_server).filter(|file| file.is_file())
}

fn command(tool: &'static str, address: &DatabaseAddress) -> Result<Command, BackupRefused> {
    let mut command = Command::new(find(tool).ok_or(BackupRefused::NoTool(tool))?);
    let (without_password, password) = address.parted();
    command.arg("--dbname").arg(without_password).arg("--no-password").stdin(Stdio::null());
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    Ok(command)
}

fn run(tool: &'static str, command: &mut Command) -> Result<(), BackupRefused> {
    let output = command.output().map_err(|_| BackupRefused::NoTool(tool))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().find(|line| line.contains("error:")).or(said.lines().next_back()).unwrap_or_default();
    Err(BackupRefused::Tool { tool, ended: output.status.to_string(), said: said.to_owned() })
}
