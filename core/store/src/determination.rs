//! Determinations and the reasons that are kept with them. Neither is ever changed.

use std::borrow::Cow;

use jiff::Timestamp;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{DeterminationId, HouseholdId};
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::household::shared_digits;
use crate::insert::{AnyQuery, BulkInsert, insert_rows};
use crate::row::{civil_date, integer, parsed, parsed_or_none, sealed};
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
    /// The determination that it replaces, since a fact has changed.
    pub corrects: Option<DeterminationId>,
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

const INSERT_DETERMINATIONS: BulkInsert = BulkInsert {
    rows: insert_rows!(
        "insert into determination
  (id, household_id, document_version, county, as_of, known_at, created_at, corrects, key_id, ciphertext)",
        10
    ),
    columns: "
insert into determination
  (id, household_id, document_version, county, as_of, known_at, created_at, corrects, key_id, ciphertext)
select id, household_id, document_version, county, as_of, known_at, created_at, nullif(corrects, ''), key_id,
  substring($12 from start for length)
from unnest(
  string_to_array($1, chr(10)), string_to_array($2, chr(10)),
  cast(string_to_array($3, chr(10)) as bigint[]),
  string_to_array($4, chr(10)), string_to_array($5, chr(10)),
  string_to_array($6, chr(10)), string_to_array($7, chr(10)),
  string_to_array($8, chr(10)), string_to_array($9, chr(10)),
  cast(string_to_array($10, chr(10)) as integer[]),
  cast(string_to_array($11, chr(10)) as integer[])
) as r (id, household_id, document_version, county, as_of, known_at, created_at, corrects, key_id, start, length)",
};

const DETERMINATION: &str = "
select id, household_id, document_version, county, as_of, known_at, created_at, corrects, key_id, ciphertext
from determination
where id = $1";

const DETERMINATIONS_OF_HOUSEHOLD: &str = "
select id, household_id, document_version, county, as_of, known_at, created_at, corrects, key_id, ciphertext
from determination
where household_id = $1 and id > $2
order by id
limit $3";

/// The page is cut first, as for the documents of the same households.
const CURRENT_WITHIN: &str = "
select d.id, d.household_id, d.document_version, d.county, d.as_of, d.known_at, d.created_at, d.corrects, d.key_id,
  d.ciphertext
from (
  select (
      select c.id
      from determination c
      where c.household_id = household.id and c.as_of <= $5
      order by c.as_of desc, c.id desc
      limit 1
    ) as current
  from household
  where id > $1 and division || '' >= $2 and division || '' < $3
  order by id
  limit $4
) as page
join determination d on d.id = page.current";

const CORRECTIONS: &str = "
select id, household_id, document_version, county, as_of, known_at, created_at, corrects, key_id, ciphertext
from determination
where corrects = $1
order by id";

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
        .all(transaction.connection(), determinations, bind_determination, split_determination)
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

/// The current determination of each of the next `limit` households that live in a division and all that belongs to it, in
/// the order of the households' ids: from the first or the one after `after`. In no particular order.
///
/// The current one is of the latest date that is not after `as_of`, and of those of this date the newest: a correction of
/// last year is not the answer for today. A household without one is left out.
pub async fn current_determinations_within(
    transaction: &mut Transaction,
    (division, as_of): (DivisionCode, Date),
    after: Option<HouseholdId>,
    limit: u32,
) -> Result<Vec<Determination>, StoreError> {
    let first = shared_digits(division);
    let beyond = format!("{first}~");
    let after = after.map(String::from).unwrap_or_default();
    let query = sqlx::query(CURRENT_WITHIN).bind(after).bind(first).bind(beyond).bind(i64::from(limit));
    let rows = query.bind(as_of.to_string()).fetch_all(transaction.connection()).await;
    let rows = rows.map_err(StoreError::ListLatestDeterminations)?;
    rows.iter().map(to_determination).collect::<Result<_, _>>().map_err(StoreError::ListLatestDeterminations)
}

/// What replaced a determination after a fact had changed, oldest id first.
pub async fn corrections_of(
    transaction: &mut Transaction,
    id: DeterminationId,
) -> Result<Vec<Determination>, StoreError> {
    let failed = |source| StoreError::ReadDetermination { id, source };
    let query = sqlx::query(CORRECTIONS).bind(id.to_string());
    let rows = query.fetch_all(transaction.connection()).await.map_err(failed)?;
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
        .bind(row.corrects.map(String::from))
        .bind(row.sealed.key_id.as_str())
        .bind(row.sealed.ciphertext.as_slice())
}

fn split_determination(row: &Determination) -> ([Cow<'_, str>; 9], &[u8]) {
    let values = [
        row.id.to_string().into(),
        row.household_id.to_string().into(),
        row.document_version.to_string().into(),
        row.county.to_string().into(),
        row.as_of.to_string().into(),
        row.known_at.to_string().into(),
        row.created_at.to_string().into(),
        row.corrects.map(String::from).unwrap_or_default().into(),
        row.sealed.key_id.as_str().into(),
    ];
    (values, &row.sealed.ciphertext)
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
        corrects: parsed_or_none(row, "corrects")?,
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
    use crate::fixture::{day, determination_of, document_of, household_no, on_both_databases, sealed_bytes};
    use crate::household::{insert_documents, insert_households};
    use crate::store::Store;

    on_both_databases! {
        a_determination_is_read_back,
        the_determinations_of_one_household_are_listed_page_by_page,
        reasons_are_kept_once,
        a_determination_needs_its_document,
        an_altered_row_is_an_error_that_names_it,
        a_correction_names_what_it_replaces,
        many_are_inserted_at_once,
        the_current_ones_of_many_households_are_read_at_once,
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

    /// So many that PostgreSQL takes them column by column: payloads of every length, with and without a correction.
    async fn many_are_inserted_at_once(store: &Store) {
        let (all, mut writing) = determined(store).await;
        let number = |n: u32| {
            let corrects = n.is_multiple_of(3).then_some(all[0].id);
            let ciphertext = (0..n * 7 % 300).map(|byte| byte.to_le_bytes()[0]).collect();
            let sealed = Sealed { key_id: format!("key-{n}"), ciphertext };
            Determination { corrects, sealed, ..determination_of(&household_no(2), 1_000 + n) }
        };
        let many: Vec<_> = (0..200).map(number).collect();
        insert_determinations(&mut writing, &many).await.unwrap();
        for one in &many {
            assert_eq!(determination(&mut writing, one.id).await.unwrap().as_ref(), Some(one));
        }
        writing.savepoint().await.unwrap();
        let again = insert_determinations(&mut writing, &many).await.unwrap_err();
        assert!(again.is_duplicate(), "{again:?}");
        writing.roll_back_to_savepoint().await.unwrap();
        let broken =
            |n: u32| Determination { sealed: Sealed { key_id: "a\nb".to_owned(), ..number(n).sealed }, ..number(n) };
        let broken: Vec<_> = (300..400).map(broken).collect();
        insert_determinations(&mut writing, &broken).await.unwrap();
        assert_eq!(determination(&mut writing, broken[7].id).await.unwrap().as_ref(), Some(&broken[7]));
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

    async fn a_correction_names_what_it_replaces(store: &Store) {
        let (all, mut writing) = determined(store).await;
        let correction = Determination { corrects: Some(all[0].id), ..determination_of(&household_no(1), 200) };
        insert_determinations(&mut writing, std::slice::from_ref(&correction)).await.unwrap();
        assert_eq!(determination(&mut writing, correction.id).await.unwrap(), Some(correction.clone()));
        assert_eq!(corrections_of(&mut writing, all[0].id).await.unwrap(), [correction]);
        assert_eq!(corrections_of(&mut writing, all[1].id).await.unwrap(), []);
        let own = determination_of(&household_no(1), 201);
        let circular = Determination { corrects: Some(own.id), ..own };
        assert!(insert_determinations(&mut writing, &[circular]).await.is_err());
    }

    async fn the_current_ones_of_many_households_are_read_at_once(store: &Store) {
        let (all, mut writing) = determined(store).await;
        let without = household_no(3);
        insert_households(&mut writing, std::slice::from_ref(&without)).await.unwrap();
        let (here, elsewhere) = (household_no(1).county, "999902".parse().unwrap());
        let of = async |writing: &mut Transaction, division, as_of: &str, after, limit| {
            let scope = (division, day(as_of));
            let mut found = current_determinations_within(writing, scope, after, limit).await.unwrap();
            found.sort_unstable_by_key(|one| one.household_id);
            found
        };
        let (newest, other, first) = (all[20].clone(), all[21].clone(), all[0].household_id);
        assert_eq!(of(&mut writing, here, "2026-01-31", None, 9).await, [newest.clone(), other.clone()]);
        assert_eq!(of(&mut writing, here, "2026-03-01", None, 1).await, std::slice::from_ref(&newest));
        assert_eq!(of(&mut writing, here, "2026-03-01", Some(first), 9).await, std::slice::from_ref(&other));
        assert_eq!(of(&mut writing, here, "2026-03-01", Some(other.household_id), 9).await, []);
        assert_eq!(of(&mut writing, elsewhere, "2026-03-01", None, 9).await, []);
        assert_eq!(of(&mut writing, here, "2026-01-30", None, 9).await, [], "that was before the first date");
        let earlier = Determination { as_of: day("2025-06-30"), ..determination_of(&household_no(1), 500) };
        insert_determinations(&mut writing, std::slice::from_ref(&earlier)).await.unwrap();
        assert_eq!(of(&mut writing, here, "2026-03-01", None, 1).await, [newest], "newer, but of an earlier date");
        assert_eq!(of(&mut writing, here, "2026-01-30", None, 9).await, [earlier]);
    }
}
