//! What is indexed of a range of persons or households, and how much in all: for a verification, which reads everything once.
//!
//! Not here: how the index is kept (`membership`, `person_index`).

use nuan_vocabulary::id::{HouseholdId, PersonId};

use crate::error::StoreError;
use crate::insert::AnyQuery;
use crate::membership::{Membership, to_membership};
use crate::person_index::{Identity, Term, to_identity, to_term};
use crate::row::integer;
use crate::transaction::Transaction;

/// The numbers of rows of the index, over all counties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Indexed {
    /// Memberships, those that ended too.
    pub memberships: i64,
    /// Document numbers.
    pub identities: i64,
    /// Search terms.
    pub terms: i64,
}

const COUNTS: &str = "
select
  (select count(*) from membership) as memberships,
  (select count(*) from person_identity) as identities,
  (select count(*) from person_term) as terms";

const OF_HOUSEHOLDS: &str = "
select person_id, household_id, county, joined_on, left_on
from membership
where household_id >= $1 and household_id <= $2
order by household_id, person_id, joined_on";

const CURRENT_OF_PERSONS: &str = "
select person_id, household_id, county, joined_on, left_on
from membership
where person_id >= $1 and person_id <= $2 and left_on is null";

const IDENTITIES: &str = "
select token, person_id, county
from person_identity
where person_id >= $1 and person_id <= $2";

const TERMS: &str = "
select county, token, person_id, household_id
from person_term
where person_id >= $1 and person_id <= $2";

/// Counts every row, which takes time where there are millions.
pub async fn indexed(transaction: &mut Transaction) -> Result<Indexed, StoreError> {
    let row = sqlx::query(COUNTS).fetch_one(transaction.connection()).await.map_err(StoreError::Count)?;
    let count = |column| integer(&row, column).map_err(StoreError::Count);
    Ok(Indexed { memberships: count("memberships")?, identities: count("identities")?, terms: count("terms")? })
}

/// Everybody who belongs or belonged to the households `from` to `until`, both included: by household, person and first day.
pub async fn memberships_of_households(
    transaction: &mut Transaction,
    from: HouseholdId,
    until: HouseholdId,
) -> Result<Vec<Membership>, StoreError> {
    memberships(transaction, sqlx::query(OF_HOUSEHOLDS).bind(from.to_string()).bind(until.to_string())).await
}

/// Where the persons `from` to `until`, both included, belong now, in no particular order.
pub async fn current_memberships_of_persons(
    transaction: &mut Transaction,
    from: PersonId,
    until: PersonId,
) -> Result<Vec<Membership>, StoreError> {
    memberships(transaction, sqlx::query(CURRENT_OF_PERSONS).bind(from.to_string()).bind(until.to_string())).await
}

/// The document numbers of the persons `from` to `until`, both included, in no particular order.
pub async fn identities_of_persons(
    transaction: &mut Transaction,
    from: PersonId,
    until: PersonId,
) -> Result<Vec<Identity>, StoreError> {
    let query = sqlx::query(IDENTITIES).bind(from.to_string()).bind(until.to_string());
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadPersonIndex)?;
    rows.iter().map(to_identity).collect::<Result<_, _>>().map_err(StoreError::ReadPersonIndex)
}

/// What the persons `from` to `until`, both included, are found by, in no particular order.
pub async fn terms_of_persons(
    transaction: &mut Transaction,
    from: PersonId,
    until: PersonId,
) -> Result<Vec<Term>, StoreError> {
    let query = sqlx::query(TERMS).bind(from.to_string()).bind(until.to_string());
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadPersonIndex)?;
    rows.iter().map(to_term).collect::<Result<_, _>>().map_err(StoreError::ReadPersonIndex)
}

async fn memberships(transaction: &mut Transaction, query: AnyQuery<'_>) -> Result<Vec<Membership>, StoreError> {
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadMemberships)?;
    rows.iter().map(to_membership).collect::<Result<_, _>>().map_err(StoreError::ReadMemberships)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{county, day, household_no, on_both_databases, person_no};
    use crate::household::insert_households;
    use crate::membership::{insert_memberships, leave};
    use crate::person::insert_persons;
    use crate::person_index::{claim_identity, insert_terms};
    use crate::store::Store;

    on_both_databases! { a_range_is_read_in_one_pass_and_everything_is_counted }

    async fn a_range_is_read_in_one_pass_and_everything_is_counted(store: &Store) {
        let (homes, persons) = ([0, 1, 2].map(household_no), [0, 1, 2, 3].map(person_no));
        let joined_on = day("2025-01-01");
        let stays = |person: usize, home: usize| {
            let (person_id, household_id) = (persons[person].id, homes[home].id);
            Membership { person_id, household_id, county: county(), joined_on, left_on: None }
        };
        let all = [stays(0, 0), stays(1, 0), stays(2, 1), stays(3, 2)];
        let number =
            |n: u8| Identity { token: vec![n, 0, 255], person_id: persons[usize::from(n)].id, county: county() };
        let term = |n: u8| {
            let (person_id, household_id) = (persons[usize::from(n)].id, homes[0].id);
            Term { county: county(), token: vec![n, 1], person_id, household_id }
        };
        let mut writing = store.begin_write([county()]).await.unwrap();
        insert_households(&mut writing, &homes).await.unwrap();
        insert_persons(&mut writing, &persons).await.unwrap();
        insert_memberships(&mut writing, &all).await.unwrap();
        assert!(leave(&mut writing, persons[1].id, homes[0].id, day("2026-01-01")).await.unwrap());
        for n in 0..4 {
            assert_eq!(claim_identity(&mut writing, &number(n)).await.unwrap(), None);
        }
        insert_terms(&mut writing, &[0, 1, 3].map(term)).await.unwrap();

        let left = Membership { left_on: Some(day("2026-01-01")), ..stays(1, 0) };
        let found = memberships_of_households(&mut writing, homes[0].id, homes[1].id).await.unwrap();
        assert_eq!(found, [stays(0, 0), left, stays(2, 1)]);
        let [first, third] = [0, 2].map(|n: usize| persons[n].id);
        let mut current = current_memberships_of_persons(&mut writing, first, third).await.unwrap();
        current.sort_by_key(|membership| membership.person_id);
        assert_eq!(current, [stays(0, 0), stays(2, 1)]);
        let mut numbers = identities_of_persons(&mut writing, first, third).await.unwrap();
        numbers.sort_by_key(|identity| identity.person_id);
        assert_eq!(numbers, [0, 1, 2].map(number));
        let mut terms = terms_of_persons(&mut writing, first, third).await.unwrap();
        terms.sort_by_key(|term| term.person_id);
        assert_eq!(terms, [0, 1].map(term));
        assert_eq!(indexed(&mut writing).await.unwrap(), Indexed { memberships: 4, identities: 4, terms: 3 });
    }
}
