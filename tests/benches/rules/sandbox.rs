//! Basic living in the sandbox, with and without fuel and epoch, against the same Rust function over the same columns.

use anyhow::{Context, Result, anyhow};
use nuan_domain::evaluation::batch_for;
use nuan_host::compiler::Compiler;
use nuan_host::engine::Engine;
use nuan_host::limits::Limits;
use nuan_kernel::Installed;
use nuan_sdk::Rules;
use nuan_tests::installation::{package, reference};

use crate::population::{self, BATCH, Population};
use crate::{Figures, median, micros};

/// Measurements of each thing.
const RUNS: usize = 41;

/// Medians of interleaved runs.
pub fn figures(population: &Population) -> Result<Figures> {
    let load = |engine: Engine| -> Result<Installed> {
        let compiler = Compiler::new(engine, None)?;
        let packages = vec![package("plugins/basic-living")?];
        Installed::load(packages, reference()?, &compiler)
            .map_err(|error| anyhow!("{error}: {:?}", error.diagnostics()))
    };
    let (metered, unmetered) = (load(Engine::new(Limits::default())?)?, load(Engine::unmetered(Limits::default())?)?);
    let evaluation = population::evaluation(&metered, &population.documents(&metered)?, None)?;
    let batch = batch_for(&evaluation, metered.specs.first().context("no plugin is installed")?);
    let mut worker = metered.plugins.first().context("no plugin is installed")?.plugin().worker();
    let mut free = unmetered.plugins.first().context("no plugin is installed")?.plugin().worker();
    let native = basic_living::Plugin::evaluate(&batch).map_err(|failure| anyhow!(failure.message))?;
    let sandboxed = worker.evaluate(&batch)?.map_err(|failure| anyhow!(failure.message))?;
    anyhow::ensure!(native == sandboxed, "the sandbox answers otherwise than native code");
    let (mut natives, mut sandboxes, mut frees) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        natives.push(micros(|| drop(basic_living::Plugin::evaluate(&batch))));
        sandboxes.push(micros(|| drop(worker.evaluate(&batch))));
        frees.push(micros(|| drop(free.evaluate(&batch))));
    }
    let (native, sandbox, free) = (median(natives), median(sandboxes), median(frees));
    let households = BATCH as f64;
    Ok(vec![
        ("native_us_per_household", native / households),
        ("wasm_us_per_household", sandbox / households),
        ("wasm_over_native", sandbox / native),
        ("unmetered_over_native", free / native),
    ])
}
