//! `nuan witness`: run by the audit administrator on another machine, with a key of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use nuan_api::WitnessServer;
use nuan_domain::audit::note::NoteKey;
use nuan_domain::audit::witness::WatchedLog;
use nuan_domain::crypto::CryptoSuite;
use nuan_kernel::{EvidenceBody, KernelError, Surroundings, Witness as AtWork};
use nuan_store::witness_store::WitnessStore;

use crate::installation;
use crate::real_world::RealWorld;
use crate::report::Format;
use crate::terminal;

/// What a witness does.
#[derive(Debug, Subcommand)]
pub enum Witness {
    /// Cosigns checkpoints of the logs that it is given, each only if the log has grown from the last one.
    Serve(Serve),
    /// Shows what logs signed and the witness refused: what may prove that a log has shown two faces.
    Evidence(Evidence),
    /// Makes the key of a witness with its memory, and prints the public half that logs and readers are given.
    NewKey(NewKey),
}

/// Serves until it is told to stop.
#[derive(Debug, Args)]
pub struct Serve {
    /// The address.
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// The public key of a log; two with a comma between while one takes over from the other. May be given several times.
    #[arg(long = "log", value_name = "KEY[,KEY]", required = true, value_parser = log)]
    logs: Vec<WatchedLog>,
    /// The memory of the witness, as `nuan witness new-key` made it. A witness that lost it needs a new key.
    #[arg(long, value_name = "FILE", default_value = "nuan-witness.sqlite")]
    state: PathBuf,
    /// The key of the witness, as `nuan witness new-key` made it.
    #[arg(long, value_name = "FILE", default_value = "nuan-witness.key")]
    key_file: PathBuf,
}

/// Shows what is kept.
#[derive(Debug, Args)]
pub struct Evidence {
    /// The memory of the witness.
    #[arg(long, value_name = "FILE", default_value = "nuan-witness.sqlite")]
    state: PathBuf,
    /// How to answer.
    #[arg(long, default_value = "human")]
    format: Format,
}

/// Makes a key and the memory that belongs to it.
#[derive(Debug, Args)]
pub struct NewKey {
    /// The name of the witness, as its cosignatures carry it: best an address without a scheme.
    #[arg(long, value_name = "NAME")]
    name: String,
    /// The file; one that is there already is left alone.
    #[arg(long, value_name = "FILE", default_value = "nuan-witness.key")]
    key_file: PathBuf,
    /// The memory, a SQLite file; one that is there already is left alone.
    #[arg(long, value_name = "FILE", default_value = "nuan-witness.sqlite")]
    state: PathBuf,
    /// The cryptography: `international` or `guo-mi`.
    #[arg(long, default_value = "international")]
    suite: CryptoSuite,
}

impl Witness {
    /// Runs the command; evidence that is there is exit code 1.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Serve(command) => installation::runtime()?.block_on(command.serve()),
            Self::Evidence(command) => installation::runtime()?.block_on(command.show()),
            Self::NewKey(command) => installation::runtime()?.block_on(command.make()),
        }
    }
}

/// The keys of one log.
fn log(text: &str) -> Result<WatchedLog, String> {
    let keys: Result<Vec<NoteKey>, _> = text.split(',').map(NoteKey::parse).collect();
    let keys = keys.map_err(|error| error.to_string())?;
    nuan_kernel::watched_log(keys).ok_or_else(|| "the two keys are of different logs or suites".to_owned())
}

impl Serve {
    async fn serve(self) -> anyhow::Result<ExitCode> {
        let cosigner = nuan_kernel::open_witness_key(&self.key_file)?;
        let store = nuan_kernel::open_witness_memory(&self.state, cosigner.key(), RealWorld.now()).await?;
        let witness = AtWork::new(store, cosigner, self.logs, Arc::new(RealWorld));
        let key = witness.key().to_string();
        let server = WitnessServer::bind(witness, self.listen).await?;
        terminal::say(&format!("Witness {key} at http://{} — Ctrl-C stops.", server.address()));
        let stop = async {
            nuan_api::told_to_stop(Duration::ZERO).await;
        };
        server.run(stop).await?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Evidence {
    async fn show(self) -> anyhow::Result<ExitCode> {
        if !self.state.is_file() {
            bail!("there is no {}", self.state.display());
        }
        let store = open(&self.state).await?;
        let kept = nuan_kernel::witness_evidence(&store).await;
        store.close().await;
        let kept = kept?;
        match self.format {
            Format::Json => terminal::print(&serde_json::to_string(&kept)?),
            Format::Human => kept.iter().for_each(|evidence| terminal::print(&told(evidence))),
        }
        Ok(if kept.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

/// Both checkpoints that the log signed, whole, so that they can be shown to anyone.
fn told(evidence: &EvidenceBody) -> String {
    let EvidenceBody { log, kind, held_size, held_checkpoint, request, at } = evidence;
    format!("{log} · {kind} · {at} · held {held_size} heads\n{held_checkpoint}\nand was sent\n{request}")
}

impl NewKey {
    async fn make(self) -> anyhow::Result<ExitCode> {
        if self.key_file.exists() {
            bail!("{} is there already", self.key_file.display());
        }
        nuan_kernel::refuse_existing_memory(&self.state)?;
        let cosigner = nuan_kernel::new_witness_key(&self.key_file, &self.name, self.suite, &RealWorld)?;
        if let Err(error) = nuan_kernel::new_witness_memory(&self.state, cosigner.key(), RealWorld.now()).await {
            // A key without a memory signs nothing and only stands in the way of the next attempt.
            drop(std::fs::remove_file(&self.key_file));
            return Err(error.into());
        }
        terminal::say(&format!(
            "Wrote {} and its memory {}. Keep both on this machine alone.",
            self.key_file.display(),
            self.state.display()
        ));
        terminal::print(&cosigner.key().to_string());
        Ok(ExitCode::SUCCESS)
    }
}

async fn open(state: &std::path::Path) -> anyhow::Result<WitnessStore> {
    let opened = WitnessStore::open(&format!("sqlite:{}", state.display())).await.map_err(KernelError::from);
    opened.with_context(|| format!("failed to open {}", state.display()))
}
