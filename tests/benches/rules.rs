//! `cargo xtask bench rules`: the rules in the sandbox against the same Rust function run natively over the same columns, and
//! one household through `calculate` against parsing and writing both of its bodies. Medians of interleaved runs.

#![expect(clippy::float_arithmetic, reason = "ratios of measured times")]

use std::io::Write;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use nuan_domain::document::HouseholdDocument;
use nuan_domain::evaluation::{Evaluation, batch_for};
use nuan_domain::facts::FactTable;
use nuan_host::compiler::Compiler;
use nuan_host::engine::Engine;
use nuan_host::limits::Limits;
use nuan_kernel::{CalculationRequest, Installed};
use nuan_sdk::Rules;
use nuan_store::Store;
use nuan_testkit::{Plugin, cases, document};
use nuan_tests::installation::{kernel, package, packages, reference};
use nuan_tests::root;
use nuan_vocabulary::columns::Batch;
use nuan_vocabulary::date::Date;
use serde_json::{Value, json};

/// Households of one call.
const HOUSEHOLDS: usize = 2_048;
/// Measurements of each thing.
const RUNS: usize = 41;

fn main() -> Result<()> {
    let is_json = std::env::args().any(|argument| argument == "json");
    let households = households()?;
    let mut figures = rules(&households)?;
    figures.extend(calculate()?);
    let mut out = std::io::stdout().lock();
    if is_json {
        writeln!(out, "{}", Value::Object(figures.into_iter().map(|(name, figure)| (name, json!(figure))).collect()))?;
    } else {
        for (name, figure) in figures {
            writeln!(out, "{name:28} {figure:.3}")?;
        }
    }
    Ok(())
}

type Figures = Vec<(String, f64)>;

/// The households of basic living's cases, again and again.
fn households() -> Result<Vec<Value>> {
    let folder = root().join("plugins/basic-living");
    let plugin = Plugin::open(&folder)?;
    let documents: Vec<Value> =
        cases(&folder)?.iter().map(|case| document(case, plugin.schema())).collect::<Result<_, _>>()?;
    Ok(documents.iter().cycle().take(HOUSEHOLDS).cloned().collect())
}

/// The columns of basic living for these households.
fn batch(installed: &Installed, households: &[Value]) -> Result<Batch> {
    let schema = &installed.reference.schema;
    let parsed: Vec<HouseholdDocument> = households
        .iter()
        .map(|household| HouseholdDocument::from_value(household, schema))
        .collect::<Result<_, _>>()?;
    let documents: Vec<&HouseholdDocument> = parsed.iter().collect();
    let as_of = Date::parse("2022-09-01")?;
    let facts = FactTable::build(schema, &documents, as_of, jiff::Timestamp::MAX, &installed.wanted);
    let divisions = documents.iter().map(|document| document.division).collect();
    let spec = installed.specs.first().context("no plugin is installed")?;
    Ok(batch_for(&Evaluation::new(schema, facts, divisions), spec))
}

fn rules(households: &[Value]) -> Result<Figures> {
    let load = |engine: Engine| -> Result<Installed> {
        let compiler = Compiler::new(engine, None)?;
        let packages = vec![package("plugins/basic-living")?];
        Installed::load(packages, reference()?, &compiler)
            .map_err(|error| anyhow!("{error}: {:?}", error.diagnostics()))
    };
    let (metered, unmetered) = (load(Engine::new(Limits::default())?)?, load(Engine::unmetered(Limits::default())?)?);
    let batch = batch(&metered, households)?;
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
    Ok(vec![
        ("native_us_per_household".to_owned(), native / HOUSEHOLDS as f64),
        ("wasm_us_per_household".to_owned(), sandbox / HOUSEHOLDS as f64),
        ("wasm_over_native".to_owned(), sandbox / native),
        ("unmetered_over_native".to_owned(), free / native),
    ])
}

/// One household with all its reasons, by instances that were made beforehand.
fn calculate() -> Result<Figures> {
    let runtime = tokio::runtime::Runtime::new()?;
    let kernel = runtime.block_on(async { kernel(packages()?, Store::open("sqlite::memory:").await?).await })?;
    let household: Value = serde_json::from_slice(&std::fs::read(root().join("tests/fixtures/household.json"))?)?;
    let as_of = Date::parse("2024-07-01").ok();
    let request = CalculationRequest { household: household.clone(), as_of, known_at: None, outputs: None };
    let asked = serde_json::to_vec(&json!({ "household": household }))?;
    let answered = serde_json::to_vec(&kernel.calculate_here(&request)?)?;
    let (mut calculations, mut yardsticks) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        kernel.refill();
        calculations.push(micros(|| drop(kernel.calculate_here(&request))));
        yardsticks.push(micros(|| {
            for body in [&asked, &answered] {
                let value: Option<Value> = serde_json::from_slice(body).ok();
                drop(serde_json::to_vec(&value));
            }
        }));
    }
    let (calculation, yardstick) = (median(calculations), median(yardsticks));
    Ok(vec![
        ("calculate_us".to_owned(), calculation),
        ("json_yardstick_us".to_owned(), yardstick),
        ("calculate_over_json".to_owned(), calculation / yardstick),
    ])
}

fn micros(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1_000_000.0
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() >> 1).copied().unwrap_or(f64::NAN)
}
