//! `nuan doctor`: what this machine has and lacks for building and testing plugins, for backups, and in its configuration.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use nuan_build::{Finding, Progress, State, Subject, examine, locate_workspace, repair};

use crate::configuration::Configuration;
use crate::report::Format;
use crate::terminal;

/// Reports what this machine has and lacks; `--fix` repairs it.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Installs what is missing.
    #[arg(long)]
    fix: bool,
    /// How to answer.
    #[arg(long, default_value = "human")]
    format: Format,
}

impl Doctor {
    /// Exit code 3 if something is missing.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let root = locate_workspace().context("failed to find the workspace; run `nuan doctor` inside it")?;
        let progress = Progress::stderr();
        let mut findings = examine(&root);
        if self.fix {
            for finding in findings.iter().filter(|finding| finding.state == State::Missing) {
                repair(finding, &root, &progress)?;
            }
            findings = examine(&root);
        }
        findings.push(configuration());
        for finding in &findings {
            match self.format {
                Format::Json => terminal::print(&serde_json::to_string(finding)?),
                Format::Human => terminal::print(&sentence(finding)),
            }
        }
        let is_whole = findings.iter().all(|finding| finding.state != State::Missing);
        Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::from(3) })
    }
}

/// The configuration of this folder and environment. `nuan config check` also says what production needs.
fn configuration() -> Finding {
    let Configuration { file, mistakes, .. } = Configuration::current();
    let read = file.as_ref().map_or_else(|| "no file, only defaults".to_owned(), |file| file.display().to_string());
    let detail: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    let is_fine = mistakes.is_empty();
    Finding {
        code: "NU1100",
        subject: Subject::Configuration,
        state: if is_fine { State::Ok } else { State::Missing },
        detail: if is_fine { read } else { detail.join("; ") },
        fix: if is_fine { Vec::new() } else { vec!["nuan config check".to_owned()] },
    }
}

fn sentence(finding: &nuan_build::Finding) -> String {
    let mark = if finding.state == State::Missing { "missing" } else { "ok" };
    let fix =
        if finding.fix.is_empty() { String::new() } else { format!(" · mend it with: {}", finding.fix.join(" or ")) };
    format!("{mark} · {} · {}{fix}", finding.code, finding.detail)
}
