//! What a plugin says of its benefits: from which outputs one is due, for whom it counts, and when it begins by law.
//!
//! Not here: a decision. The kernel knows no programme; it reads what stands here. Guests are not told of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Manifest, Output, Role};
use crate::catalogue::ValueType;
use crate::citation::Citation;
use crate::date::Date;
use crate::diagnostic::Diagnostic;
use crate::text::Bilingual;

/// The day on which a benefit begins, counted from the decision or the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Begins {
    /// The first day of the month after the decision.
    MonthAfterDecision,
    /// The first day of the month of the decision.
    MonthOfDecision,
    /// The first day of the month of the application.
    MonthOfApplication,
    /// The day of the decision.
    DayOfDecision,
}

impl Begins {
    /// The first day; none where the day of the application matters and nobody has said it.
    pub fn first_day(self, decided_on: Date, applied_on: Option<Date>) -> Option<Date> {
        match self {
            Self::MonthAfterDecision => Some(decided_on.month().plus(1).first_day()),
            Self::MonthOfDecision => Some(decided_on.month().first_day()),
            Self::MonthOfApplication => applied_on.map(|day| day.month().first_day()),
            Self::DayOfDecision => Some(decided_on),
        }
    }
}

/// A benefit: what an official can decide on, and what is due then month by month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Benefit {
    /// Its name for people.
    pub title: Bilingual,
    /// The output that says whether there is a right to it; without one, an amount above zero says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The outputs that add up to what is due in a month: those of role entitlement, all of the household or all of a member.
    #[schemars(length(min = 1))]
    pub amounts: Vec<String>,
    /// The flag of a member that says for whom a household's benefit counts; for everybody, where absent. A member's benefit
    /// counts for that member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persons: Option<String>,
    /// When it begins.
    pub begins: Begins,
    /// Where the law says so.
    #[schemars(length(min = 1))]
    pub cites: Vec<Citation>,
}

impl Manifest {
    /// What does not fit in the benefits that it declares. All mistakes come at once.
    pub fn benefit_mistakes(&self) -> Vec<Diagnostic> {
        self.benefits.iter().flat_map(|(kind, benefit)| Reading { manifest: self, kind, benefit }.mistakes()).collect()
    }

    /// The entity that a benefit is about.
    pub fn entity_of(&self, benefit: &Benefit) -> Option<&str> {
        let first = benefit.amounts.first()?;
        self.outputs.get(first).map(|output| output.entity.as_str())
    }
}

/// A benefit that is being checked against the manifest's outputs.
struct Reading<'a> {
    manifest: &'a Manifest,
    kind: &'a str,
    benefit: &'a Benefit,
}

impl Reading<'_> {
    fn mistakes(&self) -> Vec<Diagnostic> {
        let mut mistakes = Vec::new();
        if !self.manifest.namespace.own(self.kind) {
            mistakes.push(self.mistake("NU3106", "", "the name lies outside the plugin's name space"));
        }
        if self.benefit.amounts.is_empty() {
            let mistake = self.mistake("NU3141", "/amounts", "the benefit names no amount");
            mistakes.push(mistake.with_hint("name the output of role `entitlement` that is due"));
        }
        let is_due = |output: &Output| {
            (output.role, output.value_type) == (Role::Entitlement, ValueType::Money) && output.per == ["month"]
        };
        for name in &self.benefit.amounts {
            let wanted = "an amount is money of role `entitlement` per month";
            mistakes.extend(self.output_mistake("/amounts", name, wanted, is_due));
        }
        if let Some(name) = &self.benefit.status {
            let is_status = |output: &Output| (output.role, output.value_type) == (Role::Status, ValueType::Status);
            mistakes.extend(self.output_mistake("/status", name, "a status has type and role `status`", is_status));
        }
        if let Some(name) = &self.benefit.persons {
            let counts = |output: &Output| output.value_type == ValueType::Flag && output.entity == "member";
            let wanted = "who counts is a flag of the entity `member`";
            mistakes.extend(self.output_mistake("/persons", name, wanted, counts));
        }
        mistakes.extend(self.entity_mistake());
        mistakes
    }

    /// Status and amounts are about one thing: the household or a member. For a member's benefit nobody else counts.
    fn entity_mistake(&self) -> Option<Diagnostic> {
        let named = self.benefit.status.iter().chain(&self.benefit.amounts);
        let mut entities =
            named.filter_map(|name| self.manifest.outputs.get(name)).map(|output| output.entity.as_str());
        let first = entities.next()?;
        if !["household", "member"].contains(&first) || entities.any(|entity| entity != first) {
            let detail = "status and amounts are not all of the household, nor all of a member";
            return Some(self.mistake("NU3143", "", detail));
        }
        let is_superfluous = first == "member" && self.benefit.persons.is_some();
        is_superfluous.then(|| self.mistake("NU3143", "/persons", "a member's benefit counts for that member alone"))
    }

    fn output_mistake(
        &self,
        place: &str,
        name: &str,
        wanted: &str,
        fits: impl Fn(&Output) -> bool,
    ) -> Option<Diagnostic> {
        let outputs = &self.manifest.outputs;
        let Some(output) = outputs.get(name) else {
            let mistake = self.mistake("NU3141", place, &format!("the plugin has no output `{name}`"));
            return Some(mistake.with_suggestion(name, outputs.keys().map(String::as_str)));
        };
        (!fits(output)).then(|| self.mistake("NU3142", place, &format!("`{name}` does not fit: {wanted}")))
    }

    fn mistake(&self, code: &str, place: &str, detail: &str) -> Diagnostic {
        Diagnostic::new(code, format!("/benefits/{}{place}", self.kind), detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[track_caller]
    fn check(begins: Begins, decided_on: &str, first_day: &str) {
        assert_eq!(begins.first_day(day(decided_on), Some(day("2024-02-29"))), Some(day(first_day)));
    }

    #[test]
    fn a_benefit_begins_where_the_law_says() {
        check(Begins::MonthAfterDecision, "2024-06-30", "2024-07-01");
        check(Begins::MonthAfterDecision, "2024-07-01", "2024-08-01");
        check(Begins::MonthAfterDecision, "2024-12-31", "2025-01-01");
        check(Begins::MonthAfterDecision, "2025-01-01", "2025-02-01");
        check(Begins::MonthOfDecision, "2024-06-30", "2024-06-01");
        check(Begins::MonthOfDecision, "2024-07-01", "2024-07-01");
        check(Begins::MonthOfApplication, "2024-07-01", "2024-02-01");
        check(Begins::DayOfDecision, "2024-06-30", "2024-06-30");
        assert_eq!(Begins::MonthOfApplication.first_day(day("2024-07-01"), None), None);
    }

    const PLUGIN: &str = r#"
manifest_version = 1
id = "cn.999901.test"
version = "1.0.0"
kind = "rules"
runtime = "rhai"
abi = "1"
catalogue = "1"
namespace = "test"
title = { zh-CN = "测试", en = "Test" }
legal_basis = []
applies = { jurisdictions = ["999901"], effective = { from = "2022-01-01" } }
inputs = {}

[benefits."test.allowance"]
title = { zh-CN = "津贴", en = "Allowance" }
status = "test.status"
amounts = ["test.amount"]
persons = "test.counted"
begins = "month_after_decision"
cites = [{ instrument = "notice", article = 3 }]
"#;

    /// `name | entity | type | role`, with `per month` for money.
    fn manifest(plugin: &str, outputs: &[&str]) -> Manifest {
        let mut text = format!("{plugin}\n[outputs]\n");
        for output in outputs {
            let parts: Vec<&str> = output.split('|').map(str::trim).collect();
            let [name, entity, value_type, role] = parts[..] else { panic!("{output}") };
            let per = if value_type == "money" { "per = [\"month\"]\n" } else { "" };
            text += &format!(
                "[outputs.\"{name}\"]\nentity = \"{entity}\"\ntype = \"{value_type}\"\nrole = \"{role}\"\n{per}\
                 title = {{ zh-CN = \"一\", en = \"t\" }}\ncites = []\n"
            );
        }
        toml::from_str(&text).unwrap()
    }

    const STATUS: &str = "test.status | household | status | status";
    const AMOUNT: &str = "test.amount | household | money | entitlement";
    const COUNTED: &str = "test.counted | member | flag | intermediate";

    #[track_caller]
    fn found(plugin: &str, outputs: &[&str], expected: &[(&str, &str)]) {
        let mistakes = manifest(plugin, outputs).benefit_mistakes();
        let found: Vec<(&str, &str)> =
            mistakes.iter().map(|mistake| (mistake.code.as_str(), mistake.path.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_fits_is_taken_as_it_is() {
        found(PLUGIN, &[STATUS, AMOUNT, COUNTED], &[]);
        let of_a_member = PLUGIN.replace("persons = \"test.counted\"\n", "");
        let outputs = ["test.status | member | status | status", "test.amount | member | money | entitlement"];
        found(&of_a_member, &outputs, &[]);
        let manifest = manifest(&of_a_member, &outputs);
        assert_eq!(manifest.entity_of(&manifest.benefits["test.allowance"]), Some("member"));
    }

    #[test]
    fn all_mistakes_come_at_once() {
        let place = |part: &str| format!("/benefits/test.allowance{part}");
        let missing = [("NU3141", place("/amounts")), ("NU3141", place("/status")), ("NU3141", place("/persons"))];
        found(PLUGIN, &[], &missing.each_ref().map(|(code, path)| (*code, path.as_str())));
        let wrong = [
            "test.status | household | flag | status",
            "test.amount | household | money | intermediate",
            "test.counted | household | flag | intermediate",
        ];
        let unfit = [("NU3142", place("/amounts")), ("NU3142", place("/status")), ("NU3142", place("/persons"))];
        found(PLUGIN, &wrong, &unfit.each_ref().map(|(code, path)| (*code, path.as_str())));
    }

    #[test]
    fn one_benefit_is_about_one_thing() {
        let member_amount = "test.amount | member | money | entitlement";
        found(PLUGIN, &[STATUS, member_amount, COUNTED], &[("NU3143", "/benefits/test.allowance")]);
        let outputs = ["test.status | member | status | status", member_amount, COUNTED];
        found(PLUGIN, &outputs, &[("NU3143", "/benefits/test.allowance/persons")]);
        let of_a_list = "test.amount | monthly_wage | money | entitlement";
        found(PLUGIN, &[STATUS, of_a_list, COUNTED], &[("NU3143", "/benefits/test.allowance")]);
        let elsewhere = PLUGIN.replace("benefits.\"test.allowance\"", "benefits.\"other.allowance\"");
        found(&elsewhere, &[STATUS, AMOUNT, COUNTED], &[("NU3106", "/benefits/other.allowance")]);
    }
}
