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

/// The names of the workspace's guests: packages whose library is a `cdylib`, in alphabetical order.
pub fn guest_packages(workspace_root: &Path) -> Result<Vec<String>, BuildError> {
    let mut command = Command::new(cargo());
    command.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(workspace_root);
    let answer = process::run(&mut command, &Progress::silent().step("Reading the workspace"))?;
    let source = |source| BuildError::Answer { command: spelled(&command), source };
    guests_in(&answer).map_err(source)
}

/// The cargo that runs us, or the one on the path.
pub(crate) fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
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

fn guests_in(metadata: &str) -> Result<Vec<String>, serde_json::Error> {
    let metadata: Metadata = serde_json::from_str(metadata)?;
    let is_guest = |package: &Package| package.targets.iter().any(|target| target.is_dynamic_library());
    let mut names: Vec<String> = metadata.packages.into_iter().filter(is_guest).map(|package| package.name).collect();
    names.sort();
    Ok(names)
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
        let metadata = r#"{ "version": 1, "packages": [
            { "name": "warm", "targets": [{ "kind": ["cdylib", "rlib"], "crate_types": ["cdylib", "rlib"] }] },
            { "name": "host", "targets": [{ "crate_types": ["lib"] }, { "crate_types": ["bin"] }] },
            { "name": "basic", "targets": [{ "crate_types": ["cdylib"] }] } ] }"#;
        assert_eq!(guests_in(metadata).unwrap(), ["basic", "warm"]);
    }
}
