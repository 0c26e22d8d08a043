//! What witnesses signed under the checkpoints. Not here: asking them, and whether a line is by who it says.

use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::row::{integer, parsed, text};
use crate::transaction::Transaction;

/// A line of a witness under a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// The size of the checkpoint.
    pub size: i64,
    /// The public key of the witness, as notes write it.
    pub witness: String,
    /// The line of the note, without its end.
    pub line: String,
    /// When it came.
    pub at: Timestamp,
}

const APPEND: &str = "
insert into cosignature (size, witness, line, at)
values ($1, $2, $3, $4)
on conflict (size, witness) do nothing";

const UNDER: &str = "
select size, witness, line, at
from cosignature
where size = $1
order by witness";

const LAST: &str = "
select max(size) as size
from cosignature
where witness = $1";

const COUNT: &str = "
select count(*) as kept
from cosignature";

/// Appends a cosignature; a second one by the same witness is left out, since each says the same.
pub async fn append_cosignature(transaction: &mut Transaction, cosignature: &Cosignature) -> Result<(), StoreError> {
    let query = sqlx::query(APPEND).bind(cosignature.size).bind(cosignature.witness.as_str());
    let query = query.bind(cosignature.line.as_str()).bind(cosignature.at.to_string());
    query.execute(transaction.connection()).await.map_err(StoreError::AppendAudit)?;
    Ok(())
}

/// The cosignatures under the checkpoint of a size, by witness.
pub async fn cosignatures(transaction: &mut Transaction, size: i64) -> Result<Vec<Cosignature>, StoreError> {
    let rows =
        sqlx::query(UNDER).bind(size).fetch_all(transaction.connection()).await.map_err(StoreError::ReadAudit)?;
    rows.iter().map(to_cosignature).collect::<Result<_, _>>().map_err(StoreError::ReadAudit)
}

/// The size of the largest checkpoint that a witness cosigned.
pub async fn last_cosigned(transaction: &mut Transaction, witness: &str) -> Result<Option<i64>, StoreError> {
    let row =
        sqlx::query(LAST).bind(witness).fetch_one(transaction.connection()).await.map_err(StoreError::ReadAudit)?;
    row.try_get("size").map_err(StoreError::ReadAudit)
}

/// How many cosignatures there are.
pub async fn count_cosignatures(transaction: &mut Transaction) -> Result<i64, StoreError> {
    let row = sqlx::query(COUNT).fetch_one(transaction.connection()).await.map_err(StoreError::ReadAudit)?;
    integer(&row, "kept").map_err(StoreError::ReadAudit)
}

fn to_cosignature(row: &AnyRow) -> sqlx::Result<Cosignature> {
    Ok(Cosignature {
        size: integer(row, "size")?,
        witness: text(row, "witness")?.to_owned(),
        line: text(row, "line")?.to_owned(),
        at: parsed(row, "at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Checkpoint, append_checkpoint};
    use crate::fixture::{at, on_both_databases};
    use crate::store::Store;

    on_both_databases! { a_witness_signs_once_under_a_checkpoint }

    async fn a_witness_signs_once_under_a_checkpoint(store: &Store) {
        let moment = at("2026-01-01T00:00:00Z");
        let line = |size, witness: &str, line: &str| Cosignature {
            size,
            witness: witness.to_owned(),
            line: line.to_owned(),
            at: moment,
        };
        let mut writing = store.begin_write([]).await.unwrap();
        for size in [3, 40] {
            append_checkpoint(&mut writing, &Checkpoint { size, note: "a note".to_owned(), at: moment }).await.unwrap();
        }
        assert_eq!(last_cosigned(&mut writing, "one").await.unwrap(), None);
        for cosignature in [line(40, "two", "d"), line(3, "one", "a"), line(40, "one", "b"), line(40, "one", "c")] {
            append_cosignature(&mut writing, &cosignature).await.unwrap();
        }
        assert_eq!(last_cosigned(&mut writing, "one").await.unwrap(), Some(40));
        assert_eq!(cosignatures(&mut writing, 40).await.unwrap(), [line(40, "one", "b"), line(40, "two", "d")]);
        assert_eq!(cosignatures(&mut writing, 4).await.unwrap(), []);
        assert_eq!(count_cosignatures(&mut writing).await.unwrap(), 3);
        writing.commit().await.unwrap();
        for change in ["update cosignature set line = 'x'", "delete from cosignature"] {
            let mut writing = store.begin_write([]).await.unwrap();
            let refused = sqlx::query(change).execute(writing.connection()).await.unwrap_err();
            assert!(refused.to_string().contains("cosignature is append-only"), "{change}: {refused}");
        }
        let mut writing = store.begin_write([]).await.unwrap();
        assert!(append_cosignature(&mut writing, &line(5, "one", "e")).await.is_err(), "no such checkpoint");
    }
}
