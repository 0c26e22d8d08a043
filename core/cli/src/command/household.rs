//! `nuan household`: the households (共同生活家庭) on the register.

mod list;
mod record;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
use nuan_kernel::{HouseholdBody, Kernel};
use nuan_vocabulary::catalogue::Catalogue;
use serde_json::Value;

use crate::report::table::{card, table, text};
use crate::report::{Language, word};

/// What can be done with households.
#[derive(Debug, Subcommand)]
pub enum Household {
    /// Lists the households of a division, by division and id.
    List(list::List),
    /// Shows a household with its newest document.
    Show(show::Show),
    /// Puts a household document on the register.
    Record(record::Record),
}

impl Household {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::List(command) => command.run(),
            Self::Show(command) => command.run(),
            Self::Record(command) => command.run(),
        }
    }
}

/// A household with its members and everything that is stated.
fn shown(household: &HouseholdBody, kernel: &Kernel, language: Language) -> String {
    let sides = card(
        language,
        [
            (("家庭", "Household"), household.id.to_string()),
            (("行政区划", "Division"), household.division.to_string()),
            (("版本", "Version"), household.version.to_string()),
            (("收到时间", "Received"), household.received_at.clone()),
            (("可以做的", "What may be done"), word::words(language, &household.allowed_actions)),
        ],
    );
    format!("{sides}\n{}\n{}", members(household, language), facts(household, kernel.catalogue(), language))
}

fn members(household: &HouseholdBody, language: Language) -> String {
    let titles = [
        ("成员", "Ref"),
        ("姓名", "Name"),
        ("证件号码", "Document"),
        ("从", "From"),
        ("至", "Until"),
        ("人员编号", "Person"),
    ];
    let stated = |reference: &str, pointer: &str| {
        let members = household.document.get("members").and_then(Value::as_array);
        let member = members?.iter().find(|member| member.get("ref").is_some_and(|own| own == reference))?;
        member.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
    };
    let row = |member: &nuan_kernel::MemberBody| {
        let erased = member.is_erased.then(|| language.choose("（已删除）", "(erased)").to_owned());
        vec![
            member.reference.clone(),
            stated(&member.reference, "/name").or(erased).unwrap_or_default(),
            stated(&member.reference, "/document/number").unwrap_or_default(),
            text(member.from.as_ref()),
            text(member.until.as_ref()),
            member.person.to_string(),
        ]
    };
    table(language, &titles, household.members.iter().map(row))
}

/// Every fact with its title; lists below it stay in the JSON.
fn facts(household: &HouseholdBody, catalogue: &Catalogue, language: Language) -> String {
    let document = &household.document;
    let of_household = document.get("facts").into_iter().map(|facts| ("", facts));
    let members = document.get("members").and_then(Value::as_array).into_iter().flatten();
    let of_members = members.filter_map(|member| Some((member.get("ref")?.as_str()?, member.get("facts")?)));
    let mut rows = Vec::new();
    for (reference, facts) in of_household.chain(of_members) {
        for (name, value) in facts.as_object().into_iter().flatten() {
            let title = catalogue.facts.get(name).map(|fact| fact.title.in_language(language.into()));
            rows.push(vec![
                format!("{} {name}", title.unwrap_or_default()).trim().to_owned(),
                reference.to_owned(),
                latest(value),
            ]);
        }
    }
    table(language, &[("事实", "Fact"), ("成员", "Ref"), ("最近的陈述", "Latest statement")], rows)
}

/// What was stated last.
fn latest(value: &Value) -> String {
    let statement = value.as_array().and_then(|all| all.last()).unwrap_or(value);
    let value = statement.get("value").unwrap_or(statement);
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_of_several_statements_is_shown() {
        assert_eq!(latest(&json!("24000.00")), "24000.00");
        assert_eq!(latest(&json!(true)), "true");
        assert_eq!(latest(&json!([{ "value": "1.00" }, { "value": "2.00", "source": "税务" }])), "2.00");
    }
}
