//! What the kernel gives out, in the shape in which API and CLI pass it on.

use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::citation::Citation;
use nuan_vocabulary::date::{Date, Period};
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{DecisionId, DeterminationId, HouseholdId, PersonId};
use nuan_vocabulary::manifest::{Begins, Role, Runtime};
use nuan_vocabulary::parameter::ParameterRow;
use nuan_vocabulary::text::Bilingual;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A household on the register: with everything that is stated, or on a day as known at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HouseholdBody {
    /// Its id.
    pub id: HouseholdId,
    /// Where it applies.
    pub division: DivisionCode,
    /// Which document this is, from 1.
    pub version: i64,
    /// When it was received, RFC 3339.
    pub received_at: String,
    /// The day that was asked about; absent where everything is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// The instant as of whose knowledge it is shown, RFC 3339; absent where everything is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<String>,
    /// Everybody who belongs or belonged to it; on a day, who belonged to it then as far as was known.
    pub members: Vec<MemberBody>,
    /// Everything that is stated, or what was known of the day, with masked names and document numbers.
    pub document: serde_json::Value,
    /// What the actor may do with it now.
    pub allowed_actions: Vec<String>,
}

/// A person's time in a household.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemberBody {
    /// The name that the household's documents use.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The person.
    pub person: PersonId,
    /// The first day; since the household is known, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The first day after it; still a member, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Whether what is kept of the person was erased.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_erased: bool,
}

/// A household in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HouseholdSummary {
    /// Its id.
    pub id: HouseholdId,
    /// Where it lives.
    pub division: DivisionCode,
    /// When it came, RFC 3339.
    pub received_at: String,
}

/// A determination in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeterminationSummary {
    /// Its id.
    pub id: DeterminationId,
    /// The date of the law and of the facts.
    pub as_of: Date,
    /// When it was computed, RFC 3339.
    pub created_at: String,
    /// The determination that it corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<DeterminationId>,
    /// The decision on it, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionId>,
    /// What the actor may do with it now.
    pub allowed_actions: Vec<String>,
}

/// Part of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Where the next part begins; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What a create yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created<T> {
    /// What was created.
    pub body: T,
    /// Whether an earlier request with the same idempotency key created it.
    pub replayed: bool,
}

/// A number of the law with its history, as one plugin declares it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ParameterBody {
    /// Its id.
    pub id: String,
    /// The plugin.
    pub plugin: String,
    /// Its name for people.
    pub title: Bilingual,
    /// What it is.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// What an amount is counted by.
    pub per: Vec<String>,
    /// The unit of a count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Its history.
    pub values: Vec<ParameterRow>,
}

/// An output that a plugin answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PluginOutputBody {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub entity: String,
    /// What it is.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// What it is for.
    pub role: Role,
    /// Its name for people.
    pub title: Bilingual,
    /// The law it rests on.
    pub cites: Vec<Citation>,
}

/// An installed plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PluginBody {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Its name for people.
    pub title: Bilingual,
    /// What runs it.
    pub runtime: Runtime,
    /// Where it applies.
    pub jurisdictions: Vec<DivisionCode>,
    /// The dates of the law that it holds.
    pub effective: Period,
    /// The digest of its package.
    pub digest: String,
    /// The law it rests on.
    pub legal_basis: Vec<Citation>,
    /// What it answers.
    pub outputs: Vec<PluginOutputBody>,
    /// The benefits that can be decided on.
    pub benefits: Vec<PluginBenefitBody>,
}

/// A benefit that a plugin declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PluginBenefitBody {
    /// Its kind.
    pub kind: String,
    /// Its name for people.
    pub title: Bilingual,
    /// The outputs that add up to what is due in a month.
    pub amounts: Vec<String>,
    /// When it begins.
    pub begins: Begins,
    /// Where the law says so.
    pub cites: Vec<Citation>,
}
