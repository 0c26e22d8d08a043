//! `cargo xtask bench search`: what a search costs over reading one person by its id, on SQLite and on PostgreSQL. Both go
//! through the same kernel functions that the API calls, turn by turn in one run over one register, and open what they show.
//!
//! The register is filled by the act that records a household, so rows, tokens and seals are those of a real one.

#![expect(clippy::float_arithmetic, reason = "ratios of measured times")]

mod fill;
mod measure;
mod people;
mod plans;

use std::io::Write;

use anyhow::{Context, Result};
use nuan_tests::installation::{Database, kernel, postgres};
use serde_json::{Value, json};

/// Persons where nobody names a number.
const PERSONS: usize = 100_000;
/// Persons of the long run.
const LONG: usize = 1_000_000;
/// The p99 of a search over the p99 of reading one person by its id, as docs/src/reference/performance.md explains.
const LIMIT: f64 = 20.0;

/// Measured numbers by name.
type Figures = Vec<(String, f64)>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let given = arguments.iter().position(|word| word == "--persons").and_then(|at| arguments.get(at + 1));
    let is_long = std::env::var("NUAN_LONG").is_ok_and(|long| long == "1");
    let persons = match given {
        Some(given) => given.parse().context("`--persons` takes a number")?,
        None if is_long => LONG,
        None => PERSONS,
    };
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let figures = threads.block_on(figures(persons))?;
    let mut out = std::io::stdout().lock();
    if arguments.iter().any(|argument| argument == "json") {
        let object = figures.iter().map(|(name, figure)| (name.clone(), json!(figure))).collect();
        writeln!(out, "{}", Value::Object(object))?;
    } else {
        for (name, figure) in &figures {
            let limit = if is_limited(name) { format!("   at most {LIMIT}") } else { String::new() };
            writeln!(out, "{name:44} {figure:>12.1}{limit}")?;
        }
    }
    // A figure that is no number is not within its limit.
    let is_within = |(name, figure): &&(String, f64)| !is_limited(name) || *figure <= LIMIT;
    let over = figures.iter().filter(|figure| !is_within(figure));
    let over: Vec<&str> = over.map(|(name, _)| name.as_str()).collect();
    anyhow::ensure!(over.is_empty(), "over the limit: {}", over.join(", "));
    Ok(())
}

fn is_limited(name: &str) -> bool {
    name.ends_with("_over_read")
}

async fn figures(persons: usize) -> Result<Figures> {
    let mut figures = vec![("persons".to_owned(), persons as f64)];
    for on in ["sqlite", "postgres"] {
        let database = match on {
            "sqlite" => Database::sqlite("search").await?,
            _ => Database::postgres("search").await?,
        };
        let kernel = kernel(Vec::new(), &database).await?;
        let filled = fill::fill(&kernel, persons).await?;
        let address = match database.file() {
            Some(file) => format!("sqlite:{}", file.display()),
            None => postgres()?,
        };
        plans::check(&address, &filled).await.with_context(|| format!("the plans of {on}"))?;
        figures.push((format!("{on}_acts_per_second"), filled.acts_per_second));
        figures.extend(measure::measure(&kernel, &filled, on).await?);
        kernel.finish().await?;
    }
    Ok(figures)
}
