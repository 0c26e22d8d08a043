//! Matches: two records that may be of one person. The machine proposes, a person decides, and a merge can be undone.
//!
//! Not here: how alike they are and why, which is sealed; the merge itself (`person::merge`).

use jiff::Timestamp;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{MatchId, PersonId};
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::insert::AnyQuery;
use crate::row::{parsed, parsed_or_none, sealed, text_or_none};
use crate::sealed::Sealed;
use crate::transaction::Transaction;
use crate::word::stored_words;

stored_words! {
    /// Where a match stands.
    MatchState {
        /// It waits for a decision.
        Proposed => "proposed",
        /// The two are one person.
        Merged => "merged",
        /// The two are different persons.
        Rejected => "rejected",
        /// They were merged and taken apart again.
        Undone => "undone",
    }
}

/// Two records that may be of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonMatch {
    /// Its id.
    pub id: MatchId,
    /// The county whose officials decide.
    pub county: DivisionCode,
    /// The person with the smaller id.
    pub person_a: PersonId,
    /// The person with the greater id.
    pub person_b: PersonId,
    /// Where it stands.
    pub state: MatchState,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// Who decided last, unless nobody did.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// What speaks for it, with the weights.
    pub sealed: Sealed,
}

const PROPOSE: &str = "
insert into person_match (id, county, person_a, person_b, state, proposed_at, key_id, ciphertext)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (person_a, person_b) do nothing";

const MATCH: &str = "
select id, county, person_a, person_b, state, proposed_at, decided_by, decided_at, key_id, ciphertext
from person_match
where id = $1";

const OF_PERSON: &str = "
select id, county, person_a, person_b, state, proposed_at, decided_by, decided_at, key_id, ciphertext
from person_match
where person_a = $1 or person_b = $1
order by id";

const IN_STATE: &str = "
select id, county, person_a, person_b, state, proposed_at, decided_by, decided_at, key_id, ciphertext
from person_match
where county = $1 and state = $2 and id > $3
order by id
limit $4";

const DECIDE: &str = "
update person_match
set state = $3, decided_by = $4, decided_at = $5, key_id = $6, ciphertext = $7
where id = $1 and state = $2";

/// Proposes a match unless the two were matched before, whatever came of it; says whether it is new. The state and who
/// decided are not read: a match is proposed first.
pub async fn propose_match(transaction: &mut Transaction, proposed: &PersonMatch) -> Result<bool, StoreError> {
    let query = sqlx::query(PROPOSE)
        .bind(proposed.id.to_string())
        .bind(proposed.county.to_string())
        .bind(proposed.person_a.to_string())
        .bind(proposed.person_b.to_string())
        .bind(MatchState::Proposed.word())
        .bind(proposed.proposed_at.to_string())
        .bind(proposed.sealed.key_id.as_str())
        .bind(proposed.sealed.ciphertext.as_slice());
    let inserted = query.execute(transaction.connection()).await.map_err(StoreError::WriteMatches)?;
    Ok(inserted.rows_affected() == 1)
}

/// The match with this id.
pub async fn person_match(transaction: &mut Transaction, id: MatchId) -> Result<Option<PersonMatch>, StoreError> {
    Ok(listed(transaction, sqlx::query(MATCH).bind(id.to_string())).await?.pop())
}

/// Every match of a person with another, oldest id first.
pub async fn matches_of_person(transaction: &mut Transaction, id: PersonId) -> Result<Vec<PersonMatch>, StoreError> {
    listed(transaction, sqlx::query(OF_PERSON).bind(id.to_string())).await
}

/// At most `limit` matches of a county in a state, oldest id first, from the first, or from the one after `after`.
pub async fn matches_in_state(
    transaction: &mut Transaction,
    county: DivisionCode,
    state: MatchState,
    after: Option<MatchId>,
    limit: u32,
) -> Result<Vec<PersonMatch>, StoreError> {
    let after = after.map(String::from).unwrap_or_default();
    let query = sqlx::query(IN_STATE).bind(county.to_string()).bind(state.word()).bind(after);
    listed(transaction, query.bind(i64::from(limit))).await
}

/// Takes a match from one state to another, with the decision added to what is sealed; says whether it is there and stood
/// in the first.
pub async fn decide_match(
    transaction: &mut Transaction,
    id: MatchId,
    from: MatchState,
    to: MatchState,
    by: &str,
    at: Timestamp,
    sealed: &Sealed,
) -> Result<bool, StoreError> {
    let query = sqlx::query(DECIDE).bind(id.to_string()).bind(from.word()).bind(to.word()).bind(by);
    let query = query.bind(at.to_string()).bind(sealed.key_id.as_str()).bind(sealed.ciphertext.as_slice());
    let decided = query.execute(transaction.connection()).await;
    Ok(decided.map_err(StoreError::WriteMatches)?.rows_affected() == 1)
}

async fn listed(transaction: &mut Transaction, query: AnyQuery<'_>) -> Result<Vec<PersonMatch>, StoreError> {
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadMatches)?;
    rows.iter().map(to_match).collect::<Result<_, _>>().map_err(StoreError::ReadMatches)
}

fn to_match(row: &AnyRow) -> sqlx::Result<PersonMatch> {
    Ok(PersonMatch {
        id: parsed(row, "id")?,
        county: parsed(row, "county")?,
        person_a: parsed(row, "person_a")?,
        person_b: parsed(row, "person_b")?,
        state: parsed(row, "state")?,
        proposed_at: parsed(row, "proposed_at")?,
        decided_by: text_or_none(row, "decided_by")?.map(str::to_owned),
        decided_at: parsed_or_none(row, "decided_at")?,
        sealed: sealed(row)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{at, county, match_of, on_both_databases, person_no, sealed_bytes};
    use crate::person::insert_persons;
    use crate::store::Store;

    on_both_databases! {
        a_pair_is_proposed_once_and_in_one_order,
        a_match_is_decided_and_undone,
        matches_are_listed_by_state_and_by_person,
    }

    async fn registered(store: &Store) -> Transaction {
        let mut writing = store.begin_write([county()]).await.unwrap();
        insert_persons(&mut writing, &[1, 2, 3, 4].map(person_no)).await.unwrap();
        writing
    }

    async fn a_pair_is_proposed_once_and_in_one_order(store: &Store) {
        let mut writing = registered(store).await;
        assert!(propose_match(&mut writing, &match_of(1, 1, 2)).await.unwrap());
        assert!(!propose_match(&mut writing, &match_of(2, 1, 2)).await.unwrap());
        for wrong in [match_of(3, 2, 1), match_of(3, 1, 1)] {
            writing.savepoint().await.unwrap();
            assert!(propose_match(&mut writing, &wrong).await.is_err(), "{wrong:?}");
            writing.roll_back_to_savepoint().await.unwrap();
        }
        assert_eq!(person_match(&mut writing, match_of(1, 1, 2).id).await.unwrap(), Some(match_of(1, 1, 2)));
        assert_eq!(person_match(&mut writing, match_of(2, 1, 2).id).await.unwrap(), None);
    }

    async fn a_match_is_decided_and_undone(store: &Store) {
        let proposed = match_of(1, 1, 2);
        let (first, later) = (at("2026-04-01T00:00:00Z"), at("2026-05-01T00:00:00Z"));
        let (one, two) = (sealed_bytes(1), sealed_bytes(2));
        let (open, merged, undone) = (MatchState::Proposed, MatchState::Merged, MatchState::Undone);
        let mut writing = registered(store).await;
        propose_match(&mut writing, &proposed).await.unwrap();
        assert!(!decide_match(&mut writing, proposed.id, merged, undone, "a-clerk", first, &one).await.unwrap());
        assert!(decide_match(&mut writing, proposed.id, open, merged, "a-clerk", first, &one).await.unwrap());
        assert!(!decide_match(&mut writing, proposed.id, open, merged, "another", later, &two).await.unwrap());
        let by = |name: &str, at| (Some(name.to_owned()), Some(at));
        let read = person_match(&mut writing, proposed.id).await.unwrap().unwrap();
        assert_eq!((read.state, (read.decided_by, read.decided_at)), (merged, by("a-clerk", first)));
        assert_eq!(read.sealed, one);
        assert!(decide_match(&mut writing, proposed.id, merged, undone, "another", later, &two).await.unwrap());
        let read = person_match(&mut writing, proposed.id).await.unwrap().unwrap();
        assert_eq!((read.state, (read.decided_by, read.decided_at)), (undone, by("another", later)));
        assert_eq!(read.sealed, two);
    }

    async fn matches_are_listed_by_state_and_by_person(store: &Store) {
        let all = [match_of(1, 1, 2), match_of(2, 2, 3), match_of(3, 3, 4)];
        let mut writing = registered(store).await;
        for proposed in &all {
            propose_match(&mut writing, proposed).await.unwrap();
        }
        assert_eq!(matches_of_person(&mut writing, person_no(2).id).await.unwrap(), all[..2]);
        assert_eq!(matches_of_person(&mut writing, person_no(9).id).await.unwrap(), []);
        let open = MatchState::Proposed;
        assert_eq!(matches_in_state(&mut writing, county(), open, None, 2).await.unwrap(), all[..2]);
        assert_eq!(matches_in_state(&mut writing, county(), open, Some(all[1].id), 2).await.unwrap(), all[2..]);
        let moment = at("2026-04-01T00:00:00Z");
        let rejected = MatchState::Rejected;
        decide_match(&mut writing, all[0].id, open, rejected, "a-clerk", moment, &sealed_bytes(1)).await.unwrap();
        assert_eq!(matches_in_state(&mut writing, county(), open, None, 9).await.unwrap(), all[1..]);
    }
}
