//! `nuan match`: records that may be of one person. The machine proposes and shows the weights; people decide.

mod compare;
mod decide;
mod list;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
use nuan_kernel::{MatchBody, MatchDecisionBody, MatchesBody, PersonSummary};
use serde_json::Value;

use crate::report::table::{card, table, text};
use crate::report::{Language, word};

/// What can be done with matches.
#[derive(Debug, Subcommand)]
pub enum Match {
    /// Lists the matches of a person.
    List(list::List),
    /// Shows two records that may be of one person, with what speaks for it.
    Show(show::Show),
    /// Compares a person with others of such a name, and proposes those who may be the same.
    Compare(compare::Compare),
    /// Decides about a match: one person, two, or merged wrongly.
    Decide(decide::Decide),
}

impl Match {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::List(command) => command.run(),
            Self::Show(command) => command.run(),
            Self::Compare(command) => command.run(),
            Self::Decide(command) => command.run(),
        }
    }
}

/// The matches of a person, a line each.
fn listed(matches: &MatchesBody, language: Language) -> String {
    let titles = [
        ("比对编号", "Match"),
        ("状态", "State"),
        ("判断", "Band"),
        ("权重合计（千分之一比特）", "Weight (millibits)"),
        ("人员甲", "One person"),
        ("人员乙", "The other"),
        ("提出人", "Proposed by"),
    ];
    let person =
        |found: &MatchBody, number: usize| text(found.persons.get(number).map(|person| person.person).as_ref());
    let row = |found: &MatchBody| {
        vec![
            found.id.to_string(),
            word::written(language, &found.state),
            word::written(language, &found.band),
            found.comparison.total_millibits.to_string(),
            person(found, 0),
            person(found, 1),
            found.proposed_by.clone(),
        ]
    };
    table(language, &titles, matches.items.iter().map(row))
}

/// A match with its records, its weights and its decisions.
fn shown(found: &MatchBody, language: Language) -> String {
    let sides = card(
        language,
        [
            (("比对编号", "Match"), found.id.to_string()),
            (("县级区划", "County"), found.county.to_string()),
            (("状态", "State"), word::written(language, &found.state)),
            (("判断", "Band"), word::written(language, &found.band)),
            (("权重合计（千分之一比特）", "Weight (millibits)"), found.comparison.total_millibits.to_string()),
            (("提出人", "Proposed by"), found.proposed_by.clone()),
            (("提出时间", "Proposed"), found.proposed_at.clone()),
            (("保留的档案", "Record that remains"), text(found.kept.as_ref())),
            (("可以做的", "What may be done"), word::words(language, &found.allowed_actions)),
        ],
    );
    let (persons, weights) = (persons(&found.persons, language), weights(found, language));
    let titles = [("结果", "Outcome"), ("决定人", "By"), ("时间", "At"), ("理由", "Reason")];
    let row = |decision: &MatchDecisionBody| {
        vec![
            word::written(language, &decision.outcome),
            decision.by.clone(),
            decision.at.clone(),
            decision.reason.clone(),
        ]
    };
    let decisions = table(language, &titles, found.decisions.iter().map(row));
    format!("{sides}\n{persons}\n{weights}\n{decisions}")
}

fn persons(persons: &[PersonSummary], language: Language) -> String {
    let titles = [("人员编号", "Person"), ("姓名", "Name"), ("证件号码", "Document"), ("家庭", "Household")];
    let row = |person: &PersonSummary| {
        vec![
            person.person.to_string(),
            text(person.name.as_ref()),
            text(person.document.as_ref()),
            text(person.household.as_ref()),
        ]
    };
    table(language, &titles, persons.iter().map(row))
}

fn weights(found: &MatchBody, language: Language) -> String {
    let titles = [("项目", "Field"), ("相符程度", "Level"), ("权重（千分之一比特）", "Weight (millibits)")];
    let rows = found.comparison.agreements.iter().map(|agreement| {
        let written = serde_json::to_value(agreement).unwrap_or_default();
        let side = |key: &str| written.get(key).and_then(Value::as_str).unwrap_or_default();
        let weight = written.get("weight_millibits").map(ToString::to_string);
        vec![word::word(language, side("field")), word::word(language, side("level")), weight.unwrap_or_default()]
    });
    table(language, &titles, rows)
}
