//! What Nuan answers: outputs with their state, reasons in both languages, what is missing, which numbers were used.
//!
//! This is the wire form of API, CLI and store. Not eligible is an answer; undetermined names what somebody has to supply.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::citation::Article;
use crate::date::Date;
use crate::division::DivisionCode;
use crate::id::{DeterminationId, HouseholdId};
use crate::manifest::Role;
use crate::parameter::{Confidence, Written};
use crate::text::Bilingual;

/// How an output stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A status: the conditions are met.
    Eligible,
    /// A status: a condition is not met.
    NotEligible,
    /// A value.
    Known,
    /// Known to have no value.
    None,
    /// Nobody can say yet.
    Undetermined,
}

/// Something that somebody has to supply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MissingInput {
    /// The member, by the document's own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// A fact of the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// The row of the list that the fact stands in, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// A list of which nobody has said whether it is complete or empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// A number of the law.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<MissingParameter>,
}

/// A number of the law that nobody has entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MissingParameter {
    /// Its id.
    pub id: String,
    /// For which division.
    pub division: DivisionCode,
    /// On which date.
    pub on: Date,
}

/// Why an output is undetermined although nothing is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hindrance {
    /// A stable code: `NU4…`.
    pub code: String,
    /// What stands in the way.
    pub detail: String,
}

/// One output. Of the value fields at most one is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputValue {
    /// Its name.
    pub name: String,
    /// The member it is about, by the document's own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The row of a list it is about, from 0 under its parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// How it stands.
    pub state: State,
    /// Money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_fen: Option<i64>,
    /// A count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// A ratio in parts per million.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio_millionths: Option<i64>,
    /// Yes or no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<bool>,
    /// A code, a date, a month or a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What an amount is counted by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub per: Vec<String>,
    /// What it is for.
    pub role: Role,
    /// The plugin that answered.
    pub plugin: String,
    /// What somebody has to supply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingInput>,
    /// What else stands in the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hindrances: Vec<Hindrance>,
}

/// A place in the law, ready to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CitedPlace {
    /// The instrument.
    pub instrument: String,
    /// The article.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article: Option<Article>,
    /// As a Chinese reader writes it.
    pub text: String,
}

/// One step of the reasoning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The output that the step leads to.
    pub output: String,
    /// The member it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The row of a list it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// The rule's id.
    pub rule: String,
    /// The law.
    pub cites: Vec<CitedPlace>,
    /// The sentence for the citizen.
    pub says: Bilingual,
    /// Facts, `parameter:id@division[from]`, `output:name`, `interpretation:id`.
    pub uses: Vec<String>,
    /// What is missing, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// What the step yields, as people write it; absent where unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A number of the law as it was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterUse {
    /// Its id.
    pub id: String,
    /// The plugin whose number it is.
    pub plugin: String,
    /// The division of the row.
    pub division: DivisionCode,
    /// The first day of the row.
    pub from: Date,
    /// The value as people write it.
    pub value: Written,
    /// How far it can be relied on.
    pub confidence: Confidence,
    /// The law, source or reading that states it.
    pub ground: String,
}

/// What a determination rests on, so that it can be repeated to the byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Digests {
    /// The household document.
    pub inputs: String,
    /// The fact catalogue.
    pub catalogue: String,
    /// The parameter values in force.
    pub parameters: String,
    /// The packages by `id@version`.
    pub plugins: BTreeMap<String, String>,
    /// The engine.
    pub engine: String,
}

/// The computed, reasoned result for a household and a date (测算结论).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Determination {
    /// Absent where nothing was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<DeterminationId>,
    /// Absent where nothing was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub household: Option<HouseholdId>,
    /// The date of the law and of the facts.
    pub as_of: Date,
    /// The instant up to which facts count as known, RFC 3339 in UTC.
    pub known_at: String,
    /// Where it applies.
    pub division: DivisionCode,
    /// What the rules answer.
    pub outputs: Vec<OutputValue>,
    /// Why; empty until somebody asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// The numbers of the law that were in force; empty in the stored form, which names them by digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterUse>,
    /// What it rests on.
    pub digests: Digests,
}
