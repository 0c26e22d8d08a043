//! `nuan decision`: an official adopts a determination or departs from it (审核确认决定).

mod list;
mod make;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
use nuan_kernel::{DecidedBenefitBody, DecisionBody, Page};
use nuan_vocabulary::fen::Fen;

use crate::report::table::{card, part, table, text};
use crate::report::{Language, word};

/// What can be done with decisions.
#[derive(Debug, Subcommand)]
pub enum Decision {
    /// Adopts a determination, or departs from it with a reason; what is due follows at once.
    Make(make::Make),
    /// Lists the decisions about a household, oldest first.
    List(list::List),
    /// Shows a decision: what was adopted or decided instead, why, and what follows.
    Show(show::Show),
}

impl Decision {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Make(command) => command.run(),
            Self::List(command) => command.run(),
            Self::Show(command) => command.run(),
        }
    }
}

/// Decisions, a line each.
fn listed(found: &Page<DecisionBody>, language: Language) -> String {
    let titles = [
        ("决定编号", "Decision"),
        ("测算日期", "As of"),
        ("决定", "What"),
        ("测算结论", "Determination"),
        ("决定人", "Decided by"),
        ("决定时间", "Decided"),
    ];
    let row = |decision: &DecisionBody| {
        vec![
            decision.id.to_string(),
            decision.as_of.to_string(),
            word::written(language, &decision.action),
            decision.determination.to_string(),
            decision.decided_by.clone(),
            decision.decided_at.clone(),
        ]
    };
    part(language, &titles, found.items.iter().map(row), found.next.as_ref())
}

/// A decision with what was decided of each benefit.
fn shown(decision: &DecisionBody, language: Language) -> String {
    let sides = card(
        language,
        [
            (("决定编号", "Decision"), decision.id.to_string()),
            (("家庭", "Household"), decision.household.to_string()),
            (("测算结论", "Determination"), decision.determination.to_string()),
            (("测算日期", "As of"), decision.as_of.to_string()),
            (("决定", "What"), word::written(language, &decision.action)),
            (("理由", "Reason"), text(decision.reason.as_ref())),
            (("申请日期", "Applied on"), text(decision.applied_on.as_ref())),
            (("决定人", "Decided by"), decision.decided_by.clone()),
            (("决定时间", "Decided"), decision.decided_at.clone()),
        ],
    );
    let titles = [
        ("待遇", "Benefit"),
        ("成员", "Ref"),
        ("结果", "Outcome"),
        ("自", "From"),
        ("月额（元）", "Yuan a month"),
        ("应享待遇", "Entitlement"),
    ];
    let row = |benefit: &DecidedBenefitBody| {
        vec![
            benefit.title.in_language(language.into()).to_owned(),
            text(benefit.member.as_ref()),
            word::written(language, &benefit.outcome),
            benefit.from.to_string(),
            text(benefit.amount_fen_monthly.map(Fen::new).as_ref()),
            text(benefit.entitlement.as_ref()),
        ]
    };
    format!("{sides}\n{}", table(language, &titles, decision.benefits.iter().map(row)))
}
