//! What a match is shown as, and what may be decided about it.

use nuan_domain::identity::matching::{Band, Comparison};
use nuan_store::person_match::MatchState;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{MatchId, PersonId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::persons::PersonSummary;

/// Two records that may be of one person, with what speaks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MatchBody {
    /// Its id.
    pub id: MatchId,
    /// The county whose officials decide.
    pub county: DivisionCode,
    /// Where it stands.
    pub state: MatchStanding,
    /// The two records, masked.
    pub persons: Vec<PersonSummary>,
    /// Each field, how much it agrees, and its weight; and their sum.
    pub comparison: Comparison,
    /// What the sum proposes.
    pub band: Band,
    /// Who asked for the comparison.
    pub proposed_by: String,
    /// When, RFC 3339.
    pub proposed_at: String,
    /// The record that remains, where the two are merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<PersonId>,
    /// What was decided, the first decision first.
    pub decisions: Vec<MatchDecisionBody>,
    /// What may be decided now.
    pub allowed_actions: Vec<String>,
}

/// Where a match stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchStanding {
    /// It waits for a decision.
    Proposed,
    /// The two are one person.
    Merged,
    /// The two are different persons.
    Rejected,
    /// They were merged and taken apart again.
    Undone,
}

/// Somebody's decision about a match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MatchDecisionBody {
    /// Where the match stood after it.
    pub outcome: MatchStanding,
    /// Who decided.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
    /// Why.
    pub reason: String,
}

/// Every match of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MatchesBody {
    /// The matches, the oldest first.
    pub items: Vec<MatchBody>,
}

/// What may be decided about a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchAction {
    /// The two are one person; the record that was entered first remains.
    Merge,
    /// The two are different persons, and are not proposed again.
    Reject,
    /// The two were merged wrongly.
    Undo,
}

/// A decision about a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchDecision {
    /// What.
    pub action: MatchAction,
    /// Why, in 1 to 1000 characters.
    pub reason: String,
}

impl MatchAction {
    /// The word that a request and an answer use.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Reject => "reject",
            Self::Undo => "undo",
        }
    }
}

impl From<MatchState> for MatchStanding {
    fn from(state: MatchState) -> Self {
        match state {
            MatchState::Proposed => Self::Proposed,
            MatchState::Merged => Self::Merged,
            MatchState::Rejected => Self::Rejected,
            MatchState::Undone => Self::Undone,
        }
    }
}
