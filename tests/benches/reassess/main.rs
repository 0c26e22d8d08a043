//! `cargo xtask bench reassess`: the province in one go, from the register and back into it, on SQLite and on PostgreSQL, against
//! a bare bulk insert of the bytes that it writes, and against a tenth of the households.

#![expect(clippy::float_arithmetic, reason = "ratios of measured times")]

mod bare;
mod place;
mod run;

use std::io::Write;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use self::place::{On, Place, Population};

/// Measured numbers by name.
type Figures = Vec<(String, f64)>;

/// Households where nobody says how many: in the short run, and in the long one.
const HOUSEHOLDS: (u64, u64) = (45_000, 450_000);

/// What each figure is to stay under, on either database, as docs/src/reference/performance.md explains.
const LIMITS: [(&str, f64); 4] = [
    ("rules_share_of_wall", 0.15),
    ("rest_over_bulk_insert", 6.0),
    ("times_a_tenth", 10.5),
    ("peak_memory_mib", 1_024.0),
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let is_json = arguments.iter().any(|argument| argument == "json");
    let given = arguments.iter().position(|argument| argument == "--households").and_then(|at| arguments.get(at + 1));
    let is_long = std::env::var("NUAN_LONG").is_ok_and(|long| long == "1");
    let usual = if is_long { HOUSEHOLDS.1 } else { HOUSEHOLDS.0 };
    let households = given.map_or(Ok(usual), |given| given.parse()).context("`--households` takes a number")?;
    ensure!(households >= 10, "a tenth of the households are none");
    let mut figures = Figures::new();
    for on in [On::Sqlite, On::Postgres] {
        figures.extend(on_one(on, households)?);
    }
    let mut out = std::io::stdout().lock();
    let limit_of = |name: &str| LIMITS.iter().find(|(limited, _)| name.ends_with(limited)).map(|(_, limit)| *limit);
    if is_json {
        let one = |(name, figure): &(String, f64)| (name.clone(), json!({ "figure": figure, "limit": limit_of(name) }));
        writeln!(out, "{}", Value::Object(figures.iter().map(one).collect()))?;
    } else {
        for (name, figure) in &figures {
            let limit = limit_of(name).map(|limit| format!("   at most {limit}")).unwrap_or_default();
            writeln!(out, "{name:40} {figure:>14.3}{limit}")?;
        }
    }
    // A figure that is not a number is not within its limit.
    let is_over =
        |(name, figure): &&(String, f64)| limit_of(name).is_some_and(|limit| figure.is_nan() || *figure > limit);
    let over: Vec<&str> = figures.iter().filter(is_over).map(|(name, _)| name.as_str()).collect();
    ensure!(over.is_empty(), "over the limit: {}", over.join(", "));
    Ok(())
}

/// A tenth of the households, then all of them.
fn on_one(on: On, households: u64) -> Result<Figures> {
    let runtime = tokio::runtime::Runtime::new()?;
    let measure = |households: u64| -> Result<(run::Run, f64)> {
        let place = Place::new(on)?;
        let population = Population::sample(&place, households)?;
        run::fill(&place, &population)?;
        let run = run::reassess(&place, households)?;
        let bare = runtime.block_on(bare::insert(&place, households))?;
        Ok((run, bare))
    };
    let (tenth, _) = measure(households.div_euclid(10))?;
    let (whole, bare) = measure(households)?;
    let mut figures = vec![("households", households as f64), ("wall_us", whole.wall_us), ("bulk_insert_us", bare)];
    figures.extend(run::PARTS.map(|name| (name, whole.part(name))));
    figures.extend([
        ("households_per_second", households as f64 * 1_000_000.0 / whole.wall_us),
        ("rules_share_of_wall", whole.part("rules_us") / whole.wall_us),
        ("rest_over_bulk_insert", (whole.wall_us - whole.part("rules_us")) / bare),
        ("times_a_tenth", whole.wall_us / tenth.wall_us),
        ("peak_memory_mib", whole.part("peak_memory_bytes") / 1_048_576.0),
    ]);
    Ok(figures.into_iter().map(|(name, figure)| (format!("{}_{name}", on.name()), figure)).collect())
}
