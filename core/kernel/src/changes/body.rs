//! Change requests as they are shown: before and after, masked, and what may be done with them now.

use nuan_domain::register::Difference;
use nuan_store::change_request::{ChangeRequest, ChangeState};
use nuan_vocabulary::id::{ChangeRequestId, HouseholdId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::content::{Submission, Verdict};
use super::recompute::Recomputed;
use crate::actor::Actor;
use crate::entitlements::EntitlementBody;
use crate::surroundings::instant_text;

/// What is done with a change request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeAction {
    /// It is carried out.
    Approve,
    /// It is not.
    Refuse,
    /// Whoever submitted it takes it back.
    Withdraw,
}

/// A decision about a change request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeDecision {
    /// What.
    pub action: ChangeAction,
    /// Why.
    pub reason: String,
}

/// A change request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeRequestBody {
    /// Its id.
    pub id: ChangeRequestId,
    /// The household.
    pub household: HouseholdId,
    /// What kind of change: `join`, `leave`, `split`, `merge`, `move`, `death`, `correct` or `identify`.
    pub kind: String,
    /// `submitted`, `approved`, `refused` or `withdrawn`.
    pub state: String,
    /// The version of the household that it changes.
    pub base_version: i64,
    /// Why it was submitted.
    pub reason: String,
    /// What supports it.
    pub evidence: Vec<String>,
    /// What stands where before and after, with masked names and numbers.
    pub differences: Vec<Difference>,
    /// Who submitted it.
    pub submitted_by: String,
    /// When, RFC 3339.
    pub submitted_at: String,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// When, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<String>,
    /// Why it was decided so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_reason: Option<String>,
    /// The version of the household that came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// The household that a split made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_household: Option<HouseholdId>,
    /// What the actor may do with it now.
    pub allowed_actions: Vec<ChangeAction>,
}

/// A decided change request, and what it changed in what was determined before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DecidedChangeBody {
    /// The request.
    pub request: ChangeRequestBody,
    /// The determinations that it touched, computed again.
    pub recomputed: Vec<Recomputed>,
    /// The entitlements that do not fit any more: what was too little or too much by the corrected determinations, and what
    /// has changed in the household. Nothing is changed in them; an official decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub affected: Vec<EntitlementBody>,
}

/// A request that waits.
pub(super) fn submitted(row: &ChangeRequest, submission: &Submission, actor: &Actor) -> ChangeRequestBody {
    ChangeRequestBody {
        id: row.id,
        household: row.household_id,
        kind: row.kind.clone(),
        state: state(row).word().to_owned(),
        base_version: row.base_version,
        reason: submission.proposal.reason.clone(),
        evidence: submission.proposal.evidence.clone(),
        differences: submission.differences.clone(),
        submitted_by: row.submitted_by.clone(),
        submitted_at: instant_text(row.submitted_at),
        decided_by: None,
        decided_at: None,
        decision_reason: None,
        version: None,
        new_household: None,
        allowed_actions: allowed(row, actor),
    }
}

/// A request that was decided.
pub(super) fn decided(
    row: &ChangeRequest,
    submission: &Submission,
    verdict: &Verdict,
    actor: &Actor,
) -> ChangeRequestBody {
    ChangeRequestBody {
        decided_by: row.decided.as_ref().map(|decided| decided.by.clone()),
        decided_at: row.decided.as_ref().map(|decided| instant_text(decided.at)),
        decision_reason: Some(verdict.reason.clone()),
        version: verdict.version,
        new_household: verdict.new_household,
        ..submitted(row, submission, actor)
    }
}

fn state(row: &ChangeRequest) -> ChangeState {
    row.decided.as_ref().map_or(ChangeState::Submitted, |decided| decided.state)
}

fn allowed(row: &ChangeRequest, actor: &Actor) -> Vec<ChangeAction> {
    match (&row.decided, row.submitted_by == actor.name()) {
        (Some(_), _) => Vec::new(),
        (None, true) => vec![ChangeAction::Withdraw],
        (None, false) => vec![ChangeAction::Approve, ChangeAction::Refuse],
    }
}
