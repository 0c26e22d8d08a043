//! A load on SQLite with every call of the server written down: what power cuts (T02) and the order of acknowledgements
//! (T03) are judged by.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result, anyhow, ensure};

use crate::acks::{Keys, record};
use crate::is_long;
use crate::place::{On, Place};
use crate::server::{Server, strace};
use crate::trace::{self, Act, Call};

/// Digits of an id; its kind stands before them.
pub const DIGITS: usize = 32;
/// The place of a household, up to the digits of its id.
const LOCATION: &str = "location: /v1/households/hh_";
const WRITERS: u32 = 64;

/// Some hundred acknowledgements, and all that the server did meanwhile.
#[derive(Debug)]
pub struct Recording {
    /// The installation, as it is now.
    pub place: Place,
    /// Its files, by path, as they were when the server was started.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// The digits of the households that were acknowledged before that.
    pub before: BTreeSet<String>,
    /// What the server did since.
    pub calls: Vec<Call>,
    /// What was acknowledged since, in order.
    pub acks: Vec<Ack>,
}

/// An acknowledgement: from the moment at which its call began, a client may have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// The line at which the server began to send it.
    pub begun: usize,
    /// The digits of the household's id.
    pub digits: String,
}

/// One recording for several trials.
pub type Shared = Arc<OnceLock<Result<Recording, String>>>;

/// The recording, made by whoever asks first.
pub fn shared(recording: &Shared, seed: u64) -> Result<&Recording> {
    let made = recording.get_or_init(|| Recording::new(seed).map_err(|error| format!("{error:#}")));
    made.as_ref().map_err(|error| anyhow!("{error}"))
}

impl Recording {
    /// Records households with 64 writers at once, then with one, then tells the server to stop.
    ///
    /// Before that an unwatched server was killed, so the write-ahead log is full of what has to be recovered.
    pub fn new(seed: u64) -> Result<Self> {
        let place = Place::new(On::Sqlite)?;
        let keys = Keys::new("t02", seed);
        let server = Server::start(&place)?;
        let before = digits(&record(server.address(), 4, 5, &keys)?);
        server.kill()?;
        let files = files(&place.records())?;
        let trace_file = place.beside("trace");
        let calls = format!("trace={}", trace::CALLS);
        let watch = strace(&trace_file, &["--seccomp-bpf", "-xx", "-s", trace::LONGEST, "-e", &calls]);
        let server = Server::start_under(&place, &watch)?;
        let mut told = record(server.address(), WRITERS, if is_long() { 20 } else { 5 }, &keys)?;
        told.extend(record(server.address(), 1, 10, &keys)?);
        server.stop()?;
        let calls = trace::read(&std::fs::read(&trace_file).context("strace wrote nothing")?)?;
        std::fs::remove_file(&trace_file)?;
        let acks = acks(&calls);
        let seen: BTreeSet<String> = acks.iter().map(|ack| ack.digits.clone()).collect();
        ensure!(seen == digits(&told), "{} households were acknowledged, {} are in the trace", told.len(), seen.len());
        Ok(Self { place, files, before, calls, acks })
    }
}

/// The acknowledgements among the calls.
pub fn acks(calls: &[Call]) -> Vec<Ack> {
    let ack = |call: &Call| {
        let Act::Say { bytes, .. } = &call.act else { return None };
        let text = bytes.starts_with(b"HTTP/1.1 201 ").then(|| String::from_utf8_lossy(bytes))?;
        let (_, after) = text.split_once(LOCATION)?;
        Some(Ack { begun: call.begun, digits: after.get(..DIGITS)?.to_owned() })
    };
    let mut all: Vec<Ack> = calls.iter().filter_map(ack).collect();
    all.sort_by_key(|ack| ack.begun);
    all
}

/// Which of these digits stand among the bytes, as text.
pub fn mentioned(bytes: &[u8], wanted: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut run = 0;
    for (end, byte) in (1..).zip(bytes) {
        run = if byte.is_ascii_hexdigit() { run + 1 } else { 0 };
        let window = (run >= DIGITS).then(|| bytes.get(end - DIGITS..end)).flatten();
        let text = window.and_then(|window| std::str::from_utf8(window).ok());
        found.extend(text.filter(|text| wanted.contains(*text)).map(str::to_owned));
    }
    found
}

/// The digits of ids.
pub fn digits(ids: &[String]) -> BTreeSet<String> {
    ids.iter().map(|id| id.strip_prefix("hh_").unwrap_or(id).to_owned()).collect()
}

/// Every file below a folder with its bytes, but for what SQLite shares in memory.
fn files(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("failed to list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if !path.to_string_lossy().ends_with("-shm") {
            let bytes = std::fs::read(&path)?;
            found.insert(path, bytes);
        }
    }
    Ok(found)
}
