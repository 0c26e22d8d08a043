//! T25: the program is killed at chosen system calls while it migrates a database of an earlier version. The next run completes
//! it: no row is lost, the audit log verifies, and both databases hold the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use nuan_tests::installation::scrambled;
use serde_json::Value;

use crate::acks::{Keys, record};
use crate::backups::{expect, said};
use crate::databases::{self, block_on};
use crate::http::Client;
use crate::old_schema::Dump;
use crate::place::{On, Place, command};
use crate::server::{Server, strace};
use crate::{is_long, say};

/// How often a migration is killed on each database.
const KILLS: (u64, u64) = (8, 50);
/// Households in the old database, by each of four clients.
const EACH: (u32, u32) = (10, 250);
/// Seconds for a million rows.
const SECONDS: u128 = 60;

/// The calls that reach the disk, and those that reach the server.
const CALLS_ON_SQLITE: &str = "pwrite64,fdatasync";
const CALLS_ON_POSTGRES: &str = "sendto,recvfrom";

/// A database of the earlier version, from which each attempt gets one of its own.
struct Old<'p> {
    place: &'p Place,
    template: String,
    rows: Dump,
    attempts: u32,
}

/// Migrates both databases from the same rows.
pub fn run(seed: u64) -> Result<()> {
    let place = Place::new(On::Sqlite)?;
    let register = recorded(&place, seed)?;
    let template = format!("sqlite:{}?mode=rwc", place.beside("old.sqlite").display());
    let on_sqlite = attempts(&place, template, &register, seed)?;
    let template = databases::fresh_database(&format!("nuan_old_{}", std::process::id()))?;
    let on_postgres = attempts(&place, template.clone(), &register, seed)?;
    databases::drop_database(&template)?;
    ensure!(on_sqlite == on_postgres, "the two databases hold different rows after the same migrations");
    refuses_a_newer_schema(&place)
}

/// The rows of a register that was filled over HTTP.
fn recorded(place: &Place, seed: u64) -> Result<Dump> {
    let server = Server::start(place)?;
    let each = if is_long() { EACH.1 } else { EACH.0 };
    let ids = record(server.address(), 4, each, &Keys::new("t25", seed))?;
    let mut client = Client::new(server.address());
    for id in ids.iter().take(5) {
        let answer = client.determine(id)?;
        ensure!(answer.status == 201, "a determination answered {}: {}", answer.status, answer.body);
    }
    server.stop()?;
    block_on(Dump::of(&place.address()))
}

/// Kills, completes and compares again and again; what the last attempt holds.
fn attempts(place: &Place, template: String, register: &Dump, seed: u64) -> Result<Dump> {
    let rows = block_on(register.put_into_old_schema(&template))?;
    ensure!(60 < rows.rows(), "the old database has only {} rows", rows.rows());
    let mut old = Old { place, template, rows, attempts: 0 };
    let calls = old.count_calls()?;
    let begun = Instant::now();
    let (address, output) = old.migrate(&[])?;
    let took = begun.elapsed();
    old.compare(&address, &output)?;
    let wanted = if is_long() { KILLS.1 } else { KILLS.0 };
    let (mut killed, mut number) = (0, 0);
    while killed < wanted {
        let call = 1 + scrambled(seed.wrapping_add(number)).rem_euclid(calls);
        number += 1;
        ensure!(number < 20 * wanted, "only {killed} of {number} attempts were killed");
        killed += u64::from(old.kill(call)?);
    }
    let (address, output) = old.migrate(&[])?;
    let after = old.compare(&address, &output)?;
    old.report(seed, killed, calls, took)?;
    Ok(after)
}

impl Old<'_> {
    fn is_postgres(&self) -> bool {
        self.template.starts_with("postgres")
    }

    /// A copy of the old database.
    fn fresh(&mut self) -> Result<String> {
        self.attempts += 1;
        if self.is_postgres() {
            return databases::copy_database(&self.template, &format!("nuan_migrated_{}", std::process::id()));
        }
        let file = self.place.beside("migrated.sqlite");
        for ending in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(format!("{}{ending}", file.display())));
        }
        std::fs::copy(self.place.beside("old.sqlite"), &file)?;
        Ok(format!("sqlite:{}", file.display()))
    }

    /// Verifies a copy, which is migrated when it is opened.
    fn migrate(&mut self, watched: &[String]) -> Result<(String, Output)> {
        let address = self.fresh()?;
        let output = self.verify(&address, watched)?;
        Ok((address, output))
    }

    fn verify(&self, address: &str, watched: &[String]) -> Result<Output> {
        let words = words(self.place, address);
        let all: Vec<String> = watched.iter().cloned().chain(words).collect();
        command(&all, self.place.folder())?.output().context("failed to run `nuan audit verify`")
    }

    /// How many of the calls the busiest thread makes.
    fn count_calls(&mut self) -> Result<u64> {
        let trace = self.place.beside("calls");
        let filter = format!("trace={}", self.calls());
        self.migrate(&strace(&trace, &["-e", &filter]))?;
        let mut threads: BTreeMap<String, u64> = BTreeMap::new();
        for line in std::fs::read_to_string(trace)?.lines().filter(|line| line.contains('(')) {
            *threads.entry(line.split_whitespace().next().unwrap_or_default().to_owned()).or_default() += 1;
        }
        threads.into_values().max().context("the migration makes no call that could be interrupted")
    }

    fn calls(&self) -> &'static str {
        if self.is_postgres() { CALLS_ON_POSTGRES } else { CALLS_ON_SQLITE }
    }

    /// Whether an attempt was killed at this call; either way the next run completes it.
    fn kill(&mut self, call: u64) -> Result<bool> {
        let trace = self.place.beside("calls");
        let inject = format!("inject={}:signal=KILL:when={call}", self.calls());
        let filter = format!("trace={}", self.calls());
        let (address, output) = self.migrate(&strace(&trace, &["-e", &filter, "-e", &inject]))?;
        let was_killed = output.status.code().is_none_or(|code| code == 137);
        let output = self.verify(&address, &[])?;
        self.compare(&address, &output).with_context(|| format!("after a kill at call {call}"))?;
        Ok(was_killed)
    }

    /// Nothing is lost, and the audit log is as it was.
    fn compare(&self, address: &str, output: &Output) -> Result<Dump> {
        let seen: Value = serde_json::from_slice(&output.stdout).with_context(|| said(output))?;
        ensure!(seen.get("findings").is_some_and(|findings| findings == &Value::Array(Vec::new())), "{seen}");
        let after = block_on(Dump::of(address))?;
        ensure!(after.within(&self.rows)? == self.rows, "rows were lost or changed");
        Ok(after)
    }

    fn report(&self, seed: u64, killed: u64, calls: u64, took: Duration) -> Result<()> {
        let rows = u128::try_from(self.rows.rows())?;
        say(&format!(
            "T25 {}, seed {seed}, N {killed} kills at {calls} places of {} attempts over {rows} rows, failures 0; \
             migrated and verified in {} ms",
            if self.is_postgres() { "Postgres" } else { "Sqlite" },
            self.attempts,
            took.as_millis(),
        ));
        let allowed = SECONDS * 1_000 * rows.max(1_000_000).div_euclid(1_000_000);
        ensure!(took.as_millis() <= allowed, "the migration took {} ms", took.as_millis());
        Ok(())
    }
}

/// The command that opens a database, migrates it and verifies it, with the keys of the register that its rows come from.
fn words(place: &Place, address: &str) -> Vec<String> {
    let key_store = format!("{}.keys", place.database_file().display());
    let cache = place.beside("cache").display().to_string();
    let key_file = place.key_file().display().to_string();
    let program = place.program().display().to_string();
    let checkpoint: PathBuf = Path::new(&format!("{}.checkpoint", place.database_file().display())).to_owned();
    let words = ["audit", "verify", "--format", "json", "--database", address, "--key-store", &key_store];
    let more = ["--key-file", &key_file, "--cache", &cache, "--checkpoint"];
    let all = std::iter::once(program.as_str()).chain(words).chain(more).map(str::to_owned);
    all.chain([checkpoint.display().to_string()]).collect()
}

/// A program of today over the database of tomorrow: it says so, and changes nothing.
fn refuses_a_newer_schema(place: &Place) -> Result<()> {
    databases::note_a_later_migration(&place.database_file())?;
    let before = std::fs::read(place.database_file())?;
    let output = place.run(&["audit", "verify"])?;
    expect(&output, 3, "error[NU1020]")?;
    ensure!(before == std::fs::read(place.database_file())?, "the database was changed");
    Ok(())
}
