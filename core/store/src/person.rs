//! Persons on the register, and the versions of their documents (`person/document`).
//!
//! INVARIANT: a record is never removed. One that turns out to be of the same person as another points to that one, and can
//! be taken apart again.

mod document;

use jiff::Timestamp;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::PersonId;
use sqlx::any::AnyRow;

pub use self::document::{
    PersonDocument, insert_person_documents, latest_person_document, latest_person_documents, person_document,
    person_documents_listed, person_documents_of, person_documents_within,
};
use crate::error::StoreError;
use crate::insert::{AnyQuery, Insert, insert_rows};
use crate::row::{parsed, parsed_or_none};
use crate::transaction::Transaction;

/// A person on the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Its id.
    pub id: PersonId,
    /// The county that keeps it.
    pub county: DivisionCode,
    /// When it was entered.
    pub created_at: Timestamp,
    /// The record that remains, where this one was found to be of the same person.
    pub merged_into: Option<PersonId>,
}

const INSERT_PERSONS: Insert = insert_rows!("insert into person (id, county, created_at, merged_into)", 4);

const PERSON: &str = "
select id, county, created_at, merged_into
from person
where id = $1";

const PERSONS_AFTER: &str = "
select id, county, created_at, merged_into
from person
where id > $1
order by id
limit $2";

const MOVE_PERSON: &str = "
update person
set county = $2
where id = $1";

const MERGE: &str = "
update person
set merged_into = $2
where id = $1 and merged_into is null";

const TAKE_APART: &str = "
update person
set merged_into = null
where id = $1 and merged_into = $2";

/// Inserts new persons; one that is there already refuses all.
pub async fn insert_persons(transaction: &mut Transaction, persons: &[Person]) -> Result<(), StoreError> {
    INSERT_PERSONS.all(transaction.connection(), persons, bind_person).await.map_err(StoreError::InsertPersons)
}

/// The person with this id.
pub async fn person(transaction: &mut Transaction, id: PersonId) -> Result<Option<Person>, StoreError> {
    let failed = |source| StoreError::ReadPerson { id, source };
    let query = sqlx::query(PERSON).bind(id.to_string());
    let row = query.fetch_optional(transaction.connection()).await.map_err(failed)?;
    row.as_ref().map(to_person).transpose().map_err(failed)
}

/// At most `limit` persons in the order of their ids, from the first, or from the one after `after`.
pub async fn persons_after(
    transaction: &mut Transaction,
    after: Option<PersonId>,
    limit: u32,
) -> Result<Vec<Person>, StoreError> {
    let after = after.map(String::from).unwrap_or_default();
    let query = sqlx::query(PERSONS_AFTER).bind(after).bind(i64::from(limit));
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ListPersons)?;
    rows.iter().map(to_person).collect::<Result<_, _>>().map_err(StoreError::ListPersons)
}

/// Gives a person to a county; says whether it is there.
pub async fn move_person(
    transaction: &mut Transaction,
    id: PersonId,
    county: DivisionCode,
) -> Result<bool, StoreError> {
    let query = sqlx::query(MOVE_PERSON).bind(id.to_string()).bind(county.to_string());
    let moved = query.execute(transaction.connection()).await;
    Ok(moved.map_err(|source| StoreError::ChangePerson { id, source })?.rows_affected() == 1)
}

/// Points a record to the one of the same person that remains; says whether it is there and pointed nowhere.
pub async fn merge(transaction: &mut Transaction, id: PersonId, into: PersonId) -> Result<bool, StoreError> {
    point(transaction, MERGE, id, into).await
}

/// Takes two records apart again; says whether the first pointed to the second.
pub async fn take_apart(transaction: &mut Transaction, id: PersonId, from: PersonId) -> Result<bool, StoreError> {
    point(transaction, TAKE_APART, id, from).await
}

async fn point(
    transaction: &mut Transaction,
    statement: &'static str,
    id: PersonId,
    other: PersonId,
) -> Result<bool, StoreError> {
    let query = sqlx::query(statement).bind(id.to_string()).bind(other.to_string());
    let pointed = query.execute(transaction.connection()).await;
    Ok(pointed.map_err(|source| StoreError::ChangePerson { id, source })?.rows_affected() == 1)
}

fn bind_person<'q>(query: AnyQuery<'q>, row: &'q Person) -> AnyQuery<'q> {
    query
        .bind(row.id.to_string())
        .bind(row.county.to_string())
        .bind(row.created_at.to_string())
        .bind(row.merged_into.map(String::from))
}

fn to_person(row: &AnyRow) -> sqlx::Result<Person> {
    Ok(Person {
        id: parsed(row, "id")?,
        county: parsed(row, "county")?,
        created_at: parsed(row, "created_at")?,
        merged_into: parsed_or_none(row, "merged_into")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{county, on_both_databases, person_no};
    use crate::store::Store;

    on_both_databases! {
        persons_are_listed_page_by_page_in_the_order_of_their_ids,
        a_person_is_entered_once,
        a_person_moves,
        two_records_are_merged_and_taken_apart,
    }

    async fn persons_are_listed_page_by_page_in_the_order_of_their_ids(store: &Store) {
        let all: Vec<Person> = (0..37).map(person_no).collect();
        let mut writing = store.begin_write([county()]).await.unwrap();
        insert_persons(&mut writing, &all).await.unwrap();
        assert_eq!(persons_after(&mut writing, None, 30).await.unwrap(), all[..30]);
        assert_eq!(persons_after(&mut writing, Some(all[29].id), 30).await.unwrap(), all[30..]);
        assert_eq!(persons_after(&mut writing, Some(all[36].id), 30).await.unwrap(), []);
    }

    async fn a_person_is_entered_once(store: &Store) {
        let mut writing = store.begin_write([county()]).await.unwrap();
        insert_persons(&mut writing, &[person_no(1)]).await.unwrap();
        let again = insert_persons(&mut writing, &[person_no(2), person_no(1)]).await.unwrap_err();
        assert!(again.is_duplicate(), "{again:?}");
    }

    async fn a_person_moves(store: &Store) {
        let there = "999902".parse().unwrap();
        let mut writing = store.begin_write([county(), there]).await.unwrap();
        insert_persons(&mut writing, &[person_no(1)]).await.unwrap();
        assert!(move_person(&mut writing, person_no(1).id, there).await.unwrap());
        assert!(!move_person(&mut writing, person_no(2).id, there).await.unwrap());
        let moved = person(&mut writing, person_no(1).id).await.unwrap();
        assert_eq!(moved, Some(Person { county: there, ..person_no(1) }));
    }

    async fn two_records_are_merged_and_taken_apart(store: &Store) {
        let [one, two, three] = [1, 2, 3].map(|n| person_no(n).id);
        let mut writing = store.begin_write([county()]).await.unwrap();
        insert_persons(&mut writing, &[1, 2, 3].map(person_no)).await.unwrap();
        assert!(merge(&mut writing, two, one).await.unwrap());
        assert!(!merge(&mut writing, two, three).await.unwrap());
        assert_eq!(person(&mut writing, two).await.unwrap().unwrap().merged_into, Some(one));
        assert!(!take_apart(&mut writing, two, three).await.unwrap());
        assert!(take_apart(&mut writing, two, one).await.unwrap());
        assert_eq!(person(&mut writing, two).await.unwrap(), Some(person_no(2)));
        assert!(merge(&mut writing, one, one).await.is_err(), "a record of itself");
    }
}
