//! The complete inner nodes of the counties' trees, so that a root or a proof needs a few of them and not every leaf.
//!
//! Node `position` of `level` stands over the `2^level` leaves from `position * 2^level` on; level 0 is the leaves, whose
//! hashes stand with them. Not here: how a hash is made.

use std::borrow::Cow;

use nuan_vocabulary::division::DivisionCode;
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::insert::{AnyQuery, BulkInsert, insert_rows};
use crate::row::{bytes, integer, parsed};
use crate::transaction::Transaction;

/// A complete inner node of a county's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditNode {
    /// The county.
    pub county: DivisionCode,
    /// How far above the leaves, 1 at least.
    pub level: i64,
    /// Its number in its level, 0 for the first.
    pub position: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

const APPEND: BulkInsert = BulkInsert {
    rows: insert_rows!("insert into audit_node (county, level, position, hash)", 4),
    columns: "
insert into audit_node (county, level, position, hash)
select county, level, position, substring($6 from start for length)
from unnest(
  string_to_array($1, chr(10)),
  cast(string_to_array($2, chr(10)) as bigint[]),
  cast(string_to_array($3, chr(10)) as bigint[]),
  cast(string_to_array($4, chr(10)) as integer[]),
  cast(string_to_array($5, chr(10)) as integer[])
) as r (county, level, position, start, length)",
};

const NODES: &str = "
select county, level, position, hash
from audit_node
where county = $1 and level = $2 and position >= $3
order by position
limit $4";

/// Appends nodes; a place that is taken refuses all.
pub async fn append_nodes(transaction: &mut Transaction, nodes: &[AuditNode]) -> Result<(), StoreError> {
    APPEND.all(transaction.connection(), nodes, bind_node, split_node).await.map_err(StoreError::AppendAudit)
}

/// At most `count` nodes of one level of a county's tree, from position `from` on.
pub async fn nodes(
    transaction: &mut Transaction,
    county: DivisionCode,
    level: i64,
    from: i64,
    count: u32,
) -> Result<Vec<AuditNode>, StoreError> {
    let query = sqlx::query(NODES).bind(county.to_string()).bind(level).bind(from).bind(i64::from(count));
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadAudit)?;
    rows.iter().map(to_node).collect::<Result<_, _>>().map_err(StoreError::ReadAudit)
}

fn bind_node<'q>(query: AnyQuery<'q>, row: &'q AuditNode) -> AnyQuery<'q> {
    query.bind(row.county.to_string()).bind(row.level).bind(row.position).bind(row.hash.as_slice())
}

fn split_node(row: &AuditNode) -> ([Cow<'_, str>; 3], &[u8]) {
    ([row.county.to_string().into(), row.level.to_string().into(), row.position.to_string().into()], &row.hash)
}

fn to_node(row: &AnyRow) -> sqlx::Result<AuditNode> {
    Ok(AuditNode {
        county: parsed(row, "county")?,
        level: integer(row, "level")?,
        position: integer(row, "position")?,
        hash: bytes(row, "hash")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{county, on_both_databases};
    use crate::store::Store;

    on_both_databases! { nodes_are_read_back_by_level, a_place_is_taken_once }

    fn node(level: i64, position: i64) -> AuditNode {
        AuditNode { county: county(), level, position, hash: [u8::try_from(level * 16 + position).unwrap(); 32] }
    }

    async fn nodes_are_read_back_by_level(store: &Store) {
        let first: Vec<AuditNode> = (0..15).map(|position| node(1, position)).collect();
        let second: Vec<AuditNode> = (0..7).map(|position| node(2, position)).collect();
        let elsewhere = AuditNode { county: "999902".parse().unwrap(), ..node(1, 3) };
        let mut writing = store.begin_write([county(), elsewhere.county]).await.unwrap();
        append_nodes(&mut writing, &[first.clone(), second.clone(), vec![elsewhere]].concat()).await.unwrap();
        assert_eq!(nodes(&mut writing, county(), 1, 3, 4).await.unwrap(), first[3..7]);
        assert_eq!(nodes(&mut writing, county(), 2, 0, 99).await.unwrap(), second);
        assert_eq!(nodes(&mut writing, county(), 3, 0, 99).await.unwrap(), []);
    }

    async fn a_place_is_taken_once(store: &Store) {
        let mut writing = store.begin_write([county()]).await.unwrap();
        append_nodes(&mut writing, &[node(1, 0)]).await.unwrap();
        writing.savepoint().await.unwrap();
        assert!(append_nodes(&mut writing, &[node(1, 1), node(1, 0)]).await.unwrap_err().is_duplicate());
        writing.roll_back_to_savepoint().await.unwrap();
        assert!(!append_nodes(&mut writing, &[node(0, 0)]).await.unwrap_err().is_duplicate(), "leaves are no nodes");
    }
}
