//! Witnesses for tests: one in this process, and the real program as a child.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use nuan_domain::audit::checkpoint::Checkpoint;
use nuan_domain::audit::note::{Cosigner, NoteKey, NoteSigner};
use nuan_domain::audit::proof::{Range, consistency_ranges, empty_root, leaf_hash, root_of};
use nuan_domain::audit::witness::{AddCheckpoint, Answer};
use nuan_domain::crypto::{CryptoSuite, Hash};
use nuan_kernel::{Asking, NotCosigned, RemoteWitness, Witness, watched_log};
use nuan_store::witness_store::WitnessStore;

use crate::installation::{ORIGIN, StillWorld, keys};

const SUITE: CryptoSuite = CryptoSuite::International;

/// The key of the log of a test's kernel.
pub fn log_key() -> Result<NoteKey> {
    Ok(keys().checkpoint_key(ORIGIN)?)
}

/// A log that signs whatever it is asked to, with the key of a test's kernel or another.
pub struct SigningLog {
    /// The hashes of its leaves.
    pub leaves: Vec<Hash>,
    signer: NoteSigner,
}

impl SigningLog {
    /// A log of so many leaves; logs of another kind differ from leaf `from` on.
    pub fn new(signer: NoteSigner, size: u64, kind: u64, from: u64) -> Self {
        let leaf = |n: u64| leaf_hash(SUITE, &[n, if n < from { 0 } else { kind }].map(u64::to_be_bytes).concat());
        Self { leaves: (0..size).map(leaf).collect(), signer }
    }

    fn root(&self, range: Range) -> Hash {
        let place = |n| usize::try_from(n).unwrap_or(usize::MAX);
        let leaves = self.leaves.get(place(range.from)..place(range.until)).unwrap_or_default();
        root_of(SUITE, leaves.iter().map(|leaf| (0, *leaf))).unwrap_or_else(|| empty_root(SUITE))
    }

    /// The body of a request with the proof from one size to another.
    pub fn request(&self, old: u64, proof_from: u64, new: u64) -> Result<String> {
        let root = self.root(Range { from: 0, until: new });
        let note = Checkpoint::new(self.signer.key().name().to_owned(), new, root).sign(&self.signer)?;
        let proof = consistency_ranges(proof_from, new).into_iter().map(|range| self.root(range)).collect();
        Ok(AddCheckpoint::new(old, proof, note)?.body())
    }
}

/// A witness of that log with a memory of its own.
pub async fn witness(name: &str, seed: u8) -> Result<Witness> {
    let store = WitnessStore::open("sqlite::memory:").await.context("failed to open a memory")?;
    let cosigner = Cosigner::new(name, SUITE.signer(&[seed; 32]))?;
    let log = watched_log(vec![log_key()?]).context("one key is of one log")?;
    Ok(Witness::new(store, cosigner, vec![log], Arc::new(StillWorld::default())))
}

/// A witness in this process, asked without a network.
#[derive(Debug)]
pub struct Beside(pub Witness);

impl RemoteWitness for Beside {
    fn key(&self) -> &NoteKey {
        self.0.key()
    }

    fn add_checkpoint(&self, request: String) -> Asking<'_> {
        Box::pin(async move {
            Ok(match self.0.add_checkpoint(request.as_bytes()).await {
                Ok(line) => Answer::read(200, "", line.as_bytes()),
                Err(NotCosigned::Refused(refusal)) => {
                    let body = refusal.size_body();
                    let size = nuan_domain::audit::witness::SIZE_CONTENT_TYPE;
                    let content_type = if body.is_some() { size } else { "" };
                    Answer::read(refusal.status(), content_type, body.unwrap_or_default().as_bytes())
                }
                Err(NotCosigned::Failed(_)) => Answer::Refused(500),
            })
        })
    }
}

/// The program that was built beside this test, or the one that `NUAN_PROGRAM` names.
pub fn program() -> Result<PathBuf> {
    if let Some(given) = std::env::var_os("NUAN_PROGRAM") {
        return Ok(PathBuf::from(given));
    }
    let test = std::env::current_exe().context("this program does not know where it is")?;
    let folder = test.parent().and_then(Path::parent).context("this program is in no build folder")?;
    let program = folder.join("nuan");
    ensure!(program.is_file(), "there is no {}; run `cargo xtask test`, which builds it", program.display());
    Ok(program)
}

/// `nuan witness serve` as a child, in a folder of its own.
#[derive(Debug)]
pub struct WitnessProcess {
    child: Child,
    folder: PathBuf,
    logs: Vec<NoteKey>,
    /// Its public key.
    pub key: NoteKey,
    /// Where it listens.
    pub address: String,
}

impl WitnessProcess {
    /// Makes a key in a folder that is not there yet, and starts as the witness of these logs.
    pub fn new(folder: PathBuf, name: &str, logs: Vec<NoteKey>) -> Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let mut command = Command::new(program()?);
        command.current_dir(&folder).args(["witness", "new-key", "--name", name]);
        let made = command.output().context("failed to run `nuan witness new-key`")?;
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let key = NoteKey::parse(String::from_utf8(made.stdout)?.trim())?;
        let (child, address) = start(&folder, &logs)?;
        Ok(Self { child, folder, logs, key, address })
    }

    /// Kills it as a power cut would, and starts it again over the same memory, at another port.
    pub fn restart(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        let (child, address) = start(&self.folder, &self.logs)?;
        self.child = child;
        self.address = address;
        Ok(())
    }

    /// What it keeps against logs: the kinds.
    pub fn evidence(&self) -> Result<Vec<String>> {
        let mut command = Command::new(program()?);
        command.current_dir(&self.folder).args(["witness", "evidence", "--format", "json"]);
        let shown: serde_json::Value = serde_json::from_slice(&command.output()?.stdout)?;
        let kinds = shown.as_array().context("the evidence is no list")?.iter();
        Ok(kinds.filter_map(|kept| kept.get("kind")?.as_str().map(str::to_owned)).collect())
    }
}

fn start(folder: &Path, logs: &[NoteKey]) -> Result<(Child, String)> {
    let mut command = Command::new(program()?);
    command.current_dir(folder).args(["witness", "serve", "--listen", "127.0.0.1:0"]);
    command.args(logs.iter().flat_map(|key| ["--log".to_owned(), key.to_string()]));
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().context("failed to start `nuan`")?;
    let said = child.stderr.take().context("the witness says nothing")?;
    let mut line = String::new();
    let mut said = BufReader::new(said);
    said.read_line(&mut line)?;
    let address = line.split(' ').find(|word| word.starts_with("http://")).map(str::to_owned);
    let address = address.with_context(|| format!("the witness said: {}", line.trim()))?;
    // What it says later is read away, so that it never waits for a full pipe.
    std::thread::spawn(move || drop(std::io::copy(&mut said, &mut std::io::sink())));
    Ok((child, address))
}

impl Drop for WitnessProcess {
    fn drop(&mut self) {
        // One that has ended already needs neither; what cannot be removed stays in the temporary folder.
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}
