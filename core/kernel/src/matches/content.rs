//! What is sealed of a match: why it was proposed, and what was decided, each behind the one before.
//!
//! INVARIANT: content is only added. The leaf of the proposal commits to the proposal, the leaf of a decision to that decision,
//! so that both can still be compared after a later one.

use nuan_domain::audit::Leaf;
use nuan_domain::crypto::sealed_for::SealedFor;
use nuan_domain::identity::matching::Comparison;
use nuan_domain::register::RecordedAt;
use nuan_store::Transaction;
use nuan_store::person_match::{self as match_store, MatchState, PersonMatch};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::{EntitlementId, HouseholdId, MatchId, PersonId};
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::data_keys::DataKey;
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::log::Act;
use crate::parts::{json, read};

/// A match.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MatchContent {
    pub proposed: Proposed,
    #[serde(default)]
    pub decisions: Vec<Decided>,
}

/// Why two records may be of one person.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proposed {
    pub by: String,
    pub comparison: Comparison,
}

/// What somebody decided.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Decided {
    pub by: String,
    pub at: RecordedAt,
    pub reason: String,
    pub outcome: Outcome,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Rejected,
    Merged(Merge),
    Undone,
}

/// What a merge did, as far as undoing it needs to know.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Merge {
    pub kept: PersonId,
    pub other: PersonId,
    /// The version of the kept person's part before, and after.
    pub before: i64,
    pub after: i64,
    /// The identity tokens that were given, in hexadecimal digits.
    pub tokens: Vec<String>,
    /// The entitlements of which active benefits were given.
    pub benefits: Vec<EntitlementId>,
    /// Where the other one belonged.
    pub place: Option<Place>,
}

/// The membership that the other record had.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    pub household: HouseholdId,
    /// The version of the household part that still has it open.
    pub version: i64,
    pub joined_on: Date,
    /// Whether the kept person, who belonged to no household, took it.
    pub is_taken: bool,
}

impl Outcome {
    /// Where the match stands after it.
    pub const fn state(&self) -> MatchState {
        match self {
            Self::Rejected => MatchState::Rejected,
            Self::Merged(_) => MatchState::Merged,
            Self::Undone => MatchState::Undone,
        }
    }

    /// The act of its leaf.
    pub const fn act(&self) -> &'static str {
        match self {
            Self::Rejected => "person.distinguish",
            Self::Merged(_) => "person.merge",
            Self::Undone => "person.unmerge",
        }
    }
}

impl MatchContent {
    /// Where the match stands.
    pub fn state(&self) -> MatchState {
        self.decisions.last().map_or(MatchState::Proposed, |decided| decided.outcome.state())
    }

    /// The merge that was decided.
    pub fn merge(&self) -> Option<&Merge> {
        self.decisions.iter().rev().find_map(|decided| match &decided.outcome {
            Outcome::Merged(merge) => Some(merge),
            Outcome::Rejected | Outcome::Undone => None,
        })
    }
}

impl Kernel {
    /// Seals the content into the row.
    pub(super) fn seal_match(
        &self,
        key: &DataKey,
        row: &mut PersonMatch,
        content: &MatchContent,
    ) -> Result<(), KernelError> {
        let content = json(content, "a match")?;
        row.sealed = key.seal(&self.0.data_keys.nonce(), &of_match(row), &content)?;
        Ok(())
    }

    /// The content of a row, and the key that opened it.
    pub(super) async fn open_match(&self, row: &PersonMatch) -> Result<(DataKey, MatchContent), KernelError> {
        let key = self.0.data_keys.of(&row.sealed).await?;
        let content = read(&key.open(&of_match(row), &row.sealed)?, "a match")?;
        Ok((key, content))
    }

    /// Which record a match put in the place of which other: the one that remains comes first.
    pub(crate) async fn merge_of(&self, row: &PersonMatch) -> Result<Option<(PersonId, PersonId)>, KernelError> {
        let (_, content) = self.open_match(row).await?;
        let merge = content.merge().filter(|_| content.state() == MatchState::Merged);
        Ok(merge.map(|merge| (merge.kept, merge.other)))
    }

    /// The match with this id.
    pub(super) async fn stored_match(
        &self,
        transaction: &mut Transaction,
        id: MatchId,
    ) -> Result<PersonMatch, KernelError> {
        let found = match_store::person_match(transaction, id).await?;
        found.ok_or_else(|| KernelError::NotFound(id.to_string()))
    }

    /// The content that a leaf about a match commits to: of the proposal, or of the decision that it numbers.
    pub(crate) async fn match_content(
        &self,
        transaction: &mut Transaction,
        leaf: &Leaf,
    ) -> Result<(DataKey, Vec<u8>), KernelError> {
        let lost = || KernelError::NotFound(leaf.subject.clone());
        let (id, number) = match leaf.subject.split_once('#') {
            Some((id, number)) => (id, Some(number.parse::<usize>().map_err(|_| lost())?)),
            None => (leaf.subject.as_str(), None),
        };
        let row = self.stored_match(transaction, id.parse().map_err(|_| lost())?).await?;
        let (key, content) = self.open_match(&row).await?;
        if content.state() != row.state {
            return Err(KernelError::NotCommitted);
        }
        let bytes = match number {
            None => json(&content.proposed, "a match")?,
            Some(number) => {
                let decided = number.checked_sub(1).and_then(|before| content.decisions.get(before));
                json(decided.ok_or_else(lost)?, "a match")?
            }
        };
        Ok((key, bytes))
    }
}

/// The leaf of a proposal.
pub(super) fn proposal_leaf(
    actor: &Actor,
    row: &PersonMatch,
    key: &DataKey,
    proposed: &Proposed,
) -> Result<Act, KernelError> {
    let subject = row.id.to_string();
    let commitment = key.commitment(&subject, &json(proposed, "a match")?);
    let (actor, key) = (actor.name().to_owned(), key.id.to_string());
    Ok(Act { county: row.county, act: "person.match", actor, at: row.proposed_at, subject, commitment, key })
}

/// The leaf of the last decision.
pub(super) fn decision_leaf(row: &PersonMatch, key: &DataKey, content: &MatchContent) -> Result<Act, KernelError> {
    let decided = content.decisions.last().ok_or_else(|| KernelError::NotFound(row.id.to_string()))?;
    let subject = format!("{}#{}", row.id, content.decisions.len());
    let commitment = key.commitment(&subject, &json(decided, "a match")?);
    let (actor, key) = (decided.by.clone(), key.id.to_string());
    let (act, at) = (decided.outcome.act(), decided.at.0);
    Ok(Act { county: row.county, act, actor, at, subject, commitment, key })
}

fn of_match(row: &PersonMatch) -> SealedFor {
    let columns =
        vec![row.county.to_string(), row.person_a.to_string(), row.person_b.to_string(), row.proposed_at.to_string()];
    SealedFor { table: "person_match", id: row.id.to_string(), columns }
}
