//! The program itself: it fills the register, and goes over it.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::place::{ENTERED, Place, Population};

/// The date of the reassessment.
pub const AS_OF: &str = "2025-10-01";

/// Parts of the time, as `--breakdown` names them. They overlap.
pub const PARTS: [&str; 7] = ["read_us", "open_us", "plan_us", "rules_us", "seal_us", "write_us", "fsync_us"];

/// One reassessment.
pub struct Run {
    pub wall_us: f64,
    breakdown: Value,
}

impl Run {
    pub fn part(&self, name: &str) -> f64 {
        self.breakdown.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN)
    }
}

/// Puts the population on the register, with a determination of every household to compare with.
pub fn fill(place: &Place, population: &Population) -> Result<()> {
    let mut determine = place.nuan("determine")?;
    determine.arg(&population.0).args(["--as-of", ENTERED]);
    said(determine).map(drop)
}

/// Reassesses everybody, start and end of the program included.
pub fn reassess(place: &Place, households: u64) -> Result<Run> {
    let mut reassess = place.nuan("reassess")?;
    reassess.args(["--as-of", AS_OF, "--breakdown", "--format", "json"]);
    let start = Instant::now();
    let (answer, talk) = said(reassess)?;
    let wall_us = start.elapsed().as_secs_f64() * 1_000_000.0;
    let answer: Value = serde_json::from_str(&answer)?;
    let determined = answer.get("determined").and_then(Value::as_u64);
    ensure!(determined == Some(households), "{determined:?} households were determined, not {households}");
    let line = talk.lines().find(|line| line.starts_with('{')).context("`nuan reassess` says no breakdown")?;
    Ok(Run { wall_us, breakdown: serde_json::from_str(line)? })
}

fn said(mut command: Command) -> Result<(String, String)> {
    let output = command.stdin(Stdio::null()).output().context("failed to start `nuan`")?;
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "`nuan` failed: {talk}");
    Ok((String::from_utf8(output.stdout)?, talk))
}
