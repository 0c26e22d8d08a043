//! Compiles guest packages and turns each into a component.
//!
//! Each package has its own cargo call: cargo unites the features of packages that it builds together, so a plugin's
//! bytes, and with them its digest, would depend on its neighbours.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::process::{self, spelled};
use crate::{BuildError, Component, GUEST_TARGET, GuestToolchain, Progress, Step, component};

/// Hash maps in guests are seeded at compile time; the same seed makes the same bytes.
const SEED: (&str, &str) = ("CONST_RANDOM_SEED", "nuan");

/// Fuel is settled at every call, so fewer and longer functions are faster in the sandbox than elsewhere: scripts by 8 %.
const INLINING: &str = "-Cllvm-args=-inline-threshold=600";

/// Where finished components lie, as `<package>.wasm` with `<package>.wasm.sha256` beside it.
pub fn components_folder(workspace_root: &Path) -> PathBuf {
    workspace_root.join("target/components")
}

/// Builds these packages, one after the other, and writes each as a component.
pub fn build_all(
    toolchain: &GuestToolchain,
    workspace_root: &Path,
    packages: &[impl AsRef<str>],
    progress: &Progress,
) -> Result<Vec<Component>, BuildError> {
    let folder = components_folder(workspace_root);
    fs::create_dir_all(&folder).map_err(BuildError::file("create", &folder))?;
    let mut components = Vec::new();
    for package in packages.iter().map(AsRef::as_ref) {
        let module = build_guest(toolchain, workspace_root, package, progress)?;
        let module = fs::read(&module).map_err(BuildError::file("read", &module))?;
        let bytes = component::componentize(package, &module, toolchain.compiler())?;
        components.push(component::write(&folder, package, &bytes)?);
    }
    Ok(components)
}

/// Compiles one package and answers where its core module is. Cargo does nothing when nothing changed.
pub fn build_guest(
    toolchain: &GuestToolchain,
    workspace_root: &Path,
    package: &str,
    progress: &Progress,
) -> Result<PathBuf, BuildError> {
    let step = progress.step(format!("Building the guest {package}"));
    fetch(toolchain, workspace_root, &step)?;
    // Only a `cdylib` is optimised as a whole: beside the `rlib` that tests link, cargo would leave out `lto` and not say so.
    let mut command = toolchain.cargo("rustc");
    command
        .args(["--locked", "--lib", "--crate-type", "cdylib", "--profile", "guest"])
        .args(["--message-format", "json-render-diagnostics"])
        .args(["--package", package, "--target", GUEST_TARGET])
        .args(toolchain.build_arguments());
    let mut flags = remappings(toolchain, workspace_root);
    flags.push(INLINING.into());
    settle(&mut command, workspace_root, &flags);
    let messages = process::run(&mut command, &step)?;
    let answer = |source| BuildError::Answer { command: spelled(&command), source };
    let module = module_of(package, &messages).map_err(answer)?;
    step.done();
    module.ok_or_else(|| BuildError::NoModule { package: package.to_owned() })
}

/// Unpacks all sources first, so that the folder of the registry has a name to be hidden.
fn fetch(toolchain: &GuestToolchain, workspace_root: &Path, step: &Step) -> Result<(), BuildError> {
    let mut command = toolchain.cargo("fetch");
    command.args(["--locked", "--target", GUEST_TARGET]).current_dir(workspace_root);
    process::run(&mut command, step).map(drop)
}

/// The same surroundings for every build, whatever the shell or an outer cargo has set.
fn settle(command: &mut Command, workspace_root: &Path, flags: &[OsString]) {
    command
        .current_dir(workspace_root)
        .arg("--target-dir")
        .arg(workspace_root.join("target/guest"))
        .env(SEED.0, SEED.1)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}".as_ref()))
        .env("CARGO_INCREMENTAL", "0");
}

/// Panics hold the paths of their sources; these flags give every machine the same ones.
fn remappings(toolchain: &GuestToolchain, workspace_root: &Path) -> Vec<OsString> {
    let mut folders = vec![(workspace_root.to_path_buf(), "/nuan")];
    folders.extend(registries(&cargo_home()).into_iter().map(|folder| (folder, "/dependencies")));
    folders.extend(toolchain.standard_library().map(|folder| (folder.to_path_buf(), "/rust")));
    folders.into_iter().map(|(folder, alias)| remapping(&folder, alias)).collect()
}

fn remapping(folder: &Path, alias: &str) -> OsString {
    let mut flag = OsString::from("--remap-path-prefix=");
    flag.push(folder);
    flag.push("=");
    flag.push(alias);
    flag
}

/// The folders of unpacked sources, one for each registry or mirror, in a fixed order.
fn registries(cargo_home: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(cargo_home.join("registry/src")) else { return Vec::new() };
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    folders
}

fn cargo_home() -> PathBuf {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).unwrap_or_default()
}

/// The part of a cargo message that is read here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    package_id: String,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// Finds the module among cargo's messages: the last artefact that ends in `.wasm`.
fn module_of(package: &str, messages: &str) -> Result<Option<PathBuf>, serde_json::Error> {
    let mut module = None;
    for line in messages.lines() {
        let message: Message = serde_json::from_str(line)?;
        if message.reason == "compiler-artifact" && message.belongs_to(package) {
            module = message.filenames.into_iter().find(|file| is_module(file)).or(module);
        }
    }
    Ok(module)
}

impl Message {
    /// A package id ends in `#name@version`, or in `/name#version` where the folder has the package's name.
    fn belongs_to(&self, package: &str) -> bool {
        let Some((place, end)) = self.package_id.rsplit_once('#') else { return false };
        match end.split_once('@') {
            Some((name, _)) => name == package,
            None => place.ends_with(&format!("/{package}")) && !self.manifest_path.as_os_str().is_empty(),
        }
    }
}

fn is_module(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "wasm")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_the_wasm_file_of_the_package_itself() {
        let messages = r#"{"reason":"compiler-artifact","package_id":"registry+x#serde@1.0.0","filenames":["/t/libserde.rlib"]}
{"reason":"compiler-artifact","package_id":"path+file:///w/sdk/rhai-runtime#nuan-rhai-runtime@0.1.0","filenames":["/t/nuan_rhai_runtime.wasm","/t/libx.rlib"]}
{"reason":"compiler-artifact","package_id":"path+file:///w/plugins/warm#0.1.0","manifest_path":"/w/plugins/warm/Cargo.toml","filenames":["/t/warm.wasm"]}
{"reason":"build-finished","success":true}"#;
        let module = |package| module_of(package, messages).unwrap();
        assert_eq!(module("nuan-rhai-runtime"), Some(PathBuf::from("/t/nuan_rhai_runtime.wasm")));
        assert_eq!(module("warm"), Some(PathBuf::from("/t/warm.wasm")));
        assert_eq!(module("serde"), None);
        assert!(module_of("warm", "not json").is_err());
    }

    #[test]
    fn no_path_of_the_machine_is_left_in_a_component() {
        let home = std::env::temp_dir().join(format!("nuan-guest-{}", std::process::id()));
        for registry in ["b-2", "a-1"] {
            fs::create_dir_all(home.join("registry/src").join(registry)).unwrap();
        }
        let folders = registries(&home);
        assert_eq!(folders, [home.join("registry/src/a-1"), home.join("registry/src/b-2")]);
        assert_eq!(remapping(Path::new("/checkout/nuan"), "/nuan"), "--remap-path-prefix=/checkout/nuan=/nuan");
        fs::remove_dir_all(home).unwrap();
    }
}
