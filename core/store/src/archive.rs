//! Plugin packages and catalogues by digest: what a determination was computed with, kept for replay.

use std::fmt;

use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::row::{blob, text};
use crate::transaction::Transaction;

/// Bytes and the digest that names them. Whoever reads them checks that it fits; the store hashes nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Archived {
    /// The digest.
    pub digest: String,
    /// What it is, as the kernel calls it.
    pub kind: String,
    /// The bytes.
    pub content: Vec<u8>,
}

impl fmt::Debug for Archived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Archived({} {}, {} bytes)", self.kind, self.digest, self.content.len())
    }
}

const KEEP: &str = "
insert into archive (digest, kind, content)
values ($1, $2, $3)
on conflict (digest) do nothing";

const ARCHIVED: &str = "
select digest, kind, content
from archive
where digest = $1";

const DIGESTS: &str = "
select digest
from archive
order by digest";

/// Archives bytes unless their digest is there already; says whether they were new.
pub async fn keep(transaction: &mut Transaction, archived: &Archived) -> Result<bool, StoreError> {
    let query = sqlx::query(KEEP).bind(archived.digest.as_str()).bind(archived.kind.as_str());
    let kept = query.bind(archived.content.as_slice()).execute(transaction.connection()).await;
    let failed = |source| StoreError::Archive { digest: archived.digest.clone(), source };
    Ok(kept.map_err(failed)?.rows_affected() == 1)
}

/// The bytes with this digest.
pub async fn archived(transaction: &mut Transaction, digest: &str) -> Result<Option<Archived>, StoreError> {
    let query = sqlx::query(ARCHIVED).bind(digest);
    let row = query.fetch_optional(transaction.connection()).await.map_err(StoreError::ReadArchive)?;
    row.as_ref().map(to_archived).transpose().map_err(StoreError::ReadArchive)
}

/// The digests of everything that is kept, ascending.
pub async fn digests(transaction: &mut Transaction) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(DIGESTS).fetch_all(transaction.connection()).await.map_err(StoreError::ReadArchive)?;
    let digest = |row| text(row, "digest").map(str::to_owned);
    rows.iter().map(digest).collect::<Result<_, _>>().map_err(StoreError::ReadArchive)
}

fn to_archived(row: &AnyRow) -> sqlx::Result<Archived> {
    Ok(Archived {
        digest: text(row, "digest")?.to_owned(),
        kind: text(row, "kind")?.to_owned(),
        content: blob(row, "content")?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::on_both_databases;
    use crate::store::Store;

    on_both_databases! { bytes_are_archived_once, an_empty_package_and_a_large_one_come_back }

    fn package(digest: &str, kind: &str, content: Vec<u8>) -> Archived {
        Archived { digest: digest.to_owned(), kind: kind.to_owned(), content }
    }

    async fn bytes_are_archived_once(store: &Store) {
        let mut writing = store.begin_write([]).await.unwrap();
        assert!(keep(&mut writing, &package("b", "plugin", vec![1])).await.unwrap());
        assert!(!keep(&mut writing, &package("b", "plugin", vec![2])).await.unwrap());
        assert!(keep(&mut writing, &package("a", "plugin", vec![3])).await.unwrap());
        assert!(keep(&mut writing, &package("c", "catalogue", vec![4])).await.unwrap());
        assert_eq!(archived(&mut writing, "b").await.unwrap().unwrap().content, [1]);
        assert!(archived(&mut writing, "d").await.unwrap().is_none());
        assert_eq!(digests(&mut writing).await.unwrap(), ["a", "b", "c"]);
    }

    async fn an_empty_package_and_a_large_one_come_back(store: &Store) {
        let large = package("large", "plugin", (0..4_000_000_u32).map(|n| n.to_le_bytes()[0]).collect());
        let empty = package("empty", "plugin", Vec::new());
        let mut writing = store.begin_write([]).await.unwrap();
        keep(&mut writing, &large).await.unwrap();
        keep(&mut writing, &empty).await.unwrap();
        writing.commit().await.unwrap();
        let mut reading = store.begin_read().await.unwrap();
        assert_eq!(archived(&mut reading, "large").await.unwrap(), Some(large));
        assert_eq!(archived(&mut reading, "empty").await.unwrap(), Some(empty));
    }
}
