//! How a reassessment stands: what was asked, how far it has come, whom it left out, and what changed.

use nuan_store::reassessment::Reassessment;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{HouseholdId, ReassessmentId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::changes::{Changes, ProgrammeChanges};
use crate::error::KernelError;
use crate::parts::{json, read};
use crate::surroundings::instant_text;

/// So many households that were left out are named; beyond this they are counted.
const NAMED: usize = 200;

/// Which households, for which date, and as known when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReassessmentRequest {
    /// The date of the law and of the facts.
    pub as_of: Date,
    /// Facts that became known later do not count; those known when it begins count where absent.
    pub known_at: Option<jiff::Timestamp>,
    /// Whose households; the nation's are all.
    pub division: DivisionCode,
}

/// Where a reassessment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReassessmentState {
    /// Somebody goes on with it, or may.
    Open,
    /// Everybody was done.
    Finished,
    /// Somebody ended it before; what it stored stays.
    Cancelled,
}

/// A household that was not determined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// The household.
    pub household: HouseholdId,
    /// Why, as a code.
    pub code: String,
}

/// A reassessment of all households of a division (复核).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReassessmentBody {
    /// Its id.
    pub id: ReassessmentId,
    /// Whether it is open, finished or cancelled.
    pub state: ReassessmentState,
    /// The date it determines for.
    pub as_of: Date,
    /// The instant up to which facts count as known, RFC 3339 in UTC.
    pub known_at: String,
    /// Whose households; `000000` names all.
    pub division: DivisionCode,
    /// When it began.
    pub started_at: String,
    /// When it was finished or cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// How many households there are, as they were counted when it began.
    pub households: u64,
    /// How many of them were looked at so far: determined, ended or left out.
    pub looked_at: u64,
    /// How many were determined.
    pub determined: u64,
    /// How many had ended by that date, and have nothing to be determined.
    pub ended: u64,
    /// How many were left out.
    pub left_out: u64,
    /// The first of those that were left out.
    pub left_out_households: Vec<LeftOut>,
    /// What changed, by programme and county.
    pub changes: Vec<ProgrammeChanges>,
    /// What can be done now.
    pub allowed_actions: Vec<String>,
}

/// What is counted, as it is kept with every batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub households: u64,
    pub determined: u64,
    pub ended: u64,
    pub left_out: u64,
    pub named: Vec<LeftOut>,
    pub changes: Changes,
}

impl Tally {
    /// What is kept so far.
    pub fn of(row: &Reassessment) -> Result<Self, KernelError> {
        read(row.tally.as_bytes(), "the tally of a reassessment")
    }

    /// As it is kept.
    pub fn text(&self) -> Result<String, KernelError> {
        let bytes = json(self, "the tally of a reassessment")?;
        Ok(String::from_utf8(bytes).unwrap_or_default())
    }

    /// Counts a household that was left out.
    pub fn leave_out(&mut self, household: HouseholdId, error: &KernelError) {
        self.left_out += 1;
        if self.named.len() < NAMED {
            self.named.push(LeftOut { household, code: error.code().to_owned() });
        }
    }

    /// How many households were looked at.
    pub const fn looked_at(&self) -> u64 {
        self.determined + self.ended + self.left_out
    }

    /// Adds what a batch counted. The number of households stays.
    pub fn merge(&mut self, batch: Self) {
        self.determined += batch.determined;
        self.ended += batch.ended;
        self.left_out += batch.left_out;
        let room = NAMED.saturating_sub(self.named.len());
        self.named.extend(batch.named.into_iter().take(room));
        self.changes.merge(batch.changes);
    }
}

/// A reassessment as it is shown.
pub(super) fn body(row: &Reassessment) -> Result<ReassessmentBody, KernelError> {
    let tally = Tally::of(row)?;
    let (state, actions) = match (row.finished_at, row.given_up_at) {
        (Some(_), _) => (ReassessmentState::Finished, Vec::new()),
        (None, Some(_)) => (ReassessmentState::Cancelled, Vec::new()),
        (None, None) => (ReassessmentState::Open, vec!["cancel".to_owned()]),
    };
    Ok(ReassessmentBody {
        id: row.id,
        state,
        as_of: row.as_of,
        known_at: instant_text(row.known_at),
        division: row.division,
        started_at: instant_text(row.started_at),
        ended_at: row.finished_at.or(row.given_up_at).map(instant_text),
        households: tally.households,
        looked_at: tally.looked_at(),
        determined: tally.determined,
        ended: tally.ended,
        left_out: tally.left_out,
        left_out_households: tally.named.clone(),
        changes: tally.changes.rows(),
        allowed_actions: actions,
    })
}
