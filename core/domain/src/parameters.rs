//! Which number of the law holds where and when. A number that nobody has entered is unknown, never a neighbour's.
//!
//! The most specific row in force wins; one that has ended or gone stale is unknown, and no wider row takes its place.

use std::collections::BTreeMap;

use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::fen::{Fen, Ratio};
use nuan_vocabulary::parameter::{Parameter, ParameterRow, Written};

use crate::document::FactValue;

/// One parameter with its history, ready to be asked.
#[derive(Debug)]
pub struct ParameterHistory {
    parameter: Parameter,
    values: Vec<FactValue>,
    /// Rows by the division that they hold for, each list sorted by first day.
    rows: BTreeMap<DivisionCode, Vec<usize>>,
}

/// The row that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce<'a> {
    /// The value as its column carries it.
    pub value: &'a FactValue,
    /// The row as it was written.
    pub row: &'a ParameterRow,
}

impl ParameterHistory {
    /// Reads every value and refuses overlaps. All mistakes come at once.
    pub fn new(parameter: Parameter) -> Result<Self, Vec<Diagnostic>> {
        let mut mistakes = Vec::new();
        let mut values = Vec::with_capacity(parameter.values.len());
        let mut rows: BTreeMap<DivisionCode, Vec<usize>> = BTreeMap::new();
        for (index, row) in parameter.values.iter().enumerate() {
            let path = format!("parameters/{}.yaml#/values/{index}", parameter.id);
            match read(&parameter, &row.value) {
                Some(value) => values.push(value),
                None => {
                    mistakes.push(Diagnostic::new(
                        "NU3110",
                        &path,
                        format!("the value is no {:?}", parameter.value_type).to_lowercase(),
                    ));
                    values.push(FactValue::None);
                }
            }
            check_row(&parameter, row, &path, &mut mistakes);
            let holds_for: &[DivisionCode] =
                if row.covers.is_empty() { std::slice::from_ref(&row.division) } else { &row.covers };
            for division in holds_for {
                rows.entry(*division).or_default().push(index);
            }
        }
        for (division, list) in &mut rows {
            list.sort_by_key(|index| parameter.values.get(*index).map(|row| row.from));
            refuse_overlaps(&parameter, *division, list, &mut mistakes);
        }
        if mistakes.is_empty() { Ok(Self { parameter, values, rows }) } else { Err(mistakes) }
    }

    /// The parameter as it was written.
    pub const fn parameter(&self) -> &Parameter {
        &self.parameter
    }

    /// The value for a division on a date; `None` is unknown.
    pub fn in_force(&self, division: DivisionCode, on: Date) -> Option<InForce<'_>> {
        let rows = division.chain().find_map(|place| self.rows.get(&place).filter(|rows| self.has_begun(rows, on)))?;
        let index =
            *rows.iter().rev().find(|index| self.parameter.values.get(**index).is_some_and(|row| row.from <= on))?;
        let row = self.parameter.values.get(index)?;
        if row.until.is_some_and(|until| until <= on) || self.is_stale(rows, index, on) {
            return None;
        }
        Some(InForce { value: self.values.get(index)?, row })
    }

    fn has_begun(&self, rows: &[usize], on: Date) -> bool {
        rows.first().and_then(|index| self.parameter.values.get(*index)).is_some_and(|row| row.from <= on)
    }

    /// A last row without end that is older than the parameter allows.
    fn is_stale(&self, rows: &[usize], index: usize, on: Date) -> bool {
        let Some(months) = self.parameter.stale_after_months else { return false };
        let Some(row) = self.parameter.values.get(index) else { return true };
        rows.last() == Some(&index) && row.until.is_none() && row.from.month().plus(months) <= on.month()
    }
}

fn refuse_overlaps(parameter: &Parameter, division: DivisionCode, rows: &[usize], mistakes: &mut Vec<Diagnostic>) {
    for pair in rows.windows(2) {
        let &[before, after] = pair else { continue };
        let (Some(before), Some(row)) = (parameter.values.get(before), parameter.values.get(after)) else { continue };
        if before.until.is_none_or(|until| row.from < until) {
            let path = format!("parameters/{}.yaml#/values/{after}", parameter.id);
            let detail = format!("the period overlaps an earlier one of {division}");
            mistakes.push(Diagnostic::new("NU3111", path, detail).with_hint("give the earlier row an `until`"));
        }
    }
}

fn check_row(parameter: &Parameter, row: &ParameterRow, path: &str, mistakes: &mut Vec<Diagnostic>) {
    let grounds = [row.cites.is_some(), row.source.is_some(), row.interpretation.is_some()];
    if grounds.into_iter().filter(|given| *given).count() != 1 {
        let hint = "say which law, page or reading states the value";
        mistakes.push(
            Diagnostic::new("NU3112", path, "a row has exactly one of `cites`, `source`, `interpretation`")
                .with_hint(hint),
        );
    }
    if row.until.is_some_and(|until| until <= row.from) {
        mistakes.push(Diagnostic::new("NU2124", path, "the period is empty"));
    }
    let Some(bounds) = &parameter.bounds else { return };
    let number = |written: Option<&Written>| match written.and_then(|written| read(parameter, written)) {
        Some(FactValue::Number(number)) => Some(number),
        _ => None,
    };
    let Some(value) = number(Some(&row.value)) else { return };
    let below = number(bounds.min.as_ref()).is_some_and(|min| value < min);
    if below || number(bounds.max.as_ref()).is_some_and(|max| max < value) {
        mistakes.push(Diagnostic::new("NU3113", path, "the value lies outside the bounds that the law sets"));
    }
}

fn read(parameter: &Parameter, written: &Written) -> Option<FactValue> {
    if parameter.optional && *written == Written::Text("none".to_owned()) {
        return Some(FactValue::None);
    }
    match (parameter.value_type, written) {
        (ValueType::Flag, Written::Flag(flag)) => Some(FactValue::Flag(*flag)),
        (ValueType::Int, Written::Int(number)) => Some(FactValue::Number(*number)),
        (ValueType::Money, Written::Text(text)) => Fen::parse_yuan(text).ok().map(|fen| FactValue::Number(fen.get())),
        (ValueType::Ratio, Written::Text(text)) => {
            Ratio::parse(text).map(|ratio| FactValue::Number(ratio.millionths()))
        }
        (ValueType::Date, Written::Text(text)) => Date::parse(text).ok().map(|date| FactValue::Day(date.days())),
        (ValueType::Month, Written::Text(text)) => Month::parse(text).ok().map(|month| FactValue::Day(month.months())),
        (ValueType::Code, Written::Text(text)) => {
            let position = parameter.codes.iter().position(|code| code == text)?;
            u32::try_from(position).ok().map(FactValue::Code)
        }
        (ValueType::Text, Written::Text(text)) => Some(FactValue::Text(text.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANDARD: &str = r#"
id: dibao_standard
title: { zh-CN: 标准, en: Standard }
type: money
per: [person, month]
stale_after_months: 24
values:
  - { division: "999900", from: 2010-01-01, value: "500.00", confidence: synthetic, source: province }
  - { division: "999901", covers: ["999902", "999903"], from: 2022-01-01, until: 2023-01-01, value: "760.00", confidence: synthetic, source: city }
  - { division: "999902", from: 2023-01-01, value: "800.00", confidence: synthetic, source: county }
"#;

    #[track_caller]
    fn check(division: &str, on: &str, expected: Option<i64>) {
        let history = ParameterHistory::new(serde_saphyr::from_str(STANDARD).unwrap()).unwrap();
        let found = history.in_force(division.parse().unwrap(), Date::parse(on).unwrap());
        assert_eq!(found.map(|found| found.value.clone()), expected.map(FactValue::Number), "{division} on {on}");
    }

    #[test]
    fn the_most_specific_row_wins_and_nothing_takes_its_place() {
        check("999902", "2022-01-01", Some(76_000));
        check("999902", "2022-12-31", Some(76_000));
        check("999902", "2023-01-01", Some(80_000));
        check("999903", "2023-01-01", None);
        check("999904", "2010-01-01", Some(50_000));
        check("999904", "2009-12-31", None);
    }

    #[test]
    fn a_last_row_goes_stale() {
        check("999902", "2024-12-31", Some(80_000));
        check("999902", "2025-01-01", None);
        check("999904", "2011-12-31", Some(50_000));
        check("999904", "2012-01-01", None);
    }

    #[track_caller]
    fn refused(change: (&str, &str), code: &str) {
        let text = STANDARD.replace(change.0, change.1);
        let mistakes = ParameterHistory::new(serde_saphyr::from_str(&text).unwrap()).unwrap_err();
        assert_eq!(mistakes.iter().map(|m| m.code.as_str()).collect::<Vec<_>>(), [code]);
    }

    #[test]
    fn mistakes_of_a_file_are_refused() {
        refused(("\"500.00\"", "\"5e2\""), "NU3110");
        refused(("from: 2023-01-01, value", "from: 2022-06-01, value"), "NU3111");
        refused((", source: county", ""), "NU3112");
    }
}
