//! The whole population through `nuan determine` on SQLite, against a bare bulk insert of the same bytes: SQLite copies the
//! tables of the result into an empty file with the same schema, page size and durability, a transaction for every batch.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result};
use nuan_store::Store;
use serde_json::Value;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};

use crate::population::{AS_OF, BATCH, HOUSEHOLDS, Population, nuan};
use crate::{Figures, median};

/// Measurements of each thing.
const RUNS: usize = 3;
/// Copies what `nuan determine` fills in proportion to the households: the rows after the first number, up to the second.
const COPIES: [&str; 4] = [
    "insert into main.household select * from source.household where rowid > $1 and rowid <= $2",
    "insert into main.household_document select * from source.household_document where rowid > $1 and rowid <= $2",
    "insert into main.determination select * from source.determination where rowid > $1 and rowid <= $2",
    "insert into main.audit_leaf select * from source.audit_leaf where rowid > $1 and rowid <= $2",
];
/// Parts of the time, as `--breakdown` names them and as the result does.
const PARTS: [(&str, &str); 6] = [
    ("parse_us", "determine_parse_us"),
    ("plan_us", "determine_plan_us"),
    ("rules_us", "determine_rules_us"),
    ("seal_us", "determine_seal_us"),
    ("write_us", "determine_write_us"),
    ("fsync_us", "determine_fsync_us"),
];

/// One run of `nuan determine`.
struct Run {
    wall_us: f64,
    breakdown: Value,
}

impl Run {
    fn part(&self, name: &str) -> f64 {
        self.breakdown.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN)
    }
}

/// Medians of interleaved runs.
pub fn figures(population: &Population) -> Result<Figures> {
    let runtime = tokio::runtime::Runtime::new()?;
    let (mut runs, mut inserts) = (Vec::new(), Vec::new());
    for number in 0..RUNS {
        let folder = population.folder().join(format!("run-{number}"));
        std::fs::create_dir_all(&folder)?;
        runs.push(determine(population, &folder)?);
        inserts.push(runtime.block_on(bulk_insert(&folder))?);
        std::fs::remove_dir_all(&folder)?;
    }
    let of = |measure: &dyn Fn(&Run) -> f64| median(runs.iter().map(measure).collect());
    let mut figures: Figures = PARTS.iter().map(|(part, name)| (*name, of(&|run| run.part(part)))).collect();
    let insert = median(inserts);
    figures.extend([
        ("determine_wall_us", of(&|run| run.wall_us)),
        ("bulk_insert_us", insert),
        ("rules_share_of_wall", of(&|run| run.part("rules_us") / run.wall_us)),
        ("rest_over_bulk_insert", of(&|run| (run.wall_us - run.part("rules_us")) / insert)),
        ("peak_memory_mib", of(&|run| run.part("peak_memory_bytes") / 1_048_576.0)),
        ("households_per_second", of(&|run| HOUSEHOLDS as f64 * 1_000_000.0 / run.wall_us)),
    ]);
    Ok(figures)
}

fn determine(population: &Population, folder: &Path) -> Result<Run> {
    let mut command = nuan()?;
    command.arg("determine").arg(population.file()).args(["--as-of", AS_OF, "--breakdown"]);
    command.args(["--plugins", "plugins", "--plugins", "examples"]);
    command.arg("--components").arg(nuan_tests::installation::components()?);
    command.arg("--database").arg(database(folder)).arg("--key-file").arg(folder.join("nuan.key"));
    command.arg("--cache").arg(folder.join("cache")).stdout(Stdio::null());
    let start = Instant::now();
    let output = command.output().context("failed to start `nuan determine`")?;
    let wall_us = start.elapsed().as_secs_f64() * 1_000_000.0;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "`nuan determine` failed: {said}");
    let line = said.lines().find(|line| line.starts_with('{')).context("`nuan determine` says no breakdown")?;
    Ok(Run { wall_us, breakdown: serde_json::from_str(line)? })
}

fn database(folder: &Path) -> PathBuf {
    folder.join("nuan.sqlite")
}

/// Microseconds to copy the tables. The store makes the empty file, so that its schema is the same.
async fn bulk_insert(folder: &Path) -> Result<f64> {
    let file = folder.join("bare.sqlite");
    Store::open(&format!("sqlite:{}", file.display())).await?.close().await;
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(false);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let source = database(folder).display().to_string();
    sqlx::query("attach $1 as source").bind(source).execute(&mut connection).await?;
    let start = Instant::now();
    for first in (0..HOUSEHOLDS).step_by(BATCH) {
        let mut transaction = connection.begin().await?;
        for copy in COPIES {
            let (after, last) = (i64::try_from(first)?, i64::try_from(first + BATCH)?);
            sqlx::query(copy).bind(after).bind(last).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
    }
    Ok(start.elapsed().as_secs_f64() * 1_000_000.0)
}
