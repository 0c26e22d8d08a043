//! The versions of what is stated about a person. A document is never changed: a correction is a further version.
//!
//! It is kept with the household with which it was stated, so that a province is read in one pass. A person who moves to
//! another household takes no document along: the versions go on there.

use jiff::Timestamp;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{HouseholdId, PersonId};
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::household::shared_digits;
use crate::insert::{AnyQuery, Insert, insert_rows};
use crate::row::{integer, parsed, sealed};
use crate::sealed::Sealed;
use crate::transaction::Transaction;

/// How many documents one query asks for.
const AT_ONCE: usize = 16;

/// One version of what is stated about a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonDocument {
    /// The household with which it was stated.
    pub household_id: HouseholdId,
    /// The person.
    pub person_id: PersonId,
    /// 1 for the first, then one more each time, whichever the household.
    pub version: i64,
    /// The household's county.
    pub county: DivisionCode,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Since when what it states counts as known.
    pub known_at: Timestamp,
    /// The document.
    pub sealed: Sealed,
}

const INSERT: Insert = insert_rows!(
    "insert into person_document (household_id, person_id, version, county, received_at, known_at, key_id, ciphertext)",
    8
);

const DOCUMENT: &str = "
select household_id, person_id, version, county, received_at, known_at, key_id, ciphertext
from person_document
where person_id = $1 and version = $2";

const LATEST: &str = "
select household_id, person_id, version, county, received_at, known_at, key_id, ciphertext
from person_document
where person_id = $1
order by version desc
limit 1";

const LATEST_OF_RANGE: &str = "
select p.household_id, p.person_id, p.version, p.county, p.received_at, p.known_at, p.key_id, p.ciphertext
from person_document p
where p.person_id >= $1 and p.person_id <= $2
  and p.version = (select max(v.version) from person_document v where v.person_id = p.person_id)";

const OF_HOUSEHOLDS: &str = "
select household_id, person_id, version, county, received_at, known_at, key_id, ciphertext
from person_document
where household_id >= $1 and household_id <= $2
order by household_id, person_id, version";

/// The page is cut first, as for the documents of the same households.
const WITHIN: &str = "
select p.household_id, p.person_id, p.version, p.county, p.received_at, p.known_at, p.key_id, p.ciphertext
from (
  select id
  from household
  where id > $1 and division || '' >= $2 and division || '' < $3
  order by id
  limit $4
) as page
join person_document p on p.household_id = page.id";

/// A join, since SQLite reads the whole table for pairs after `in`.
const SIXTEEN: &str = "
select household_id, person_id, version, county, received_at, known_at, key_id, ciphertext
from (
  values ($1, $2), ($3, $4), ($5, $6), ($7, $8), ($9, $10), ($11, $12), ($13, $14), ($15, $16),
    ($17, $18), ($19, $20), ($21, $22), ($23, $24), ($25, $26), ($27, $28), ($29, $30), ($31, $32)
) as asked
join person_document on person_id = asked.column1 and version = asked.column2";

/// Inserts documents of persons and households that are there; a version that is there already refuses all.
pub async fn insert_person_documents(
    transaction: &mut Transaction,
    documents: &[PersonDocument],
) -> Result<(), StoreError> {
    INSERT.all(transaction.connection(), documents, bind_document).await.map_err(StoreError::InsertPersons)
}

/// One version of a person's document.
pub async fn person_document(
    transaction: &mut Transaction,
    id: PersonId,
    version: i64,
) -> Result<Option<PersonDocument>, StoreError> {
    one_document(transaction, id, sqlx::query(DOCUMENT).bind(id.to_string()).bind(version)).await
}

/// The newest version of a person's document, with whichever household it was stated.
pub async fn latest_person_document(
    transaction: &mut Transaction,
    id: PersonId,
) -> Result<Option<PersonDocument>, StoreError> {
    one_document(transaction, id, sqlx::query(LATEST).bind(id.to_string())).await
}

/// The newest versions of the persons `from` to `until`, both included, in no particular order.
pub async fn latest_person_documents(
    transaction: &mut Transaction,
    from: PersonId,
    until: PersonId,
) -> Result<Vec<PersonDocument>, StoreError> {
    listed(transaction, sqlx::query(LATEST_OF_RANGE).bind(from.to_string()).bind(until.to_string())).await
}

/// Every version that was stated with the households `from` to `until`, both included, ordered by household, person and
/// version. What the households' documents name and is not here was stated with another household.
pub async fn person_documents_of(
    transaction: &mut Transaction,
    from: HouseholdId,
    until: HouseholdId,
) -> Result<Vec<PersonDocument>, StoreError> {
    listed(transaction, sqlx::query(OF_HOUSEHOLDS).bind(from.to_string()).bind(until.to_string())).await
}

/// Every version that was stated with the next `limit` households that live in a division and all that belongs to it, in the
/// order of the households' ids: from the first or the one after `after`. In no particular order.
pub async fn person_documents_within(
    transaction: &mut Transaction,
    division: DivisionCode,
    after: Option<HouseholdId>,
    limit: u32,
) -> Result<Vec<PersonDocument>, StoreError> {
    let first = shared_digits(division);
    let beyond = format!("{first}~");
    let after = after.map(String::from).unwrap_or_default();
    listed(transaction, sqlx::query(WITHIN).bind(after).bind(first).bind(beyond).bind(i64::from(limit))).await
}

/// These versions, in no particular order. One that is not there is left out.
pub async fn person_documents_listed(
    transaction: &mut Transaction,
    wanted: &[(PersonId, i64)],
) -> Result<Vec<PersonDocument>, StoreError> {
    let mut found = Vec::with_capacity(wanted.len());
    for chunk in wanted.chunks(AT_ONCE) {
        if let [one] = chunk {
            found.extend(listed(transaction, bind_wanted(sqlx::query(DOCUMENT), one)).await?);
            continue;
        }
        let query: AnyQuery<'_> = chunk.iter().fold(sqlx::query(SIXTEEN), bind_wanted);
        // What pads a list is nobody's id.
        let query = (chunk.len()..AT_ONCE).fold(query, |query, _| query.bind(String::new()).bind(0_i64));
        found.extend(listed(transaction, query).await?);
    }
    Ok(found)
}

async fn listed(transaction: &mut Transaction, query: AnyQuery<'_>) -> Result<Vec<PersonDocument>, StoreError> {
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ListPersons)?;
    rows.iter().map(to_document).collect::<Result<_, _>>().map_err(StoreError::ListPersons)
}

async fn one_document(
    transaction: &mut Transaction,
    id: PersonId,
    query: AnyQuery<'_>,
) -> Result<Option<PersonDocument>, StoreError> {
    let failed = |source| StoreError::ReadPerson { id, source };
    let row = query.fetch_optional(transaction.connection()).await.map_err(failed)?;
    row.as_ref().map(to_document).transpose().map_err(failed)
}

fn bind_wanted<'q>(query: AnyQuery<'q>, (id, version): &(PersonId, i64)) -> AnyQuery<'q> {
    query.bind(id.to_string()).bind(*version)
}

fn bind_document<'q>(query: AnyQuery<'q>, row: &'q PersonDocument) -> AnyQuery<'q> {
    query
        .bind(row.household_id.to_string())
        .bind(row.person_id.to_string())
        .bind(row.version)
        .bind(row.county.to_string())
        .bind(row.received_at.to_string())
        .bind(row.known_at.to_string())
        .bind(row.sealed.key_id.as_str())
        .bind(row.sealed.ciphertext.as_slice())
}

fn to_document(row: &AnyRow) -> sqlx::Result<PersonDocument> {
    Ok(PersonDocument {
        household_id: parsed(row, "household_id")?,
        person_id: parsed(row, "person_id")?,
        version: integer(row, "version")?,
        county: parsed(row, "county")?,
        received_at: parsed(row, "received_at")?,
        known_at: parsed(row, "known_at")?,
        sealed: sealed(row)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{county, household_no, on_both_databases, person_document_of, person_no};
    use crate::household::insert_households;
    use crate::person::insert_persons;
    use crate::store::Store;

    on_both_databases! {
        versions_go_on_in_another_household,
        a_range_of_households_is_read_in_one_pass,
        those_of_a_division_are_read_page_by_page,
        many_versions_are_looked_up_at_once,
        the_newest_versions_of_a_range_are_read_in_one_pass,
        a_version_is_taken_once_and_needs_its_person,
    }

    /// Ten households of three persons each, every person with one document; the second person has two.
    async fn stated(store: &Store) -> (Vec<PersonDocument>, Transaction) {
        let homes: Vec<_> = (0..10).map(household_no).collect();
        let persons: Vec<_> = (0..30).map(person_no).collect();
        let mut all = Vec::new();
        for (home, members) in homes.iter().zip(persons.chunks(3)) {
            all.push(person_document_of(home, &members[0], 1));
            all.push(person_document_of(home, &members[1], 1));
            all.push(person_document_of(home, &members[1], 2));
            all.push(person_document_of(home, &members[2], 1));
        }
        let mut writing = store.begin_write([county()]).await.unwrap();
        insert_households(&mut writing, &homes).await.unwrap();
        insert_persons(&mut writing, &persons).await.unwrap();
        insert_person_documents(&mut writing, &all).await.unwrap();
        (all, writing)
    }

    async fn versions_go_on_in_another_household(store: &Store) {
        let (all, mut writing) = stated(store).await;
        let mover = person_no(0);
        let second = person_document_of(&household_no(5), &mover, 2);
        insert_person_documents(&mut writing, std::slice::from_ref(&second)).await.unwrap();
        assert_eq!(person_document(&mut writing, mover.id, 1).await.unwrap(), Some(all[0].clone()));
        assert_eq!(person_document(&mut writing, mover.id, 2).await.unwrap(), Some(second.clone()));
        assert_eq!(person_document(&mut writing, mover.id, 3).await.unwrap(), None);
        assert_eq!(latest_person_document(&mut writing, mover.id).await.unwrap(), Some(second));
        assert_eq!(latest_person_document(&mut writing, person_no(99).id).await.unwrap(), None);
    }

    async fn a_range_of_households_is_read_in_one_pass(store: &Store) {
        let (all, mut writing) = stated(store).await;
        let [first, third, last] = [0, 2, 9].map(|n| household_no(n).id);
        assert_eq!(person_documents_of(&mut writing, first, last).await.unwrap(), all);
        assert_eq!(person_documents_of(&mut writing, third, third).await.unwrap(), all[8..12]);
        assert_eq!(person_documents_of(&mut writing, last, first).await.unwrap(), []);
    }

    async fn those_of_a_division_are_read_page_by_page(store: &Store) {
        let (all, mut writing) = stated(store).await;
        let [second, fifth] = [2, 5].map(|n| household_no(n).id);
        crate::household::move_household(&mut writing, fifth, county(), "999902007".parse().unwrap()).await.unwrap();
        let here = all[0].county;
        let page = async |writing: &mut Transaction, division, after| {
            let mut found = person_documents_within(writing, division, after, 4).await.unwrap();
            found.sort_by_key(|document| (document.household_id, document.person_id, document.version));
            found
        };
        assert_eq!(page(&mut writing, here, None).await, all[..16]);
        let next: Vec<_> = [&all[12..20], &all[24..32]].concat();
        assert_eq!(page(&mut writing, here, Some(second)).await, next, "the fifth lives elsewhere");
        assert_eq!(page(&mut writing, "999902".parse().unwrap(), None).await, all[20..24]);
        assert_eq!(page(&mut writing, here, Some(household_no(9).id)).await, []);
    }

    async fn many_versions_are_looked_up_at_once(store: &Store) {
        let (all, mut writing) = stated(store).await;
        let mut wanted: Vec<_> = all.iter().map(|document| (document.person_id, document.version)).collect();
        wanted.push((person_no(0).id, 7));
        let mut found = person_documents_listed(&mut writing, &wanted).await.unwrap();
        found.sort_by_key(|document| (document.household_id, document.person_id, document.version));
        assert_eq!(found, all);
        assert_eq!(person_documents_listed(&mut writing, &[]).await.unwrap(), []);
    }

    async fn the_newest_versions_of_a_range_are_read_in_one_pass(store: &Store) {
        let (all, mut writing) = stated(store).await;
        let [first, fifth] = [0, 4].map(|n| person_no(n).id);
        let mut found = latest_person_documents(&mut writing, first, fifth).await.unwrap();
        found.sort_by_key(|document| document.person_id);
        assert_eq!(found, [0, 2, 3, 4, 6].map(|n: usize| all[n].clone()));
        assert_eq!(latest_person_documents(&mut writing, fifth, first).await.unwrap(), []);
    }

    async fn a_version_is_taken_once_and_needs_its_person(store: &Store) {
        let (_all, mut writing) = stated(store).await;
        writing.savepoint().await.unwrap();
        let elsewhere = person_document_of(&household_no(5), &person_no(0), 1);
        let taken = insert_person_documents(&mut writing, &[elsewhere]).await.unwrap_err();
        assert!(taken.is_duplicate(), "{taken:?}");
        writing.roll_back_to_savepoint().await.unwrap();
        let orphan = person_document_of(&household_no(5), &person_no(99), 1);
        let refused = insert_person_documents(&mut writing, &[orphan]).await.unwrap_err();
        assert!(!refused.is_duplicate(), "{refused:?}");
    }
}
