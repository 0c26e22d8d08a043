//! The milk allowance in the sandbox against the same script in an engine that is compiled into this benchmark, over the
//! same columns: every household lives in Hangzhou, and the province's rules have answered before.

use std::rc::Rc;

use anyhow::{Context, Result, anyhow};
use nuan_domain::plan::plan;
use nuan_host::run::run;
use nuan_host::worker::Worker;
use nuan_kernel::Installed;
use nuan_rhai_runtime::Script;
use nuan_tests::installation::{compiler, package, reference};
use nuan_vocabulary::columns::Batch;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;

use crate::population::{self, AS_OF, BATCH, Population};
use crate::{Figures, median, micros};

/// Measurements of each thing.
const RUNS: usize = 41;
/// 西湖区, where the allowance holds.
const XIHU: &str = "330106";

/// Medians of interleaved runs.
pub fn figures(population: &Population) -> Result<Figures> {
    let milk = package("examples/hangzhou-milk-allowance")?;
    let source = milk.text("rules.rhai").context("the milk allowance has no script")?.to_owned();
    let packages = vec![package("plugins/basic-living")?, milk];
    let installed = Installed::load(packages, reference()?, &compiler()?)
        .map_err(|error| anyhow!("{error}: {:?}", error.diagnostics()))?;
    let (batch, mut worker) = batch_of_milk(&installed, population)?;
    let resolved = &installed.specs.last().context("no plugin is installed")?.resolved;
    let resolved = serde_json::to_string(resolved)?;
    let script = Script::load(&resolved, &source).map_err(|mistakes| anyhow!("{mistakes:?}"))?;
    let shared = Rc::new(batch.clone());
    let native = script.evaluate(Rc::clone(&shared)).map_err(|failure| anyhow!(failure.message))?;
    let sandboxed = worker.evaluate(&batch)?.map_err(|failure| anyhow!(failure.message))?;
    anyhow::ensure!(native == sandboxed, "the sandbox answers otherwise than the engine in this process");
    let (mut natives, mut sandboxes) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        natives.push(micros(|| drop(script.evaluate(Rc::clone(&shared)))));
        sandboxes.push(micros(|| drop(worker.evaluate(&batch))));
    }
    let (native, sandbox) = (median(natives), median(sandboxes));
    let households = BATCH as f64;
    Ok(vec![
        ("native_rhai_us_per_household", native / households),
        ("rhai_us_per_household", sandbox / households),
        ("rhai_over_native_rhai", sandbox / native),
    ])
}

/// The columns that the milk allowance gets after the province's rules, and its worker.
fn batch_of_milk(installed: &Installed, population: &Population) -> Result<(Batch, Worker)> {
    let xihu: DivisionCode = XIHU.parse()?;
    let mut evaluation = population::evaluation(installed, &population.documents(installed)?, Some(xihu))?;
    let plan = plan(&installed.specs, xihu, Date::parse(AS_OF)?, jiff::Timestamp::MAX)
        .map_err(|mistakes| anyhow!("{mistakes:?}"))?;
    let mut workers: Vec<Worker> = installed.plugins.iter().map(|ready| ready.plugin().worker()).collect();
    let mut last = None;
    run(&mut evaluation, &plan, &installed.specs, |position, batch| {
        last = Some((position, batch.clone()));
        Some(workers.get_mut(position)?.evaluate_each(batch))
    });
    let (position, batch) = last.context("no plugin applies")?;
    anyhow::ensure!(position == 1, "the milk allowance does not run last");
    Ok((batch, workers.swap_remove(position)))
}
