//! One household through `calculate` with all its reasons in both languages, against parsing and writing both bodies.

use anyhow::Result;
use nuan_kernel::CalculationRequest;
use nuan_tests::installation::{Database, kernel, packages};
use nuan_tests::root;
use nuan_vocabulary::date::Date;
use serde_json::{Value, json};

use crate::{Figures, median, micros};

/// Measurements of each thing.
const RUNS: usize = 101;

/// Medians of interleaved runs; the instances are made beforehand, each used once.
pub fn figures() -> Result<Figures> {
    let runtime = tokio::runtime::Runtime::new()?;
    let kernel = runtime.block_on(async { kernel(packages()?, &Database::memory().await?).await })?;
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
        ("calculate_us", calculation),
        ("json_yardstick_us", yardstick),
        ("calculate_over_json", calculation / yardstick),
    ])
}
