//! Version 1 of the plugin interface: the bindings of both worlds, and the one place where they meet our own words.
//!
//! Batches go in as they lie, outputs come out by moving vectors; lists of numbers cross as block copies.

mod convert;

use nuan_vocabulary::columns::{Batch, Failure, Outputs};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::reason::{Step, Value};
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Result, Store, StoreContextMut};

use self::bindings::exports::nuan::plugin::rules;
use self::bindings::nuan::plugin::log::Level;
use self::bindings::script_runtime::exports::nuan::plugin::script;
use crate::guest_log::{GuestLog, Loudness};
use crate::prepared::State;

mod bindings {
    wasmtime::component::bindgen!({
        path: "../../sdk/wit/v1",
        world: "rules-plugin",
        ownership: Borrowing { duplicate_if_necessary: true },
    });

    pub(super) mod script_runtime {
        wasmtime::component::bindgen!({
            path: "../../sdk/wit/v1",
            world: "script-runtime",
            ownership: Borrowing { duplicate_if_necessary: true },
            with: {
                "nuan:plugin/types": super::nuan::plugin::types,
                "nuan:plugin/log": super::nuan::plugin::log,
            },
        });
    }
}

/// The version of the interface, as imports and exports carry it.
pub(crate) const VERSION: &str = "1.0.0";

/// A component whose imports are found and whose exports are known by number.
pub(crate) struct Linked {
    instance: InstancePre<State>,
    rules: rules::GuestIndices,
    script: Option<script::GuestIndices>,
}

/// The exports of one instance.
pub(crate) struct Guest {
    rules: rules::Guest,
    script: Option<script::Guest>,
}

/// What a guest may call: `log`, and nothing else.
pub(crate) fn linker(engine: &wasmtime::Engine) -> Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    linker.instance("nuan:plugin/log@1.0.0")?.func_wrap("write", write_log)?;
    Ok(linker)
}

fn write_log(mut store: StoreContextMut<'_, State>, (level, message): (Level, String)) -> Result<()> {
    if let Ok(fuel) = store.get_fuel() {
        store.set_fuel(fuel.saturating_sub(GuestLog::fuel(&message)))?;
    }
    let loudness = match level {
        Level::Debug => Loudness::Debug,
        Level::Info => Loudness::Info,
        Level::Warn => Loudness::Warn,
        Level::Error => Loudness::Error,
    };
    store.data_mut().log.write(loudness, &message);
    Ok(())
}

impl Linked {
    /// Finds imports and exports; `script` says whether the world is that of the script runtime.
    pub(crate) fn new(linker: &Linker<State>, component: &Component, script: bool) -> Result<Self> {
        let instance = linker.instantiate_pre(component)?;
        let rules = rules::GuestIndices::new(&instance)?;
        let script = if script { Some(script::GuestIndices::new(&instance)?) } else { None };
        Ok(Self { instance, rules, script })
    }

    /// A fresh instance; also compares the types of its functions with those of the interface.
    pub(crate) fn instantiate(&self, store: &mut Store<State>) -> Result<Guest> {
        let instance = self.instance.instantiate(&mut *store)?;
        let rules = self.rules.load(&mut *store, &instance)?;
        let script = self.script.as_ref().map(|script| script.load(&mut *store, &instance)).transpose()?;
        Ok(Guest { rules, script })
    }
}

impl Guest {
    /// Hands a script over. A component that runs no scripts has nothing to load.
    pub(crate) fn load(
        &self,
        store: &mut Store<State>,
        manifest: &str,
        source: &str,
    ) -> Result<std::result::Result<(), Vec<Diagnostic>>> {
        let Some(script) = &self.script else { return Ok(Ok(())) };
        Ok(script.call_load(store, manifest, source)?.map_err(convert::diagnostics))
    }

    /// Hands resolved manifest and settings over.
    pub(crate) fn configure(
        &self,
        store: &mut Store<State>,
        manifest: &str,
        settings: &[(String, Value)],
    ) -> Result<std::result::Result<(), Vec<Diagnostic>>> {
        let settings = convert::named_values(settings);
        Ok(self.rules.call_configure(store, manifest, &settings)?.map_err(convert::diagnostics))
    }

    /// Computes the outputs of a batch.
    pub(crate) fn evaluate(
        &self,
        store: &mut Store<State>,
        batch: &Batch,
    ) -> Result<std::result::Result<Outputs, Failure>> {
        let answer = convert::with_batch(batch, |batch| self.rules.call_evaluate(store, batch))?;
        Ok(answer.map(convert::outputs).map_err(convert::failure))
    }

    /// States the reasons for one household.
    pub(crate) fn explain(
        &self,
        store: &mut Store<State>,
        household: &Batch,
    ) -> Result<std::result::Result<Vec<Step>, Failure>> {
        let answer = convert::with_batch(household, |batch| self.rules.call_explain(store, batch))?;
        Ok(answer.map(convert::steps).map_err(convert::failure))
    }
}

#[cfg(test)]
mod tests {
    use super::VERSION;

    #[test]
    fn the_version_is_that_of_the_interface() {
        let wit = include_str!("../../../../sdk/wit/v1/plugin.wit");
        assert!(wit.starts_with(&format!("package nuan:plugin@{VERSION};")));
    }
}
