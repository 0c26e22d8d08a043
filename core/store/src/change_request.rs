//! Change requests (变更申请): what somebody proposes to change on the register, and how somebody else decided.
//!
//! INVARIANT: nobody decides on a request of their own (but may withdraw it), and a request is decided once; the database
//! refuses both.

use jiff::Timestamp;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{ChangeRequestId, HouseholdId};
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::insert::AnyQuery;
use crate::row::{integer, outcome, parsed, parsed_or_none, sealed, text, text_or_none};
use crate::sealed::Sealed;
use crate::transaction::Transaction;
use crate::word::stored_words;

stored_words! {
    /// Where a change request stands.
    ChangeState {
        /// It waits for a decision.
        Submitted => "submitted",
        /// Somebody else approved it, and it was carried out.
        Approved => "approved",
        /// Somebody else refused it.
        Refused => "refused",
        /// Whoever submitted it took it back.
        Withdrawn => "withdrawn",
    }
}

/// A request to change a household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRequest {
    /// Its id.
    pub id: ChangeRequestId,
    /// The household's county when it was submitted.
    pub county: DivisionCode,
    /// The household.
    pub household_id: HouseholdId,
    /// The version of its document that the proposal changes.
    pub base_version: i64,
    /// What kind of change it is, as the kernel calls it.
    pub kind: String,
    /// Who submitted it.
    pub submitted_by: String,
    /// When.
    pub submitted_at: Timestamp,
    /// The proposal, with the state before and after.
    pub sealed: Sealed,
    /// How it ended; none: it waits.
    pub decided: Option<Decided>,
}

/// How a change request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The state in which it ended; never `Submitted`.
    pub state: ChangeState,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What came of it, or why not.
    pub outcome: Option<Sealed>,
}

const INSERT: &str = "
insert into change_request
  (id, county, household_id, base_version, kind, state, submitted_by, submitted_at, key_id, ciphertext)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

const CHANGE_REQUEST: &str = "
select id, county, household_id, base_version, kind, state, submitted_by, submitted_at, decided_by, decided_at,
  key_id, ciphertext, outcome_key_id, outcome_ciphertext
from change_request
where id = $1";

const OF_HOUSEHOLD: &str = "
select id, county, household_id, base_version, kind, state, submitted_by, submitted_at, decided_by, decided_at,
  key_id, ciphertext, outcome_key_id, outcome_ciphertext
from change_request
where household_id = $1 and id > $2
order by id
limit $3";

const IN_STATE: &str = "
select id, county, household_id, base_version, kind, state, submitted_by, submitted_at, decided_by, decided_at,
  key_id, ciphertext, outcome_key_id, outcome_ciphertext
from change_request
where county = $1 and state = $2 and id > $3
order by id
limit $4";

const DECIDE: &str = "
update change_request
set state = $2, decided_by = $3, decided_at = $4, outcome_key_id = $5, outcome_ciphertext = $6
where id = $1 and state = 'submitted'";

/// Inserts a new request about a document that is there. `decided` is not read: a request is submitted first.
pub async fn insert_change_request(transaction: &mut Transaction, request: &ChangeRequest) -> Result<(), StoreError> {
    let query = sqlx::query(INSERT)
        .bind(request.id.to_string())
        .bind(request.county.to_string())
        .bind(request.household_id.to_string())
        .bind(request.base_version)
        .bind(request.kind.as_str())
        .bind(ChangeState::Submitted.word())
        .bind(request.submitted_by.as_str())
        .bind(request.submitted_at.to_string())
        .bind(request.sealed.key_id.as_str())
        .bind(request.sealed.ciphertext.as_slice());
    let failed = |source| StoreError::WriteChangeRequest { id: request.id, source };
    query.execute(transaction.connection()).await.map_err(failed)?;
    Ok(())
}

/// The change request with this id.
pub async fn change_request(
    transaction: &mut Transaction,
    id: ChangeRequestId,
) -> Result<Option<ChangeRequest>, StoreError> {
    Ok(listed(transaction, sqlx::query(CHANGE_REQUEST).bind(id.to_string())).await?.pop())
}

/// At most `limit` requests about a household, oldest id first, from the first, or from the one after `after`.
pub async fn change_requests_of_household(
    transaction: &mut Transaction,
    household_id: HouseholdId,
    after: Option<ChangeRequestId>,
    limit: u32,
) -> Result<Vec<ChangeRequest>, StoreError> {
    let after = after.map(String::from).unwrap_or_default();
    let query = sqlx::query(OF_HOUSEHOLD).bind(household_id.to_string()).bind(after).bind(i64::from(limit));
    listed(transaction, query).await
}

/// At most `limit` requests of a county in a state, oldest id first, from the first, or from the one after `after`.
pub async fn change_requests_in_state(
    transaction: &mut Transaction,
    county: DivisionCode,
    state: ChangeState,
    after: Option<ChangeRequestId>,
    limit: u32,
) -> Result<Vec<ChangeRequest>, StoreError> {
    let after = after.map(String::from).unwrap_or_default();
    let query = sqlx::query(IN_STATE).bind(county.to_string()).bind(state.word()).bind(after);
    listed(transaction, query.bind(i64::from(limit))).await
}

/// Ends a request that waits; says whether it is there and did. A decision by whoever submitted it is an error.
pub async fn decide_change_request(
    transaction: &mut Transaction,
    id: ChangeRequestId,
    decided: &Decided,
) -> Result<bool, StoreError> {
    let outcome = decided.outcome.as_ref();
    let query = sqlx::query(DECIDE)
        .bind(id.to_string())
        .bind(decided.state.word())
        .bind(decided.by.as_str())
        .bind(decided.at.to_string())
        .bind(outcome.map(|sealed| sealed.key_id.as_str()))
        .bind(outcome.map(|sealed| sealed.ciphertext.as_slice()));
    let failed = |source| StoreError::WriteChangeRequest { id, source };
    Ok(query.execute(transaction.connection()).await.map_err(failed)?.rows_affected() == 1)
}

async fn listed(transaction: &mut Transaction, query: AnyQuery<'_>) -> Result<Vec<ChangeRequest>, StoreError> {
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadChangeRequests)?;
    rows.iter().map(to_change_request).collect::<Result<_, _>>().map_err(StoreError::ReadChangeRequests)
}

fn to_change_request(row: &AnyRow) -> sqlx::Result<ChangeRequest> {
    Ok(ChangeRequest {
        id: parsed(row, "id")?,
        county: parsed(row, "county")?,
        household_id: parsed(row, "household_id")?,
        base_version: integer(row, "base_version")?,
        kind: text(row, "kind")?.to_owned(),
        submitted_by: text(row, "submitted_by")?.to_owned(),
        submitted_at: parsed(row, "submitted_at")?,
        sealed: sealed(row)?,
        decided: decided(row)?,
    })
}

fn decided(row: &AnyRow) -> sqlx::Result<Option<Decided>> {
    let state = parsed(row, "state")?;
    let (Some(by), Some(at)) = (text_or_none(row, "decided_by")?, parsed_or_none(row, "decided_at")?) else {
        return Ok(None);
    };
    Ok(Some(Decided { state, by: by.to_owned(), at, outcome: outcome(row)? }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{at, change_request_of, county, document_of, household_no, on_both_databases, sealed_bytes};
    use crate::household::{insert_documents, insert_households};
    use crate::store::Store;

    on_both_databases! {
        a_request_is_read_back_and_listed,
        nobody_decides_alone,
        a_request_is_decided_once,
        what_was_submitted_stays,
    }

    async fn submitted(store: &Store) -> (Vec<ChangeRequest>, Transaction) {
        let homes = [1, 2].map(household_no);
        let mut all: Vec<_> = (0..5).map(|n| change_request_of(&homes[0], n)).collect();
        all.push(change_request_of(&homes[1], 9));
        let mut writing = store.begin_write([county()]).await.unwrap();
        insert_households(&mut writing, &homes).await.unwrap();
        insert_documents(&mut writing, &homes.each_ref().map(|home| document_of(home, 1))).await.unwrap();
        for request in &all {
            insert_change_request(&mut writing, request).await.unwrap();
        }
        (all, writing)
    }

    fn approved_by(who: &str) -> Decided {
        Decided {
            state: ChangeState::Approved,
            by: who.to_owned(),
            at: at("2026-04-01T00:00:00Z"),
            outcome: Some(sealed_bytes(6)),
        }
    }

    async fn a_request_is_read_back_and_listed(store: &Store) {
        let (all, mut writing) = submitted(store).await;
        let home = all[0].household_id;
        assert_eq!(change_request(&mut writing, all[3].id).await.unwrap().as_ref(), Some(&all[3]));
        let first = change_requests_of_household(&mut writing, home, None, 3).await.unwrap();
        assert_eq!(first, all[..3]);
        let last = change_requests_of_household(&mut writing, home, Some(all[2].id), 9).await.unwrap();
        assert_eq!(last, all[3..5]);
        let waiting = ChangeState::Submitted;
        assert_eq!(change_requests_in_state(&mut writing, county(), waiting, None, 9).await.unwrap(), all);
        let elsewhere = "999902".parse().unwrap();
        assert_eq!(change_requests_in_state(&mut writing, elsewhere, waiting, None, 9).await.unwrap(), []);
    }

    async fn nobody_decides_alone(store: &Store) {
        let (all, mut writing) = submitted(store).await;
        for state in [ChangeState::Approved, ChangeState::Refused] {
            writing.savepoint().await.unwrap();
            let own = Decided { state, ..approved_by(&all[0].submitted_by) };
            assert!(decide_change_request(&mut writing, all[0].id, &own).await.is_err());
            writing.roll_back_to_savepoint().await.unwrap();
        }
        let withdrawn = Decided { state: ChangeState::Withdrawn, outcome: None, ..approved_by(&all[0].submitted_by) };
        assert!(decide_change_request(&mut writing, all[0].id, &withdrawn).await.unwrap());
        let read = change_request(&mut writing, all[0].id).await.unwrap().unwrap();
        assert_eq!(read.decided, Some(withdrawn));
    }

    async fn a_request_is_decided_once(store: &Store) {
        let (all, mut writing) = submitted(store).await;
        let approved = approved_by("somebody-else");
        assert!(decide_change_request(&mut writing, all[0].id, &approved).await.unwrap());
        let refused = Decided { state: ChangeState::Refused, ..approved_by("a-third") };
        assert!(!decide_change_request(&mut writing, all[0].id, &refused).await.unwrap());
        let read = change_request(&mut writing, all[0].id).await.unwrap();
        assert_eq!(read, Some(ChangeRequest { decided: Some(approved), ..all[0].clone() }));
        let decided = change_requests_in_state(&mut writing, county(), ChangeState::Approved, None, 9).await.unwrap();
        assert_eq!(decided.len(), 1);
    }

    async fn what_was_submitted_stays(store: &Store) {
        let (all, mut writing) = submitted(store).await;
        assert!(decide_change_request(&mut writing, all[0].id, &approved_by("somebody-else")).await.unwrap());
        for change in [
            "update change_request set state = 'refused' where id = 'cr_00000000000000000000000000000000'",
            "update change_request set submitted_by = 'another' where id = 'cr_00000000000000000000000000000001'",
            "delete from change_request",
        ] {
            writing.savepoint().await.unwrap();
            let refused = sqlx::query(change).execute(writing.connection()).await.unwrap_err();
            assert!(refused.to_string().contains("change_request is decided once"), "{change}: {refused}");
            writing.roll_back_to_savepoint().await.unwrap();
        }
    }
}
