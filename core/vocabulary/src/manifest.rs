//! `plugin.toml`: what a plugin is, what it may see, what it answers, and on which law it rests. Unknown keys are errors.

mod benefit;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use semver::{Version, VersionReq};
use serde::de::{self, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

pub use self::benefit::{Begins, Benefit};
use crate::catalogue::ValueType;
use crate::citation::Citation;
use crate::date::Period;
use crate::division::DivisionCode;
use crate::parameter::Written;
use crate::text::Bilingual;

/// What a plugin does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PluginKind {
    /// Facts and parameters in, outputs and reasons out.
    Rules,
}

/// What runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Runtime {
    /// A component of its own.
    Wasm,
    /// A script inside the script runtime.
    Rhai,
}

/// What an output is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// An amount or service that is due.
    Entitlement,
    /// Eligible, not eligible, or undetermined.
    Status,
    /// A score.
    Score,
    /// An index.
    Index,
    /// A rising edge becomes a task.
    Alert,
    /// Which place's rules apply.
    Jurisdiction,
    /// A step on the way.
    Intermediate,
}

/// Where and when a plugin applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Applies {
    /// Divisions, each with all below it.
    pub jurisdictions: Vec<DivisionCode>,
    /// The dates of the law that it holds.
    pub effective: Period,
}

/// Why a plugin reads something; for an output of another plugin also what that output is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = or_the_purpose_alone)]
pub struct InputUse {
    /// The purpose, for the record of data use.
    pub why: String,
    /// The entity of an output of another plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
    /// The type of an output of another plugin.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub value_type: Option<ValueType>,
    /// The codes of an output of type code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
}

impl<'de> Deserialize<'de> for InputUse {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            why: String,
            #[serde(default)]
            entity: Option<String>,
            #[serde(default, rename = "type")]
            value_type: Option<ValueType>,
            #[serde(default)]
            codes: Vec<String>,
        }
        struct PurposeOrTable;
        impl<'de> Visitor<'de> for PurposeOrTable {
            type Value = InputUse;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the purpose, or a table with `why`, `entity` and `type`")
            }
            fn visit_str<E: de::Error>(self, why: &str) -> Result<InputUse, E> {
                Ok(InputUse { why: why.to_owned(), entity: None, value_type: None, codes: Vec::new() })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<InputUse, A::Error> {
                let Table { why, entity, value_type, codes } = Table::deserialize(MapAccessDeserializer::new(map))?;
                Ok(InputUse { why, entity, value_type, codes })
            }
        }
        deserializer.deserialize_any(PurposeOrTable)
    }
}

fn or_the_purpose_alone(schema: &mut Schema) {
    let description = schema.remove("description");
    let table = std::mem::take(schema);
    *schema = json_schema!({ "oneOf": [{ "type": "string" }, table] });
    if let Some(description) = description {
        schema.insert("description".to_owned(), description);
    }
}

/// The name spaces of a plugin's outputs: one, or several where a law holds several programmes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Namespaces(pub Vec<String>);

impl Namespaces {
    /// Whether a name is the name space itself or lies in it.
    pub fn own(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|space| name.strip_prefix(space.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    }
}

impl<'de> Deserialize<'de> for Namespaces {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Namespaces;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name space or a list of them")
            }
            fn visit_str<E: de::Error>(self, one: &str) -> Result<Namespaces, E> {
                Ok(Namespaces(vec![one.to_owned()]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Namespaces, A::Error> {
                let mut many = Vec::new();
                while let Some(one) = seq.next_element()? {
                    many.push(one);
                }
                Ok(Namespaces(many))
            }
        }
        deserializer.deserialize_any(OneOrMany)
    }
}

impl JsonSchema for Namespaces {
    fn schema_name() -> Cow<'static, str> {
        "Namespaces".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "array"], "items": { "type": "string" } })
    }
}

/// The least and the most that an output may be; beyond it the output is a fault, not an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputRange {
    /// The least.
    pub min: Written,
    /// The most.
    pub max: Written,
}

/// One output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = crate::written::output_range)]
pub struct Output {
    /// What it is about.
    pub entity: String,
    /// What it is.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// What an amount is counted by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub per: Vec<String>,
    /// The code list of a code: one of the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codes: Option<String>,
    /// What it is for.
    pub role: Role,
    /// What it may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<OutputRange>,
    /// Its name for people.
    pub title: Bilingual,
    /// The law it rests on.
    pub cites: Vec<Citation>,
}

/// The settings that an operator may give a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The file with their JSON Schema, beside the manifest.
    pub schema: String,
}

/// A whole `plugin.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// 1.
    pub manifest_version: u32,
    /// `cn.<division>.<name>`.
    pub id: String,
    /// Its version.
    pub version: Version,
    /// What it does.
    pub kind: PluginKind,
    /// What runs it.
    pub runtime: Runtime,
    /// The major version of the plugin interface.
    pub abi: String,
    /// The version of the fact catalogue.
    pub catalogue: String,
    /// What its outputs begin with.
    pub namespace: Namespaces,
    /// Its name for people.
    pub title: Bilingual,
    /// The law it rests on.
    pub legal_basis: Vec<Citation>,
    /// Outputs of others that it may increase; it reads the current value and its own output replaces it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub raises: Vec<String>,
    /// Where and when it applies.
    pub applies: Applies,
    /// Plugins whose outputs it reads.
    #[serde(default)]
    #[schemars(schema_with = "requirements")]
    pub requires: BTreeMap<String, VersionReq>,
    /// Facts and outputs that it reads, with their purpose; nothing else is ever visible.
    pub inputs: BTreeMap<String, InputUse>,
    /// Parameters that it reads, with their purpose.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// What it answers.
    pub outputs: BTreeMap<String, Output>,
    /// The benefits that an official can decide on, by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub benefits: BTreeMap<String, Benefit>,
    /// The settings that an operator may give it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Settings>,
}

/// Ids with a requirement on the version, as `semver` reads it.
fn requirements(_: &mut SchemaGenerator) -> Schema {
    let number = "(0|[1-9][0-9]*)";
    let part = format!("({number}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)");
    let end = format!(r"(-{part}(\.{part})*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?");
    let places = format!(r"{number}(\.([*xX](\.[*xX])?|{number}(\.([*xX]|{number}{end}))?))?");
    let one = format!("(=|>=?|<=?|~|\\^)? *{places}");
    let pattern = format!("^ *([*xX]|{one}( *, *{one})*) *$");
    json_schema!({ "type": "object", "additionalProperties": { "type": "string", "pattern": pattern } })
}

impl Manifest {
    /// `id@version`, as determinations name it.
    pub fn coordinate(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }
}
