//! `kill -9` of `nuan reassess`: the same command goes on where the last batch ended, and every household is determined once.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::image::Random;
use crate::place::{On, Place, command};
use crate::server::pause;
use crate::{databases, is_long, say};

/// Households of one batch: one, so that there are many commits to be killed between.
const BATCH: &str = "1";
/// A kill comes at most so many milliseconds after the work has begun.
const MOST: usize = 500;

/// Kills it again and again, and lets the last one end.
pub fn run(on: On, seed: u64) -> Result<()> {
    let (households, kills) = if is_long() { (4_000_usize, 100) } else { (400, 8) };
    let place = Place::new(on)?;
    let population = place.beside("population.jsonl");
    let count = households.to_string();
    let distributions = nuan_tests::root().join("examples/population/zhejiang.yaml").display().to_string();
    let sample = ["sample", "--seed", "1", "--as-of", "2025-09-01", "--distributions", &distributions];
    let sample = [&sample[..], &["--households", &count, "--out"]].concat();
    finished(&place, place.plain(&sample, &population))?;
    finished(&place, place.with_plugins(&["determine", &population.display().to_string(), "--as-of", "2025-09-01"])?)?;
    let words = ["reassess", "--as-of", "2025-10-01", "--batch", BATCH, "--format", "json"];
    let words = place.with_plugins(&words)?;
    let begun = Instant::now();
    finished(&place, place.with_plugins(&["reassess", "--as-of", "2025-10-01", "--cancel"])?)?;
    let start = begun.elapsed();
    let mut random = Random::new(seed);
    let mut killed = 0;
    for _ in 0..kills {
        let mut child = command(&words, place.folder())?.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        pause(
            start.saturating_sub(Duration::from_millis(100))
                + Duration::from_millis(u64::try_from(random.below(MOST))?),
        );
        killed += usize::from(child.try_wait()?.is_none());
        child.kill()?;
        child.wait()?;
        // The next one would begin anew.
        if databases::finished_reassessments(&place.address())? > 0 {
            break;
        }
    }
    if databases::finished_reassessments(&place.address())? == 0 {
        let body: Value = serde_json::from_str(&finished(&place, words)?)?;
        let determined = body.get("determined").and_then(Value::as_u64).context("the summary counts nobody")?;
        ensure!(usize::try_from(determined)? == households, "the summary counts {determined} households");
    }
    let each = databases::determinations_of_each(&place.address())?;
    let twice = each.values().filter(|count| **count != 2).count();
    say(&format!("reassess kills {on:?}, seed {seed}, N {killed} kills, {} households, failures {twice}", each.len()));
    ensure!(each.len() == households && twice == 0, "{} of {} households", twice, each.len());
    ensure!(killed > 0, "it ended before it was killed");
    ensure!(place.verify()?.is_empty(), "the audit log has findings");
    Ok(())
}

/// What a command says; one that fails is an error.
fn finished(place: &Place, words: Vec<String>) -> Result<String> {
    let output = command(&words, place.folder())?.output().context("failed to run `nuan`")?;
    let said = || String::from_utf8_lossy(&output.stderr).trim().to_owned();
    ensure!(
        output.status.success(),
        "`nuan {}` ended with {}: {}",
        words.get(1).map_or("", |word| word),
        output.status,
        said()
    );
    Ok(String::from_utf8(output.stdout)?)
}
