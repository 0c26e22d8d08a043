//! Drives a batch of households through a plan: each plugin gets its columns, answers, and its answers join the batch.
//!
//! One household and a province go through this one function.

use nuan_domain::evaluation::{Evaluation, batch_for};
use nuan_domain::plan::{Plan, PluginSpec};
use nuan_vocabulary::columns::Batch;

use crate::split::Verdicts;

/// Runs every plugin of the plan in order. `evaluate` runs the plugin at a position on its batch.
pub fn run(
    evaluation: &mut Evaluation<'_>,
    plan: &Plan,
    plugins: &[PluginSpec],
    mut evaluate: impl FnMut(usize, &Batch) -> Option<Verdicts>,
) {
    for position in &plan.order {
        let Some(plugin) = plugins.get(*position) else { continue };
        let batch = batch_for(evaluation, plugin);
        if let Some(Verdicts { outputs, faults }) = evaluate(*position, &batch) {
            evaluation.absorb(*position, plugin, outputs, &faults);
        }
    }
}
