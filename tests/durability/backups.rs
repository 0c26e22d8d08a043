//! T26: a backup that is taken while others write holds what was acknowledged before it began; whatever is changed in it is
//! refused; what is restored verifies against the checkpoint.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use nuan_kernel::Keys;
use nuan_kernel::backup::{Manifest, digest_of};
use nuan_tests::installation::scrambled;
use serde_json::Value;

use crate::databases::{self, households_at};
use crate::http::Client;
use crate::place::{On, Place, command};
use crate::server::{Server, pause};
use crate::{is_long, say};

const WRITERS: u32 = 4;
/// Before the backup and after it, so that it falls into the writing.
const MEANWHILE: Duration = Duration::from_millis(1_500);
/// Bytes that are changed, one at a time.
const CHANGES: (u64, u64) = (30, 400);
/// Bytes beside the households, so that a rate says something.
const FILLING: (u64, u64) = (8, 512);
/// Megabytes a second, in a release build.
const RATE: u128 = 50;

/// The places of an installation that a restore makes anew; the key file is kept elsewhere and brought back.
struct Restored<'p> {
    place: &'p Place,
    database: String,
    key_store: PathBuf,
    checkpoint: PathBuf,
}

/// Backs up under load, restores, and changes bytes.
pub fn run(on: On, seed: u64) -> Result<()> {
    let place = Place::new(on)?;
    let filled = databases::fill(&place.address(), if is_long() { FILLING.1 } else { FILLING.0 }, || {
        Server::start(&place)?.stop()
    })?;
    let (backup, keys) = (place.beside("backup"), place.beside("backup-keys"));
    let (before, took) = back_up_under_load(&place, &backup, &keys, seed)?;

    let restored = Restored::new(&place, "first")?;
    expect(&restored.restore_keys(&keys)?, 0, "")?;
    expect(&restored.restore(&backup)?, 0, "all as it was")?;
    let found = households_at(&restored.database)?;
    let lost = before.iter().filter(|id| !found.contains(*id)).count();
    let findings = restored.findings()?;

    let mut accepted = changed_bytes(&restored, &backup, seed)?;
    accepted += u64::from(!is_refused(&restored.anew("again")?.restore_with_new_keys(&backup)?, "NU7011"));
    accepted += u64::from(!is_refused(&restored.restore(&backup)?, "NU7010"));
    accepted += u64::from(!is_refused(&restored.anew("other")?.restore(&keys)?, "NU7018"));
    accepted += killed_half_way(&restored, &backup, on)?;
    // Last, since it changes the backup.
    accepted += resealed(&place, &restored, &backup, on)?;
    let bytes = u128::from(filled);
    let rate = bytes.div_euclid(took.as_millis().max(1)).div_euclid(1_000);
    say(&format!(
        "T26 {on:?}, seed {seed}, N {} acks before the backup and {} changes, failures {} (lost {lost}, findings {findings}, \
         accepted {accepted}); at least {} MB copied in {} ms, {rate} MB a second",
        before.len(),
        if is_long() { CHANGES.1 } else { CHANGES.0 },
        u64::try_from(lost)? + u64::try_from(findings)? + accepted,
        bytes.div_euclid(1_000_000),
        took.as_millis(),
    ));
    ensure!(!before.is_empty(), "nothing was acknowledged before the backup");
    ensure!(lost == 0 && findings == 0 && accepted == 0, "the backup is not what it should be");
    ensure!(!is_long() || cfg!(debug_assertions) || RATE <= rate, "{rate} MB a second");
    Ok(())
}

/// The households that were acknowledged before the backup began, and how long the register's copy took.
fn back_up_under_load(place: &Place, to: &Path, keys: &Path, seed: u64) -> Result<(BTreeSet<String>, Duration)> {
    let server = Server::start(place)?;
    let (address, is_over) = (server.address(), AtomicBool::new(false));
    let acknowledged: Mutex<BTreeSet<String>> = Mutex::default();
    let known = || acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
    let write = |writer: u32| {
        let mut client = Client::new(address);
        for number in 0.. {
            if is_over.load(Ordering::SeqCst) {
                break;
            }
            let answer = client.record(&format!("t26-{seed:x}-{writer}-{number}"))?;
            let id = answer.id().with_context(|| format!("an answer of {} names no household", answer.status))?;
            known().insert(id);
        }
        Ok::<_, anyhow::Error>(())
    };
    let write = &write;
    let outcome = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write(writer))).collect();
        pause(MEANWHILE);
        let before = known().clone();
        let begun = Instant::now();
        let copied = place.run(&["backup", "--to", &to.display().to_string()]);
        let took = begun.elapsed();
        // After the register: it has the keys of everything that the register's copy has.
        let copied_keys = place.run(&["backup", "keys", "--to", &keys.display().to_string()]);
        pause(MEANWHILE);
        is_over.store(true, Ordering::SeqCst);
        for writer in writers {
            writer.join().map_err(|_| anyhow!("a writer broke"))??;
        }
        expect(&copied?, 0, "")?;
        expect(&copied_keys?, 0, "")?;
        ensure!(before.len() < known().len(), "nothing was written during the backup");
        Ok((before, took))
    });
    server.stop()?;
    outcome
}

/// How many changed bytes a restore accepts.
fn changed_bytes(first: &Restored<'_>, backup: &Path, seed: u64) -> Result<u64> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(backup)? {
        files.push(entry?.path());
    }
    files.sort();
    ensure!(files.len() == 3, "a backup has a copy, a checkpoint and a manifest: {files:?}");
    let target = first.anew("changed")?;
    let mut accepted = 0;
    let changes = if is_long() { CHANGES.1 } else { CHANGES.0 };
    for number in 0..changes {
        let chosen = scrambled(seed.wrapping_add(number));
        let file = files.get(usize::try_from(chosen.rem_euclid(3))?).context("there is no such file")?;
        let whole = std::fs::read(file)?;
        let at = usize::try_from(scrambled(chosen).rem_euclid(u64::try_from(whole.len())?))?;
        let mut changed = whole.clone();
        if let Some(byte) = changed.get_mut(at) {
            *byte ^= 1 << chosen.rem_euclid(7);
        }
        std::fs::write(file, changed)?;
        let refused = target.restore(backup)?;
        std::fs::write(file, whole)?;
        let code = if file.ends_with("manifest") { "NU7011" } else { "NU7012" };
        if !is_refused(&refused, code) {
            say(&format!("accepted: byte {at} of {}: {refused:?}", file.display()));
            accepted += 1;
        }
    }
    for file in &files {
        let aside = file.with_extension("aside");
        std::fs::rename(file, &aside)?;
        accepted += u64::from(target.restore(backup)?.status.success());
        std::fs::rename(aside, file)?;
    }
    // The control: with every byte in its place again it is accepted.
    expect(&target.restore(backup)?, 0, "all as it was")?;
    Ok(accepted)
}

/// Whoever holds the key file can seal a manifest over another register: the audit log and its checkpoint find it all the same.
fn resealed(place: &Place, first: &Restored<'_>, backup: &Path, on: On) -> Result<u64> {
    if on == On::Postgres {
        return Ok(0); // A dump is compressed; the same rows are changed on SQLite.
    }
    let copy = backup.join("register.sqlite");
    databases::change_a_leaf(&copy)?;
    let keys = Keys::open(&place.key_file())?;
    let manifest = backup.join("manifest");
    let mut sealed = Manifest::open(&std::fs::read_to_string(&manifest)?, &keys)?;
    for file in sealed.files.iter_mut().filter(|file| file.name == "register.sqlite") {
        (file.bytes, file.digest) = digest_of(&copy, keys.suite())?;
    }
    std::fs::write(&manifest, sealed.sealed(&keys)?)?;
    let target = first.anew("resealed")?;
    let output = target.restore(backup)?;
    let is_refused =
        output.status.code() == Some(1) && said(&output).contains("error[NU7013]") && said(&output).contains("leaf");
    ensure!(!target.is_there(), "what was refused is still there");
    Ok(u64::from(!is_refused))
}

/// A restore that is killed before it has verified everything leaves nothing that a server opens, and is done again.
fn killed_half_way(first: &Restored<'_>, backup: &Path, on: On) -> Result<u64> {
    for attempt in 0..20 {
        let target = first.anew(&format!("killed{attempt}"))?;
        let mut child =
            target.command(&["restore", "--from", &backup.display().to_string()], &first.place.key_file())?;
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let is_there = || match on {
            On::Sqlite => target.with_ending(".restoring").exists(),
            On::Postgres => households_at(&target.database).is_ok(),
        };
        while !is_there() && child.try_wait()?.is_none() {
            pause(Duration::from_millis(1));
        }
        child.kill()?;
        if child.wait()?.success() {
            continue; // it was faster
        }
        match on {
            On::Sqlite => {
                ensure!(!target.is_there(), "what is not verified lies in its place");
                expect(&target.restore(backup)?, 0, "all as it was")?;
                ensure!(!target.with_ending(".restoring").exists(), "what was cut off is still there");
            }
            On::Postgres => {
                let opened = target.run(&["audit", "verify"], &first.place.key_file())?;
                expect(&opened, 3, "error[NU1022]")?;
                ensure!(is_refused(&target.restore(backup)?, "NU7010"), "it is not empty");
            }
        }
        return Ok(0);
    }
    bail!("no restore was killed half-way")
}

impl<'p> Restored<'p> {
    fn new(place: &'p Place, name: &str) -> Result<Self> {
        let folder = place.beside(name);
        std::fs::create_dir_all(&folder)?;
        let database = match place.on() {
            On::Sqlite => folder.join("nuan.sqlite").display().to_string(),
            On::Postgres => databases::fresh_database(&format!("nuan_restored_{name}_{}", std::process::id()))?,
        };
        Ok(Self { place, database, key_store: folder.join("keys.sqlite"), checkpoint: folder.join("checkpoint") })
    }

    /// Another empty place beside the same keys.
    fn anew(&self, name: &str) -> Result<Self> {
        Ok(Self { key_store: self.key_store.clone(), ..Restored::new(self.place, name)? })
    }

    fn run(&self, words: &[&str], key_file: &Path) -> Result<Output> {
        self.command(words, key_file)?.output().context("failed to run `nuan`")
    }

    fn command(&self, words: &[&str], key_file: &Path) -> Result<Command> {
        let flags = [
            ("--database", self.database.clone()),
            ("--key-store", self.key_store.display().to_string()),
            ("--checkpoint", self.checkpoint.display().to_string()),
            ("--key-file", key_file.display().to_string()),
            ("--cache", self.place.beside("cache").display().to_string()),
        ];
        let program = self.place.program().display().to_string();
        let words = words.iter().map(|word| (*word).to_owned());
        let flags = flags.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]);
        let all: Vec<String> = std::iter::once(program).chain(words).chain(flags).collect();
        command(&all, self.place.folder())
    }

    fn restore(&self, from: &Path) -> Result<Output> {
        self.run(&["restore", "--from", &from.display().to_string()], &self.place.key_file())
    }

    fn restore_keys(&self, from: &Path) -> Result<Output> {
        self.run(&["restore", "keys", "--from", &from.display().to_string()], &self.place.key_file())
    }

    fn restore_with_new_keys(&self, from: &Path) -> Result<Output> {
        let key_file = self.place.beside("other.key");
        expect(&self.run(&["keys", "new"], &key_file)?, 0, "")?;
        self.run(&["restore", "--from", &from.display().to_string()], &key_file)
    }

    /// How many things `nuan audit verify` finds, with the restored checkpoint outside.
    fn findings(&self) -> Result<usize> {
        ensure!(self.checkpoint.is_file(), "no checkpoint was restored");
        let output = self.run(&["audit", "verify", "--format", "json"], &self.place.key_file())?;
        let seen: Value = serde_json::from_slice(&output.stdout).with_context(|| said(&output))?;
        let findings = seen.get("findings").and_then(Value::as_array).context("the answer names no findings")?;
        Ok(findings.len())
    }

    /// A file beside the database.
    fn with_ending(&self, ending: &str) -> PathBuf {
        PathBuf::from(format!("{}{ending}", self.database))
    }

    fn is_there(&self) -> bool {
        Path::new(&self.database).exists()
    }
}

/// What a command wrote.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}

/// A command ended so, and said so.
pub fn expect(output: &Output, code: i32, words: &str) -> Result<()> {
    let said = said(output);
    ensure!(output.status.code() == Some(code) && said.contains(words), "ended with {}: {said}", output.status);
    Ok(())
}

fn is_refused(output: &Output, code: &str) -> bool {
    output.status.code() == Some(2) && said(output).contains(&format!("error[{code}]"))
}

/// An old copy of the key store brings nobody back: a restore destroys again what the audit log says is erased. A copy that is put
/// in its place by hand does bring them back, and is found.
pub fn erasure(_seed: u64) -> Result<()> {
    let place = Place::new(On::Sqlite)?;
    let server = Server::start(&place)?;
    let id = Client::new(server.address()).record("t26-erased")?.id().context("no household was recorded")?;
    server.stop()?;
    let (old_keys, old_register) = (place.beside("old-keys"), place.beside("old-register"));
    expect(&place.run(&["backup", "--to", &old_register.display().to_string()])?, 0, "")?;
    expect(&place.run(&["backup", "keys", "--to", &old_keys.display().to_string()])?, 0, "")?;
    expect(&place.run(&["keys", "erase", "--household", &id, "--because", "expired"])?, 0, "is erased")?;
    ensure!(place.verify()?.is_empty(), "an erasure is no finding");

    // The old register beside the key store of today: it stays erased, which the restore says.
    let mut old = Restored::new(&place, "old")?;
    old.key_store = PathBuf::from(format!("{}.keys", place.database_file().display()));
    expect(&old.restore(&old_register)?, 0, "stays erased")?;

    // The old key store in the place of today's.
    for ending in ["", "-wal", "-shm"] {
        drop(std::fs::remove_file(format!("{}.keys{ending}", place.database_file().display())));
    }
    let by_hand = PathBuf::from(format!("{}.keys", place.database_file().display()));
    std::fs::copy(old_keys.join("keys.sqlite"), &by_hand)?;
    let findings = place.verify()?;
    ensure!(findings.iter().any(|finding| finding.to_string().contains("there again")), "{findings:?}");
    std::fs::remove_file(&by_hand)?;
    for ending in ["-wal", "-shm"] {
        drop(std::fs::remove_file(format!("{}{ending}", by_hand.display())));
    }
    expect(&place.run(&["restore", "keys", "--from", &old_keys.display().to_string()])?, 0, "2 keys")?;
    let findings = place.verify()?;
    say(&format!("T26 an old key store, N 1, failures {}", findings.len()));
    ensure!(findings.is_empty(), "{findings:?}");
    Ok(())
}
