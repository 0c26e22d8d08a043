//! `nuan audit verify`: every leaf, every head, and all that they commit to.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::installation::{self, Storage};
use crate::report::Format;
use crate::terminal;

/// What can be asked of the audit log.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Recomputes every log and compares what is stored with what was committed to.
    Verify(Verify),
}

/// Recomputes every log.
#[derive(Debug, Args)]
pub struct Verify {
    /// How to answer.
    #[arg(long, default_value = "human")]
    format: Format,
    #[command(flatten)]
    storage: Storage,
}

impl Audit {
    /// Exit code 1 if anything is not as it was.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let Self::Verify(command) = self;
        let runtime = installation::runtime()?;
        runtime.block_on(command.verify())
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
