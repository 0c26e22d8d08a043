//! Decisions as they are shown, and as they are sealed.

use nuan_store::decision::{Decision, Outcome};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{DecisionId, DeterminationId, EntitlementId, HouseholdId};
use nuan_vocabulary::text::Bilingual;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::request::DecisionAction;
use crate::surroundings::instant_text;

/// An official's decision (审核确认决定) about a determination. It is never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DecisionBody {
    /// Its id.
    pub id: DecisionId,
    /// The determination.
    pub determination: DeterminationId,
    /// The household.
    pub household: HouseholdId,
    /// The household's county when it was decided.
    pub county: DivisionCode,
    /// The day that the determination is for.
    pub as_of: Date,
    /// Whether the determination was adopted or departed from.
    pub action: DecisionAction,
    /// Why; whoever departs says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The day of the application, where it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_on: Option<Date>,
    /// Who decided.
    pub decided_by: String,
    /// When, RFC 3339.
    pub decided_at: String,
    /// What was decided of each benefit.
    pub benefits: Vec<DecidedBenefitBody>,
    /// What the actor may do with it now: nothing, a further determination is decided by a further decision.
    pub allowed_actions: Vec<String>,
}

/// Whether a benefit was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BenefitOutcome {
    /// It is due.
    Granted,
    /// It is not.
    Refused,
}

/// What was decided of one benefit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecidedBenefitBody {
    /// The kind of benefit.
    pub kind: String,
    /// Its name for people.
    pub title: Bilingual,
    /// The member whose benefit it is, by the document's own name; the household's, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Whether it was granted.
    pub outcome: BenefitOutcome,
    /// The day from which that counts.
    pub from: Date,
    /// What is due in a month, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_fen_monthly: Option<i64>,
    /// The entitlement that follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entitlement: Option<EntitlementId>,
    /// The earlier entitlements whose place it takes, or which end with the refusal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ends: Vec<EntitlementId>,
}

/// What is sealed of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionContent {
    pub as_of: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_on: Option<Date>,
    pub benefits: Vec<DecidedBenefitBody>,
}

pub(super) const fn outcome(action: DecisionAction) -> Outcome {
    match action {
        DecisionAction::Adopt => Outcome::Adopt,
        DecisionAction::Depart => Outcome::Depart,
    }
}

const fn action(outcome: Outcome) -> DecisionAction {
    match outcome {
        Outcome::Adopt => DecisionAction::Adopt,
        Outcome::Depart => DecisionAction::Depart,
    }
}

/// A decision as it is shown.
pub(super) fn shown(row: &Decision, content: DecisionContent) -> DecisionBody {
    DecisionBody {
        id: row.id,
        determination: row.determination_id,
        household: row.household_id,
        county: row.county,
        as_of: content.as_of,
        action: action(row.outcome),
        reason: content.reason,
        applied_on: content.applied_on,
        decided_by: row.decided_by.clone(),
        decided_at: instant_text(row.decided_at),
        benefits: content.benefits,
        allowed_actions: Vec::new(),
    }
}
