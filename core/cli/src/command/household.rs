//! `nuan household`: the households (共同生活家庭) on the register.

mod list;
mod record;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
use jiff::Timestamp;
use nuan_kernel::{HouseholdBody, Kernel};
use nuan_vocabulary::catalogue::Catalogue;
use nuan_vocabulary::date::Date;
use serde_json::Value;

use crate::report::table::{card, table, text};
use crate::report::{Language, word};

/// What can be done with households.
#[derive(Debug, Subcommand)]
pub enum Household {
    /// Lists the households of a division, by division and id.
    List(list::List),
    /// Shows a household, or how it was on a day as it was known at an instant.
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
            (("所问日期", "As of"), text(household.as_of.as_ref())),
            (("截至何时所知", "Known at"), household.known_at.clone().unwrap_or_default()),
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

/// Every fact with its title, as it was stated last for the day that is asked about; lists below it stay in the JSON.
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
                latest(value, household.as_of),
            ]);
        }
    }
    table(language, &[("事实", "Fact"), ("成员", "Ref"), ("最近的陈述", "Latest statement")], rows)
}

/// What was stated last, of a day if one is asked about. Of what became known at once, what begins later counts.
fn latest(value: &Value, day: Option<Date>) -> String {
    let Some(all) = value.as_array() else { return plain(value) };
    let date = |one: &Value, key: &str| one.get(key)?.as_str().and_then(|text| Date::parse(text).ok());
    let holds = |one: &&Value, day: Date| {
        date(one, "from").is_none_or(|from| from <= day) && date(one, "until").is_none_or(|until| day < until)
    };
    let known_at = |one: &Value| one.get("known_at")?.as_str()?.parse::<Timestamp>().ok();
    let of_the_day = all.iter().filter(|one| day.is_none_or(|day| holds(one, day)));
    let last = match day {
        Some(_) => of_the_day.max_by_key(|one| (known_at(one), date(one, "from"))),
        None => all.last(),
    };
    last.map_or_else(String::new, plain)
}

/// The value of a statement, or a value that stands alone.
fn plain(statement: &Value) -> String {
    let value = statement.get("value").unwrap_or(statement);
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_of_several_statements_is_shown() {
        assert_eq!(latest(&json!("24000.00"), None), "24000.00");
        assert_eq!(latest(&json!(true), None), "true");
        assert_eq!(latest(&json!([{ "value": "1.00" }, { "value": "2.00", "source": "税务" }]), None), "2.00");
    }

    #[test]
    fn of_a_day_the_statement_that_holds_and_became_known_last_is_shown() {
        let stated = json!([
            { "value": "3.00", "from": "2023-01-01", "until": "2024-01-01", "known_at": "2024-06-01T00:00:00Z" },
            { "value": "1.00" },
            { "value": "2.00", "from": "2023-07-01" },
        ]);
        let on = |day: &str| latest(&stated, Date::parse(day).ok());
        assert_eq!(["2022-12-31", "2023-01-01", "2023-12-31", "2024-01-01"].map(on), ["1.00", "3.00", "3.00", "2.00"]);
        assert_eq!(latest(&json!([{ "value": "1.00", "from": "2023-01-01" }]), Date::parse("2022-12-31").ok()), "");
    }
}
