//! What a case expects, held against what the rules answer: every difference, with both sides.
//!
//! Partial is fine: what a case does not name is not checked. What it names has to be answered exactly.

use std::collections::BTreeSet;
use std::fmt;

use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::fen::{Fen, Ratio};
use serde_json::Value;

use crate::answers::{Answers, Lack, Row, Told};
use crate::case::Case;
use crate::mistakes::Mistakes;

/// One expected output.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// As the case writes it.
    pub key: String,
    /// The member it is about; all members where absent.
    pub member: Option<String>,
    /// The output.
    pub output: String,
    /// The row of a list, from 0; all rows where absent.
    pub index: Option<u32>,
    /// The answer.
    pub expected: Expected,
}

/// An expected answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// No plugin that applies answers it.
    NotApplicable,
    /// Undetermined for exactly these reasons: facts, lists, parameters, codes; a fact may name its member, `b.…`.
    Undetermined(BTreeSet<String>),
    /// One answer for every row.
    Each(Vec<Self>),
    /// A value as people write it.
    Value(Value),
}

/// An answer that is not the expected one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The output, as the case writes it.
    pub key: String,
    /// What the case expects.
    pub expected: String,
    /// What came.
    pub got: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, expected, got } = self;
        write!(f, "  {key}\n    expected  {expected}\n    got       {got}")
    }
}

/// Reads what a case expects. Names of outputs that nobody answers are mistakes.
pub fn expectations(case: &Case, outputs: &BTreeSet<String>) -> Result<Vec<Expectation>, Mistakes> {
    let mut mistakes = Vec::new();
    let mut expectations = Vec::with_capacity(case.expect.len());
    for (key, value) in &case.expect {
        match expectation(key, value, outputs) {
            Ok(expectation) => expectations.push(expectation),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if mistakes.is_empty() { Ok(expectations) } else { Err(Mistakes(mistakes).inside(&case.place.to_string())) }
}

fn expectation(key: &str, value: &Value, outputs: &BTreeSet<String>) -> Result<Expectation, Diagnostic> {
    let (name, index) = match key.strip_suffix(']').and_then(|key| key.split_once('[')) {
        Some((name, index)) => (name, Some(index.parse().map_err(|_| refused(key, "a row is a number, from 0"))?)),
        None => (key, None),
    };
    let (member, output) = match name.split_once('.') {
        Some((member, output)) if !outputs.contains(name) => (Some(member.to_owned()), output),
        _ => (None, name),
    };
    if !outputs.contains(output) {
        let mistake = Diagnostic::new("NU3606", key, "no plugin of the case has this output");
        return Err(mistake.with_suggestion(output, outputs.iter().map(String::as_str)));
    }
    let expected = expected(key, value)?;
    Ok(Expectation { key: key.to_owned(), member, output: output.to_owned(), index, expected })
}

fn expected(key: &str, value: &Value) -> Result<Expected, Diagnostic> {
    match value {
        Value::String(text) if text == "not_applicable" => Ok(Expected::NotApplicable),
        Value::Array(rows) => Ok(Expected::Each(rows.iter().map(|row| expected(key, row)).collect::<Result<_, _>>()?)),
        Value::Object(object) => {
            let names = object.get("undetermined").and_then(Value::as_array).filter(|_| object.len() == 1);
            let names =
                names.map(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<_>>());
            let wrong = || refused(key, "an object is { undetermined: [names] }");
            names.flatten().map(Expected::Undetermined).ok_or_else(wrong)
        }
        Value::Number(number) if number.is_f64() => Err(refused(key, "quote amounts and ratios, \"1216.00\"")),
        Value::Null => Err(refused(key, "the answer is missing")),
        _ => Ok(Expected::Value(value.clone())),
    }
}

fn refused(key: &str, detail: &str) -> Diagnostic {
    Diagnostic::new("NU3606", key, detail)
}

/// Every expectation that does not hold.
pub fn differences(expectations: &[Expectation], answers: &Answers) -> Vec<Difference> {
    expectations.iter().filter_map(|expectation| difference(expectation, answers)).collect()
}

fn difference(expectation: &Expectation, answers: &Answers) -> Option<Difference> {
    let Expectation { member, index, .. } = expectation;
    let is_meant = |row: &&Row| (member.is_none() || row.member == *member) && (index.is_none() || row.index == *index);
    let rows: Vec<&Row> = answers.rows(&expectation.output).iter().filter(is_meant).collect();
    let holds = match &expectation.expected {
        Expected::NotApplicable => !answers.0.contains_key(&expectation.output),
        Expected::Each(each) => {
            each.len() == rows.len() && each.iter().zip(&rows).all(|(expected, row)| is_told(expected, &row.told))
        }
        expected => !rows.is_empty() && rows.iter().all(|row| is_told(expected, &row.told)),
    };
    if holds {
        return None;
    }
    let got = match (rows.as_slice(), answers.0.contains_key(&expectation.output)) {
        ([], false) => "not_applicable".to_owned(),
        ([], true) => "no such row".to_owned(),
        ([row], _) if !matches!(expectation.expected, Expected::Each(_)) => row.told.to_string(),
        (rows, _) => format!("[{}]", rows.iter().map(|row| row.told.to_string()).collect::<Vec<_>>().join(", ")),
    };
    Some(Difference { key: expectation.key.clone(), expected: expectation.expected.to_string(), got })
}

/// Whether an answer is the expected one.
pub fn is_told(expected: &Expected, told: &Told) -> bool {
    match (expected, told) {
        (Expected::Undetermined(names), Told::Undetermined(lacks)) => same_names(names, lacks),
        (Expected::Value(value), told) => is_value(value, told),
        _ => false,
    }
}

/// Every lack is named, with or without its member, and every name is lacking.
fn same_names(names: &BTreeSet<String>, lacks: &BTreeSet<Lack>) -> bool {
    let is_named = |lack: &Lack| names.contains(&lack.name) || names.contains(&lack.to_string());
    let is_lacking = |name: &String| lacks.iter().any(|lack| lack.name == *name || lack.to_string() == *name);
    lacks.iter().all(is_named) && names.iter().all(is_lacking)
}

fn is_value(value: &Value, told: &Told) -> bool {
    let text = value.as_str();
    match told {
        Told::Flag(flag) => value.as_bool() == Some(*flag),
        Told::Number(number) => value.as_i64() == Some(*number),
        Told::Money(amount) => text.and_then(|text| Fen::parse_yuan(text).ok()) == Some(*amount),
        Told::Ratio(ratio) => text.and_then(Ratio::parse) == Some(*ratio),
        Told::Text(told) => text == Some(told),
        Told::None => text == Some("none"),
        Told::Undetermined(_) => false,
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotApplicable => f.write_str("not_applicable"),
            Self::Undetermined(names) => {
                write!(f, "undetermined [{}]", names.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
            }
            Self::Each(rows) => write!(f, "[{}]", rows.iter().map(Self::to_string).collect::<Vec<_>>().join(", ")),
            Self::Value(Value::String(text)) if Fen::parse_yuan(text).is_ok() => write!(f, "\"{text}\""),
            Self::Value(Value::String(text)) => f.write_str(text),
            Self::Value(value) => value.fmt(f),
        }
    }
}
