//! Determinations and the reasons that are kept with them. Neither is ever changed.

use jiff::Timestamp;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{DeterminationId, HouseholdId};
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::insert::{AnyQuery, Insert, insert_rows};
use crate::row::{civil_date, integer, parsed, sealed};
use crate::sealed::Sealed;
use crate::transaction::Transaction;

/// A determination (测算结论): what was computed for a household and a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Determination {
    /// Its id.
    pub id: DeterminationId,
    /// The household.
    pub household_id: HouseholdId,
    /// The version of its document that was read.
    pub document_version: i64,
    /// The household's county.
    pub county: DivisionCode,
    /// The date it was determined for.
    pub as_of: Date,
    /// The facts and parameters known then were used.
    pub known_at: Timestamp,
    /// When it was computed.
    pub created_at: Timestamp,
    /// Outputs, inputs digest, parameter values, plugin digests.
    pub sealed: Sealed,
}

/// The reasons of one determination, in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reasons {
    /// The determination.
    pub determination_id: DeterminationId,
    /// The determination's county.
    pub county: DivisionCode,
    /// The reasons.
    pub sealed: Sealed,
}

const INSERT_DETERMINATIONS: Insert = insert_rows!(
    "insert into determination
  (id, household_id, document_version, county, as_of, known_at, created_at, key_id, ciphertext)",
    9
);

const DETERMINATION: &str = "
select id, household_id, document_version, county, as_of, known_at, created_at, key_id, ciphertext
from determination
where id = $1";

const DETERMINATIONS_OF_HOUSEHOLD: &str = "
select id, household_id, document_version, county, as_of, known_at, created_at, key_id, ciphertext
from determination
where household_id = $1 and id > $2
order by id
limit $3";

const KEEP_REASONS: &str = "
insert into determination_reasons (determination_id, county, key_id, ciphertext)
values ($1, $2, $3, $4)
on conflict (determination_id) do nothing";

const REASONS: &str = "
select determination_id, county, key_id, ciphertext
from determination_reasons
where determination_id = $1";

/// Inserts new determinations about documents that are there.
pub async fn insert_determinations(
    transaction: &mut Transaction,
    determinations: &[Determination],
) -> Result<(), StoreError> {
    INSERT_DETERMINATIONS
        .all(transaction.connection(), determinations, bind_determination)
        .await
        .map_err(StoreError::InsertDeterminations)
}

/// The determination with this id.
pub async fn determination(
    transaction: &mut Transaction,
    id: DeterminationId,
) -> Result<Option<Determination>, StoreError> {
    let failed = |source| StoreError::ReadDetermination { id, source };
    let query = sqlx::query(DETERMINATION).bind(id.to_string());
    let row = query.fetch_optional(transaction.connection()).await.map_err(failed)?;
    row.as_ref().map(to_determination).transpose().map_err(failed)
}

/// At most `limit` determinations of a household, oldest id first, from the first, or from the one after `after`.
pub async fn determinations_of_household(
    transaction: &mut Transaction,
    household_id: HouseholdId,
    after: Option<DeterminationId>,
    limit: u32,
) -> Result<Vec<Determination>, StoreError> {
    let failed = |source| StoreError::ListDeterminations { household_id, source };
    let after = after.map(String::from).unwrap_or_default();
    let query = sqlx::query(DETERMINATIONS_OF_HOUSEHOLD).bind(household_id.to_string()).bind(after);
    let rows = query.bind(i64::from(limit)).fetch_all(transaction.connection()).await.map_err(failed)?;
    rows.iter().map(to_determination).collect::<Result<_, _>>().map_err(failed)
}

/// Keeps a determination's reasons unless some are kept already; says whether they were new.
pub async fn keep_reasons(transaction: &mut Transaction, reasons: &Reasons) -> Result<bool, StoreError> {
    let query = sqlx::query(KEEP_REASONS)
        .bind(reasons.determination_id.to_string())
        .bind(reasons.county.to_string())
        .bind(reasons.sealed.key_id.as_str())
        .bind(reasons.sealed.ciphertext.as_slice());
    let kept = query.execute(transaction.connection()).await.map_err(StoreError::InsertDeterminations)?;
    Ok(kept.rows_affected() == 1)
}

/// The reasons that are kept for a determination.
pub async fn reasons(transaction: &mut Transaction, id: DeterminationId) -> Result<Option<Reasons>, StoreError> {
    let failed = |source| StoreError::ReadDetermination { id, source };
    let query = sqlx::query(REASONS).bind(id.to_string());
    let row = query.fetch_optional(transaction.connection()).await.map_err(failed)?;
    row.as_ref().map(to_reasons).transpose().map_err(failed)
}

fn bind_determination<'q>(query: AnyQuery<'q>, row: &'q Determination) -> AnyQuery<'q> {
    query
        .bind(row.id.to_string())
        .bind(row.household_id.to_string())
        .bind(row.document_version)
        .bind(row.county.to_string())
        .bind(row.as_of.to_string())
        .bind(row.known_at.to_string())
        .bind(row.created_at.to_string())
        .bind(row.sealed.key_id.as_str())
        .bind(row.sealed.ciphertext.as_slice())
}

fn to_determination(row: &AnyRow) -> sqlx::Result<Determination> {
    Ok(Determination {
        id: parsed(row, "id")?,
        household_id: parsed(row, "household_id")?,
        document_version: integer(row, "document_version")?,
        county: parsed(row, "county")?,
        as_of: civil_date(row, "as_of")?,
        known_at: parsed(row, "known_at")?,
        created_at: parsed(row, "created_at")?,
        sealed: sealed(row)?,
    })
}

fn to_reasons(row: &AnyRow) -> sqlx::Result<Reasons> {
    Ok(Reasons {
        determination_id: parsed(row, "determination_id")?,
        county: parsed(row, "county")?,
        sealed: sealed(row)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{determination_of, document_of, household_no, on_both_databases, sealed_bytes};
    use crate::household::{insert_documents, insert_households};
    use crate::store::Store;

    on_both_databases! {
        a_determination_is_read_back,
        the_determinations_of_one_household_are_listed_page_by_page,
        reasons_are_kept_once,
        a_determination_needs_its_document,
        an_altered_row_is_an_error_that_names_it,
    }

    /// Two households, the first with 21 determinations, the second with one.
    async fn determined(store: &Store) -> (Vec<Determination>, Transaction) {
        let homes = [household_no(1), household_no(2)];
        let mut all: Vec<_> = (0..21).map(|n| determination_of(&homes[0], n)).collect();
        all.push(determination_of(&homes[1], 99));
        let mut writing = store.begin_write([homes[0].county]).await.unwrap();
        insert_households(&mut writing, &homes).await.unwrap();
        insert_documents(&mut writing, &homes.each_ref().map(|home| document_of(home, 1))).await.unwrap();
        insert_determinations(&mut writing, &all).await.unwrap();
        (all, writing)
    }

    async fn a_determination_is_read_back(store: &Store) {
        let (all, writing) = determined(store).await;
        writing.commit().await.unwrap();
        let mut reading = store.begin_read().await.unwrap();
        for one in &all {
            assert_eq!(determination(&mut reading, one.id).await.unwrap().as_ref(), Some(one));
        }
        let stranger = determination_of(&household_no(1), 1_000).id;
        assert_eq!(determination(&mut reading, stranger).await.unwrap(), None);
    }

    async fn the_determinations_of_one_household_are_listed_page_by_page(store: &Store) {
        let (all, mut writing) = determined(store).await;
        let id = all[0].household_id;
        let first = determinations_of_household(&mut writing, id, None, 20).await.unwrap();
        let last = determinations_of_household(&mut writing, id, Some(all[19].id), 20).await.unwrap();
        assert_eq!(first, all[..20]);
        assert_eq!(last, all[20..21]);
    }

    async fn reasons_are_kept_once(store: &Store) {
        let (all, mut writing) = determined(store).await;
        let kept = Reasons { determination_id: all[0].id, county: all[0].county, sealed: sealed_bytes(3) };
        let later = Reasons { sealed: sealed_bytes(4), ..kept.clone() };
        assert_eq!(reasons(&mut writing, all[0].id).await.unwrap(), None);
        assert!(keep_reasons(&mut writing, &kept).await.unwrap());
        assert!(!keep_reasons(&mut writing, &later).await.unwrap());
        assert_eq!(reasons(&mut writing, all[0].id).await.unwrap(), Some(kept));
    }

    async fn a_determination_needs_its_document(store: &Store) {
        let (_all, mut writing) = determined(store).await;
        let orphan = Determination { document_version: 2, ..determination_of(&household_no(1), 50) };
        let refused = insert_determinations(&mut writing, &[orphan]).await.unwrap_err();
        assert!(!refused.is_duplicate(), "{refused:?}");
    }

    async fn an_altered_row_is_an_error_that_names_it(store: &Store) {
        let (all, mut writing) = determined(store).await;
        let alter =
            sqlx::query("update determination set as_of = '2026-02-30' where id = $1").bind(all[5].id.to_string());
        alter.execute(writing.connection()).await.unwrap();
        let error = determination(&mut writing, all[5].id).await.unwrap_err();
        assert_eq!(error.to_string(), format!("failed to read determination {}", all[5].id));
        assert!(determination(&mut writing, all[6].id).await.is_ok());
        let rewrite = sqlx::query("update determination set known_at = lower(known_at) where id = $1")
            .bind(all[6].id.to_string());
        rewrite.execute(writing.connection()).await.unwrap();
        assert!(determination(&mut writing, all[6].id).await.is_err(), "the same instant, written otherwise");
    }
}
