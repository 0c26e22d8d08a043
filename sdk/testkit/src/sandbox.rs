//! A plugin as it runs in production: its component in the sandbox, metered, compiled once a process.

use std::error::Error;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use nuan_host::compiler::Compiler;
use nuan_host::engine::Engine;
use nuan_host::limits::Limits;
use nuan_host::package::{Package, SCRIPT};
use nuan_host::plugin::{LoadError, LoadedPlugin, PluginParts};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::manifest::Manifest;
use nuan_vocabulary::resolved::ResolvedManifest;

use crate::folder;
use crate::mistakes::Mistakes;

/// The compiler of this process; plugins of one component share the compiled code while one of them is loaded.
fn compiler() -> Result<&'static Compiler, Mistakes> {
    static COMPILER: OnceLock<Result<Compiler, String>> = OnceLock::new();
    let made = COMPILER.get_or_init(|| {
        let engine = Engine::new(Limits::default()).map_err(|error| chain(&error))?;
        Compiler::new(engine, None).map_err(|error| chain(&error))
    });
    made.as_ref().map_err(|detail| Diagnostic::new("NU3613", "wasmtime", detail.as_str()).into())
}

/// Loads a plugin from its folder and the folder of components.
pub fn load(plugin: &Path, manifest: &Manifest, resolved: &ResolvedManifest) -> Result<Arc<LoadedPlugin>, Mistakes> {
    let package = package(plugin)?;
    let script = package.text(SCRIPT).map(str::to_owned);
    let (manifest, resolved, component) = (manifest.clone(), resolved.clone(), package.component.into());
    let parts = PluginParts { manifest, resolved, component, script, settings: Vec::new() };
    LoadedPlugin::load(compiler()?, parts).map_err(|error| match error {
        LoadError::Refused(mistakes) => Mistakes(mistakes).inside(&folder::shown(plugin)),
        other => Diagnostic::new("NU3613", folder::shown(plugin), chain(&other)).into(),
    })
}

/// A plugin's files with its component.
fn package(plugin: &Path) -> Result<Package, Mistakes> {
    let read = Package::read(plugin, &folder::components(), &Limits::default());
    read.map_err(|mistakes| {
        let hint = |mistake: Diagnostic| {
            if mistake.code == "NU3502" { mistake.with_hint("run `cargo xtask guests`") } else { mistake }
        };
        Mistakes(mistakes.into_iter().map(hint).collect()).inside(&folder::shown(plugin))
    })
}

/// An error with all its causes.
fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |cause| (*cause).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
