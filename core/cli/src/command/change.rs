//! `nuan change`: changes of what the register holds (变更申请). One person submits, another decides.

mod decide;
mod list;
mod show;
mod submit;
mod waiting;

use std::process::ExitCode;

use clap::Subcommand;
use nuan_domain::register::Difference;
use nuan_kernel::{ChangeRequestBody, Page};
use serde_json::Value;

use crate::report::table::{card, part, table, text};
use crate::report::{Language, word};

/// What can be done with changes.
#[derive(Debug, Subcommand)]
pub enum Change {
    /// Submits a change of a household; every conflict with what the register holds is named at once.
    Submit(submit::Submit),
    /// Lists the change requests about a household, oldest first.
    List(list::List),
    /// Lists the change requests that wait for a decision in a county, oldest first.
    Waiting(waiting::Waiting),
    /// Shows a change request: before and after, who submitted it, how it was decided.
    Show(show::Show),
    /// Decides about a change request. What is approved is written at once, and what it touches is determined again.
    Decide(decide::Decide),
}

impl Change {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Submit(command) => command.run(),
            Self::List(command) => command.run(),
            Self::Waiting(command) => command.run(),
            Self::Show(command) => command.run(),
            Self::Decide(command) => command.run(),
        }
    }
}

/// Change requests, a line each.
fn listed(found: &Page<ChangeRequestBody>, language: Language) -> String {
    let titles = [
        ("申请编号", "Request"),
        ("变更", "Change"),
        ("状态", "State"),
        ("家庭", "Household"),
        ("提交人", "Submitted by"),
        ("提交时间", "Submitted"),
    ];
    let row = |request: &ChangeRequestBody| {
        vec![
            request.id.to_string(),
            word::word(language, &request.kind),
            word::word(language, &request.state),
            request.household.to_string(),
            request.submitted_by.clone(),
            request.submitted_at.clone(),
        ]
    };
    part(language, &titles, found.items.iter().map(row), found.next.as_ref())
}

/// A change request with what stands where before and after.
fn shown(request: &ChangeRequestBody, language: Language) -> String {
    let sides = card(
        language,
        [
            (("申请编号", "Request"), request.id.to_string()),
            (("家庭", "Household"), request.household.to_string()),
            (("变更", "Change"), word::word(language, &request.kind)),
            (("状态", "State"), word::word(language, &request.state)),
            (("理由", "Reason"), request.reason.clone()),
            (("证明材料", "Evidence"), request.evidence.join(language.choose("、", ", "))),
            (("提交人", "Submitted by"), request.submitted_by.clone()),
            (("提交时间", "Submitted"), request.submitted_at.clone()),
            (("决定人", "Decided by"), text(request.decided_by.as_ref())),
            (("决定时间", "Decided"), text(request.decided_at.as_ref())),
            (("决定理由", "Reason of the decision"), text(request.decision_reason.as_ref())),
            (("家庭的新版本", "Version that came of it"), text(request.version.as_ref())),
            (("新的家庭", "New household"), text(request.new_household.as_ref())),
            (("可以做的", "What may be done"), word::words(language, &request.allowed_actions)),
        ],
    );
    let titles = [("位置", "Place"), ("变更前", "Before"), ("变更后", "After")];
    let row = |difference: &Difference| {
        vec![difference.path.clone(), value(difference.before.as_ref()), value(difference.after.as_ref())]
    };
    format!("{sides}\n{}", table(language, &titles, request.differences.iter().map(row)))
}

fn value(value: Option<&Value>) -> String {
    let Some(value) = value else { return String::new() };
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
