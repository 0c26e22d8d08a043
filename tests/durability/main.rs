//! What is acknowledged stays: kills under load (T01), power cuts (T02), acknowledgements after the sync of their bytes
//! (T03), backups (T26), migrations that are killed (T25), stops, and how many acts one sync carries. The real server is driven over HTTP and watched with strace.
//!
//! One line is printed per test: its id, its seed, how often, and how many failures. `NUAN_SEED` repeats the choices of a
//! run (kill times, cut points, what of each write is kept); the moments at which threads meet are never the same.
//! `NUAN_LONG=1` runs at full size. `cargo test -p nuan-tests --test durability -- T02` runs one.

mod acks;
mod approvals;
mod backups;
mod databases;
mod groups;
mod http;
mod image;
mod kills;
mod migrations;
mod old_schema;
mod order;
mod order_on_postgres;
mod place;
mod power;
mod reassess;
mod recording;
mod server;
mod shutdown;
mod trace;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use libtest_mimic::{Arguments, Failed, Trial};

use self::place::On;

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    // Trials measure times and trace processes: one must not disturb the other.
    arguments.test_threads = Some(1);
    let seed = seed()?;
    let recording = recording::Shared::default();
    let (recorded, seen) = (Arc::clone(&recording), Arc::clone(&recording));
    let trials = vec![
        trial("trace: calls are read as they were made", trace::reads_calls),
        trial("trace: a call that another interrupts is joined", trace::joins_interrupted_calls),
        trial("trace: what cannot be read is an error", trace::refuses_what_it_cannot_read),
        trial("image: what is synced stays, what is not may go", image::keeps_what_is_synced),
        trial("image: a name stays once its folder is synced", image::keeps_names_that_are_synced),
        trial("T03 order of acknowledgements on SQLite", move || order::on_sqlite(&recorded, seed)),
        trial("T02 power cuts on SQLite", move || power::cuts(&seen, seed)),
        trial("T03 order of acknowledgements on PostgreSQL", move || order_on_postgres::run(seed)),
        trial("T01 kills under load on SQLite", move || kills::run(On::Sqlite, seed)),
        trial("T01 kills under load on PostgreSQL", move || kills::run(On::Postgres, seed)),
        trial("stop under load on SQLite", move || shutdown::run(On::Sqlite, seed)),
        trial("stop under load on PostgreSQL", move || shutdown::run(On::Postgres, seed)),
        trial("T26 backup during writes on SQLite", move || backups::run(On::Sqlite, seed)),
        trial("T26 backup during writes on PostgreSQL", move || backups::run(On::Postgres, seed)),
        trial("T26 an old key store brings nobody back", move || backups::erasure(seed)),
        trial("T25 migrations that are killed", move || migrations::run(seed)),
        trial("reassess kills on SQLite", move || reassess::run(On::Sqlite, seed)),
        trial("reassess kills on PostgreSQL", move || reassess::run(On::Postgres, seed)),
        trial("approvals that are killed on SQLite", move || approvals::run(On::Sqlite, seed)),
        trial("approvals that are killed on PostgreSQL", move || approvals::run(On::Postgres, seed)),
        trial("F04 acts per sync with 64 writers", move || groups::run(seed)),
    ];
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn trial(name: &str, test: impl FnOnce() -> Result<()> + Send + 'static) -> Trial {
    Trial::test(name, move || test().map_err(|error| Failed::from(format!("{error:#}"))))
}

/// The seed of this run: given, or from the clock.
fn seed() -> Result<u64> {
    if let Ok(given) = std::env::var("NUAN_SEED") {
        return given.parse().with_context(|| format!("NUAN_SEED is `{given}`, which is no number"));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock stands before 1970")?;
    Ok(u64::from(now.subsec_nanos()) ^ now.as_secs())
}

/// Whether the tests run at full size.
pub fn is_long() -> bool {
    std::env::var_os("NUAN_LONG").is_some_and(|value| value == "1")
}

/// Says what a test found, whether it passes or not.
pub fn say(line: &str) {
    // A closed standard output loses the line, not the verdict.
    drop(writeln!(std::io::stdout().lock(), "{line}"));
}
