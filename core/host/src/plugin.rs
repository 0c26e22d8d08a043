//! A plugin that is loaded: manifest, component and script belong together, are compiled, and have been tried once.

use std::sync::Arc;

use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::manifest::{Manifest, Runtime};
use nuan_vocabulary::reason::Value;
use nuan_vocabulary::resolved::ResolvedManifest;

use crate::abi::v1::Linked;
use crate::compiler::{CompileError, Compiled, Compiler, sha256_hex};
use crate::engine::Engine;
use crate::fault::HostError;
use crate::gate::World;
use crate::outputs::Expected;
use crate::prepared::{Allowance, Prepared};
use crate::shape::Shape;
use crate::worker::Worker;

/// What a plugin is made of.
pub struct PluginParts {
    /// Its manifest.
    pub manifest: Manifest,
    /// The manifest with every name looked up.
    pub resolved: ResolvedManifest,
    /// The component: its own, or the script runtime.
    pub component: Arc<[u8]>,
    /// The script, where the runtime is one for scripts.
    pub script: Option<String>,
    /// What the operator has set, in the order of names.
    pub settings: Vec<(String, Value)>,
}

/// Why a plugin does not load.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Something that its author has to mend; all at once.
    #[error("the plugin is refused")]
    Refused(Vec<Diagnostic>),
    /// The component passed the gate, but does not compile or link.
    #[error("failed to compile the plugin")]
    Compile {
        /// Why.
        source: CompileError,
    },
    /// The first instance did not come up.
    #[error("failed to set the plugin up")]
    SetUp {
        /// Why.
        source: HostError,
    },
}

/// A plugin that can be run, by many threads at once.
pub struct LoadedPlugin {
    engine: Engine,
    manifest: Manifest,
    resolved: ResolvedManifest,
    resolved_json: String,
    resolved_digest: String,
    expected: Expected,
    compiled: Arc<Compiled>,
    script: Option<String>,
    settings: Vec<(String, Value)>,
}

impl LoadedPlugin {
    /// Checks, compiles, links and sets up once, so that what can be refused is refused now.
    pub fn load(compiler: &Compiler, parts: PluginParts) -> Result<Arc<Self>, LoadError> {
        let PluginParts { manifest, resolved, component, script, settings } = parts;
        let engine = compiler.engine().clone();
        let mut mistakes = parts_mistakes(&manifest, script.as_deref(), engine.limits().script_bytes);
        let expected = match Expected::new(&manifest, &resolved, engine.limits()) {
            Ok(expected) if mistakes.is_empty() => expected,
            Ok(_) => return Err(LoadError::Refused(mistakes)),
            Err(more) => {
                mistakes.extend(more);
                return Err(LoadError::Refused(mistakes));
            }
        };
        let resolved_json = serde_json_canonicalizer::to_string(&resolved).map_err(|error| {
            LoadError::Refused(vec![Diagnostic::new(
                "NU3311",
                "/",
                format!("the manifest has no canonical form: {error}"),
            )])
        })?;
        let world = if manifest.runtime == Runtime::Rhai { World::ScriptRuntime } else { World::RulesPlugin };
        let compiled = compiler.compile(&component, world).map_err(|error| match error {
            CompileError::Refused(mistakes) => LoadError::Refused(mistakes),
            source @ CompileError::Compile { .. } => LoadError::Compile { source },
        })?;
        let resolved_digest = sha256_hex(resolved_json.as_bytes());
        let plugin = Arc::new(Self {
            engine,
            manifest,
            resolved,
            resolved_json,
            resolved_digest,
            expected,
            compiled,
            script,
            settings,
        });
        match plugin.prepare() {
            Ok(_) => Ok(plugin),
            Err(HostError::Refused { diagnostics }) => Err(LoadError::Refused(diagnostics)),
            Err(source) => Err(LoadError::SetUp { source }),
        }
    }

    /// A fresh instance, ready for one interactive household.
    pub fn prepare(self: &Arc<Self>) -> Result<Prepared, HostError> {
        Prepared::new(Arc::clone(self), Allowance::interactive(self.engine.limits()))
    }

    /// Someone who runs the batches of one job, on one thread.
    pub fn worker(self: &Arc<Self>) -> Worker {
        Worker::new(Arc::clone(self))
    }

    pub(crate) fn prepare_for_batches(self: &Arc<Self>) -> Result<Prepared, HostError> {
        Prepared::new(Arc::clone(self), Allowance::batch(self.engine.limits()))
    }

    /// The plugin's id.
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// The manifest.
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The manifest with every name looked up.
    pub const fn resolved(&self) -> &ResolvedManifest {
        &self.resolved
    }

    /// The canonical JSON of the resolved manifest, as the guest gets it.
    pub fn resolved_json(&self) -> &str {
        &self.resolved_json
    }

    /// Its SHA-256 in hexadecimal, for determinations.
    pub fn resolved_digest(&self) -> &str {
        &self.resolved_digest
    }

    /// The compiled component, which other plugins may share.
    pub fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    /// The engine.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Where outputs and absences stand.
    pub const fn shape(&self) -> &Shape {
        self.expected.shape()
    }

    pub(crate) const fn expected(&self) -> &Expected {
        &self.expected
    }

    pub(crate) fn linked(&self) -> &Linked {
        self.compiled.linked()
    }

    pub(crate) fn script(&self) -> Option<&str> {
        self.script.as_deref()
    }

    pub(crate) fn settings(&self) -> &[(String, Value)] {
        &self.settings
    }
}

fn parts_mistakes(manifest: &Manifest, script: Option<&str>, script_bytes: usize) -> Vec<Diagnostic> {
    let mut mistakes = Vec::new();
    if manifest.abi != "1" {
        let detail =
            format!("the plugin is written for version {} of the plugin interface, this host speaks 1", manifest.abi);
        let newer = manifest.abi.parse::<u32>().is_ok_and(|abi| abi > 1);
        let hint = if newer { "upgrade Nuan" } else { "build the plugin with a newer nuan-sdk" };
        mistakes.push(Diagnostic::new("NU3307", "/abi", detail).with_hint(hint));
    }
    match (manifest.runtime, script) {
        (Runtime::Rhai, None) => {
            mistakes.push(Diagnostic::new("NU3312", "rules.rhai", "the runtime is rhai, but there is no script"))
        }
        (Runtime::Wasm, Some(_)) => {
            mistakes.push(Diagnostic::new("NU3312", "rules.rhai", "the runtime is wasm, but there is a script"))
        }
        (Runtime::Rhai, Some(script)) if script.len() > script_bytes => {
            let detail = format!("the script has {} bytes where {script_bytes} are allowed", script.len());
            mistakes.push(Diagnostic::new("NU3313", "rules.rhai", detail));
        }
        (Runtime::Rhai, Some(_)) | (Runtime::Wasm, None) => {}
    }
    mistakes
}

#[cfg(test)]
mod tests;
