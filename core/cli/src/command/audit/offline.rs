//! Checks without a database and without a secret: an export, and the proof of one leaf.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use nuan_domain::audit::note::NoteKey;
use nuan_domain::audit::offline::{self, Grown, Trusted};
use serde_json::{Value, json};

use crate::installation::Storage;
use crate::named_witness::NamedWitness;
use crate::report::Format;
use crate::terminal;

/// Checks the proof of one leaf.
#[derive(Debug, Args)]
pub struct CheckProof {
    /// What `/v1/audit/leaves/…/proof` answered.
    #[arg(value_name = "FILE")]
    proof: PathBuf,
    /// The public key of the log, from somebody you trust.
    #[arg(long, value_name = "KEY")]
    key: String,
    /// The key of a witness that has to have cosigned; may be given several times.
    #[arg(long = "witness", value_name = "KEY", value_parser = NamedWitness::parse)]
    witnesses: Vec<NamedWitness>,
    /// A checkpoint that you kept, to be sure that the log has only grown from it.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// What `/v1/audit/growth/000000-…` answered for the sizes of the two checkpoints; not needed where they are one.
    #[arg(long, value_name = "FILE", requires = "checkpoint")]
    growth: Option<PathBuf>,
    /// What `/v1/audit/leaves/…/opening` answered, to be sure that its content is what the leaf commits to.
    #[arg(long, value_name = "FILE")]
    opening: Option<PathBuf>,
    /// How to answer.
    #[arg(long, default_value = "human")]
    format: Format,
}

impl CheckProof {
    /// Exit code 1 if it proves nothing.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let trusted = trusted(&self.key, &self.witnesses)?;
        let proof = read(&self.proof)?;
        let kept = self.checkpoint.as_deref().map(read).transpose()?;
        let growth = self.growth.as_deref().map(read).transpose()?;
        let grown = kept.as_deref().map(|kept| Grown { kept, growth: growth.as_deref() });
        let opening = self.opening.as_deref().map(read).transpose()?;
        let checked = offline::check_proof(&proof, &trusted, grown);
        let checked = checked.and_then(|proven| {
            opening.map_or(Ok(()), |opening| offline::check_opening(&proof, &opening)).map(|()| proven)
        });
        let checked = checked.map(|proven| {
            let said = format!(
                "{} about {} at {} is leaf {} of {} under {} heads",
                proven.act, proven.subject, proven.at, proven.seq, proven.log, proven.heads
            );
            let fields = json!({
                "ok": true, "act": proven.act, "subject": proven.subject, "at": proven.at,
                "seq": proven.seq, "log": proven.log, "heads": proven.heads,
            });
            (said, fields)
        });
        Ok(told(checked.map_err(|what| (what.clone(), json!({ "ok": false, "what": what }))), self.format))
    }
}

/// Checks an export. Exit code 1 if anything is not as it must be.
pub fn check_export(export: &Path, key: &str, storage: &Storage, format: Format) -> anyhow::Result<ExitCode> {
    let trusted = trusted(key, storage.witnesses())?;
    let data = std::fs::read(export).with_context(|| format!("failed to read {}", export.display()))?;
    let kept = storage.given_checkpoint().map(read).transpose()?;
    let checked = offline::check_export(&data, &trusted, kept.as_deref()).map(|seen| {
        let said = format!("{} leaves in {} logs, {} after the last checkpoint", seen.leaves, seen.logs, seen.after);
        let fields = json!({
            "ok": true, "leaves": seen.leaves, "logs": seen.logs, "heads": seen.heads, "after": seen.after,
        });
        (said, fields)
    });
    let checked =
        checked.map_err(|wrong| (wrong.to_string(), json!({ "ok": false, "line": wrong.line, "what": wrong.what })));
    Ok(told(checked, format))
}

fn trusted(key: &str, witnesses: &[NamedWitness]) -> anyhow::Result<Trusted> {
    let log = NoteKey::parse(key).context("the key of the log cannot be read")?;
    Ok(Trusted::new(log, witnesses.iter().map(|witness| witness.key().clone()).collect()))
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))
}

fn told(checked: Result<(String, Value), (String, Value)>, format: Format) -> ExitCode {
    let (word, said, fields, code) = match checked {
        Ok((said, fields)) => ("ok", said, fields, ExitCode::SUCCESS),
        Err((said, fields)) => ("bad", said, fields, ExitCode::from(1)),
    };
    match format {
        Format::Json => terminal::print(&fields.to_string()),
        Format::Human => terminal::print(&format!("{word}: {said}")),
    }
    code
}
