//! One instance of a plugin, ready to be called: made, script loaded, configured.
//!
//! INVARIANT: after a call that ended in a [`HostError`] the instance is never called again.

use std::sync::Arc;

use nuan_vocabulary::columns::{Batch, ColumnValues, Failure, Outputs};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::reason::Step;
use wasmtime::{PoolConcurrencyLimitError, Store, Trap};

use crate::abi::v1::Guest;
use crate::fault::HostError;
use crate::guest_log::GuestLog;
use crate::limiter::{Denied, Limiter};
use crate::limits::Limits;
use crate::plugin::LoadedPlugin;

/// What lives in a store beside the guest.
pub(crate) struct State {
    pub(crate) limiter: Limiter,
    pub(crate) log: GuestLog,
}

/// What the last call used and might have used, for authors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Fuel.
    pub fuel: u64,
    /// The fuel it had.
    pub fuel_limit: u64,
    /// Linear memory that the instance holds.
    pub memory_bytes: usize,
    /// What it may hold.
    pub memory_bytes_limit: usize,
    /// Log lines written.
    pub log_lines: u32,
    /// Log lines that are kept.
    pub log_lines_limit: u32,
}

/// What a call may use.
#[derive(Clone, Copy)]
pub(crate) struct Allowance {
    fuel: u64,
    wall_ms: u64,
    lifted_bytes: usize,
}

impl Allowance {
    const fn setup(limits: &Limits) -> Self {
        Self { fuel: limits.fuel_setup, wall_ms: limits.wall_ms_batch, lifted_bytes: limits.lifted_bytes_interactive }
    }

    pub(crate) const fn interactive(limits: &Limits) -> Self {
        let (wall_ms, lifted_bytes) = (limits.wall_ms_interactive, limits.lifted_bytes_interactive);
        Self { fuel: limits.fuel_call, wall_ms, lifted_bytes }
    }

    pub(crate) const fn batch(limits: &Limits) -> Self {
        Self { fuel: limits.fuel_call, wall_ms: limits.wall_ms_batch, lifted_bytes: limits.lifted_bytes_batch }
    }
}

/// An instance that is ready. For an interactive call it is made beforehand, serves one household and is dropped.
pub struct Prepared {
    plugin: Arc<LoadedPlugin>,
    store: Store<State>,
    guest: Guest,
    call: Allowance,
    used: Used,
}

impl Prepared {
    pub(crate) fn new(plugin: Arc<LoadedPlugin>, call: Allowance) -> Result<Self, HostError> {
        let limits = *plugin.engine().limits();
        let state = State { limiter: Limiter::new(&limits), log: GuestLog::new(Arc::from(plugin.id()), &limits) };
        let no_instance = |error: wasmtime::Error| HostError::Instantiate { reason: error.to_string() };
        let mut store = Store::try_new(plugin.engine().wasm(), state).map_err(no_instance)?;
        store.limiter(|state| &mut state.limiter);
        let setup = Allowance::setup(&limits);
        let mut used = Used::default();
        let guest = metered(&mut store, &plugin, setup, &mut used, |store| set_up(store, &plugin))?;
        let guest = guest.map_err(|diagnostics| HostError::Refused { diagnostics })?;
        Ok(Self { plugin, store, guest, call, used })
    }

    /// Computes the outputs of a batch. The inner result is the plugin's own word, the outer one the machinery's.
    pub fn evaluate(&mut self, batch: &Batch) -> Result<Result<Outputs, Failure>, HostError> {
        check_input(batch, self.plugin.engine().limits())?;
        let guest = &self.guest;
        let answer =
            metered(&mut self.store, &self.plugin, self.call, &mut self.used, |store| guest.evaluate(store, batch))?;
        if let Ok(outputs) = &answer {
            self.plugin.expected().check(batch, outputs)?;
        }
        Ok(answer)
    }

    /// States the reasons for one household.
    pub fn explain(&mut self, household: &Batch) -> Result<Result<Vec<Step>, Failure>, HostError> {
        let households = household.levels.first().map_or(0, |level| level.rows);
        if households != 1 {
            let size = usize::try_from(households).unwrap_or(usize::MAX);
            return Err(HostError::InputTooLarge { size, limit: 1, unit: "households to explain" });
        }
        check_input(household, self.plugin.engine().limits())?;
        let guest = &self.guest;
        let answer =
            metered(&mut self.store, &self.plugin, self.call, &mut self.used, |store| guest.explain(store, household))?;
        if let Ok(steps) = &answer {
            self.plugin.expected().check_steps(household, steps)?;
        }
        Ok(answer)
    }

    /// What the last call used; after making the instance, what that used.
    pub const fn used(&self) -> Used {
        self.used
    }
}

/// Makes the instance, loads the script, configures.
fn set_up(store: &mut Store<State>, plugin: &LoadedPlugin) -> wasmtime::Result<Result<Guest, Vec<Diagnostic>>> {
    let guest = plugin.linked().instantiate(store)?;
    if let Some(script) = plugin.script()
        && let Err(diagnostics) = guest.load(store, plugin.resolved_json(), script)?
    {
        return Ok(Err(diagnostics));
    }
    let configured = guest.configure(store, plugin.resolved_json(), plugin.settings())?;
    Ok(configured.map(|()| guest))
}

/// Runs something under fuel and clock, and says what ended it.
fn metered<T>(
    store: &mut Store<State>,
    plugin: &LoadedPlugin,
    allowance: Allowance,
    used: &mut Used,
    call: impl FnOnce(&mut Store<State>) -> wasmtime::Result<T>,
) -> Result<T, HostError> {
    let engine = plugin.engine();
    if engine.is_metered() {
        store.set_epoch_deadline(engine.ticks(allowance.wall_ms));
        store.set_fuel(allowance.fuel).map_err(|error| HostError::Instantiate { reason: error.to_string() })?;
    }
    store.set_hostcall_fuel(allowance.lifted_bytes);
    store.data_mut().log.begin();
    let answer = call(store);
    let left = store.get_fuel().unwrap_or(allowance.fuel);
    let state = store.data_mut();
    *used = Used {
        fuel: allowance.fuel.saturating_sub(left),
        fuel_limit: allowance.fuel,
        memory_bytes: state.limiter.used_bytes(),
        memory_bytes_limit: engine.limits().memory_bytes,
        log_lines: state.log.lines(),
        log_lines_limit: engine.limits().log_lines,
    };
    answer.map_err(|error| ended(&error, allowance, state.log.take_last_error()))
}

/// What wasmtime says when the bytes that a call may hand back are used up; it has no type for it.
const LIFTED_TOO_MUCH: &str = "fuel allocated for hostcalls has been exhausted";

/// Which of our codes an error of wasmtime is.
fn ended(error: &wasmtime::Error, allowance: Allowance, said: Option<String>) -> HostError {
    if let Some(Denied { what, wanted, limit }) = error.downcast_ref() {
        return HostError::OutOfMemory { what: *what, wanted: *wanted, limit: *limit };
    }
    let reason = error.root_cause().to_string();
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => HostError::OutOfFuel { limit: allowance.fuel },
        Some(Trap::Interrupt) => HostError::WallClock { limit_ms: allowance.wall_ms },
        None if reason.contains(LIFTED_TOO_MUCH) => {
            HostError::OutputTooLarge { limit: allowance.lifted_bytes, unit: "bytes a call" }
        }
        None if error.is::<PoolConcurrencyLimitError>() => HostError::Instantiate { reason },
        Some(_) | None => HostError::Trap { trap: reason, said },
    }
}

/// What no plugin is to be handed, whoever made the batch.
fn check_input(batch: &Batch, limits: &Limits) -> Result<(), HostError> {
    let households = batch.levels.first().map_or(0, |level| level.rows);
    if households > limits.rows_per_call {
        let size = usize::try_from(households).unwrap_or(usize::MAX);
        let limit = usize::try_from(limits.rows_per_call).unwrap_or(usize::MAX);
        return Err(HostError::InputTooLarge { size, limit, unit: "households" });
    }
    let columns = batch.levels.iter().flat_map(|level| &level.columns).map(|column| values_bytes(&column.values));
    let offsets = batch.levels.iter().map(|level| level.offsets.len().saturating_mul(4));
    let size = columns.chain(offsets).fold(0, usize::saturating_add);
    if size > limits.input_bytes {
        return Err(HostError::InputTooLarge { size, limit: limits.input_bytes, unit: "bytes" });
    }
    Ok(())
}

/// The size of a column's values where they cross.
pub(crate) fn values_bytes(values: &ColumnValues) -> usize {
    match values {
        ColumnValues::Int64(values) => values.len().saturating_mul(8),
        ColumnValues::Int32(values) => values.len().saturating_mul(4),
        ColumnValues::Code(values) => values.len().saturating_mul(4),
        ColumnValues::Flag(values) => values.len(),
        ColumnValues::Text(text) => text.offsets.len().saturating_mul(4).saturating_add(text.bytes.len()),
    }
}
