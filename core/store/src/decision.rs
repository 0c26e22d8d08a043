//! Decisions (审核确认决定): the official's act that adopts a determination or departs from it. It is never changed.

use jiff::Timestamp;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{DecisionId, DeterminationId, HouseholdId};
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::insert::AnyQuery;
use crate::row::{parsed, sealed, text};
use crate::sealed::Sealed;
use crate::transaction::Transaction;
use crate::word::stored_words;

stored_words! {
    /// What an official made of a determination.
    Outcome {
        /// It was adopted.
        Adopt => "adopt",
        /// It was departed from, with a reason.
        Depart => "depart",
    }
}

/// An official's act about one determination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// The determination.
    pub determination_id: DeterminationId,
    /// The household.
    pub household_id: HouseholdId,
    /// The household's county.
    pub county: DivisionCode,
    /// What was decided.
    pub outcome: Outcome,
    /// Who decided.
    pub decided_by: String,
    /// When.
    pub decided_at: Timestamp,
    /// The reasons, and what was decided instead.
    pub sealed: Sealed,
}

const INSERT: &str = "
insert into decision
  (id, determination_id, household_id, county, outcome, decided_by, decided_at, key_id, ciphertext)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const DECISION: &str = "
select id, determination_id, household_id, county, outcome, decided_by, decided_at, key_id, ciphertext
from decision
where id = $1";

const DECISION_ON: &str = "
select id, determination_id, household_id, county, outcome, decided_by, decided_at, key_id, ciphertext
from decision
where determination_id = $1";

const OF_HOUSEHOLD: &str = "
select id, determination_id, household_id, county, outcome, decided_by, decided_at, key_id, ciphertext
from decision
where household_id = $1 and id > $2
order by id
limit $3";

/// Inserts a decision; a determination that has one refuses it.
pub async fn insert_decision(transaction: &mut Transaction, decision: &Decision) -> Result<(), StoreError> {
    let query = sqlx::query(INSERT)
        .bind(decision.id.to_string())
        .bind(decision.determination_id.to_string())
        .bind(decision.household_id.to_string())
        .bind(decision.county.to_string())
        .bind(decision.outcome.word())
        .bind(decision.decided_by.as_str())
        .bind(decision.decided_at.to_string())
        .bind(decision.sealed.key_id.as_str())
        .bind(decision.sealed.ciphertext.as_slice());
    let failed = |source| StoreError::InsertDecision { determination_id: decision.determination_id, source };
    query.execute(transaction.connection()).await.map_err(failed)?;
    Ok(())
}

/// The decision with this id.
pub async fn decision(transaction: &mut Transaction, id: DecisionId) -> Result<Option<Decision>, StoreError> {
    Ok(listed(transaction, sqlx::query(DECISION).bind(id.to_string())).await?.pop())
}

/// The decision on a determination.
pub async fn decision_on(transaction: &mut Transaction, id: DeterminationId) -> Result<Option<Decision>, StoreError> {
    Ok(listed(transaction, sqlx::query(DECISION_ON).bind(id.to_string())).await?.pop())
}

/// At most `limit` decisions about a household, oldest id first, from the first, or from the one after `after`.
pub async fn decisions_of_household(
    transaction: &mut Transaction,
    household_id: HouseholdId,
    after: Option<DecisionId>,
    limit: u32,
) -> Result<Vec<Decision>, StoreError> {
    let after = after.map(String::from).unwrap_or_default();
    let query = sqlx::query(OF_HOUSEHOLD).bind(household_id.to_string()).bind(after).bind(i64::from(limit));
    listed(transaction, query).await
}

async fn listed(transaction: &mut Transaction, query: AnyQuery<'_>) -> Result<Vec<Decision>, StoreError> {
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadDecisions)?;
    rows.iter().map(to_decision).collect::<Result<_, _>>().map_err(StoreError::ReadDecisions)
}

fn to_decision(row: &AnyRow) -> sqlx::Result<Decision> {
    Ok(Decision {
        id: parsed(row, "id")?,
        determination_id: parsed(row, "determination_id")?,
        household_id: parsed(row, "household_id")?,
        county: parsed(row, "county")?,
        outcome: parsed(row, "outcome")?,
        decided_by: text(row, "decided_by")?.to_owned(),
        decided_at: parsed(row, "decided_at")?,
        sealed: sealed(row)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{decision_on_no, determined_household, household_no, on_both_databases};
    use crate::store::Store;

    on_both_databases! { a_decision_is_read_back, a_determination_is_decided_once }

    async fn a_decision_is_read_back(store: &Store) {
        let mut writing = determined_household(store, 3).await;
        let all: Vec<Decision> = (0..3).map(decision_on_no).collect();
        for one in &all {
            insert_decision(&mut writing, one).await.unwrap();
        }
        assert_eq!(decision(&mut writing, all[1].id).await.unwrap().as_ref(), Some(&all[1]));
        assert_eq!(decision_on(&mut writing, all[2].determination_id).await.unwrap().as_ref(), Some(&all[2]));
        let home = household_no(1).id;
        assert_eq!(decisions_of_household(&mut writing, home, None, 2).await.unwrap(), all[..2]);
        assert_eq!(decisions_of_household(&mut writing, home, Some(all[1].id), 2).await.unwrap(), all[2..]);
        assert_eq!(decision(&mut writing, decision_on_no(7).id).await.unwrap(), None);
    }

    async fn a_determination_is_decided_once(store: &Store) {
        let mut writing = determined_household(store, 1).await;
        insert_decision(&mut writing, &decision_on_no(0)).await.unwrap();
        writing.savepoint().await.unwrap();
        let second = Decision { id: decision_on_no(5).id, outcome: Outcome::Depart, ..decision_on_no(0) };
        let refused = insert_decision(&mut writing, &second).await.unwrap_err();
        assert!(refused.is_duplicate(), "{refused:?}");
        writing.roll_back_to_savepoint().await.unwrap();
        let orphan = insert_decision(&mut writing, &decision_on_no(9)).await.unwrap_err();
        assert!(!orphan.is_duplicate(), "{orphan:?}");
    }
}
