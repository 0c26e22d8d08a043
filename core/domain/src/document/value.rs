//! One statement about one fact: its value, its period, its source, and since when it is known.

use jiff::Timestamp;
use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::fen::{Fen, Ratio};
use nuan_vocabulary::text;
use serde_json::{Map, Value};

use super::cursor::Cursor;
use super::limits;
use crate::schema::{FactIndex, FactShape};

/// A value in the form its column carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactValue {
    /// Known to be none.
    None,
    /// Yes or no.
    Flag(bool),
    /// A count, fen, or parts per million.
    Number(i64),
    /// Days or months since 1970.
    Day(i32),
    /// A code's number.
    Code(u32),
    /// Text.
    Text(String),
}

/// What somebody states about a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The fact.
    pub fact: FactIndex,
    /// Its value.
    pub value: FactValue,
    /// The first day it holds; always, where absent.
    pub from: Option<Date>,
    /// The first day it holds no more.
    pub until: Option<Date>,
    /// Since when it is known; always, where absent.
    pub known_at: Option<Timestamp>,
}

/// The least and the most a count can be: what a person could mean.
const COUNTS: std::ops::RangeInclusive<i64> = 0..=1_000_000_000;

/// Reads a plain value or a list of dated statements.
pub fn read(fact: FactIndex, shape: &FactShape, value: &Value, cursor: &mut Cursor, into: &mut Vec<Statement>) {
    let Value::Array(entries) = value else {
        let plain = |value| Statement { fact, value, from: None, until: None, known_at: None };
        into.extend(read_value(shape, value, cursor).map(plain));
        return;
    };
    if entries.is_empty() || entries.len() > limits::STATEMENTS {
        let hint = "leave the fact out if nothing is known; name at most 64 statements";
        return cursor.refuse_with("NU2116", "a list of statements has 1 to 64 entries", hint);
    }
    for (index, entry) in entries.iter().enumerate() {
        cursor.within(&index.to_string(), |cursor| match entry {
            Value::Object(entry) => into.extend(read_statement(fact, shape, entry, cursor)),
            _ => cursor.refuse_with("NU2100", "a dated statement is an object", "write {\"value\": …, \"from\": …}"),
        });
    }
}

fn read_statement(
    fact: FactIndex,
    shape: &FactShape,
    entry: &Map<String, Value>,
    cursor: &mut Cursor,
) -> Option<Statement> {
    const KEYS: [&str; 7] = ["value", "from", "until", "source", "evidence", "confidence", "known_at"];
    for key in entry.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        cursor.within(key, |cursor| cursor.refuse_name("NU2002", "no such key in a statement", key, KEYS.into_iter()));
    }
    let Some(value) = entry.get("value") else {
        cursor.refuse("NU2117", "the statement has no `value`");
        return None;
    };
    let value = cursor.within("value", |cursor| read_value(shape, value, cursor));
    let from = read_optional(entry, "from", cursor, read_date);
    let until = read_optional(entry, "until", cursor, read_date);
    let known_at = read_optional(entry, "known_at", cursor, read_instant);
    read_optional(entry, "source", cursor, read_source);
    read_optional(entry, "evidence", cursor, read_evidence);
    read_optional(entry, "confidence", cursor, read_confidence);
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        cursor.refuse_with("NU2124", "the period is empty", "`until` is the first day after the period");
        return None;
    }
    Some(Statement { fact, value: value?, from, until, known_at })
}

fn read_optional<T>(
    entry: &Map<String, Value>,
    key: &str,
    cursor: &mut Cursor,
    read: impl FnOnce(&Value, &mut Cursor) -> Option<T>,
) -> Option<T> {
    let value = entry.get(key)?;
    cursor.within(key, |cursor| read(value, cursor))
}

/// Reads `YYYY-MM-DD`.
pub fn read_date(value: &Value, cursor: &mut Cursor) -> Option<Date> {
    let date = value.as_str().and_then(|text| Date::parse(text).ok());
    if date.is_none() {
        cursor.refuse_with("NU2110", "this is not a date of the calendar", "write YYYY-MM-DD");
    }
    date
}

fn read_instant(value: &Value, cursor: &mut Cursor) -> Option<Timestamp> {
    let instant = value.as_str().and_then(|text| text.parse().ok());
    if instant.is_none() {
        cursor.refuse_with("NU2110", "this is not an instant", "write 2021-05-20T08:00:00Z");
    }
    instant
}

fn read_source(value: &Value, cursor: &mut Cursor) -> Option<()> {
    if value.as_str().is_none_or(|text| text::normalized(text).is_err()) {
        cursor.refuse("NU2100", "a source is a short text");
    }
    None
}

/// Ids or titles of what supports the statement.
fn read_evidence(value: &Value, cursor: &mut Cursor) -> Option<()> {
    let is_title = |title: &Value| title.as_str().is_some_and(|text| text::normalized(text).is_ok());
    if value.as_array().is_none_or(|titles| titles.len() > limits::EVIDENCE || !titles.iter().all(is_title)) {
        cursor.refuse("NU2100", format!("evidence is a list of at most {} short texts", limits::EVIDENCE));
    }
    None
}

/// How sure the statement is.
fn read_confidence(value: &Value, cursor: &mut Cursor) -> Option<()> {
    const LEVELS: [&str; 4] = ["verified", "documented", "declared", "estimated"];
    if value.as_str().is_none_or(|level| !LEVELS.contains(&level)) {
        cursor.refuse("NU2100", format!("a confidence is one of {}", LEVELS.join(", ")));
    }
    None
}

fn read_value(shape: &FactShape, value: &Value, cursor: &mut Cursor) -> Option<FactValue> {
    if let Value::Object(map) = value {
        let none = map.len() == 1 && map.get("none") == Some(&Value::Bool(true));
        if none && shape.optional {
            return Some(FactValue::None);
        }
        if none {
            cursor.refuse_with("NU2114", "this fact always has a value", "leave it out if it is unknown");
            return None;
        }
    }
    let read = match shape.value_type {
        ValueType::Flag => value.as_bool().map(FactValue::Flag).ok_or("NU2100"),
        ValueType::Int => read_int(value),
        ValueType::Money => read_money(value),
        ValueType::Ratio => read_ratio(value),
        ValueType::Date => day(value, |text| Date::parse(text).ok().map(Date::days)),
        ValueType::Month => day(value, |text| Month::parse(text).ok().map(Month::months)),
        ValueType::Code | ValueType::Status => read_code(shape, value),
        ValueType::Text => read_text(value),
    };
    read.map_err(|code| refuse_value(shape, code, cursor)).ok()
}

fn read_int(value: &Value) -> Result<FactValue, &'static str> {
    let number = value.as_i64().ok_or("NU2100")?;
    if COUNTS.contains(&number) { Ok(FactValue::Number(number)) } else { Err("NU2115") }
}

fn read_money(value: &Value) -> Result<FactValue, &'static str> {
    let text = value.as_str().ok_or("NU2112")?;
    let fen = Fen::parse_yuan(text).map_err(|_| "NU2112")?;
    if fen < Fen::ZERO { Err("NU2111") } else { Ok(FactValue::Number(fen.get())) }
}

fn read_ratio(value: &Value) -> Result<FactValue, &'static str> {
    let ratio = value.as_str().and_then(Ratio::parse).ok_or("NU2112")?;
    if ratio.millionths() < 0 { Err("NU2111") } else { Ok(FactValue::Number(ratio.millionths())) }
}

fn day(value: &Value, parse: impl FnOnce(&str) -> Option<i32>) -> Result<FactValue, &'static str> {
    value.as_str().and_then(parse).map(FactValue::Day).ok_or("NU2110")
}

fn read_code(shape: &FactShape, value: &Value) -> Result<FactValue, &'static str> {
    let code = value.as_str().ok_or("NU2100")?;
    shape.codes.get(code).copied().map(FactValue::Code).ok_or("NU2113")
}

fn read_text(value: &Value) -> Result<FactValue, &'static str> {
    let text = value.as_str().ok_or("NU2100")?;
    text::normalized(text).map(FactValue::Text).map_err(|_| "NU2118")
}

/// Says what was expected; the value itself may be personal and is never repeated.
fn refuse_value(shape: &FactShape, code: &str, cursor: &mut Cursor) {
    let (detail, hint) = match code {
        "NU2110" if shape.value_type == ValueType::Month => ("this is not a month", "write YYYY-MM".to_owned()),
        "NU2110" => ("this is not a date of the calendar", "write YYYY-MM-DD".to_owned()),
        "NU2111" => {
            ("the amount is negative", "losses are written as facts of their own; write 0.00 or more".to_owned())
        }
        "NU2112" if shape.value_type == ValueType::Ratio => {
            ("this is not a ratio", "write a quoted decimal, \"0.5\"".to_owned())
        }
        "NU2112" => ("this is not an amount", "write quoted yuan with at most two decimals, \"1216.00\"".to_owned()),
        "NU2113" => {
            let codes: Vec<&str> = shape.codes.keys().map(String::as_str).take(20).collect();
            ("no such code", format!("the codes are {}", codes.join(", ")))
        }
        "NU2115" => ("the number is out of range", "write a count from 0 to 1,000,000,000".to_owned()),
        "NU2118" => ("the text cannot be kept", "no NUL characters, at most 1000 characters".to_owned()),
        _ => ("the value has the wrong type", format!("write {}", expected(shape.value_type))),
    };
    cursor.refuse_with(code, detail, hint);
}

const fn expected(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::Flag => "true or false",
        ValueType::Int => "a whole number",
        ValueType::Money => "quoted yuan, \"1216.00\"",
        ValueType::Ratio => "a quoted decimal, \"0.5\"",
        ValueType::Date => "a date, \"2022-09-01\"",
        ValueType::Month => "a month, \"2022-09\"",
        ValueType::Code | ValueType::Status => "a quoted code",
        ValueType::Text => "a quoted text",
    }
}
