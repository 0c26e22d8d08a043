//! `cargo xtask bench rules`: what the sandbox costs over native code, what an answer costs over its JSON, and what a
//! province costs over writing its bytes. All ratios are of medians measured in one run over one population.

#![expect(clippy::float_arithmetic, reason = "ratios of measured times")]

mod calculate;
mod population;
mod province;
mod sandbox;
mod script;

use std::io::Write;
use std::time::Instant;

use anyhow::Result;
use serde_json::{Value, json};

/// Measured numbers by name.
type Figures = Vec<(&'static str, f64)>;

/// What each ratio is to stay under, as docs/src/reference/performance.md explains.
const LIMITS: [(&str, f64); 6] = [
    ("wasm_over_native", 2.5),
    ("rhai_over_native_rhai", 2.5),
    ("calculate_over_json", 5.0),
    ("rules_share_of_wall", 0.15),
    ("rest_over_bulk_insert", 6.0),
    ("peak_memory_mib", 512.0),
];

fn main() -> Result<()> {
    let is_json = std::env::args().any(|argument| argument == "json");
    let population = population::Population::sample()?;
    let mut figures = sandbox::figures(&population)?;
    figures.extend(script::figures(&population)?);
    figures.extend(calculate::figures()?);
    figures.extend(province::figures(&population)?);
    let mut out = std::io::stdout().lock();
    if is_json {
        let object = figures.iter().map(|(name, figure)| ((*name).to_owned(), json!(figure))).collect();
        writeln!(out, "{}", Value::Object(object))?;
    } else {
        for (name, figure) in &figures {
            let limit = LIMITS.iter().find(|(limited, _)| limited == name);
            let limit = limit.map(|(_, limit)| format!("   at most {limit}")).unwrap_or_default();
            writeln!(out, "{name:32} {figure:>12.3}{limit}")?;
        }
    }
    let over = LIMITS.iter().filter(|(name, limit)| !is_within(&figures, name, *limit)).map(|(name, _)| *name);
    let over: Vec<&str> = over.collect();
    anyhow::ensure!(over.is_empty(), "over the limit: {}", over.join(", "));
    Ok(())
}

/// A figure that was not measured is not within its limit.
fn is_within(figures: &Figures, name: &str, limit: f64) -> bool {
    figures.iter().any(|(measured, figure)| *measured == name && *figure <= limit)
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
