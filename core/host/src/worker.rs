//! Runs the batches of one job on one thread: one instance, made anew after so many calls and after every fault.
//!
//! The thread needs [`THREAD_STACK_BYTES`](crate::limits::THREAD_STACK_BYTES) of stack.
//! INVARIANT: what a household gets does not depend on the households before it; a fault counts only from a fresh instance.

use std::sync::Arc;

use nuan_domain::evaluation::Fault;
use nuan_vocabulary::columns::{Batch, Failure, Outputs};
use nuan_vocabulary::reason::Step;

use crate::fault::{self, HostError};
use crate::plugin::LoadedPlugin;
use crate::prepared::{Prepared, Used};
use crate::split::{self, Verdicts};

/// A job's hold on a plugin.
pub struct Worker {
    plugin: Arc<LoadedPlugin>,
    instance: Option<Prepared>,
    calls: u32,
    faults: u32,
    rows_per_call: u32,
    used: Used,
}

impl Worker {
    pub(crate) fn new(plugin: Arc<LoadedPlugin>) -> Self {
        let rows_per_call = plugin.engine().limits().rows_per_call;
        Self { plugin, instance: None, calls: 0, faults: 0, rows_per_call, used: Used::default() }
    }

    /// The plugin.
    pub const fn plugin(&self) -> &Arc<LoadedPlugin> {
        &self.plugin
    }

    /// Computes the outputs of a batch in one call.
    pub fn evaluate(&mut self, batch: &Batch) -> Result<Result<Outputs, Failure>, HostError> {
        self.call(|instance| instance.evaluate(batch))
    }

    /// States the reasons for one household.
    pub fn explain(&mut self, household: &Batch) -> Result<Result<Vec<Step>, Failure>, HostError> {
        self.call(|instance| instance.explain(household))
    }

    /// Computes the outputs of a batch of any size; a household that makes the plugin fault harms itself alone.
    ///
    /// Where a whole call was too much but no household alone was, later calls get half as many.
    pub fn evaluate_each(&mut self, batch: &Batch) -> Verdicts {
        let plugin = Arc::clone(&self.plugin);
        let mut was_halved = false;
        let verdicts = split::evaluate_each(batch, plugin.shape(), self.rows_per_call, |part| {
            let answer = self.verdict(part);
            was_halved |= answer.is_err();
            answer
        });
        if was_halved && verdicts.faults.is_empty() {
            let largest = households(batch).min(self.rows_per_call);
            self.rows_per_call = largest.div_ceil(2).max(1);
        }
        verdicts
    }

    /// How many households a call gets.
    pub const fn rows_per_call(&self) -> u32 {
        self.rows_per_call
    }

    /// What the last call used.
    pub const fn used(&self) -> Used {
        self.used
    }

    fn verdict(&mut self, batch: &Batch) -> Result<Outputs, Fault> {
        let limit = self.plugin.engine().limits().faults_to_quarantine;
        if self.faults >= limit {
            return Err(HostError::Quarantined { faults: self.faults }.fault());
        }
        let was_fresh = self.instance.is_none();
        let mut answer = self.evaluate(batch);
        let is_alone = households(batch) <= 1;
        if answer.is_err() && is_alone && !was_fresh {
            answer = self.evaluate(batch);
        }
        if answer.is_err() && is_alone {
            self.faults = self.faults.saturating_add(1);
        }
        answer.map_err(|error| error.fault())?.map_err(|failure| fault::plugin_cannot(&failure))
    }

    fn call<T>(&mut self, call: impl FnOnce(&mut Prepared) -> Result<T, HostError>) -> Result<T, HostError> {
        if self.calls >= self.plugin.engine().limits().recycle_after_calls {
            self.instance = None;
        }
        let mut instance = match self.instance.take() {
            Some(instance) => instance,
            None => {
                self.calls = 0;
                self.plugin.prepare_for_batches()?
            }
        };
        self.calls = self.calls.saturating_add(1);
        let answer = call(&mut instance);
        self.used = instance.used();
        if answer.is_ok() {
            self.instance = Some(instance);
        }
        answer
    }
}

fn households(batch: &Batch) -> u32 {
    batch.levels.first().map_or(0, |level| level.rows)
}
