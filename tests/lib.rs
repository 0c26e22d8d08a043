//! What several end-to-end checks and benchmarks share: where the project lies and which files it tracks.

pub mod installation;
pub mod program;
pub mod witnesses;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files below a folder that the project keeps, by path from the root. Without git, everything but build outputs.
pub fn kept_files(folder: &str) -> Result<Vec<PathBuf>> {
    let git = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", folder])
        .current_dir(root())
        .output();
    let listed =
        git.ok().filter(|output| output.status.success()).and_then(|output| String::from_utf8(output.stdout).ok());
    let mut files: Vec<PathBuf> = match listed {
        Some(listed) => listed.lines().map(|line| root().join(line)).filter(|path| path.is_file()).collect(),
        None => walk(&root().join(folder))?,
    };
    files.sort();
    Ok(files)
}

fn walk(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("failed to list {}", folder.display()))? {
        let path = entry?.path();
        let skipped = path.file_name().is_some_and(|name| name == "target" || name == "node_modules" || name == ".git");
        if path.is_dir() && !skipped {
            files.extend(walk(&path)?);
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(files)
}

/// The file's text, and its path from the root.
pub fn text(path: &Path) -> Result<(String, String)> {
    let name = path.strip_prefix(root()).unwrap_or(path).display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| format!("failed to read {name}"))?;
    Ok((name, text))
}
