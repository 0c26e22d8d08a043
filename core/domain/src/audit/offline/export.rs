//! An export of all logs, line by line: leaves without a gap, heads over them, the log of heads, a signed checkpoint.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::{HEADS, Trusted, Wrong, require};
use crate::audit::proof::leaf_hash;
use crate::audit::{Frontier, hex};
use crate::crypto::{CryptoSuite, Hash};

/// What an export that is as it must be holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckedExport {
    /// How many leaves.
    pub leaves: u64,
    /// In how many logs, the log of heads among them.
    pub logs: u64,
    /// How many heads the last checkpoint covers.
    pub heads: u64,
    /// How many leaves stand after it.
    pub after: u64,
}

/// Checks a whole export, and against a checkpoint that was kept elsewhere, where there is one.
pub fn check_export(data: &[u8], trusted: &Trusted, kept: Option<&str>) -> Result<CheckedExport, Wrong> {
    let mut export = Export::new(trusted);
    let read = export.read(data).and_then(|()| match kept {
        // Witnesses need not have signed what was kept.
        Some(note) => export.checkpoint(note, &Trusted::new(trusted.log().clone(), Vec::new())),
        None => Ok(()),
    });
    read.and_then(|()| export.sum()).map_err(|what| Wrong { line: export.at, what })
}

/// The leaves of a log.
struct Log {
    frontier: Frontier,
    /// The root before and after each leaf.
    roots: Vec<Hash>,
    /// When each leaf says that it was written.
    instants: Vec<String>,
    /// The size of the last head.
    headed: u64,
    /// The size of the largest head that the log of heads names: two servers may gather an older one after a newer one.
    named: u64,
}

impl Log {
    fn new(suite: CryptoSuite) -> Self {
        let frontier = Frontier::empty(suite);
        Self { roots: vec![frontier.root()], frontier, instants: Vec::new(), headed: 0, named: 0 }
    }

    fn has(&self, size: u64, root: &str) -> bool {
        let place = usize::try_from(size).ok();
        place.and_then(|place| self.roots.get(place)).is_some_and(|found| hex(found) == root)
    }
}

struct Export<'t> {
    trusted: &'t Trusted,
    at: u64,
    logs: BTreeMap<String, Log>,
    /// What the leaves of the log of heads name.
    heads: Vec<(String, u64)>,
    covered: Option<u64>,
}

impl<'t> Export<'t> {
    fn new(trusted: &'t Trusted) -> Self {
        let logs = BTreeMap::from([(HEADS.to_owned(), Log::new(trusted.log().suite()))]);
        Self { trusted, at: 0, logs, heads: Vec::new(), covered: None }
    }

    fn read(&mut self, data: &[u8]) -> Result<(), String> {
        let whole = data.strip_suffix(b"\n").ok_or("the file was cut")?;
        let mut lines = whole.split(|byte| *byte == b'\n').peekable();
        while let Some(line) = lines.next() {
            self.at += 1;
            self.line(line, lines.peek().is_none())?;
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8], is_last: bool) -> Result<(), String> {
        let text = str::from_utf8(line).map_err(|_| "not text")?;
        let line = Fields::canonical(text)?;
        let kind = line.text("kind")?;
        let names: &[&str] = match kind {
            "export" => &["key", "kind", "origin", "suite", "version"],
            "leaf" => &["kind", "leaf", "log", "seq"],
            "head" => &["at", "kind", "log", "root", "size"],
            "checkpoint" => &["kind", "note"],
            "end" => &["kind", "lines"],
            _ => &[],
        };
        require(line.are(names), "not the fields of its kind")?;
        let is_in_place = (kind == "export") == (self.at == 1) && (kind == "end") == is_last;
        require(is_in_place, "not in its place, or the file was cut")?;
        match kind {
            "export" => self.title(&line),
            "leaf" => self.leaf(&line),
            "head" => self.head(&line),
            "checkpoint" => self.checkpoint(line.text("note")?, self.trusted),
            _ => require(line.number("lines")? + 1 == self.at, "lines are missing"),
        }
    }

    fn title(&self, line: &Fields) -> Result<(), String> {
        let key = self.trusted.log();
        let is_ours = line.text("suite")? == key.suite().name()
            && line.text("key")? == key.to_string()
            && line.text("origin")? == key.name()
            && line.is_first_version();
        require(is_ours, "another log or key")
    }

    fn leaf(&mut self, line: &Fields) -> Result<(), String> {
        let (name, text, suite) = (line.text("log")?, line.text("leaf")?, self.trusted.log().suite());
        let leaf = Fields::canonical(text)?;
        let is_here = leaf.text("log")? == name && leaf.text("seq")? == line.text("seq")?;
        require(is_here, "the leaf is of another place")?;
        let (seq, instant) = (line.number("seq")?, leaf.text("at").unwrap_or_default().to_owned());
        let log = self.logs.entry(name.to_owned()).or_insert_with(|| Log::new(suite));
        let next = log.frontier.size();
        require(seq == next, &format!("leaf {next} of {name} is missing"))?;
        log.frontier.push(leaf_hash(suite, text.as_bytes())).for_each(drop);
        log.roots.push(log.frontier.root());
        log.instants.push(instant);
        if name == HEADS {
            let (county, size, root) = leaf.head()?;
            let good = self.logs.get(&county).map_or(0, |log| log.named);
            self.rooted(&county, good, size, &root)?.named = size.max(good);
            self.heads.push((county, size));
        }
        Ok(())
    }

    fn head(&mut self, line: &Fields) -> Result<(), String> {
        let (name, size) = (line.text("log")?, line.number("size")?);
        let good = self.logs.get(name).map_or(0, |log| log.headed);
        let log = self.rooted(name, good, size, line.text("root")?)?;
        let last = usize::try_from(size).ok().and_then(|size| log.instants.get(size.checked_sub(1)?));
        let is_of_its_time = last.map(String::as_str) == Some(line.text("at")?);
        require(is_of_its_time, "the head is of another time than its last leaf")?;
        log.headed = size;
        Ok(())
    }

    fn checkpoint(&mut self, note: &str, trusted: &Trusted) -> Result<(), String> {
        let checkpoint = trusted.open(note)?;
        self.rooted(HEADS, 0, checkpoint.size, &hex(&checkpoint.root))?;
        self.covered = self.covered.max(Some(checkpoint.size));
        Ok(())
    }

    /// The log, if it had this root at this size; up to `good` leaves it was found to be as it was.
    fn rooted(&mut self, name: &str, good: u64, size: u64, root: &str) -> Result<&mut Log, String> {
        let log = self.logs.get_mut(name).filter(|log| log.has(size, root));
        log.ok_or_else(|| format!("leaves from {good} to {size} of {name} are missing or not those that were there"))
    }

    /// Every log ends with its last head, and every head is named, once all is read.
    fn sum(&self) -> Result<CheckedExport, String> {
        for (name, log) in &self.logs {
            let (size, headed, named) = (log.frontier.size(), log.headed, log.named);
            require(headed == size, &format!("{name} has {size} leaves and a head over {headed}"))?;
            let is_named = name == HEADS || named == size;
            require(is_named, &format!("{name} has {size} leaves and the log of heads names {named}"))?;
        }
        let covered = self.covered.ok_or("there is no checkpoint")?;
        let leaves = self.logs.values().map(|log| log.frontier.size()).sum();
        let mut gathered: BTreeMap<&str, u64> = BTreeMap::new();
        for (log, size) in self.heads.iter().take(usize::try_from(covered).unwrap_or(usize::MAX)) {
            let known = gathered.entry(log).or_default();
            *known = (*size).max(*known);
        }
        let before = covered + gathered.values().sum::<u64>();
        let logs = u64::try_from(self.logs.len()).unwrap_or(0);
        Ok(CheckedExport { leaves, logs, heads: covered, after: leaves - before })
    }
}
