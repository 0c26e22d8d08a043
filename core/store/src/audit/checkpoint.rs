//! The signed checkpoints of the log of heads, as they were written outside the database. Not here: signing, cosignatures.

use jiff::Timestamp;
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::row::{integer, parsed, text};
use crate::transaction::Transaction;

/// A signed statement about the log of heads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many heads it covers.
    pub size: i64,
    /// The signed note.
    pub note: String,
    /// When it was signed.
    pub at: Timestamp,
}

const APPEND: &str = "
insert into checkpoint (size, note, at)
values ($1, $2, $3)";

const LAST: &str = "
select size, note, at
from checkpoint
order by size desc
limit 1";

const CHECKPOINTS: &str = "
select size, note, at
from checkpoint
where size >= $1
order by size
limit $2";

/// Appends a checkpoint; a size that has one refuses it.
pub async fn append_checkpoint(transaction: &mut Transaction, checkpoint: &Checkpoint) -> Result<(), StoreError> {
    let query = sqlx::query(APPEND).bind(checkpoint.size).bind(checkpoint.note.as_str());
    let appended = query.bind(checkpoint.at.to_string()).execute(transaction.connection()).await;
    appended.map_err(StoreError::AppendAudit)?;
    Ok(())
}

/// The checkpoint over the most heads.
pub async fn last_checkpoint(transaction: &mut Transaction) -> Result<Option<Checkpoint>, StoreError> {
    let row = sqlx::query(LAST).fetch_optional(transaction.connection()).await.map_err(StoreError::ReadAudit)?;
    row.as_ref().map(to_checkpoint).transpose().map_err(StoreError::ReadAudit)
}

/// At most `limit` checkpoints, the smallest first, from size `from` on.
pub async fn checkpoints(transaction: &mut Transaction, from: i64, limit: u32) -> Result<Vec<Checkpoint>, StoreError> {
    let query = sqlx::query(CHECKPOINTS).bind(from).bind(i64::from(limit));
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadAudit)?;
    rows.iter().map(to_checkpoint).collect::<Result<_, _>>().map_err(StoreError::ReadAudit)
}

fn to_checkpoint(row: &AnyRow) -> sqlx::Result<Checkpoint> {
    Ok(Checkpoint { size: integer(row, "size")?, note: text(row, "note")?.to_owned(), at: parsed(row, "at")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{at, on_both_databases};
    use crate::store::Store;

    on_both_databases! { the_last_checkpoint_is_the_greatest }

    async fn the_last_checkpoint_is_the_greatest(store: &Store) {
        let checkpoint = |size| Checkpoint {
            size,
            note: format!("nuan.example/999900\n{size}\nroot\n\n— a signature\n"),
            at: at("2026-01-01T00:00:00Z"),
        };
        let mut writing = store.begin_write([]).await.unwrap();
        assert_eq!(last_checkpoint(&mut writing).await.unwrap(), None);
        for size in [2, 300, 40] {
            append_checkpoint(&mut writing, &checkpoint(size)).await.unwrap();
        }
        assert_eq!(last_checkpoint(&mut writing).await.unwrap(), Some(checkpoint(300)));
        assert_eq!(checkpoints(&mut writing, 0, 2).await.unwrap(), [checkpoint(2), checkpoint(40)]);
        assert_eq!(checkpoints(&mut writing, 41, 2).await.unwrap(), [checkpoint(300)]);
        assert!(append_checkpoint(&mut writing, &checkpoint(40)).await.unwrap_err().is_duplicate());
    }
}
