//! Households (共同生活家庭) on the register, and the versions of their documents (`household/document`).
//!
//! What is here is what the register is ordered by; what is stated about a household is sealed in its documents.

mod document;

use jiff::Timestamp;
use nuan_vocabulary::division::{DivisionCode, DivisionLevel};
use nuan_vocabulary::id::HouseholdId;
use sqlx::any::AnyRow;

pub use self::document::{
    HouseholdDocument, document, documents_after, documents_of_household, documents_within, insert_documents,
    latest_document, latest_documents_listed,
};
use crate::error::StoreError;
use crate::insert::{AnyQuery, Insert, insert_rows};
use crate::row::{parsed, parsed_or_none};
use crate::transaction::Transaction;

/// A household (共同生活家庭) on the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Household {
    /// Its id.
    pub id: HouseholdId,
    /// The county that keeps it.
    pub county: DivisionCode,
    /// Where it lives: its county, or a township or village in it.
    pub division: DivisionCode,
    /// When it was entered.
    pub created_at: Timestamp,
    /// When it was ended or erased, if it was: nobody belongs to it any more.
    pub ended_at: Option<Timestamp>,
}

const INSERT_HOUSEHOLDS: Insert = insert_rows!("insert into household (id, county, division, created_at, ended_at)", 5);

const HOUSEHOLD: &str = "
select id, county, division, created_at, ended_at
from household
where id = $1";

const HOUSEHOLDS_AFTER: &str = "
select id, county, division, created_at, ended_at
from household
where id > $1
order by id
limit $2";

/// One lower bound only: beside `division >= $1` the place after which a page begins would be reached by reading all before it.
const HOUSEHOLDS_WITHIN: &str = "
select id, county, division, created_at, ended_at
from household
where (division, id) > ($1, $2) and division < $3
order by division, id
limit $4";

const MOVE_HOUSEHOLD: &str = "
update household
set county = $2, division = $3
where id = $1";

const END_HOUSEHOLD: &str = "
update household
set ended_at = $2
where id = $1 and ended_at is null";

/// Inserts new households; one that is there already refuses all.
pub async fn insert_households(transaction: &mut Transaction, households: &[Household]) -> Result<(), StoreError> {
    INSERT_HOUSEHOLDS
        .all(transaction.connection(), households, bind_household)
        .await
        .map_err(StoreError::InsertHouseholds)
}

/// The household with this id.
pub async fn household(transaction: &mut Transaction, id: HouseholdId) -> Result<Option<Household>, StoreError> {
    let failed = |source| StoreError::ReadHousehold { id, source };
    let query = sqlx::query(HOUSEHOLD).bind(id.to_string());
    let row = query.fetch_optional(transaction.connection()).await.map_err(failed)?;
    row.as_ref().map(to_household).transpose().map_err(failed)
}

/// At most `limit` households in the order of their ids, from the first, or from the one after `after`.
pub async fn households_after(
    transaction: &mut Transaction,
    after: Option<HouseholdId>,
    limit: u32,
) -> Result<Vec<Household>, StoreError> {
    let after = after.map(String::from).unwrap_or_default();
    listed(transaction, sqlx::query(HOUSEHOLDS_AFTER).bind(after).bind(i64::from(limit))).await
}

/// At most `limit` households in a division and all that belongs to it, by division and id, from the first, or from the
/// one after `after`: the division and the id of the last one of the page before.
pub async fn households_within(
    transaction: &mut Transaction,
    division: DivisionCode,
    after: Option<(DivisionCode, HouseholdId)>,
    limit: u32,
) -> Result<Vec<Household>, StoreError> {
    let first = shared_digits(division);
    let beyond = format!("{first}~");
    let after = after.map(|(division, id)| (division.to_string(), id.to_string()));
    // A place before the division shows nothing of what lies there.
    let (from_division, from_id) = after.unwrap_or_default().max((first, String::new()));
    let query = sqlx::query(HOUSEHOLDS_WITHIN).bind(from_division).bind(from_id).bind(beyond);
    listed(transaction, query.bind(i64::from(limit))).await
}

/// Gives a household to a county and a place in it; says whether it is there.
pub async fn move_household(
    transaction: &mut Transaction,
    id: HouseholdId,
    county: DivisionCode,
    division: DivisionCode,
) -> Result<bool, StoreError> {
    let query = sqlx::query(MOVE_HOUSEHOLD).bind(id.to_string()).bind(county.to_string()).bind(division.to_string());
    let moved = query.execute(transaction.connection()).await;
    Ok(moved.map_err(|source| StoreError::ChangeHousehold { id, source })?.rows_affected() == 1)
}

/// Ends a household; says whether it is there and had not ended.
pub async fn end_household(transaction: &mut Transaction, id: HouseholdId, at: Timestamp) -> Result<bool, StoreError> {
    let query = sqlx::query(END_HOUSEHOLD).bind(id.to_string()).bind(at.to_string());
    let ended = query.execute(transaction.connection()).await;
    Ok(ended.map_err(|source| StoreError::ChangeHousehold { id, source })?.rows_affected() == 1)
}

/// The digits with which the code of every division begins that belongs to this one. `~` stands after every digit.
pub(crate) fn shared_digits(division: DivisionCode) -> String {
    let code = division.to_string();
    let length = match division.level() {
        DivisionLevel::Nation => 0,
        DivisionLevel::Province => 2,
        DivisionLevel::City => 4,
        DivisionLevel::County | DivisionLevel::Township | DivisionLevel::Village => code.len(),
    };
    code.chars().take(length).collect()
}

async fn listed(transaction: &mut Transaction, query: AnyQuery<'_>) -> Result<Vec<Household>, StoreError> {
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ListHouseholds)?;
    rows.iter().map(to_household).collect::<Result<_, _>>().map_err(StoreError::ListHouseholds)
}

fn bind_household<'q>(query: AnyQuery<'q>, row: &'q Household) -> AnyQuery<'q> {
    query
        .bind(row.id.to_string())
        .bind(row.county.to_string())
        .bind(row.division.to_string())
        .bind(row.created_at.to_string())
        .bind(row.ended_at.map(|at| at.to_string()))
}

fn to_household(row: &AnyRow) -> sqlx::Result<Household> {
    Ok(Household {
        id: parsed(row, "id")?,
        county: parsed(row, "county")?,
        division: parsed(row, "division")?,
        created_at: parsed(row, "created_at")?,
        ended_at: parsed_or_none(row, "ended_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{at, county, household_no, on_both_databases};
    use crate::store::Store;

    on_both_databases! {
        households_are_listed_page_by_page_in_the_order_of_their_ids,
        households_are_listed_by_division,
        a_household_is_entered_once,
        a_household_moves_and_ends_once,
    }

    async fn households_are_listed_page_by_page_in_the_order_of_their_ids(store: &Store) {
        let homes: Vec<Household> = (0..37).map(household_no).collect();
        let mut writing = store.begin_write([county()]).await.unwrap();
        insert_households(&mut writing, &homes).await.unwrap();
        writing.commit().await.unwrap();

        let mut reading = store.begin_read().await.unwrap();
        let mut listed = Vec::new();
        loop {
            let page = households_after(&mut reading, listed.last().map(|home: &Household| home.id), 10).await.unwrap();
            if page.is_empty() {
                break;
            }
            listed.extend(page);
        }
        assert_eq!(listed, homes);
        assert_eq!(household(&mut reading, homes[5].id).await.unwrap(), Some(homes[5].clone()));
        assert_eq!(household(&mut reading, household_no(99).id).await.unwrap(), None);
    }

    async fn households_are_listed_by_division(store: &Store) {
        let divisions = ["999901", "999901001", "999901001001", "999901002", "999902", "999902001", "998801", "999900"];
        let place = |text: &str| text.parse::<DivisionCode>().unwrap();
        let homes: Vec<Household> =
            divisions.iter().zip(0..).map(|(text, n)| Household { division: place(text), ..household_no(n) }).collect();
        let mut writing = store.begin_write([county()]).await.unwrap();
        insert_households(&mut writing, &homes).await.unwrap();
        for (within, expected) in [
            ("999901", vec![0, 1, 2, 3]),
            ("999901001", vec![1, 2]),
            ("999901001001", vec![2]),
            ("999902", vec![4, 5]),
            ("999903", vec![]),
            ("999900", vec![7, 0, 1, 2, 3, 4, 5]),
            ("990000", vec![6, 7, 0, 1, 2, 3, 4, 5]),
            ("000000", vec![6, 7, 0, 1, 2, 3, 4, 5]),
        ] {
            let mut found: Vec<Household> = Vec::new();
            loop {
                let after = found.last().map(|home| (home.division, home.id));
                let page = households_within(&mut writing, place(within), after, 3).await.unwrap();
                if page.is_empty() {
                    break;
                }
                found.extend(page);
            }
            let expected: Vec<Household> = expected.into_iter().map(|n: usize| homes[n].clone()).collect();
            assert_eq!(found, expected, "{within}");
        }
    }

    async fn a_household_is_entered_once(store: &Store) {
        let mut writing = store.begin_write([county()]).await.unwrap();
        insert_households(&mut writing, &[household_no(1)]).await.unwrap();
        let again = insert_households(&mut writing, &[household_no(2), household_no(1)]).await.unwrap_err();
        assert!(again.is_duplicate(), "{again:?}");
    }

    async fn a_household_moves_and_ends_once(store: &Store) {
        let home = household_no(1);
        let (county, division) = ("999902".parse().unwrap(), "999902003".parse().unwrap());
        let moment = at("2026-05-01T00:00:00Z");
        let mut writing = store.begin_write([home.county]).await.unwrap();
        insert_households(&mut writing, std::slice::from_ref(&home)).await.unwrap();
        assert!(move_household(&mut writing, home.id, county, division).await.unwrap());
        assert!(!move_household(&mut writing, household_no(2).id, county, division).await.unwrap());
        assert!(end_household(&mut writing, home.id, moment).await.unwrap());
        assert!(!end_household(&mut writing, home.id, at("2026-06-01T00:00:00Z")).await.unwrap());
        let expected = Household { county, division, ended_at: Some(moment), ..home.clone() };
        assert_eq!(household(&mut writing, home.id).await.unwrap(), Some(expected));
    }
}
