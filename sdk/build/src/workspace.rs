//! Asks cargo about the workspace: its root, and the packages that are guests.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::process::{self, spelled};
use crate::{BuildError, Progress};

/// The folder of the workspace that the current folder belongs to.
pub fn locate_workspace() -> Result<PathBuf, BuildError> {
    let mut command = Command::new(cargo());
    command.args(["locate-project", "--workspace", "--message-format", "plain"]);
    let manifest = process::run(&mut command, &Progress::silent().step("Looking for the workspace"))?;
    let manifest = Path::new(manifest.trim());
    Ok(manifest.parent().unwrap_or(manifest).to_path_buf())
}

/// Where cargo puts what it builds: `target/`, unless the caller keeps it elsewhere.
pub fn target_folder(workspace_root: &Path) -> Result<PathBuf, BuildError> {
    Ok(described(workspace_root)?.target_directory)
}

/// The names of the workspace's guests: packages whose library is a `cdylib`, in alphabetical order.
pub fn guest_packages(workspace_root: &Path) -> Result<Vec<String>, BuildError> {
    Ok(guests_in(described(workspace_root)?))
}

/// What cargo says of the workspace.
fn described(workspace_root: &Path) -> Result<Metadata, BuildError> {
    let mut command = Command::new(cargo());
    command.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(workspace_root);
    let answer = process::run(&mut command, &Progress::silent().step("Reading the workspace"))?;
    let source = |source| BuildError::Answer { command: spelled(&command), source };
    serde_json::from_str(&answer).map_err(source)
}

/// The cargo that runs us, or the one on the path.
pub(crate) fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    crate_types: Vec<String>,
}

fn guests_in(metadata: Metadata) -> Vec<String> {
    let is_guest = |package: &Package| package.targets.iter().any(|target| target.is_dynamic_library());
    let mut names: Vec<String> = metadata.packages.into_iter().filter(is_guest).map(|package| package.name).collect();
    names.sort();
    names
}

impl Target {
    fn is_dynamic_library(&self) -> bool {
        self.crate_types.iter().any(|kind| kind == "cdylib")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_are_the_packages_with_a_cdylib() {
        let metadata = r#"{ "version": 1, "target_directory": "/elsewhere", "packages": [
            { "name": "warm", "targets": [{ "kind": ["cdylib", "rlib"], "crate_types": ["cdylib", "rlib"] }] },
            { "name": "host", "targets": [{ "crate_types": ["lib"] }, { "crate_types": ["bin"] }] },
            { "name": "basic", "targets": [{ "crate_types": ["cdylib"] }] } ] }"#;
        let metadata: Metadata = serde_json::from_str(metadata).unwrap();
        assert_eq!(metadata.target_directory, Path::new("/elsewhere"));
        assert_eq!(guests_in(metadata), ["basic", "warm"]);
    }
}
