//! Group commit: how many acknowledged acts one sync carries with 64 writers, and how much faster they are than one writer
//! on a disk that takes 5 ms to sync.
//!
//! Every sync of the server counts, whatever the file: register, key store, checkpoint. The delay is strace's.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::acks::{Keys, record};
use crate::place::{On, Place};
use crate::say;
use crate::server::{Server, strace};
use crate::trace::{self, Act};

const WRITERS: u32 = 64;
/// Households of each writer.
const EACH: u32 = 20;
/// Households of the writer who is alone.
const ALONE: u32 = 60;
/// Acknowledged acts for each sync, at least.
const ACTS_PER_SYNC: usize = 20;
/// How many times the acts of one writer 64 writers get done in the same time, at least. Unoptimized, the processor is the bound before the sync is.
const SPEED_UP: u128 = if cfg!(debug_assertions) { 5 } else { 10 };
/// What a sync takes longer, in microseconds after it is done.
const DELAY: &str = "inject=fsync,fdatasync:delay_exit=5000";

/// A load: what was acknowledged, and how long it took.
struct Load {
    acts: usize,
    time: Duration,
}

/// Measures both, and asserts both.
pub fn run(seed: u64) -> Result<()> {
    let place = Place::new(On::Sqlite)?;
    let keys = Keys::new("f04", seed);
    // The first start makes the tables and compiles the plugins.
    Server::start(&place)?.stop()?;
    let file = place.beside("trace");
    let watch = ["--seccomp-bpf", "-xx", "-e", "trace=fsync,fdatasync", "-e", DELAY];
    let server = Server::start_under(&place, &strace(&file, &watch))?;
    record(server.address(), WRITERS, 1, &keys)?;
    let alone = load(&server, 1, ALONE, &keys)?;
    let before = syncs(&file)?;
    let together = load(&server, WRITERS, EACH, &keys)?;
    let after = syncs(&file)?;
    server.kill()?;
    let of = |name: &String, all: usize| all - before.get(name).copied().unwrap_or(0);
    let each: Vec<(&String, usize)> = after.iter().map(|(name, all)| (name, of(name, *all))).collect();
    let total: usize = each.iter().map(|(_, count)| count).sum();
    let per_sync = together.acts.checked_div(total).context("nothing was synced")?;
    let (slow, fast) = (alone.acts_per_second()?, together.acts_per_second()?);
    say(&format!(
        "F04 Sqlite, seed {seed}, N {} acts of {WRITERS} writers in {total} syncs {each:?}: {per_sync} acts per sync; a \
         sync takes 5 ms more: {fast} acts/s, one writer {slow} acts/s",
        together.acts,
    ));
    ensure!(per_sync >= ACTS_PER_SYNC, "{per_sync} acts per sync, not {ACTS_PER_SYNC}");
    ensure!(fast >= SPEED_UP * slow, "{fast} acts/s are not {SPEED_UP} times {slow}");
    Ok(())
}

fn load(server: &Server, writers: u32, each: u32, keys: &Keys) -> Result<Load> {
    let begun = Instant::now();
    let acts = record(server.address(), writers, each, keys)?.len();
    Ok(Load { acts, time: begun.elapsed() })
}

impl Load {
    fn acts_per_second(&self) -> Result<u128> {
        let acts = u128::try_from(self.acts)? * 1_000_000;
        acts.checked_div(self.time.as_micros()).context("it took no time")
    }
}

/// How often each file has been synced so far. strace writes each line as the call returns.
fn syncs(file: &Path) -> Result<BTreeMap<String, usize>> {
    let text = std::fs::read(file).context("strace wrote nothing")?;
    let mut found = BTreeMap::new();
    for call in trace::read(trace::whole_lines(&text))? {
        if let Act::Sync { file } = call.act {
            *found.entry(file.file_name().unwrap_or_default().to_string_lossy().into_owned()).or_default() += 1;
        }
    }
    Ok(found)
}
