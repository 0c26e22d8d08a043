//! The heads of the counties' trees: how many leaves, and the root over them. Not here: the tree itself.

use std::slice::from_ref;

use jiff::Timestamp;
use nuan_vocabulary::division::DivisionCode;
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::insert::{AnyQuery, Insert, insert_rows};
use crate::row::{bytes, integer, parsed};
use crate::transaction::Transaction;

/// The tree over the first leaves of a county's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// The county.
    pub county: DivisionCode,
    /// How many leaves it covers.
    pub size: i64,
    /// The root over them.
    pub root: [u8; 32],
    /// When it was computed.
    pub at: Timestamp,
}

const APPEND: Insert = insert_rows!("insert into audit_head (county, size, root, at)", 4);

const HEADS: &str = "
select county, size, root, at
from audit_head
where county = $1 and size >= $2
order by size
limit $3";

const LAST_HEAD: &str = "
select county, size, root, at
from audit_head
where county = $1
order by size desc
limit 1";

/// Appends a head; a size that has one refuses it.
pub async fn append_head(transaction: &mut Transaction, head: &AuditHead) -> Result<(), StoreError> {
    append_heads(transaction, from_ref(head)).await
}

/// Appends heads, of several counties for example; a size that has one refuses all.
pub async fn append_heads(transaction: &mut Transaction, heads: &[AuditHead]) -> Result<(), StoreError> {
    APPEND.all(transaction.connection(), heads, bind_head).await.map_err(StoreError::AppendAudit)
}

/// At most `limit` heads of a county, the smallest first, from size `from` on.
pub async fn heads(
    transaction: &mut Transaction,
    county: DivisionCode,
    from: i64,
    limit: u32,
) -> Result<Vec<AuditHead>, StoreError> {
    let query = sqlx::query(HEADS).bind(county.to_string()).bind(from).bind(i64::from(limit));
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadAudit)?;
    rows.iter().map(to_head).collect::<Result<_, _>>().map_err(StoreError::ReadAudit)
}

/// The head over the most leaves of a county.
pub async fn last_head(transaction: &mut Transaction, county: DivisionCode) -> Result<Option<AuditHead>, StoreError> {
    let query = sqlx::query(LAST_HEAD).bind(county.to_string());
    let row = query.fetch_optional(transaction.connection()).await.map_err(StoreError::ReadAudit)?;
    row.as_ref().map(to_head).transpose().map_err(StoreError::ReadAudit)
}

fn bind_head<'q>(query: AnyQuery<'q>, row: &'q AuditHead) -> AnyQuery<'q> {
    query.bind(row.county.to_string()).bind(row.size).bind(row.root.as_slice()).bind(row.at.to_string())
}

fn to_head(row: &AnyRow) -> sqlx::Result<AuditHead> {
    Ok(AuditHead {
        county: parsed(row, "county")?,
        size: integer(row, "size")?,
        root: bytes(row, "root")?,
        at: parsed(row, "at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{at, county, on_both_databases};
    use crate::store::Store;

    on_both_databases! { heads_are_read_back, the_heads_of_several_counties_are_appended_at_once }

    fn head(size: i64) -> AuditHead {
        AuditHead { county: county(), size, root: [9; 32], at: at("2026-01-01T00:00:00Z") }
    }

    async fn heads_are_read_back(store: &Store) {
        let mut writing = store.begin_write([county()]).await.unwrap();
        assert_eq!(last_head(&mut writing, county()).await.unwrap(), None);
        for size in [7, 256, 300] {
            append_head(&mut writing, &head(size)).await.unwrap();
        }
        assert_eq!(last_head(&mut writing, county()).await.unwrap(), Some(head(300)));
        assert_eq!(heads(&mut writing, county(), 8, 1).await.unwrap(), [head(256)]);
        assert!(append_head(&mut writing, &head(7)).await.unwrap_err().is_duplicate());
    }

    async fn the_heads_of_several_counties_are_appended_at_once(store: &Store) {
        let elsewhere = AuditHead { county: "999902".parse().unwrap(), ..head(5) };
        let of_heads = AuditHead { county: DivisionCode::NATION, ..head(2) };
        let mut writing = store.begin_write([county(), elsewhere.county, DivisionCode::NATION]).await.unwrap();
        append_heads(&mut writing, &[head(5), elsewhere.clone(), of_heads.clone()]).await.unwrap();
        for expected in [head(5), elsewhere, of_heads] {
            assert_eq!(last_head(&mut writing, expected.county).await.unwrap(), Some(expected));
        }
    }
}
