//! T03 on PostgreSQL: between the server's `commit` and the answer to it, the write-ahead log of PostgreSQL was written
//! and then synced; and the household is acknowledged after that answer.
//!
//! One strace watches the server, the backends and the WAL writer, so all their calls stand in one order. A household is
//! found in the transaction that first names its id. A key store on SQLite is judged as in `order`. Two controls: no sync
//! counts, and a database that really answers before it syncs (`synchronous_commit=off`).

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::acks::{Keys, record};
use crate::databases::processes;
use crate::order;
use crate::place::{On, Place};
use crate::recording::{Ack, acks, digits, mentioned};
use crate::say;
use crate::server::{Server, strace};
use crate::trace::{self, Act, Call};

/// The calls that show the order; names of PostgreSQL's files are relative, so these leave them out.
const CALLS: &str = "trace=write,writev,pwrite64,pwritev,sendto,sendmsg,recvfrom,fsync,fdatasync";
/// `commit` as a simple query of PostgreSQL's protocol, and as the answer that it was done.
const ASKED: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";
const DONE: &[u8] = b"C\0\0\0\x0bCOMMIT\0";
const LOG: &str = "/pg_wal/";

/// One transaction that was committed.
#[derive(Debug)]
struct Commit {
    /// The line at which the backend had read `commit`.
    asked: usize,
    /// The line at which it began to answer.
    answered: usize,
    /// The households that the transaction names.
    names: BTreeSet<String>,
}

/// The lines of writes to PostgreSQL's log and of its syncs: begun and ended.
#[derive(Debug, Default)]
struct Log {
    writes: Vec<(usize, usize)>,
    syncs: Vec<(usize, usize)>,
}

/// Judges every acknowledgement of a load, and runs both controls.
pub fn run(seed: u64) -> Result<()> {
    let place = Place::new(On::Postgres)?;
    // The first start makes the tables and compiles the plugins unwatched.
    Server::start(&place)?.kill()?;
    let calls = watched(&place, &Keys::new("t03", seed))?;
    let acks = acks(&calls);
    let (count, early) = (acks.len(), early(&calls, &acks, true));
    say(&format!("T03 Postgres, seed {seed}, N {count} acks, failures {}", early.len()));
    ensure!(early.is_empty(), "{} of {count} were sent too early; the first: {:?}", early.len(), early.first());
    let deaf = self::early(&calls, &acks, false).len();
    let place = place.with_parameter("options=-c%20synchronous_commit%3Doff");
    let hasty = watched(&place, &Keys::new("t03-off", seed))?;
    let answers = self::acks(&hasty);
    let off = self::early(&hasty, &answers, true).len();
    say(&format!(
        "T03 controls Postgres, seed {seed}: no sync counts, N {count} acks, failures {deaf}; synchronous_commit=off, N \
         {} acks, failures {off}",
        answers.len()
    ));
    ensure!(deaf == count && off > 0, "a control passed, so this test finds nothing");
    Ok(())
}

/// Everything that the server and PostgreSQL did during a load.
fn watched(place: &Place, keys: &Keys) -> Result<Vec<Call>> {
    let file = place.beside("trace");
    let attached: Vec<String> = processes()?.iter().flat_map(|one| ["-p".to_owned(), one.to_string()]).collect();
    let mut more = vec!["-xx", "-s", trace::LONGEST, "-e", CALLS];
    more.extend(attached.iter().map(String::as_str));
    let server = Server::start_under(place, &strace(&file, &more))
        .context("strace has to watch PostgreSQL: run as root or as the owner of its processes, with ptrace allowed")?;
    let mut told = record(server.address(), 8, 10, keys)?;
    told.extend(record(server.address(), 1, 10, keys)?);
    server.kill()?;
    let calls = trace::read(trace::whole_lines(&std::fs::read(&file).context("strace wrote nothing")?))?;
    let seen: BTreeSet<String> = acks(&calls).into_iter().map(|ack| ack.digits).collect();
    ensure!(seen == digits(&told), "{} households were acknowledged, {} are in the trace", told.len(), seen.len());
    Ok(calls)
}

/// The acknowledgements that were sent before their commit was durable.
fn early<'a>(calls: &[Call], acks: &'a [Ack], hears_syncs: bool) -> Vec<&'a Ack> {
    let wanted: BTreeSet<String> = acks.iter().map(|ack| ack.digits.clone()).collect();
    let (commits, log) = (commits(calls, &wanted), log(calls, hears_syncs));
    let key_store = order::logs(calls, &wanted, hears_syncs);
    let is_durable = |ack: &&Ack| {
        let first = commits.iter().find(|commit| commit.names.contains(&ack.digits));
        first.is_some_and(|commit| commit.answered < ack.begun && log.is_synced_within(commit))
            && order::is_durable_where_named(&key_store, ack)
    };
    acks.iter().filter(|ack| !is_durable(ack)).collect()
}

/// Every committed transaction, in the order in which they were asked to commit.
fn commits(calls: &[Call], wanted: &BTreeSet<String>) -> Vec<Commit> {
    let mut heard: HashMap<u32, Vec<u8>> = HashMap::new();
    let mut asked: HashMap<u32, (usize, BTreeSet<String>)> = HashMap::new();
    let mut commits = Vec::new();
    for call in calls {
        match &call.act {
            Act::Hear { bytes, .. } => {
                let so_far = heard.entry(call.thread).or_default();
                so_far.extend(bytes);
                if holds(bytes, ASKED) {
                    asked.insert(call.thread, (call.ended, mentioned(so_far, wanted)));
                    so_far.clear();
                }
            }
            Act::Say { bytes, .. } if holds(bytes, DONE) => {
                let waiting = asked.remove(&call.thread);
                commits.extend(waiting.map(|(asked, names)| Commit { asked, answered: call.begun, names }));
            }
            _ => {}
        }
    }
    commits.sort_by_key(|commit| commit.asked);
    commits
}

fn log(calls: &[Call], hears_syncs: bool) -> Log {
    let mut log = Log::default();
    let is_log = |file: &Path| file.to_string_lossy().contains(LOG);
    for call in calls {
        match &call.act {
            Act::Write { file, .. } if is_log(file) => log.writes.push((call.begun, call.ended)),
            Act::Sync { file } if is_log(file) && hears_syncs => log.syncs.push((call.begun, call.ended)),
            _ => {}
        }
    }
    log
}

impl Log {
    /// The commit's own record is written after it was asked for: a write and then a sync, whoever makes them.
    fn is_synced_within(&self, commit: &Commit) -> bool {
        let is_after = |(begun, _): &&(usize, usize)| commit.asked < *begun;
        let written = self.writes.iter().filter(is_after).map(|(_, ended)| *ended).min();
        let is_within = |written, (begun, ended): &(usize, usize)| written < *begun && *ended < commit.answered;
        written.is_some_and(|written| self.syncs.iter().any(|sync| is_within(written, sync)))
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
