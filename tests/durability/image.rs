//! What a disk may hold after a power cut: all that was synced, and of everything later whatever it happened to keep.
//!
//! A write that was not synced is kept, dropped, or torn: of its sectors of 512 bytes some are there and some are not.
//! Names (made, changed, removed) are kept as far as the journal of the file system had come: some first part of them.
//! INVARIANT: what was synced before the cut, file or folder, is in every image.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use nuan_tests::installation::scrambled;

use crate::trace::{Act, Call};

/// The sector: the most that a disk writes whole.
const SECTOR: usize = 512;

/// Numbers that look random; the same seed gives the same ones.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below this one; 0 below 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(1);
        let number = usize::try_from(scrambled(scrambled(self.0)) >> 1).unwrap_or_default();
        number.checked_rem(end).unwrap_or_default()
    }
}

/// A folder on a disk, as programs see it and as it would be found after a power cut.
#[derive(Debug)]
pub struct Disk<'a> {
    folder: PathBuf,
    contents: Vec<Content<'a>>,
    seen: BTreeMap<PathBuf, usize>,
    kept: BTreeMap<PathBuf, usize>,
    /// Names that no sync has reached yet, in order.
    waiting: Vec<Naming>,
    stands: HashMap<PathBuf, Stand>,
}

#[derive(Debug, Default)]
struct Content<'a> {
    kept: Vec<u8>,
    length: usize,
    waiting: Vec<(usize, Change<'a>)>,
}

#[derive(Clone, Copy, Debug)]
enum Change<'a> {
    Write(usize, &'a [u8]),
    Resize(usize),
}

#[derive(Debug)]
enum Naming {
    Make(PathBuf, usize),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

/// Where the next write without an offset goes.
#[derive(Clone, Copy, Debug)]
enum Stand {
    At(usize),
    End,
}

impl<'a> Disk<'a> {
    /// The disk with these files in a folder, all of them synced.
    pub fn new(folder: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) -> Self {
        let content = |bytes: &Vec<u8>| Content { kept: bytes.clone(), length: bytes.len(), waiting: Vec::new() };
        let contents = files.values().map(content).collect();
        let names: BTreeMap<PathBuf, usize> = files.keys().cloned().zip(0..).collect();
        let (seen, kept) = (names.clone(), names);
        Self { folder: folder.to_owned(), contents, seen, kept, waiting: Vec::new(), stands: HashMap::new() }
    }

    /// A call that came back. Syncs of files that `is_deaf` names do nothing.
    pub fn apply(&mut self, call: &'a Call, is_deaf: impl Fn(&Path) -> bool) -> Result<()> {
        match &call.act {
            Act::Open { file, creates, empties, appends } if self.holds(file) => {
                self.open(file, *creates, *empties, call.ended);
                self.stands.insert(file.clone(), if *appends { Stand::End } else { Stand::At(0) });
            }
            Act::Write { file, offset, bytes } => {
                let Some(index) = self.seen.get(file).copied() else { return Ok(()) };
                let at = self.place(file, index, *offset)?;
                if let (None, Some(Stand::At(stand))) = (offset, self.stands.get_mut(file)) {
                    *stand = at + bytes.len();
                }
                self.change(index, call.ended, Change::Write(at, bytes));
            }
            Act::Resize { file, length } => {
                let Some(index) = self.seen.get(file).copied() else { return Ok(()) };
                self.change(index, call.ended, Change::Resize(usize::try_from(*length)?));
            }
            Act::Sync { file } if file.starts_with(&self.folder) && !is_deaf(file) => self.sync(file, call.begun),
            Act::Rename { from, to } if self.holds(from) || self.holds(to) => {
                let index = self.seen.remove(from).with_context(|| format!("{} was never seen", from.display()))?;
                self.seen.insert(to.clone(), index);
                self.waiting.push(Naming::Rename(from.clone(), to.clone()));
            }
            Act::Remove { file } if self.seen.remove(file).is_some() => {
                self.waiting.push(Naming::Remove(file.clone()));
            }
            _ => {}
        }
        Ok(())
    }

    /// Files as they may be found if the power goes now, while these calls are under way.
    pub fn image(&self, under_way: &[&'a Call], random: &mut Random) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
        let mut names = self.kept.clone();
        let reached = random.below(self.waiting.len() + 1);
        self.waiting.iter().take(reached).for_each(|naming| name(&mut names, naming));
        let mut files = BTreeMap::new();
        for (path, index) in names {
            let content = self.contents.get(index).context("a name leads nowhere")?;
            let mut bytes = content.kept.clone();
            content.waiting.iter().for_each(|(_, change)| maybe(&mut bytes, *change, random));
            for call in under_way {
                let Act::Write { file, offset, bytes: written } = &call.act else { continue };
                if self.seen.get(file) == Some(&index) {
                    maybe(&mut bytes, Change::Write(self.place(file, index, *offset)?, written), random);
                }
            }
            files.insert(path, bytes);
        }
        Ok(files)
    }

    /// The shared-memory index of SQLite is made anew from the write-ahead log.
    fn holds(&self, file: &Path) -> bool {
        file.starts_with(&self.folder) && !file.to_string_lossy().ends_with("-shm")
    }

    fn open(&mut self, file: &Path, creates: bool, empties: bool, ended: usize) {
        match self.seen.get(file).copied() {
            Some(index) if empties => self.change(index, ended, Change::Resize(0)),
            None if creates => {
                let index = self.contents.len();
                self.contents.push(Content::default());
                self.seen.insert(file.to_owned(), index);
                self.waiting.push(Naming::Make(file.to_owned(), index));
            }
            _ => {}
        }
    }

    fn change(&mut self, index: usize, ended: usize, change: Change<'a>) {
        let Some(content) = self.contents.get_mut(index) else { return };
        content.length = match change {
            Change::Write(at, bytes) => content.length.max(at + bytes.len()),
            Change::Resize(length) => length,
        };
        content.waiting.push((ended, change));
    }

    /// Keeps what had come back before the sync began, and names up to the last one that it concerns.
    fn sync(&mut self, file: &Path, begun: usize) {
        let synced = self.seen.get(file).copied();
        if let Some(content) = synced.and_then(|index| self.contents.get_mut(index)) {
            let (before, after): (Vec<_>, Vec<_>) =
                std::mem::take(&mut content.waiting).into_iter().partition(|(ended, _)| *ended < begun);
            content.waiting = after;
            before.into_iter().for_each(|(_, change)| make(&mut content.kept, change));
        }
        let concerns = |naming: &Naming| match naming {
            Naming::Make(path, index) => Some(*index) == synced || path.parent() == Some(file),
            Naming::Rename(from, to) => from.parent() == Some(file) || to.parent() == Some(file),
            Naming::Remove(path) => path.parent() == Some(file),
        };
        let reached = self.waiting.iter().rposition(concerns).map_or(0, |last| last + 1);
        for naming in self.waiting.drain(..reached) {
            name(&mut self.kept, &naming);
        }
    }

    fn place(&self, file: &Path, index: usize, offset: Option<u64>) -> Result<usize> {
        if let Some(offset) = offset {
            return Ok(usize::try_from(offset)?);
        }
        match self.stands.get(file).with_context(|| format!("{} was never opened", file.display()))? {
            Stand::At(place) => Ok(*place),
            Stand::End => Ok(self.contents.get(index).map_or(0, |content| content.length)),
        }
    }
}

fn name(names: &mut BTreeMap<PathBuf, usize>, naming: &Naming) {
    match naming {
        Naming::Make(path, index) => names.extend([(path.clone(), *index)]),
        Naming::Rename(from, to) => {
            let index = names.remove(from);
            names.extend(index.map(|index| (to.clone(), index)));
        }
        Naming::Remove(path) => names.retain(|name, _| name != path),
    }
}

fn make(bytes: &mut Vec<u8>, change: Change<'_>) {
    match change {
        Change::Resize(length) => bytes.resize(length, 0),
        Change::Write(at, written) => {
            let end = at + written.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            if let Some(place) = bytes.get_mut(at..end) {
                place.copy_from_slice(written);
            }
        }
    }
}

/// Keeps the change, drops it, or keeps some of its sectors.
fn maybe(bytes: &mut Vec<u8>, change: Change<'_>, random: &mut Random) {
    match (random.below(3), change) {
        (0, change) => make(bytes, change),
        (1, Change::Write(mut at, mut rest)) => {
            while !rest.is_empty() {
                let (sector, after) = rest.split_at(rest.len().min(SECTOR - at % SECTOR));
                if random.below(2) == 0 {
                    make(bytes, Change::Write(at, sector));
                }
                (at, rest) = (at + sector.len(), after);
            }
        }
        _ => {}
    }
}

fn call(begun: usize, act: Act) -> Call {
    Call { thread: 1, begun, ended: begun, act }
}

/// Checks that a synced write is in every image, and that one of three fates meets a later one.
pub fn keeps_what_is_synced() -> Result<()> {
    let file = PathBuf::from("/t/a");
    let write = |begun, at, byte| {
        call(begun, Act::Write { file: file.clone(), offset: Some(at), bytes: vec![byte; 2 * SECTOR] })
    };
    let late = Call { ended: 3, ..write(1, 4096, b'l') };
    let calls = [write(0, 0, b's'), call(2, Act::Sync { file: file.clone() }), late, write(4, 1024, b'u')];
    let files = BTreeMap::from([(file.clone(), vec![b'-'; 2048])]);
    for (is_deaf, fates) in [(false, 4), (true, 16)] {
        let mut disk = Disk::new(Path::new("/t"), &files);
        calls.iter().try_for_each(|call| disk.apply(call, |_| is_deaf))?;
        let mut found = BTreeSet::new();
        for seed in 0..4000 {
            let image = disk.image(&[], &mut Random::new(seed * 1000))?;
            let bytes = image.get(&file).context("the file is gone")?;
            ensure!(is_deaf || bytes.iter().take(1024).all(|byte| *byte == b's'), "a synced byte is gone");
            found.insert([0, 600, 1100, 1600].map(|at| bytes.get(at).copied()));
        }
        ensure!(found.len() == fates, "{found:?}");
        let whole = disk.contents.first().map(|content| content.waiting.len());
        ensure!(whole == Some(if is_deaf { 3 } else { 2 }), "a write that came back after the sync began was kept");
    }
    Ok(())
}

/// Checks that a renamed file is found under one of its names, and under the new one once the folder is synced.
pub fn keeps_names_that_are_synced() -> Result<()> {
    let (old, new) = (PathBuf::from("/t/new"), PathBuf::from("/t/kept"));
    let open = Act::Open { file: old.clone(), creates: true, empties: true, appends: false };
    let write = Act::Write { file: old.clone(), offset: None, bytes: b"new".to_vec() };
    let acts = [open, write, Act::Sync { file: old.clone() }, Act::Rename { from: old.clone(), to: new.clone() }];
    let calls: Vec<Call> = acts.into_iter().zip(0..).map(|(act, begun)| call(begun, act)).collect();
    let folder = call(9, Act::Sync { file: PathBuf::from("/t") });
    let mut disk = Disk::new(Path::new("/t"), &BTreeMap::from([(new.clone(), b"old".to_vec())]));
    calls.iter().try_for_each(|call| disk.apply(call, |_| false))?;
    let contents = |disk: &Disk<'_>, seed| -> Result<Option<Vec<u8>>> {
        Ok(disk.image(&[], &mut Random::new(seed))?.get(&new).cloned())
    };
    let found = (0..50).map(|seed| contents(&disk, seed)).collect::<Result<BTreeSet<_>>>()?;
    ensure!(found.len() == 2, "before the sync of the folder: {found:?}");
    disk.apply(&folder, |_| false)?;
    for seed in 0..50 {
        ensure!(contents(&disk, seed)? == Some(b"new".to_vec()), "after the sync of the folder, with seed {seed}");
    }
    Ok(())
}
