//! Programs that only tests need, each with the Debian package that brings it.

use std::path::PathBuf;

use crate::{Attempt, BuildError, Progress, apt, process};

/// A program that a test runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Its name on the path.
    pub program: &'static str,
    /// The Debian package that brings it.
    pub package: &'static str,
}

/// Traces the system calls of a server: what is acknowledged must be on the disk before.
pub const STRACE: Tool = Tool { program: "strace", package: "strace" };

/// Runs the second, independent verifier of the audit log, and other oracles.
pub const PYTHON: Tool = Tool { program: "python3", package: "python3" };

/// Asks a server as the pages of the book do.
pub const CURL: Tool = Tool { program: "curl", package: "curl" };

/// Finds a program, installing its package where that is possible and needed.
pub fn ensure_tool(tool: Tool, progress: &Progress) -> Result<PathBuf, BuildError> {
    if let Some(found) = process::on_path(tool.program) {
        return Ok(found);
    }
    let mut tried = vec![Attempt::new("PATH", format!("there is no {}", tool.program))];
    let step = progress.step("Installing a program that the tests run");
    match apt::install(&[tool.package], &step) {
        Ok(()) => step.done(),
        Err(attempt) => tried.push(attempt),
    }
    process::on_path(tool.program).ok_or(BuildError::NoTool { tool, tried })
}
