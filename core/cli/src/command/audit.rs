//! `nuan audit`: every leaf, every head, and all that they commit to; and the proofs of it.

mod checkpoint;
mod growth;
mod leaves;
mod opening;
mod proof;

mod offline;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};

use crate::installation::{self, Storage};
use crate::report::Format;
use crate::terminal;

/// What can be asked of the audit log.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Recomputes every log and compares what is stored with what was committed to.
    Verify(Verify),
    /// Writes all logs up to the newest checkpoint to a file that anyone can check elsewhere.
    Export(Export),
    /// Lists the leaves about an id, or about a version of it (`hh_…#1`), the oldest first.
    Leaves(leaves::Leaves),
    /// Proves a leaf against the signed checkpoint.
    Proof(proof::Proof),
    /// Opens a leaf: the content that it commits to, and the opening with which anyone checks that.
    Opening(opening::Opening),
    /// Proves that a log has grown from one size to another and changed nothing.
    Growth(growth::Growth),
    /// Shows the signed checkpoint over everything that is acknowledged now, with the key that it is verified with.
    Checkpoint(checkpoint::Checkpoint),
    /// Checks the proof of one leaf with the log's public key, without any database.
    CheckProof(offline::CheckProof),
}

/// Writes all logs to a file.
#[derive(Debug, Args)]
pub struct Export {
    /// The file; one line of canonical JSON for each leaf and head.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    storage: Storage,
}

/// Recomputes every log.
#[derive(Debug, Args)]
pub struct Verify {
    /// An export: it is checked alone, with `--key` and no database, against `--checkpoint` and each `--witness` if given.
    #[arg(long, value_name = "FILE", requires = "key")]
    export: Option<PathBuf>,
    /// The public key of the log, from somebody you trust.
    #[arg(long, value_name = "KEY", requires = "export")]
    key: Option<String>,
    /// How to answer.
    #[arg(long, default_value = "human")]
    format: Format,
    #[command(flatten)]
    storage: Storage,
}

impl Audit {
    /// Exit code 1 if anything is not as it was.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Verify(Verify { export: Some(export), key: Some(key), format, storage }) => {
                offline::check_export(&export, &key, &storage, format)
            }
            Self::Verify(command) => installation::runtime()?.block_on(command.verify()),
            Self::Export(command) => installation::runtime()?.block_on(command.export()),
            Self::Leaves(command) => command.run(),
            Self::Proof(command) => command.run(),
            Self::Opening(command) => command.run(),
            Self::CheckProof(command) => command.run(),
            Self::Growth(command) => command.run(),
            Self::Checkpoint(command) => command.run(),
        }
    }
}

impl Export {
    async fn export(self) -> anyhow::Result<ExitCode> {
        let kernel = self.storage.reading_kernel().await?;
        let failed = || format!("failed to write {}", self.to.display());
        let mut file = BufWriter::new(File::create(&self.to).with_context(failed)?);
        let (lines, key) = kernel.export_audit(|line| writeln!(file, "{line}")).await?;
        file.flush().with_context(failed)?;
        terminal::say(&format!("Wrote {lines} lines to {}. Check them with the key {key}", self.to.display()));
        kernel.finish().await?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Verify {
    async fn verify(self) -> anyhow::Result<ExitCode> {
        let kernel = self.storage.reading_kernel().await?;
        let bar = terminal::progress(kernel.count_leaves().await?, "verify");
        let seen = kernel
            .verify_audit(self.storage.outside_checkpoint()?.as_deref(), |leaves| bar.set_position(leaves))
            .await?;
        bar.finish_and_clear();
        match self.format {
            Format::Json => terminal::print(&serde_json::to_string(&seen)?),
            Format::Human => {
                for finding in &seen.findings {
                    let seq = finding.seq.map(|seq| format!(" leaf {seq}")).unwrap_or_default();
                    terminal::print(&format!("{}{seq} · {} · {}", finding.county, finding.subject, finding.what));
                }
                let verdict = if seen.findings.is_empty() { "all as it was" } else { "NOT as it was" };
                terminal::print(&format!("{} leaves in {} logs: {verdict}.", seen.leaves, seen.logs));
            }
        }
        Ok(if seen.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}
