//! What approved changes still have to bring about: the determinations that they touch are not stored anew yet.
//!
//! INVARIANT: a row comes with the approval and goes with what was stored for it, each in one transaction. What is cut off in
//! between is found again, and of two who do it at once one is refused.

use jiff::Timestamp;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{ChangeRequestId, HouseholdId};
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::insert::AnyQuery;
use crate::row::{parsed, sealed, text};
use crate::sealed::Sealed;
use crate::transaction::Transaction;

/// Determinations that are to be computed again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecomputationDue {
    /// The change that was approved.
    pub change_request_id: ChangeRequestId,
    /// The household whose determinations it touches.
    pub household_id: HouseholdId,
    /// The household's county when the change was submitted.
    pub county: DivisionCode,
    /// Who approved, and so has it computed.
    pub actor: String,
    /// The idempotency key under which whoever approved is answered.
    pub answer_key: String,
    /// When it was approved.
    pub due_since: Timestamp,
    /// What the change touches.
    pub sealed: Sealed,
}

const INSERT: &str = "
insert into recomputation_due
  (change_request_id, household_id, county, actor, answer_key, due_since, key_id, ciphertext)
values ($1, $2, $3, $4, $5, $6, $7, $8)";

const OF_CHANGE: &str = "
select change_request_id, household_id, county, actor, answer_key, due_since, key_id, ciphertext
from recomputation_due
where change_request_id = $1";

const OF_HOUSEHOLD: &str = "
select change_request_id, household_id, county, actor, answer_key, due_since, key_id, ciphertext
from recomputation_due
where household_id = $1
order by change_request_id";

const AFTER: &str = "
select change_request_id, household_id, county, actor, answer_key, due_since, key_id, ciphertext
from recomputation_due
where change_request_id > $1
order by change_request_id
limit $2";

const SETTLE: &str = "
delete from recomputation_due
where change_request_id = $1";

/// Notes what is due, in the transaction of the approval.
pub async fn insert_recomputation_due(transaction: &mut Transaction, due: &RecomputationDue) -> Result<(), StoreError> {
    let query = sqlx::query(INSERT)
        .bind(due.change_request_id.to_string())
        .bind(due.household_id.to_string())
        .bind(due.county.to_string())
        .bind(due.actor.as_str())
        .bind(due.answer_key.as_str())
        .bind(due.due_since.to_string())
        .bind(due.sealed.key_id.as_str())
        .bind(due.sealed.ciphertext.as_slice());
    query.execute(transaction.connection()).await.map_err(StoreError::WriteRecomputation)?;
    Ok(())
}

/// What is due after a change; none, once it is done.
pub async fn recomputation_due(
    transaction: &mut Transaction,
    id: ChangeRequestId,
) -> Result<Option<RecomputationDue>, StoreError> {
    Ok(listed(transaction, sqlx::query(OF_CHANGE).bind(id.to_string())).await?.pop())
}

/// What is due for a household.
pub async fn recomputations_due_for(
    transaction: &mut Transaction,
    household_id: HouseholdId,
) -> Result<Vec<RecomputationDue>, StoreError> {
    listed(transaction, sqlx::query(OF_HOUSEHOLD).bind(household_id.to_string())).await
}

/// At most `limit` of all that is due, oldest change first, from the first, or from the one after `after`.
pub async fn recomputations_due(
    transaction: &mut Transaction,
    after: Option<ChangeRequestId>,
    limit: u32,
) -> Result<Vec<RecomputationDue>, StoreError> {
    let after = after.map(String::from).unwrap_or_default();
    listed(transaction, sqlx::query(AFTER).bind(after).bind(i64::from(limit))).await
}

/// Notes that it is done, in the transaction that stores what came of it. No: somebody else was faster.
pub async fn settle_recomputation(transaction: &mut Transaction, id: ChangeRequestId) -> Result<bool, StoreError> {
    let query = sqlx::query(SETTLE).bind(id.to_string());
    let deleted = query.execute(transaction.connection()).await.map_err(StoreError::WriteRecomputation)?;
    Ok(deleted.rows_affected() == 1)
}

async fn listed(transaction: &mut Transaction, query: AnyQuery<'_>) -> Result<Vec<RecomputationDue>, StoreError> {
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadRecomputation)?;
    rows.iter().map(to_due).collect::<Result<_, _>>().map_err(StoreError::ReadRecomputation)
}

fn to_due(row: &AnyRow) -> sqlx::Result<RecomputationDue> {
    Ok(RecomputationDue {
        change_request_id: parsed(row, "change_request_id")?,
        household_id: parsed(row, "household_id")?,
        county: parsed(row, "county")?,
        actor: text(row, "actor")?.to_owned(),
        answer_key: text(row, "answer_key")?.to_owned(),
        due_since: parsed(row, "due_since")?,
        sealed: sealed(row)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change_request::insert_change_request;
    use crate::fixture::{
        at, change_request_of, county, document_of, household_no, on_both_databases, sealed_bytes, sqlite,
    };
    use crate::household::{insert_documents, insert_households};
    use crate::store::Store;

    on_both_databases! {
        what_is_due_is_found_until_it_is_done,
        what_is_done_is_done_once,
    }

    fn due_no(number: u32) -> RecomputationDue {
        let request = change_request_of(&household_no(1), number);
        RecomputationDue {
            change_request_id: request.id,
            household_id: request.household_id,
            county: request.county,
            actor: "an-officer".to_owned(),
            answer_key: format!("k{number}"),
            due_since: at("2026-03-02T00:00:00.5Z"),
            sealed: sealed_bytes(7),
        }
    }

    async fn noted(store: &Store) -> Transaction {
        let home = household_no(1);
        let mut writing = store.begin_write([county()]).await.unwrap();
        insert_households(&mut writing, std::slice::from_ref(&home)).await.unwrap();
        insert_documents(&mut writing, &[document_of(&home, 1)]).await.unwrap();
        for number in 0..3 {
            insert_change_request(&mut writing, &change_request_of(&home, number)).await.unwrap();
            insert_recomputation_due(&mut writing, &due_no(number)).await.unwrap();
        }
        writing
    }

    async fn what_is_due_is_found_until_it_is_done(store: &Store) {
        let mut writing = noted(store).await;
        let all = [0, 1, 2].map(due_no);
        assert_eq!(recomputation_due(&mut writing, all[1].change_request_id).await.unwrap().as_ref(), Some(&all[1]));
        assert_eq!(recomputations_due_for(&mut writing, household_no(1).id).await.unwrap(), all);
        assert_eq!(recomputations_due_for(&mut writing, household_no(2).id).await.unwrap(), []);
        assert_eq!(recomputations_due(&mut writing, None, 2).await.unwrap(), all[..2]);
        let after = Some(all[1].change_request_id);
        assert_eq!(recomputations_due(&mut writing, after, 9).await.unwrap(), all[2..]);
        assert!(settle_recomputation(&mut writing, all[1].change_request_id).await.unwrap());
        assert_eq!(recomputation_due(&mut writing, all[1].change_request_id).await.unwrap(), None);
        assert_eq!(recomputations_due(&mut writing, None, 9).await.unwrap().len(), 2);
    }

    async fn what_is_done_is_done_once(store: &Store) {
        noted(store).await.commit().await.unwrap();
        let settle = async |store: Store| {
            let mut writing = store.begin_write([county()]).await.unwrap();
            let is_first = settle_recomputation(&mut writing, due_no(0).change_request_id).await.unwrap();
            writing.commit().await.unwrap();
            is_first
        };
        let tasks: Vec<_> = (0..4).map(|_| tokio::spawn(settle(store.clone()))).collect();
        let mut first = 0;
        for task in tasks {
            first += usize::from(task.await.unwrap());
        }
        assert_eq!(first, 1);
    }

    fn may_move_between_threads(_: impl Send) {}

    /// Nothing is run here.
    fn spawned(t: &mut Transaction, due: &RecomputationDue) {
        may_move_between_threads(insert_recomputation_due(t, due));
        may_move_between_threads(recomputation_due(t, due.change_request_id));
        may_move_between_threads(recomputations_due_for(t, due.household_id));
        may_move_between_threads(recomputations_due(t, None, 1));
        may_move_between_threads(settle_recomputation(t, due.change_request_id));
    }

    #[tokio::test]
    async fn every_future_may_move_between_threads() {
        let database = sqlite().await;
        spawned(&mut database.store.begin_read().await.unwrap(), &due_no(1));
        database.remove().await;
    }
}
