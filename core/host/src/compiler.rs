//! Turns component bytes into something that can be instantiated: gate, cache, compiler. Nothing is compiled while a
//! household waits.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use nuan_vocabulary::diagnostic::Diagnostic;
use sha2::{Digest, Sha256};
use wasmtime::component::{Component, Linker};

use crate::abi::v1::{self, Linked};
use crate::artefacts::Artefacts;
use crate::engine::{Engine, EngineError};
use crate::gate::{self, Census, World};
use crate::prepared::State;

/// Why there is no compiled component.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// It does not pass the gate.
    #[error("the component is refused")]
    Refused(Vec<Diagnostic>),
    /// It passed the gate, but the compiler or the linker says no.
    #[error("failed to compile the component")]
    Compile {
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A component that has passed the gate and is compiled. Plugins of one component share it.
pub struct Compiled {
    digest: String,
    census: Census,
    linked: Linked,
}

impl Compiled {
    /// The SHA-256 of the component's bytes, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// What the gate counted.
    pub const fn census(&self) -> &Census {
        &self.census
    }

    pub(crate) const fn linked(&self) -> &Linked {
        &self.linked
    }
}

/// Compiles components for one engine; keeps none alive by itself.
pub struct Compiler {
    engine: Engine,
    artefacts: Option<Artefacts>,
    linker: Linker<State>,
    alive: Mutex<BTreeMap<String, Weak<Compiled>>>,
}

impl Compiler {
    /// A compiler with its cache on disk, or without one.
    pub fn new(engine: Engine, artefacts: Option<Artefacts>) -> Result<Self, EngineError> {
        let linker = v1::linker(engine.wasm()).map_err(|error| EngineError::Configure { source: error.into() })?;
        Ok(Self { engine, artefacts, linker, alive: Mutex::new(BTreeMap::new()) })
    }

    /// The engine that it compiles for.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The compiled component, from memory, from the cache or from the compiler.
    pub fn compile(&self, component: &[u8], world: World) -> Result<Arc<Compiled>, CompileError> {
        let digest = sha256_hex(component);
        let key = format!("{digest} {}", world.name());
        if let Some(compiled) =
            self.alive.lock().unwrap_or_else(PoisonError::into_inner).get(&key).and_then(Weak::upgrade)
        {
            return Ok(compiled);
        }
        let census = gate::check(component, world, self.engine.limits()).map_err(CompileError::Refused)?;
        let failed = |error: wasmtime::Error| CompileError::Compile { source: error.into() };
        let loaded = self.component(&digest, component).map_err(failed)?;
        let linked = Linked::new(&self.linker, &loaded, world == World::ScriptRuntime).map_err(failed)?;
        let compiled = Arc::new(Compiled { digest, census, linked });
        let mut alive = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        alive.retain(|_, other| other.strong_count() > 0);
        alive.insert(key, Arc::downgrade(&compiled));
        Ok(compiled)
    }

    fn component(&self, digest: &str, bytes: &[u8]) -> wasmtime::Result<Component> {
        let Some(artefacts) = &self.artefacts else {
            return Component::new(self.engine.wasm(), bytes);
        };
        if let Some(component) = artefacts.load(&self.engine, digest) {
            return Ok(component);
        }
        let compiled = self.engine.wasm().precompile_component(bytes)?;
        artefacts.store(&self.engine, digest, &compiled);
        match artefacts.load(&self.engine, digest) {
            Some(component) => Ok(component),
            None => Component::new(self.engine.wasm(), bytes),
        }
    }
}

/// The SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
