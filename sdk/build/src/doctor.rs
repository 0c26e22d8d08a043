//! What this machine has and lacks, for `nuan doctor`, and the repair of one finding, for `nuan doctor --fix`.

use std::path::Path;

use serde::Serialize;

use crate::{BuildError, Progress, apt, ensure_guest_target, ensure_postgres, find_guest_target, find_postgres};
use crate::{postgres, process, toolchain};

/// One thing that was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The entry in the register of codes, whether the thing is there or not.
    pub code: &'static str,
    /// What was looked for.
    pub subject: Subject,
    /// Whether it is there.
    pub state: State,
    /// Where it was found, or what it is needed for.
    pub detail: String,
    /// Commands that bring it, best first; empty if it is there.
    pub fix: Vec<String>,
}

/// What Nuan needs beside its own sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A compiler for guests: to build plugins written in Rust.
    GuestTarget,
    /// The programs that copy a PostgreSQL database: for `nuan backup` and `nuan restore` of one.
    PostgresCopies,
    /// The configuration, which whoever reads it examines.
    Configuration,
    /// A PostgreSQL server: to run the tests; or to run on PostgreSQL instead of SQLite.
    Postgres,
}

/// Whether a thing is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is there and usable.
    Ok,
    /// It is not there.
    Missing,
}

/// Looks for everything and changes nothing.
pub fn examine(workspace_root: &Path) -> Vec<Finding> {
    let compiler = find_guest_target(workspace_root).map(|toolchain| toolchain.compiler().to_owned());
    let programs = find_postgres().map(|postgres| postgres.programs().display().to_string());
    vec![guest_target(compiler), postgres_server(programs), postgres_copies(find_copying_tools())]
}

/// Brings what one finding lacks; a finding that is fine needs nothing.
pub fn repair(finding: &Finding, workspace_root: &Path, progress: &Progress) -> Result<(), BuildError> {
    match (finding.state, finding.subject) {
        (State::Ok, _) => Ok(()),
        (State::Missing, Subject::GuestTarget) => ensure_guest_target(workspace_root, progress).map(drop),
        (State::Missing, Subject::Postgres | Subject::PostgresCopies) => ensure_postgres(progress).map(drop),
        (State::Missing, Subject::Configuration) => Ok(()),
    }
}

fn guest_target(compiler: Option<String>) -> Finding {
    let purpose = "needed to build plugins written in Rust";
    finding("NU1001", Subject::GuestTarget, compiler, purpose, toolchain::mends())
}

fn postgres_server(programs: Option<String>) -> Finding {
    let purpose = "needed to run the tests, and to keep the register in PostgreSQL";
    finding("NU1002", Subject::Postgres, programs, purpose, vec![apt::install_command(postgres::PACKAGES)])
}

fn postgres_copies(programs: Option<String>) -> Finding {
    let purpose = "pg_dump and pg_restore: needed to back up and restore a register in PostgreSQL";
    finding("NU1007", Subject::PostgresCopies, programs, purpose, vec![apt::install_command(&["postgresql-client"])])
}

/// Both programs on the path, or beside the server's.
fn find_copying_tools() -> Option<String> {
    let beside = find_postgres().map(|server| server.programs().to_owned());
    let found = |tool: &str| {
        let beside = beside.as_ref().map(|folder| folder.join(tool)).filter(|file| file.is_file());
        process::on_path(tool).or(beside).map(|file| file.display().to_string())
    };
    Some(format!("{} and {}", found("pg_dump")?, found("pg_restore")?))
}

fn finding(code: &'static str, subject: Subject, found: Option<String>, purpose: &str, fix: Vec<String>) -> Finding {
    match found {
        Some(detail) => Finding { code, subject, state: State::Ok, detail, fix: Vec::new() },
        None => Finding { code, subject, state: State::Missing, detail: purpose.to_owned(), fix },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_thing_comes_with_its_purpose_and_its_commands() {
        let missing = postgres_server(None);
        assert_eq!(missing.state, State::Missing);
        assert_eq!(missing.fix, ["apt-get install -y postgresql"]);
        assert_eq!(guest_target(None).fix.len(), 2);
        assert_eq!(postgres_copies(None).fix, ["apt-get install -y postgresql-client"]);
    }

    #[test]
    fn a_finding_that_is_fine_needs_no_repair() {
        let found = guest_target(Some("rustc 1.95.0".to_owned()));
        assert!(found.fix.is_empty());
        repair(&found, Path::new("nowhere"), &Progress::silent()).unwrap();
    }

    #[test]
    fn findings_read_well_as_json() {
        let json = serde_json::to_string(&guest_target(Some("rustc 1.95.0".to_owned()))).unwrap();
        assert_eq!(json, r#"{"code":"NU1001","subject":"guest-target","state":"ok","detail":"rustc 1.95.0","fix":[]}"#);
    }
}
