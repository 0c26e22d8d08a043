//! T02: the power goes at some moment. What was acknowledged before it is there, whole, and the audit log holds.
//!
//! The control treats every sync of a write-ahead log as if it had not been made, which is what `synchronous=NORMAL`
//! does: it has to lose acknowledgements.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::databases::households_in_file;
use crate::http::Client;
use crate::image::{Disk, Random};
use crate::place::Place;
use crate::recording::{Recording, Shared, digits, shared};
use crate::server::Server;
use crate::trace::Act;
use crate::{is_long, say};

/// Images of the control; one lost acknowledgement among them is enough.
const CONTROL: usize = 8;
/// Of so many images one is also served, and asked over HTTP.
const SERVED: usize = 20;
/// Households that a served image is asked for one by one.
const ASKED: usize = 10;

/// What was wrong with images.
#[derive(Debug, Default)]
struct Harm {
    lost: usize,
    corrupt: usize,
    breaks: usize,
    first: Option<String>,
}

/// Cuts the power at many moments, and looks at what is left.
pub fn cuts(recording: &Shared, seed: u64) -> Result<()> {
    look(shared(recording, seed)?, seed, if is_long() { 1000 } else { 60 })?;
    if is_long() {
        for further in [seed.wrapping_add(1), seed.wrapping_add(2)] {
            look(&Recording::new(further)?, further, 1000)?;
        }
    }
    Ok(())
}

fn look(recording: &Recording, seed: u64, count: usize) -> Result<()> {
    let harm = harm(recording, seed, count, |_| false)?;
    let failures = harm.lost + harm.corrupt + harm.breaks;
    let into_database = |act: &Act| matches!(act, Act::Write { file, .. } if *file == recording.place.database_file());
    let written_back = recording.calls.iter().filter(|call| into_database(&call.act)).count();
    say(&format!(
        "T02 Sqlite, seed {seed}, N {count} images of {} acks, failures {failures} (lost {}, corrupt {}, chain breaks \
         {}); {written_back} writes from the log into the database",
        recording.acks.len(),
        harm.lost,
        harm.corrupt,
        harm.breaks,
    ));
    ensure!(failures == 0, "{failures} failures; the first: {}", harm.first.unwrap_or_default());
    ensure!(written_back > 0, "no cut met a checkpoint: a server that is told to stop has to close its database");
    let is_log = |file: &Path| file.extension().and_then(OsStr::to_str).is_some_and(|ending| ending.ends_with("-wal"));
    let control = self::harm(recording, seed, CONTROL, is_log)?;
    say(&format!("T02 control (no sync of the log counts), seed {seed}, N {CONTROL} images, lost {}", control.lost));
    ensure!(control.lost > 0, "the control lost nothing, so this test finds nothing");
    Ok(())
}

/// Half of the cuts come right after an acknowledgement, the others anywhere from the first to the end.
fn harm(recording: &Recording, seed: u64, count: usize, is_deaf: impl Fn(&Path) -> bool) -> Result<Harm> {
    let (acks, calls) = (&recording.acks, &recording.calls);
    let first = acks.first().context("nothing was acknowledged")?.begun;
    let end = calls.iter().map(|call| call.begun).max().unwrap_or(first) + 2;
    let mut random = Random::new(seed);
    let mut cuts: Vec<usize> = Vec::new();
    for number in 0..count {
        let after = acks.get(random.below(acks.len())).map_or(first, |ack| ack.begun) + 1;
        cuts.push(if number % 2 == 0 { after } else { first + random.below(end - first) });
    }
    cuts.sort_unstable();
    let mut disk = Disk::new(&recording.place.records(), &recording.files);
    let (mut harm, mut done) = (Harm::default(), 0);
    for (number, cut) in cuts.into_iter().enumerate() {
        while let Some(call) = calls.get(done).filter(|call| call.ended < cut) {
            disk.apply(call, &is_deaf)?;
            done += 1;
        }
        let under_way: Vec<_> = calls.iter().skip(done).filter(|call| call.begun < cut).collect();
        let files = disk.image(&under_way, &mut random)?;
        let place = restored(&recording.place, number, &files)?;
        let mut told = recording.before.clone();
        told.extend(acks.iter().filter(|ack| ack.begun < cut).map(|ack| ack.digits.clone()));
        let moment = format!("image {number}, cut at line {cut}");
        harm.inspect(&place, &told, &moment);
        if number % SERVED == SERVED - 1 {
            harm.ask(&place, &told, &moment);
        }
    }
    Ok(harm)
}

/// The installation over these files, in a folder of their own.
fn restored(place: &Place, number: usize, files: &BTreeMap<PathBuf, Vec<u8>>) -> Result<Place> {
    let copy = place.over(place.beside(&format!("image-{number}")));
    for (path, bytes) in files {
        let to = copy.records().join(path.strip_prefix(place.records())?);
        std::fs::create_dir_all(to.parent().context("a file lies nowhere")?)?;
        // Keys that others can read are refused.
        let private = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&to);
        let written = private.and_then(|mut file| file.write_all(bytes));
        written.with_context(|| format!("failed to write {}", to.display()))?;
    }
    Ok(copy)
}

impl Harm {
    /// The program opens it and verifies every log; then the rows are looked at.
    fn inspect(&mut self, place: &Place, told: &BTreeSet<String>, moment: &str) {
        match place.verify() {
            Ok(findings) => {
                self.breaks += findings.len();
                findings.iter().for_each(|finding| self.note(format!("{moment}: {finding}")));
            }
            Err(error) => {
                self.corrupt += 1;
                self.note(format!("{moment}: {error:#}"));
            }
        }
        match households_in_file(&place.database_file()) {
            Ok((ids, check)) => {
                self.miss(told, &digits(&Vec::from_iter(ids)), moment);
                if check != "ok" {
                    self.corrupt += 1;
                    self.note(format!("{moment}: {check}"));
                }
            }
            Err(error) => {
                (self.corrupt, self.lost) = (self.corrupt + 1, self.lost + told.len());
                self.note(format!("{moment}: {error:#}"));
            }
        }
    }

    /// A server over it lists what was acknowledged, and can open the last of them.
    fn ask(&mut self, place: &Place, told: &BTreeSet<String>, moment: &str) {
        let asked = || -> Result<BTreeSet<String>> {
            let server = Server::start(place)?;
            let mut client = Client::new(server.address());
            let mut listed = digits(&client.households()?);
            for last in told.iter().rev().take(ASKED) {
                if client.get(&format!("/v1/households/hh_{last}"))?.status != 200 {
                    listed.remove(last);
                }
            }
            server.stop().map(|()| listed)
        };
        match asked() {
            Ok(listed) => self.miss(told, &listed, moment),
            Err(error) => {
                self.corrupt += 1;
                self.note(format!("{moment}, served: {error:#}"));
            }
        }
    }

    fn miss(&mut self, told: &BTreeSet<String>, found: &BTreeSet<String>, moment: &str) {
        let lost = told.difference(found).count();
        if lost > 0 {
            self.lost += lost;
            self.note(format!("{moment}: {lost} of {} acks are lost", told.len()));
        }
    }

    fn note(&mut self, what: String) {
        self.first.get_or_insert(what);
    }
}
