//! The versions of what is stated about a household. A document is never changed: a correction is a further version.

use jiff::Timestamp;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::HouseholdId;
use sqlx::any::AnyRow;

use super::shared_digits;
use crate::error::StoreError;
use crate::insert::{AnyQuery, Insert, insert_rows};
use crate::row::{integer, parsed, sealed};
use crate::sealed::Sealed;
use crate::transaction::Transaction;

/// One version of what is stated about a household, and who belonged to it.
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

const INSERT_DOCUMENTS: Insert = insert_rows!(
    "insert into household_document (household_id, version, county, received_at, known_at, key_id, ciphertext)",
    7
);

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

const DOCUMENTS_OF_HOUSEHOLD: &str = "
select household_id, version, county, received_at, known_at, key_id, ciphertext
from household_document
where household_id = $1 and version > $2
order by version
limit $3";

/// How many households are looked up at once.
const AT_ONCE: usize = 16;

/// A join, since SQLite reads the whole table for a list after `in`. What pads a list is nobody's id.
const LATEST_SIXTEEN: &str = "
select h.division, d.household_id, d.version, d.county, d.received_at, d.known_at, d.key_id, d.ciphertext
from (
  values ($1), ($2), ($3), ($4), ($5), ($6), ($7), ($8), ($9), ($10), ($11), ($12), ($13), ($14), ($15), ($16)
) as asked
join household h on h.id = asked.column1
join household_document d on d.household_id = h.id
  and d.version = (select max(v.version) from household_document v where v.household_id = h.id)";

/// The page is cut first and its documents are looked up one by one. With an upper bound beside the lower one, PostgreSQL
/// takes the range for small, and reads all that is left of it for every page.
const LATEST_DOCUMENTS_AFTER: &str = "
select d.household_id, d.version, d.county, d.received_at, d.known_at, d.key_id, d.ciphertext
from (
  select id, (select max(v.version) from household_document v where v.household_id = household.id) as newest
  from household
  where id > $1
  order by id
  limit $2
) as page
join household_document d on d.household_id = page.id and d.version = page.newest";

/// The same of a division. `|| ''` keeps both databases off the index of divisions, which is in another order: they would
/// read and sort all that is left of a province for every page. So a pass reads the households once, whatever the division.
const LATEST_DOCUMENTS_WITHIN: &str = "
select d.household_id, d.version, d.county, d.received_at, d.known_at, d.key_id, d.ciphertext
from (
  select id, (select max(v.version) from household_document v where v.household_id = household.id) as newest
  from household
  where id > $1 and division || '' >= $2 and division || '' < $3
  order by id
  limit $4
) as page
join household_document d on d.household_id = page.id and d.version = page.newest";

/// Inserts documents of households that are there; a version that is there already refuses all.
pub async fn insert_documents(
    transaction: &mut Transaction,
    documents: &[HouseholdDocument],
) -> Result<(), StoreError> {
    INSERT_DOCUMENTS.all(transaction.connection(), documents, bind_document).await.map_err(StoreError::InsertHouseholds)
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

/// The newest documents of these households, each once and with the division in which it lives, in no particular order. One that
/// is not there is left out.
pub async fn latest_documents_listed(
    transaction: &mut Transaction,
    ids: &[HouseholdId],
) -> Result<Vec<(DivisionCode, HouseholdDocument)>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(AT_ONCE) {
        let nobody = std::iter::repeat_n(String::new(), AT_ONCE - chunk.len());
        let asked = chunk.iter().map(ToString::to_string).chain(nobody);
        let query: AnyQuery<'_> = asked.fold(sqlx::query(LATEST_SIXTEEN), |query, id| query.bind(id));
        let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ListHouseholds)?;
        let read = rows.iter().map(|row| Ok((parsed(row, "division")?, to_document(row)?)));
        found.extend(read.collect::<sqlx::Result<Vec<_>>>().map_err(StoreError::ListHouseholds)?);
    }
    Ok(found)
}

/// At most `limit` versions of a household's document, the first first, after version `after` (0: from the first).
pub async fn documents_of_household(
    transaction: &mut Transaction,
    id: HouseholdId,
    after: i64,
    limit: u32,
) -> Result<Vec<HouseholdDocument>, StoreError> {
    let failed = |source| StoreError::ReadHousehold { id, source };
    let query = sqlx::query(DOCUMENTS_OF_HOUSEHOLD).bind(id.to_string()).bind(after).bind(i64::from(limit));
    let rows = query.fetch_all(transaction.connection()).await.map_err(failed)?;
    rows.iter().map(to_document).collect::<Result<_, _>>().map_err(failed)
}

/// The newest documents of the next `limit` households in the order of their ids: from the first or the one after
/// `after`, to `until` at most, which is included. None: there is none left.
///
/// Ended households are among them. Every household has a document since it was entered; the pass ends at a page of none.
pub async fn documents_after(
    transaction: &mut Transaction,
    after: Option<HouseholdId>,
    until: Option<HouseholdId>,
    limit: u32,
) -> Result<Vec<HouseholdDocument>, StoreError> {
    let after = after.map(String::from).unwrap_or_default();
    let query = sqlx::query(LATEST_DOCUMENTS_AFTER).bind(after).bind(i64::from(limit));
    let mut documents = page(transaction, query).await?;
    documents.retain(|document| until.is_none_or(|until| document.household_id <= until));
    Ok(documents)
}

/// The newest documents of the next `limit` households that live in a division and all that belongs to it, in the order
/// of their ids: from the first or the one after `after`. None: there is none left.
pub async fn documents_within(
    transaction: &mut Transaction,
    division: DivisionCode,
    after: Option<HouseholdId>,
    limit: u32,
) -> Result<Vec<HouseholdDocument>, StoreError> {
    let after = after.map(String::from).unwrap_or_default();
    let first = shared_digits(division);
    let beyond = format!("{first}~");
    let query = sqlx::query(LATEST_DOCUMENTS_WITHIN).bind(after).bind(first).bind(beyond);
    page(transaction, query.bind(i64::from(limit))).await
}

/// The page of a query in the order of ids, which a join does not keep.
async fn page(transaction: &mut Transaction, query: AnyQuery<'_>) -> Result<Vec<HouseholdDocument>, StoreError> {
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ListHouseholds)?;
    let read = rows.iter().map(to_document).collect::<sqlx::Result<_>>();
    let mut documents: Vec<HouseholdDocument> = read.map_err(StoreError::ListHouseholds)?;
    documents.sort_unstable_by_key(|document| document.household_id);
    Ok(documents)
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
    use crate::household::insert_households;
    use crate::store::Store;

    on_both_databases! {
        every_version_is_read_back,
        the_newest_documents_are_listed_page_by_page,
        those_of_a_division_are_listed_page_by_page,
        the_newest_of_many_are_looked_up_at_once,
        a_document_needs_its_household,
    }

    async fn every_version_is_read_back(store: &Store) {
        let home = household_no(1);
        let first = document_of(&home, 1);
        let second = HouseholdDocument { known_at: at("2026-02-01T08:00:00.123456789Z"), ..document_of(&home, 2) };
        let mut writing = store.begin_write([home.county]).await.unwrap();
        insert_households(&mut writing, std::slice::from_ref(&home)).await.unwrap();
        insert_documents(&mut writing, &[first.clone(), second.clone()]).await.unwrap();
        writing.commit().await.unwrap();

        let mut reading = store.begin_read().await.unwrap();
        assert_eq!(document(&mut reading, home.id, 1).await.unwrap(), Some(first.clone()));
        assert_eq!(document(&mut reading, home.id, 3).await.unwrap(), None);
        assert_eq!(latest_document(&mut reading, home.id).await.unwrap(), Some(second.clone()));
        assert_eq!(latest_document(&mut reading, household_no(2).id).await.unwrap(), None);
        assert_eq!(documents_of_household(&mut reading, home.id, 0, 1).await.unwrap(), [first]);
        assert_eq!(documents_of_household(&mut reading, home.id, 1, 9).await.unwrap(), [second]);
    }

    async fn the_newest_documents_are_listed_page_by_page(store: &Store) {
        let homes: Vec<_> = (0..37).map(household_no).collect();
        let first: Vec<_> = homes.iter().map(|home| document_of(home, 1)).collect();
        let second: Vec<_> = homes.iter().step_by(3).map(|home| document_of(home, 2)).collect();
        let mut writing = store.begin_write([county()]).await.unwrap();
        insert_households(&mut writing, &homes).await.unwrap();
        insert_documents(&mut writing, &first).await.unwrap();
        insert_documents(&mut writing, &second).await.unwrap();
        let newest = |n: usize| document_of(&homes[n], if n.is_multiple_of(3) { 2 } else { 1 });
        for (until, expected) in [(None, 0..37), (Some(homes[20].id), 0..21), (Some(household_no(99).id), 0..37)] {
            let mut listed: Vec<HouseholdDocument> = Vec::new();
            loop {
                let after = listed.last().map(|document| document.household_id);
                let page = documents_after(&mut writing, after, until, 10).await.unwrap();
                if page.is_empty() {
                    break;
                }
                listed.extend(page);
            }
            assert_eq!(listed, expected.map(newest).collect::<Vec<_>>());
        }
    }

    async fn those_of_a_division_are_listed_page_by_page(store: &Store) {
        let mut homes: Vec<_> = (0..12).map(household_no).collect();
        for (number, home) in homes.iter_mut().enumerate() {
            let there = if number % 4 == 0 { "999902007" } else { "999901001" };
            home.division = there.parse().unwrap();
        }
        let documents: Vec<_> = homes.iter().map(|home| document_of(home, 1)).collect();
        let mut writing = store.begin_write([county()]).await.unwrap();
        insert_households(&mut writing, &homes).await.unwrap();
        insert_documents(&mut writing, &documents).await.unwrap();
        let second = document_of(&homes[4], 2);
        insert_documents(&mut writing, std::slice::from_ref(&second)).await.unwrap();
        let there = "999902".parse().unwrap();
        let first = documents_within(&mut writing, there, None, 2).await.unwrap();
        assert_eq!(first, [documents[0].clone(), second]);
        let rest = documents_within(&mut writing, there, Some(homes[4].id), 2).await.unwrap();
        assert_eq!(rest, [documents[8].clone()]);
        assert_eq!(documents_within(&mut writing, there, Some(homes[8].id), 2).await.unwrap(), []);
        assert_eq!(documents_within(&mut writing, "000000".parse().unwrap(), None, 20).await.unwrap().len(), 12);
    }

    async fn the_newest_of_many_are_looked_up_at_once(store: &Store) {
        let homes: Vec<_> = (0..19).map(household_no).collect();
        let first: Vec<_> = homes.iter().map(|home| document_of(home, 1)).collect();
        let second = document_of(&homes[4], 2);
        let mut writing = store.begin_write([county()]).await.unwrap();
        insert_households(&mut writing, &homes).await.unwrap();
        insert_documents(&mut writing, &first).await.unwrap();
        insert_documents(&mut writing, std::slice::from_ref(&second)).await.unwrap();
        let mut wanted: Vec<_> = homes.iter().map(|home| home.id).collect();
        wanted.push(household_no(99).id);
        let mut found = latest_documents_listed(&mut writing, &wanted).await.unwrap();
        found.sort_by_key(|(_, document)| document.household_id);
        let newest = first.into_iter().map(|one| if one.household_id == homes[4].id { second.clone() } else { one });
        let expected: Vec<_> = newest.zip(&homes).map(|(document, home)| (home.division, document)).collect();
        assert_eq!(found, expected);
        assert_eq!(latest_documents_listed(&mut writing, &[]).await.unwrap(), []);
    }

    async fn a_document_needs_its_household(store: &Store) {
        let mut writing = store.begin_write([county()]).await.unwrap();
        let refused = insert_documents(&mut writing, &[document_of(&household_no(1), 1)]).await.unwrap_err();
        assert!(!refused.is_duplicate(), "{refused:?}");
    }
}
