//! The one configuration of wasmtime: deterministic, metered, and without any feature that a plugin does not need.

use std::fmt::Write;
use std::hash::{Hash, Hasher};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails};

use crate::epoch::Ticker;
use crate::limits::Limits;

/// The interpreter's bytecode, for machines of 64 bits.
const PULLEY: &str = "pulley64";

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Wasmtime refuses the configuration, or this machine.
    #[error("failed to set up the WebAssembly engine")]
    Configure {
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There can be no thread.
    #[error("failed to start the clock of the WebAssembly engine")]
    Clock {
        /// What the system said.
        source: io::Error,
    },
}

/// A configured wasmtime with its clock. Clones share both.
#[derive(Clone)]
pub struct Engine {
    wasm: wasmtime::Engine,
    limits: Limits,
    digest: Arc<str>,
    clock: Option<Arc<Ticker>>,
}

impl Engine {
    /// The engine of everything but benchmarks: fuel and wall clock are on.
    pub fn new(limits: Limits) -> Result<Self, EngineError> {
        Self::clocked(limits, config(&limits))
    }

    /// The same in Pulley, wasmtime's interpreter, for machines that Cranelift has no backend for: slower, and to the byte the
    /// same answers.
    pub fn interpreted(limits: Limits) -> Result<Self, EngineError> {
        let mut config = config(&limits);
        config.target(PULLEY).map_err(|error| EngineError::Configure { source: error.into() })?;
        Self::clocked(limits, config)
    }

    /// An engine that nothing stops, to measure what metering costs. Never for a plugin that is not trusted.
    pub fn unmetered(limits: Limits) -> Result<Self, EngineError> {
        let mut config = config(&limits);
        config.consume_fuel(false).epoch_interruption(false);
        Self::configured(limits, config)
    }

    fn clocked(limits: Limits, config: Config) -> Result<Self, EngineError> {
        let mut engine = Self::configured(limits, config)?;
        let tick = Duration::from_millis(limits.epoch_tick_ms);
        let clock = Ticker::start(&engine.wasm, tick).map_err(|source| EngineError::Clock { source })?;
        engine.clock = Some(Arc::new(clock));
        Ok(engine)
    }

    fn configured(limits: Limits, mut config: Config) -> Result<Self, EngineError> {
        let pooled = config.clone().allocation_strategy(pool(&limits)).clone();
        let wasm = wasmtime::Engine::new(&pooled).or_else(|error| {
            tracing::warn!(reason = %error, "Too little address space to pool instances; they are made on demand.");
            wasmtime::Engine::new(config.allocation_strategy(InstanceAllocationStrategy::OnDemand))
        });
        let wasm = wasm.map_err(|error| EngineError::Configure { source: error.into() })?;
        let digest = Arc::from(format!("wasmtime-48/{}", fingerprint(&wasm)));
        Ok(Self { wasm, limits, digest, clock: None })
    }

    /// Which engine this is: version, settings and target. Compiled code and determinations name it.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The table of limits.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether fuel and wall clock are on.
    pub const fn is_metered(&self) -> bool {
        self.clock.is_some()
    }

    pub(crate) const fn wasm(&self) -> &wasmtime::Engine {
        &self.wasm
    }

    /// So many milliseconds in ticks of the clock; one more, since the current tick has begun already.
    pub(crate) fn ticks(&self, wall_ms: u64) -> u64 {
        wall_ms.div_ceil(self.limits.epoch_tick_ms.max(1)) + 1
    }
}

fn config(limits: &Limits) -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .max_wasm_stack(limits.wasm_stack_bytes)
        .wasm_component_model(true)
        .wasm_simd(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_tail_call(false)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false);
    config
}

fn pool(limits: &Limits) -> PoolingAllocationConfig {
    let core_instances = u32::try_from(limits.core_instances).unwrap_or(u32::MAX);
    let all_core_instances = limits.instances.saturating_mul(core_instances);
    let memories = u32::try_from(limits.memories).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(limits.instances)
        .total_core_instances(all_core_instances)
        .total_memories(limits.instances.saturating_mul(memories))
        .total_tables(limits.instances.saturating_mul(2))
        .max_core_instances_per_component(core_instances)
        .max_memories_per_component(memories)
        .max_memory_size(limits.memory_bytes)
        .table_elements(limits.table_elements)
        .linear_memory_keep_resident(limits.resident_bytes)
        .table_keep_resident(limits.resident_bytes);
    pool
}

/// Everything that compiled code depends on, in 32 hexadecimal digits.
fn fingerprint(engine: &wasmtime::Engine) -> String {
    struct Sha(Sha256);
    impl Hasher for Sha {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut sha = Sha(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut sha);
    sha.0.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_of_one_configuration_have_one_name_and_others_another() {
        let (one, two) = (Engine::new(Limits::START).unwrap(), Engine::new(Limits::START).unwrap());
        assert_eq!(one.digest(), two.digest());
        assert!(one.digest().starts_with("wasmtime-48/") && one.is_metered());
        let unmetered = Engine::unmetered(Limits::START).unwrap();
        assert_ne!(one.digest(), unmetered.digest());
        assert!(!unmetered.is_metered());
        let interpreted = Engine::interpreted(Limits::START).unwrap();
        assert_ne!(one.digest(), interpreted.digest());
        assert!(interpreted.is_metered());
    }

    #[test]
    fn a_deadline_is_never_shorter_than_asked() {
        let engine = Engine::new(Limits::START).unwrap();
        assert_eq!((engine.ticks(250), engine.ticks(251), engine.ticks(0)), (51, 52, 1));
    }
}
