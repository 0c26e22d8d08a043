//! `nuan reassessment`: how a reassessment (复核) stands. `nuan reassess` does one.

mod cancel;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
use nuan_kernel::{Kernel, ReassessmentBody};

use crate::report::table::{card, text};
use crate::report::{Language, changes, word};

/// What can be done with a reassessment that was begun.
#[derive(Debug, Subcommand)]
pub enum Reassessment {
    /// Shows how far it has come, whom it left out, and what changed by programme and county.
    Show(show::Show),
    /// Ends it after the batch that is under way; what it stored stays.
    Cancel(cancel::Cancel),
}

impl Reassessment {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Show(command) => command.run(),
            Self::Cancel(command) => command.run(),
        }
    }
}

/// How it stands, and what it changed.
fn shown(body: &ReassessmentBody, kernel: &Kernel, language: Language) -> String {
    let sides = card(
        language,
        [
            (("复核编号", "Reassessment"), body.id.to_string()),
            (("状态", "State"), word::written(language, &body.state)),
            (("测算日期", "As of"), body.as_of.to_string()),
            (("地区", "Division"), body.division.to_string()),
            (("开始", "Began"), body.started_at.clone()),
            (("结束", "Ended"), text(body.ended_at.as_ref())),
            (("家庭数", "Households"), format!("{} / {}", body.looked_at, body.households)),
        ],
    );
    format!("{sides}\n{}", changes(body, &kernel.plugins(), language))
}
