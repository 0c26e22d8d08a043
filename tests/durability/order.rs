//! T03 on SQLite: before an acknowledgement is sent, the log that holds the household has been synced beyond the commit
//! that it belongs to.
//!
//! A household is found in the log by the digits of its id, its commit by the frame that ends a transaction. The key store
//! has a log of its own: where the household is named there, the same holds. The control hears no sync: all have to fail.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::recording::{Ack, Recording, Shared, mentioned, shared};
use crate::say;
use crate::trace::{Act, Call};

/// Bytes of the header of a frame; those from 4 to 7 are not zero in the last frame of a transaction.
const HEADER: usize = 24;

/// What happened to one write-ahead log of SQLite, by the lines at which calls ended.
#[derive(Debug, Default)]
pub struct Log {
    /// The first write that names a household.
    named: HashMap<String, usize>,
    /// The last writes of transactions, ascending.
    commits: Vec<usize>,
    /// Syncs: when they began and ended.
    syncs: Vec<(usize, usize)>,
    ends_transaction: bool,
}

/// Judges every acknowledgement of the recording.
pub fn on_sqlite(recording: &Shared, seed: u64) -> Result<()> {
    let recording = shared(recording, seed)?;
    let early = early(recording, true);
    let count = recording.acks.len();
    say(&format!("T03 Sqlite, seed {seed}, N {count} acks, failures {}", early.len()));
    ensure!(early.is_empty(), "{} of {count} were sent too early; the first: {:?}", early.len(), early.first());
    let control = self::early(recording, false).len();
    say(&format!("T03 control (no sync counts) Sqlite, seed {seed}, N {count} acks, failures {control}"));
    ensure!(control == count, "the control let {} acks pass", count - control);
    Ok(())
}

/// The acknowledgements that were sent before their bytes were durable.
fn early(recording: &Recording, hears_syncs: bool) -> Vec<&Ack> {
    let wanted: BTreeSet<String> = recording.acks.iter().map(|ack| ack.digits.clone()).collect();
    let logs = logs(&recording.calls, &wanted, hears_syncs);
    let main = PathBuf::from(recording.place.database_file().display().to_string() + "-wal");
    let is_durable = |ack: &&Ack| {
        logs.get(main.as_path()).is_some_and(|log| log.is_durable(ack)) && is_durable_where_named(&logs, ack)
    };
    recording.acks.iter().filter(|ack| !is_durable(ack)).collect()
}

/// Whether every log that names the household was synced in time; true if none does.
pub fn is_durable_where_named(logs: &BTreeMap<&Path, Log>, ack: &Ack) -> bool {
    let mut naming = logs.values().filter(|log| log.named.contains_key(&ack.digits));
    naming.all(|log| log.is_durable(ack))
}

/// The write-ahead logs of SQLite among the files.
pub fn logs<'a>(calls: &'a [Call], wanted: &BTreeSet<String>, hears_syncs: bool) -> BTreeMap<&'a Path, Log> {
    let mut logs: BTreeMap<&Path, Log> = BTreeMap::new();
    let is_log = |file: &Path| file.to_string_lossy().ends_with("-wal");
    for call in calls {
        match &call.act {
            Act::Write { file, bytes, .. } if is_log(file) => {
                logs.entry(file).or_default().write(bytes, call.ended, wanted);
            }
            Act::Sync { file } if is_log(file) && hears_syncs => {
                logs.entry(file).or_default().syncs.push((call.begun, call.ended));
            }
            _ => {}
        }
    }
    logs
}

impl Log {
    /// A header says whether the page after it is the last of its transaction.
    fn write(&mut self, bytes: &[u8], ended: usize, wanted: &BTreeSet<String>) {
        if bytes.len() == HEADER {
            self.ends_transaction = bytes.get(4..8) != Some(&[0; 4]);
            return;
        }
        for digits in mentioned(bytes, wanted) {
            self.named.entry(digits).or_insert(ended);
        }
        if std::mem::take(&mut self.ends_transaction) {
            self.commits.push(ended);
        }
    }

    fn is_durable(&self, ack: &Ack) -> bool {
        let Some(named) = self.named.get(&ack.digits) else { return false };
        let commit = self.commits.get(self.commits.partition_point(|commit| commit < named));
        commit.is_some_and(|commit| self.syncs.iter().any(|(begun, ended)| commit < begun && *ended < ack.begun))
    }
}
