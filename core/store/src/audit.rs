//! The audit logs, one per county: leaves numbered from 0 without a gap. The heads of the tree over them, its inner nodes
//! the signed checkpoints and what witnesses signed under them stand in the parts of `audit`.
//!
//! Not here: what a leaf says, its hash, the tree, a signature. INVARIANT: no row is ever changed; triggers refuse it.

mod checkpoint;
mod cosignature;
mod head;
mod node;

use std::borrow::Cow;

use nuan_vocabulary::division::DivisionCode;
use sqlx::any::AnyRow;

pub use self::checkpoint::{Checkpoint, append_checkpoint, checkpoints, last_checkpoint};
pub use self::cosignature::{Cosignature, append_cosignature, cosignatures, count_cosignatures, last_cosigned};
pub use self::head::{AuditHead, append_head, append_heads, heads, last_head};
pub use self::node::{AuditNode, append_nodes, nodes};
use crate::error::StoreError;
use crate::insert::{AnyQuery, BulkInsert, insert_rows};
use crate::row::{bytes, integer, parsed, text};
use crate::transaction::Transaction;

/// One entry of a county's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLeaf {
    /// The county.
    pub county: DivisionCode,
    /// Its number, 0 for the first.
    pub seq: i64,
    /// The id of what it is about.
    pub subject: String,
    /// The entry as canonical JSON.
    pub leaf: String,
    /// Its hash in the tree.
    pub leaf_hash: [u8; 32],
}

const APPEND_LEAVES: BulkInsert = BulkInsert {
    rows: insert_rows!("insert into audit_leaf (county, seq, subject, leaf, leaf_hash)", 5),
    columns: "
insert into audit_leaf (county, seq, subject, leaf, leaf_hash)
select county, seq, subject, leaf, substring($7 from start for length)
from unnest(
  string_to_array($1, chr(10)),
  cast(string_to_array($2, chr(10)) as bigint[]),
  string_to_array($3, chr(10)),
  string_to_array($4, chr(10)),
  cast(string_to_array($5, chr(10)) as integer[]),
  cast(string_to_array($6, chr(10)) as integer[])
) as r (county, seq, subject, leaf, start, length)",
};

const LEAVES: &str = "
select county, seq, subject, leaf, leaf_hash
from audit_leaf
where county = $1 and seq >= $2
order by seq
limit $3";

const LAST_LEAF: &str = "
select county, seq, subject, leaf, leaf_hash
from audit_leaf
where county = $1
order by seq desc
limit 1";

const LEAVES_ABOUT: &str = "
select county, seq, subject, leaf, leaf_hash
from audit_leaf
where subject = $1
order by county, seq
limit $2";

const SUBJECTS: &str = "
select subject
from audit_leaf
where county = $1
order by seq
limit $2";

const LEAF_HASHES: &str = "
select leaf_hash
from audit_leaf
where county = $1 and seq >= $2
order by seq
limit $3";

/// Steps from county to county along the primary key, instead of reading every leaf.
const COUNTIES: &str = "
with recursive log (county) as (
  select min(county)
  from audit_leaf
  union all
  select (select min(audit_leaf.county) from audit_leaf where audit_leaf.county > log.county)
  from log
  where log.county is not null
)
select county
from log
where county is not null";

/// Appends leaves; a number that is taken refuses all. The transaction holds their counties.
pub async fn append_leaves(transaction: &mut Transaction, leaves: &[AuditLeaf]) -> Result<(), StoreError> {
    APPEND_LEAVES.all(transaction.connection(), leaves, bind_leaf, split_leaf).await.map_err(StoreError::AppendAudit)
}

/// The newest leaf of a county; its number and 1 is the number of the next.
pub async fn last_leaf(transaction: &mut Transaction, county: DivisionCode) -> Result<Option<AuditLeaf>, StoreError> {
    let query = sqlx::query(LAST_LEAF).bind(county.to_string());
    let row = query.fetch_optional(transaction.connection()).await.map_err(StoreError::ReadAudit)?;
    row.as_ref().map(to_leaf).transpose().map_err(StoreError::ReadAudit)
}

/// At most `limit` leaves of a county from number `from` on: one page. An error names the leaf that cannot be read.
pub async fn leaves(
    transaction: &mut Transaction,
    county: DivisionCode,
    from: i64,
    limit: u32,
) -> Result<Vec<AuditLeaf>, StoreError> {
    match page(transaction, county, from, limit).await {
        Ok(leaves) => Ok(leaves),
        Err(source) => Err(first_unreadable(transaction, county, from, limit, source).await),
    }
}

/// Leaves about one household or determination, at most `limit` of them.
pub async fn leaves_about(
    transaction: &mut Transaction,
    subject: &str,
    limit: u32,
) -> Result<Vec<AuditLeaf>, StoreError> {
    let query = sqlx::query(LEAVES_ABOUT).bind(subject).bind(i64::from(limit));
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadAudit)?;
    rows.iter().map(to_leaf).collect::<Result<_, _>>().map_err(StoreError::ReadAudit)
}

/// The hashes alone, at most `limit` of them from number `from` on: what the tree is made of.
pub async fn leaf_hashes(
    transaction: &mut Transaction,
    county: DivisionCode,
    from: i64,
    limit: u32,
) -> Result<Vec<[u8; 32]>, StoreError> {
    let query = sqlx::query(LEAF_HASHES).bind(county.to_string()).bind(from).bind(i64::from(limit));
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadAudit)?;
    rows.iter().map(|row| bytes(row, "leaf_hash")).collect::<Result<_, _>>().map_err(StoreError::ReadAudit)
}

/// The counties that have a log, ascending, as they stand there: whoever verifies finds those that are none, too.
pub async fn counties(transaction: &mut Transaction) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(COUNTIES).fetch_all(transaction.connection()).await.map_err(StoreError::ReadAudit)?;
    let county = |row| text(row, "county").map(str::to_owned);
    rows.iter().map(county).collect::<Result<_, _>>().map_err(StoreError::ReadAudit)
}

/// What the leaves of a log are about, whatever its county is called.
pub async fn subjects(transaction: &mut Transaction, county: &str, limit: u32) -> Result<Vec<String>, StoreError> {
    let query = sqlx::query(SUBJECTS).bind(county).bind(i64::from(limit));
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadAudit)?;
    let subject = |row| text(row, "subject").map(str::to_owned);
    rows.iter().map(subject).collect::<Result<_, _>>().map_err(StoreError::ReadAudit)
}

async fn page(
    transaction: &mut Transaction,
    county: DivisionCode,
    from: i64,
    limit: u32,
) -> sqlx::Result<Vec<AuditLeaf>> {
    let query = sqlx::query(LEAVES).bind(county.to_string()).bind(from).bind(i64::from(limit));
    query.fetch_all(transaction.connection()).await?.iter().map(to_leaf).collect()
}

/// Reads the leaves of a page that failed one by one, since neither driver says which row it was.
async fn first_unreadable(
    transaction: &mut Transaction,
    county: DivisionCode,
    from: i64,
    limit: u32,
    source: sqlx::Error,
) -> StoreError {
    for seq in from..from.saturating_add(i64::from(limit)) {
        if let Err(source) = page(transaction, county, seq, 1).await {
            return StoreError::ReadLeaf { county, seq, source };
        }
    }
    StoreError::ReadAudit(source)
}

fn bind_leaf<'q>(query: AnyQuery<'q>, row: &'q AuditLeaf) -> AnyQuery<'q> {
    query
        .bind(row.county.to_string())
        .bind(row.seq)
        .bind(row.subject.as_str())
        .bind(row.leaf.as_str())
        .bind(row.leaf_hash.as_slice())
}

fn split_leaf(row: &AuditLeaf) -> ([Cow<'_, str>; 4], &[u8]) {
    let (county, seq) = (row.county.to_string().into(), row.seq.to_string().into());
    ([county, seq, row.subject.as_str().into(), row.leaf.as_str().into()], &row.leaf_hash)
}

fn to_leaf(row: &AnyRow) -> sqlx::Result<AuditLeaf> {
    Ok(AuditLeaf {
        county: parsed(row, "county")?,
        seq: integer(row, "seq")?,
        subject: text(row, "subject")?.to_owned(),
        leaf: text(row, "leaf")?.to_owned(),
        leaf_hash: bytes(row, "leaf_hash")?,
    })
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;
    use crate::fixture::{at, county, leaf_no, on_both_databases, sqlite};
    use crate::store::Store;

    on_both_databases! {
        leaves_are_read_back_in_pages,
        no_row_is_ever_changed,
        a_number_is_taken_once,
        nothing_is_left_of_a_transaction_that_was_not_committed,
        writers_at_once_leave_no_gap,
    }

    async fn log_of(store: &Store, length: i64) -> Vec<AuditLeaf> {
        let all: Vec<AuditLeaf> = (0..length).map(leaf_no).collect();
        let mut writing = store.begin_write([county()]).await.unwrap();
        assert_eq!(last_leaf(&mut writing, county()).await.unwrap(), None);
        append_leaves(&mut writing, &all).await.unwrap();
        writing.commit().await.unwrap();
        all
    }

    async fn leaves_are_read_back_in_pages(store: &Store) {
        let all = log_of(store, 41).await;
        let other = AuditLeaf { county: "999902".parse().unwrap(), ..leaf_no(0) };
        let mut writing = store.begin_write([other.county]).await.unwrap();
        append_leaves(&mut writing, from_ref(&other)).await.unwrap();
        writing.commit().await.unwrap();

        let mut reading = store.begin_read().await.unwrap();
        assert_eq!(last_leaf(&mut reading, county()).await.unwrap().as_ref(), all.last());
        assert_eq!(leaves(&mut reading, county(), 0, 16).await.unwrap(), all[..16]);
        assert_eq!(leaves(&mut reading, county(), 16, 100).await.unwrap(), all[16..]);
        assert_eq!(leaves(&mut reading, county(), 41, 16).await.unwrap(), []);
        let hashes: Vec<_> = all.iter().map(|leaf| leaf.leaf_hash).collect();
        assert_eq!(leaf_hashes(&mut reading, county(), 1, 40).await.unwrap(), hashes[1..]);
        assert_eq!(leaves_about(&mut reading, &all[0].subject, 9).await.unwrap(), [all[0].clone(), other.clone()]);
        assert_eq!(counties(&mut reading).await.unwrap(), [county().to_string(), other.county.to_string()]);
        let about = subjects(&mut reading, &other.county.to_string(), 10).await.unwrap();
        assert_eq!(about, from_ref(&other.subject));
    }

    async fn no_row_is_ever_changed(store: &Store) {
        let all = log_of(store, 3).await;
        let mut writing = store.begin_write([county()]).await.unwrap();
        let head = AuditHead { county: county(), size: 3, root: [9; 32], at: at("2026-01-01T00:00:00Z") };
        append_head(&mut writing, &head).await.unwrap();
        let node = AuditNode { county: county(), level: 1, position: 0, hash: [8; 32] };
        append_nodes(&mut writing, from_ref(&node)).await.unwrap();
        let checkpoint = Checkpoint { size: 1, note: "a note".to_owned(), at: at("2026-01-01T00:00:00Z") };
        append_checkpoint(&mut writing, &checkpoint).await.unwrap();
        writing.commit().await.unwrap();
        for (change, table) in [
            ("update audit_leaf set leaf = '{}' where seq = 1", "audit_leaf"),
            ("delete from audit_leaf where seq = 2", "audit_leaf"),
            ("update audit_head set size = 4", "audit_head"),
            ("delete from audit_head", "audit_head"),
            ("update audit_node set position = 1", "audit_node"),
            ("delete from audit_node", "audit_node"),
            ("update checkpoint set note = 'another'", "checkpoint"),
            ("delete from checkpoint", "checkpoint"),
        ] {
            let mut writing = store.begin_write([county()]).await.unwrap();
            let refused = sqlx::query(change).execute(writing.connection()).await.unwrap_err();
            assert!(refused.to_string().contains(&format!("{table} is append-only")), "{change}: {refused}");
        }
        let mut reading = store.begin_read().await.unwrap();
        assert_eq!(leaves(&mut reading, county(), 0, 9).await.unwrap(), all);
        assert_eq!(last_head(&mut reading, county()).await.unwrap(), Some(head));
        assert_eq!(nodes(&mut reading, county(), 1, 0, 9).await.unwrap(), [node]);
        assert_eq!(last_checkpoint(&mut reading).await.unwrap(), Some(checkpoint));
    }

    async fn a_number_is_taken_once(store: &Store) {
        log_of(store, 3).await;
        let mut writing = store.begin_write([county()]).await.unwrap();
        assert!(append_leaves(&mut writing, &[leaf_no(3), leaf_no(2)]).await.unwrap_err().is_duplicate());
    }

    async fn nothing_is_left_of_a_transaction_that_was_not_committed(store: &Store) {
        let mut rolled_back = store.begin_write([county()]).await.unwrap();
        append_leaves(&mut rolled_back, &[leaf_no(0)]).await.unwrap();
        rolled_back.roll_back().await.unwrap();
        let mut dropped = store.begin_write([county()]).await.unwrap();
        append_leaves(&mut dropped, &[leaf_no(0)]).await.unwrap();
        drop(dropped);
        let mut writing = store.begin_write([county()]).await.unwrap();
        assert_eq!(last_leaf(&mut writing, county()).await.unwrap(), None);
    }

    async fn writers_at_once_leave_no_gap(store: &Store) {
        let write = async |store: Store, writer: i64| {
            for turn in 0..10 {
                let mut writing = store.begin_write([county()]).await.unwrap();
                let next = last_leaf(&mut writing, county()).await.unwrap().map_or(0, |last| last.seq + 1);
                append_leaves(&mut writing, &[leaf_no(next), leaf_no(next + 1)]).await.unwrap();
                if (writer + turn) % 3 == 0 {
                    drop(writing);
                } else {
                    writing.commit().await.unwrap();
                }
            }
        };
        let tasks: Vec<_> = (0..8).map(|writer| tokio::spawn(write(store.clone(), writer))).collect();
        for task in tasks {
            task.await.unwrap();
        }
        let mut reading = store.begin_read().await.unwrap();
        let all = leaves(&mut reading, county(), 0, 1_000).await.unwrap();
        assert!(100 < all.len());
        assert!(all.iter().zip(0..).all(|(leaf, seq)| leaf.seq == seq));
    }

    #[tokio::test]
    async fn the_leaf_that_cannot_be_read_is_named() {
        let database = sqlite().await;
        log_of(&database.store, 40).await;
        let mut writing = database.store.begin_write([county()]).await.unwrap();
        for tampering in [
            "drop trigger audit_leaf_update_refused",
            "update audit_leaf set leaf = cast(x'7bff' as text) where seq = 23",
        ] {
            sqlx::query(tampering).execute(writing.connection()).await.unwrap();
        }
        let error = leaves(&mut writing, county(), 0, 100).await.unwrap_err();
        assert_eq!(error.to_string(), "failed to read audit leaf 23 of county 999901");
        drop(writing);
        database.remove().await;
    }
}
