//! A number of the law with its history: what it is, where it holds, since when, and who says so.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::catalogue::ValueType;
use crate::citation::Citation;
use crate::date::Date;
use crate::division::DivisionCode;
use crate::text::Bilingual;

/// How far a value can be relied on. A production profile refuses the last two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Stated in an official text.
    High,
    /// Supported by a formula, by practice or by a second memory.
    Medium,
    /// From memory only.
    Low,
    /// No source was found; chosen.
    Assumed,
    /// Constructed for tests.
    Synthetic,
}

/// A value as people write it: a quoted amount or decimal, a count, a flag, a code, or `none`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// Quoted text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// Yes or no.
    Flag(bool),
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;
        impl Visitor<'_> for AnyValue {
            type Value = Written;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quoted amount, a whole number, true or false (never a bare decimal)")
            }
            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Written, E> {
                Ok(Written::Flag(flag))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Written, E> {
                Ok(Written::Int(number))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Written, E> {
                i64::try_from(number).map(Written::Int).map_err(|_| E::custom("the number is too large"))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Written, E> {
                Ok(Written::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(AnyValue)
    }
}

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
        }
    }
}

impl JsonSchema for Written {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Written".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "integer", "boolean"],
            "description": "A quoted amount, decimal, date or code, a whole number, or true or false; never a bare decimal.",
        })
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Int(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
        }
    }
}

/// The value of a parameter in a division for a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterRow {
    /// Where it holds, with all below; with `covers`, only there.
    pub division: DivisionCode,
    /// The only divisions that the row holds for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<DivisionCode>,
    /// The first day.
    pub from: Date,
    /// The first day after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// The value.
    pub value: Written,
    /// How far it can be relied on.
    pub confidence: Confidence,
    /// The law that states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cites: Option<Citation>,
    /// The page or notice that states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Our reading that yields it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpretation: Option<String>,
}

/// Limits that the law sets for a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// The least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Written>,
    /// The most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Written>,
}

/// One file of `parameters/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = crate::written::parameter_values)]
pub struct Parameter {
    /// The id that manifests name.
    pub id: String,
    /// Its name for people.
    pub title: Bilingual,
    /// What it is.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// What an amount is counted by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub per: Vec<String>,
    /// The unit of a count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Whether `none` is a value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// The codes of a code, in column order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// After so many months a row without successor counts as unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_after_months: Option<i32>,
    /// Limits that the law sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// Its history, sorted by division and first day.
    pub values: Vec<ParameterRow>,
}
