//! `nuan config`: whether the configuration can be used, and where each setting came from.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use comfy_table::presets;
use nuan_kernel::configuration::Profile;
use nuan_vocabulary::diagnostic::Diagnostic;
use serde_json::json;

use super::serve::Listening;
use crate::configuration::{Configuration, Shown};
use crate::installation::{self, Installation};
use crate::production;
use crate::report::Format;
use crate::terminal;

/// What can be asked of the configuration.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Lists every mistake, and everything that production refuses.
    Check(Check),
    /// Shows every setting.
    Show(Show),
}

/// Lists every mistake.
#[derive(Debug, Args)]
pub struct Check {
    /// How to answer.
    #[arg(long, default_value = "human")]
    format: Format,
    #[command(flatten)]
    listening: Listening,
    #[command(flatten)]
    installation: Installation,
}

/// Shows every setting.
#[derive(Debug, Args)]
pub struct Show {
    /// Also shows where each came from: file and line, variable, flag, or default.
    #[arg(long = "origin", id = "with_origin")]
    origin: bool,
    /// How to answer.
    #[arg(long, default_value = "human")]
    format: Format,
    #[command(flatten)]
    listening: Listening,
    #[command(flatten)]
    installation: Installation,
}

impl Config {
    /// Exit code 2 if the configuration has mistakes, or has findings and is for production.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Check(command) => installation::runtime()?.block_on(command.check()),
            Self::Show(command) => Ok(command.show()),
        }
    }
}

impl Check {
    async fn check(self) -> anyhow::Result<ExitCode> {
        let mut mistakes = Configuration::current().mistakes.clone();
        let packages = self.installation.packages().unwrap_or_else(|error| {
            mistakes.extend(error.diagnostics().iter().cloned());
            Vec::new()
        });
        let storage = self.installation.storage();
        let findings = production::findings(storage, &packages, Some(self.listening.listen)).await;
        let is_production = storage.profile() == Profile::Production;
        match self.format {
            Format::Json => {
                let profile = storage.profile().name();
                terminal::print(
                    &json!({ "profile": profile, "mistakes": mistakes, "production": findings }).to_string(),
                );
            }
            Format::Human => report(&mistakes, &findings, storage.profile()),
        }
        let is_fine = mistakes.is_empty() && (findings.is_empty() || !is_production);
        Ok(if is_fine { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }
}

fn report(mistakes: &[Diagnostic], findings: &[Diagnostic], profile: Profile) {
    for mistake in mistakes {
        terminal::print(&mistake.to_string());
    }
    for finding in findings {
        terminal::print(&format!("production · {finding}"));
    }
    let (mistakes, findings, profile) = (mistakes.len(), findings.len(), profile.name());
    terminal::print(&format!(
        "{mistakes} mistakes; the profile is {profile}, and production would refuse {findings} things."
    ));
}

/// What stands between the values of a list, as it does in its variable.
fn separator(shown: &Shown) -> String {
    shown.setting.kind.separator().map(String::from).unwrap_or_default()
}

impl Show {
    fn show(self) -> ExitCode {
        let configuration = Configuration::current();
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        for shown in configuration.shown() {
            let (key, value) = (shown.setting.key, shown.values.join(&separator(shown)));
            match (self.format, self.origin) {
                (Format::Json, _) => terminal::print(&line(shown, self.origin)),
                (Format::Human, true) => {
                    table.add_row([key, &value, &shown.origin.to_string()]);
                }
                (Format::Human, false) => {
                    table.add_row([key, &value]);
                }
            }
        }
        if self.format == Format::Human {
            terminal::print(&table.to_string());
        }
        for mistake in &configuration.mistakes {
            terminal::say(&format!("{mistake}"));
        }
        if configuration.mistakes.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) }
    }
}

fn line(shown: &Shown, with_origin: bool) -> String {
    let mut line = json!({ "setting": shown.setting.key, "values": shown.values });
    if with_origin && let Some(line) = line.as_object_mut() {
        line.insert("origin".to_owned(), json!(shown.origin));
    }
    line.to_string()
}
