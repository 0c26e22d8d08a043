//! Households and the versions of their documents. A document is never changed: a correction is a further version.

use jiff::Timestamp;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::HouseholdId;
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::insert::{AnyQuery, Insert, insert_rows};
use crate::row::{integer, parsed, sealed};
use crate::sealed::Sealed;
use crate::transaction::Transaction;

/// A household (共同生活家庭) on the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Household {
    /// Its id.
    pub id: HouseholdId,
    /// The county that keeps it.
    pub county: DivisionCode,
    /// When it was entered.
    pub created_at: Timestamp,
}

/// One version of what is stated about a household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HouseholdDocument {
    /// The household.
    pub household_id: HouseholdId,
    /// 1 for the first, then one more each time.
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

const INSERT_HOUSEHOLDS: Insert = insert_rows!("insert into household (id, county, created_at)", 3);

const INSERT_DOCUMENTS: Insert = insert_rows!(
    "insert into household_document (household_id, version, county, received_at, known_at, key_id, ciphertext)",
    7
);

const HOUSEHOLD: &str = "
select id, county, created_at
from household
where id = $1";

const HOUSEHOLDS_AFTER: &str = "
select id, county, created_at
from household
where id > $1
order by id
limit $2";

const DOCUMENT: &str = "
select household_id, version, county, received_at, known_at, key_id, ciphertext
from household_document
where household_id = $1 and version = $2";

const LATEST_DOCUMENT: &str = "
select household_id, version, county, received_at, known_at, key_id, ciphertext
from household_document
where household_id = $1
order by version desc
limit 1";

/// Inserts new households; one that is there already refuses all.
pub async fn insert_households(transaction: &mut Transaction, households: &[Household]) -> Result<(), StoreError> {
    INSERT_HOUSEHOLDS
        .all(transaction.connection(), households, bind_household)
        .await
        .map_err(StoreError::InsertHouseholds)
}

/// Inserts documents of households that are there; a version that is there already refuses all.
pub async fn insert_documents(
    transaction: &mut Transaction,
    documents: &[HouseholdDocument],
) -> Result<(), StoreError> {
    INSERT_DOCUMENTS.all(transaction.connection(), documents, bind_document).await.map_err(StoreError::InsertHouseholds)
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
    let query = sqlx::query(HOUSEHOLDS_AFTER).bind(after).bind(i64::from(limit));
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ListHouseholds)?;
    rows.iter().map(to_household).collect::<Result<_, _>>().map_err(StoreError::ListHouseholds)
}

/// One version of a household's document.
pub async fn document(
    transaction: &mut Transaction,
    id: HouseholdId,
    version: i64,
) -> Result<Option<HouseholdDocument>, StoreError> {
    one_document(transaction, id, sqlx::query(DOCUMENT).bind(id.to_string()).bind(version)).await
}

/// The newest version of a household's document.
pub async fn latest_document(
    transaction: &mut Transaction,
    id: HouseholdId,
) -> Result<Option<HouseholdDocument>, StoreError> {
    one_document(transaction, id, sqlx::query(LATEST_DOCUMENT).bind(id.to_string())).await
}

async fn one_document(
    transaction: &mut Transaction,
    id: HouseholdId,
    query: AnyQuery<'_>,
) -> Result<Option<HouseholdDocument>, StoreError> {
    let failed = |source| StoreError::ReadHousehold { id, source };
    let row = query.fetch_optional(transaction.connection()).await.map_err(failed)?;
    row.as_ref().map(to_document).transpose().map_err(failed)
}

fn bind_household<'q>(query: AnyQuery<'q>, row: &'q Household) -> AnyQuery<'q> {
    query.bind(row.id.to_string()).bind(row.county.to_string()).bind(row.created_at.to_string())
}

fn bind_document<'q>(query: AnyQuery<'q>, row: &'q HouseholdDocument) -> AnyQuery<'q> {
    query
        .bind(row.household_id.to_string())
        .bind(row.version)
        .bind(row.county.to_string())
        .bind(row.received_at.to_string())
        .bind(row.known_at.to_string())
        .bind(row.sealed.key_id.as_str())
        .bind(row.sealed.ciphertext.as_slice())
}

fn to_household(row: &AnyRow) -> sqlx::Result<Household> {
    Ok(Household { id: parsed(row, "id")?, county: parsed(row, "county")?, created_at: parsed(row, "created_at")? })
}

fn to_document(row: &AnyRow) -> sqlx::Result<HouseholdDocument> {
    Ok(HouseholdDocument {
        household_id: parsed(row, "household_id")?,
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
    use crate::fixture::{at, county, document_of, household_no, on_both_databases};
    use crate::store::Store;

    on_both_databases! {
        a_household_is_read_back_with_every_version_of_its_document,
        households_are_listed_page_by_page_in_the_order_of_their_ids,
        a_household_is_entered_once,
        a_document_needs_its_household,
    }

    async fn a_household_is_read_back_with_every_version_of_its_document(store: &Store) {
        let home = household_no(1);
        let first = document_of(&home, 1);
        let second = HouseholdDocument { known_at: at("2026-02-01T08:00:00.123456789Z"), ..document_of(&home, 2) };
        let mut writing = store.begin_write([home.county]).await.unwrap();
        insert_households(&mut writing, std::slice::from_ref(&home)).await.unwrap();
        insert_documents(&mut writing, &[first.clone(), second.clone()]).await.unwrap();
        writing.commit().await.unwrap();

        let mut reading = store.begin_read().await.unwrap();
        assert_eq!(household(&mut reading, home.id).await.unwrap(), Some(home.clone()));
        assert_eq!(document(&mut reading, home.id, 1).await.unwrap(), Some(first));
        assert_eq!(document(&mut reading, home.id, 3).await.unwrap(), None);
        assert_eq!(latest_document(&mut reading, home.id).await.unwrap(), Some(second));
        let stranger = household_no(2).id;
        assert_eq!(household(&mut reading, stranger).await.unwrap(), None);
        assert_eq!(latest_document(&mut reading, stranger).await.unwrap(), None);
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
    }

    async fn a_household_is_entered_once(store: &Store) {
        let mut writing = store.begin_write([county()]).await.unwrap();
        insert_households(&mut writing, &[household_no(1)]).await.unwrap();
        let again = insert_households(&mut writing, &[household_no(2), household_no(1)]).await.unwrap_err();
        assert!(again.is_duplicate(), "{again:?}");
    }

    async fn a_document_needs_its_household(store: &Store) {
        let mut writing = store.begin_write([county()]).await.unwrap();
        let refused = insert_documents(&mut writing, &[document_of(&household_no(1), 1)]).await.unwrap_err();
        assert!(!refused.is_duplicate(), "{refused:?}");
    }
}
