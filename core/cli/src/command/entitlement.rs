//! `nuan entitlement`: what is due to a household (应享待遇), since when, and what has changed since.

mod end;
mod list;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
use nuan_kernel::{ConcernBody, EntitlementBody, Page};
use nuan_vocabulary::fen::Fen;

use crate::report::table::{card, part, table, text};
use crate::report::{Language, word};

/// What can be done with entitlements.
#[derive(Debug, Subcommand)]
pub enum Entitlement {
    /// Lists the entitlements of a household, oldest first, with what was too little or too much.
    List(list::List),
    /// Shows an entitlement: amount, period, payee, what it rests on, and what has changed since.
    Show(show::Show),
    /// Ends an entitlement from a day on. It ends once and stays to be seen.
    End(end::End),
}

impl Entitlement {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::List(command) => command.run(),
            Self::Show(command) => command.run(),
            Self::End(command) => command.run(),
        }
    }
}

/// Entitlements, a line each.
fn listed(found: &Page<EntitlementBody>, language: Language) -> String {
    let titles = [
        ("待遇编号", "Entitlement"),
        ("待遇", "Benefit"),
        ("状态", "Standing"),
        ("月额（元）", "Yuan a month"),
        ("自", "From"),
        ("至", "Until"),
        ("少发（正）或多发（负）", "Too little (+) or too much (-)"),
    ];
    let row = |one: &EntitlementBody| {
        vec![
            one.id.to_string(),
            one.title.in_language(language.into()).to_owned(),
            word::written(language, &one.standing),
            Fen::new(one.amount_fen_monthly).to_string(),
            one.starts_on.to_string(),
            text(one.ends_on.as_ref()),
            difference(one),
        ]
    };
    part(language, &titles, found.items.iter().map(row), found.next.as_ref())
}

/// An entitlement with what has changed in the household since.
fn shown(one: &EntitlementBody, language: Language) -> String {
    let months = one.correction.as_ref().map(|correction| correction.months);
    let sides = card(
        language,
        [
            (("待遇编号", "Entitlement"), one.id.to_string()),
            (("家庭", "Household"), one.household.to_string()),
            (("待遇", "Benefit"), one.title.in_language(language.into()).to_owned()),
            (("成员", "Ref"), text(one.member.as_ref())),
            (("状态", "Standing"), word::written(language, &one.standing)),
            (("月额（元）", "Yuan a month"), Fen::new(one.amount_fen_monthly).to_string()),
            (("自", "From"), one.starts_on.to_string()),
            (("至", "Until"), text(one.ends_on.as_ref())),
            (("领款人", "Payee"), one.payee.clone()),
            (("享受人", "Counts for"), one.persons.join(language.choose("、", ", "))),
            (("决定", "Decision"), one.decision.to_string()),
            (("由其接替", "Superseded by"), text(one.superseded_by.as_ref())),
            (("终止理由", "Reason of the end"), text(one.ended.as_ref().map(|end| &end.reason))),
            (("更正涉及月数", "Months corrected"), text(months.as_ref())),
            (("少发（正）或多发（负）", "Too little (+) or too much (-)"), difference(one)),
            (("可以做的", "What may be done"), word::words(language, &one.allowed_actions)),
        ],
    );
    if one.concerns.is_empty() {
        return sides;
    }
    let titles = [("变化", "What changed"), ("成员", "Ref"), ("自", "Since")];
    let row = |concern: &ConcernBody| {
        vec![word::written(language, &concern.what), text(concern.member.as_ref()), text(concern.since.as_ref())]
    };
    format!("{sides}\n{}", table(language, &titles, one.concerns.iter().map(row)))
}

fn difference(one: &EntitlementBody) -> String {
    let fen = one.correction.as_ref().and_then(|correction| correction.difference_fen);
    text(fen.map(Fen::new).as_ref())
}
