//! An online copy of a SQLite database, the moment that a PostgreSQL dump is taken of, how large a database is, and whether
//! its pages are sound.
//!
//! PostgreSQL has tools of its own for copies; whoever calls runs them. Not here: whether what the pages say is true; that
//! is what the audit log is for.

use std::fs::File;
use std::path::{Path, PathBuf};

use sqlx::Row;

use crate::error::StoreError;
use crate::store::{Database, Store, only_connection, settings_of};
use crate::transaction::Transaction;

const EXPORT_SNAPSHOT: &str = "
select pg_export_snapshot() as snapshot";

const TABLES_ON_POSTGRES: &str = "
select count(*) as tables
from pg_tables
where schemaname = current_schema() and tablename <> 'unverified_restore'";

/// A table without columns. It stands in no migration, so no dump brings it and none removes it.
const MARK: &str = "
create table if not exists unverified_restore ()";

const REMOVE_MARK: &str = "
drop table unverified_restore";

const MARKS: &str = "
select count(*) as marks
from pg_tables
where schemaname = current_schema() and tablename = 'unverified_restore'";

const COPY: &str = "
vacuum into $1";

const CHECK: &str = "
select cast(integrity_check as text) as finding
from pragma_integrity_check";

const SIZE_ON_SQLITE: &str = "
select cast(page_count as bigint) as pages, cast(page_size as bigint) as page_bytes
from pragma_page_count, pragma_page_size";

const SIZE_ON_POSTGRES: &str = "
select
  cast(pg_database_size(current_database()) / cast(current_setting('block_size') as bigint) as bigint) as pages,
  cast(current_setting('block_size') as bigint) as page_bytes";

/// How large a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// The number of its pages.
    pub page_count: i64,
    /// The length of a page in bytes.
    pub page_bytes: i64,
}

/// Copies the whole database, as it is at one moment, into a new file; synced to the disk once this returns.
///
/// Reading and writing go on meanwhile. A file that is there already is an error, and so is a PostgreSQL database.
pub async fn backup_into(store: &Store, path: &str) -> Result<(), StoreError> {
    if store.database() == Database::Postgres {
        return Err(StoreError::UsePgDump);
    }
    sqlx::query(COPY).bind(path).execute(store.aside()).await.map_err(StoreError::BackUp)?;
    let copy = PathBuf::from(path);
    let synced = tokio::task::spawn_blocking(move || sync(&copy)).await;
    synced.map_err(|stopped| StoreError::SyncBackup(stopped.into()))?.map_err(StoreError::SyncBackup)
}

/// A transaction over one moment, and the name under which `pg_dump --snapshot` sees the same moment while it is open.
pub async fn snapshot(store: &Store) -> Result<(Transaction, Option<String>), StoreError> {
    let mut transaction = store.begin_read().await?;
    if store.database() == Database::Sqlite {
        return Ok((transaction, None));
    }
    let row = sqlx::query(EXPORT_SNAPSHOT).fetch_one(transaction.connection()).await.map_err(StoreError::BackUp)?;
    let name = row.try_get("snapshot").map_err(StoreError::BackUp)?;
    Ok((transaction, Some(name)))
}

/// Opens a copy to look into it. Nothing of it changes: no migration runs, and no file appears beside it.
pub async fn open_copy(path: &str) -> Result<Store, StoreError> {
    let only = only_connection(&format!("sqlite:{path}?mode=ro&immutable=1"), &[]).await?;
    Ok(Store::over(Database::Sqlite, only))
}

/// Whether a PostgreSQL database has no table yet. It has to exist.
pub async fn is_empty_postgres(address: &str) -> Result<bool, StoreError> {
    let only = only_connection(address, &[]).await?;
    let row = sqlx::query(TABLES_ON_POSTGRES).fetch_one(&only).await.map_err(StoreError::Count)?;
    let tables: i64 = row.try_get("tables").map_err(StoreError::Count)?;
    only.close().await;
    Ok(tables == 0)
}

/// Marks a PostgreSQL database that is restored into: nobody opens it but to verify it.
pub async fn mark_unverified(address: &str) -> Result<(), StoreError> {
    change_mark(address, MARK).await
}

/// What was restored is verified: the database is opened as any other.
pub async fn remove_mark(address: &str) -> Result<(), StoreError> {
    change_mark(address, REMOVE_MARK).await
}

async fn change_mark(address: &str, change: &'static str) -> Result<(), StoreError> {
    let only = only_connection(address, &[]).await?;
    sqlx::query(change).execute(&only).await.map_err(StoreError::MarkUnverified)?;
    only.close().await;
    Ok(())
}

/// Refuses what a restore left before it was verified. A SQLite file has its name only afterwards.
pub(crate) async fn refuse_unverified(address: &str) -> Result<(), StoreError> {
    if !matches!(settings_of(address), Ok((Database::Postgres, _))) {
        return Ok(());
    }
    let only = only_connection(address, &[]).await?;
    let row = sqlx::query(MARKS).fetch_one(&only).await.map_err(StoreError::MarkUnverified)?;
    let marks: i64 = row.try_get("marks").map_err(StoreError::MarkUnverified)?;
    only.close().await;
    if marks == 0 { Ok(()) } else { Err(StoreError::Unverified) }
}

/// What is wrong with the pages of the database, at most 100 findings, read page by page. None: all is well.
///
/// PostgreSQL checks the checksum of a page whenever it reads one, so nothing is asked there.
pub async fn integrity(store: &Store) -> Result<Vec<String>, StoreError> {
    if store.database() == Database::Postgres {
        return Ok(Vec::new());
    }
    let findings = findings(store).await.map_err(StoreError::CheckIntegrity)?;
    Ok(findings.into_iter().filter(|finding| finding != "ok").collect())
}

/// How large the database is: on SQLite its file, without the write-ahead log.
pub async fn size(store: &Store) -> Result<Size, StoreError> {
    let query = match store.database() {
        Database::Sqlite => SIZE_ON_SQLITE,
        Database::Postgres => SIZE_ON_POSTGRES,
    };
    measured(store, query).await.map_err(StoreError::Count)
}

async fn findings(store: &Store) -> sqlx::Result<Vec<String>> {
    let rows = sqlx::query(CHECK).fetch_all(store.aside()).await?;
    rows.iter().map(|row| row.try_get("finding")).collect()
}

async fn measured(store: &Store, query: &'static str) -> sqlx::Result<Size> {
    let row = sqlx::query(query).fetch_one(store.aside()).await?;
    Ok(Size { page_count: row.try_get("pages")?, page_bytes: row.try_get("page_bytes")? })
}

/// SQLite leaves the copy to the operating system; its folder is synced too, or the name may be lost.
fn sync(copy: &Path) -> std::io::Result<()> {
    File::open(copy)?.sync_all()?;
    let folder = copy.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{county, household_no, leaf_no, on_both_databases, postgres, sqlite};
    use crate::{audit, household};

    on_both_databases! { pages_are_sound_and_counted }

    async fn pages_are_sound_and_counted(store: &Store) {
        assert_eq!(integrity(store).await.unwrap(), Vec::<String>::new());
        let size = size(store).await.unwrap();
        assert_eq!(size.page_bytes, 8_192);
        assert!(10 < size.page_count, "{size:?}");
    }

    #[tokio::test]
    async fn a_copy_holds_what_was_acknowledged_and_nothing_that_was_not() {
        let database = sqlite().await;
        let store = &database.store;
        let mut writing = store.begin_write([county()]).await.unwrap();
        audit::append_leaves(&mut writing, &[leaf_no(0)]).await.unwrap();
        writing.commit().await.unwrap();
        let path = format!("{}.backup", database.address.strip_prefix("sqlite:").unwrap());
        std::fs::remove_file(&path).ok();

        let mut under_way = store.begin_write([county()]).await.unwrap();
        audit::append_leaves(&mut under_way, &[leaf_no(1)]).await.unwrap();
        backup_into(store, &path).await.unwrap();
        under_way.commit().await.unwrap();
        assert!(backup_into(store, &path).await.is_err(), "a copy is never overwritten");

        let copy = Store::open(&format!("sqlite:{path}")).await.unwrap();
        assert_eq!(integrity(&copy).await.unwrap(), Vec::<String>::new());
        let mut reading = copy.begin_read().await.unwrap();
        assert_eq!(audit::leaves(&mut reading, county(), 0, 9).await.unwrap(), [leaf_no(0)]);
        drop(reading);
        copy.close().await;
        std::fs::remove_file(&path).unwrap();
        database.remove().await;
    }

    #[tokio::test]
    async fn a_copy_is_looked_into_without_a_trace() {
        let database = sqlite().await;
        let mut writing = database.store.begin_write([county()]).await.unwrap();
        audit::append_leaves(&mut writing, &[leaf_no(0)]).await.unwrap();
        writing.commit().await.unwrap();
        let path = format!("{}.look", database.address.strip_prefix("sqlite:").unwrap());
        std::fs::remove_file(&path).ok();
        backup_into(&database.store, &path).await.unwrap();
        let before = std::fs::read(&path).unwrap();
        let copy = open_copy(&path).await.unwrap();
        let mut reading = copy.begin_read().await.unwrap();
        assert_eq!(audit::leaves(&mut reading, county(), 0, 9).await.unwrap(), [leaf_no(0)]);
        drop(reading);
        copy.close().await;
        assert!(before == std::fs::read(&path).unwrap());
        assert!(!std::path::Path::new(&format!("{path}-wal")).exists());
        std::fs::remove_file(&path).unwrap();
        database.remove().await;
    }

    #[tokio::test]
    async fn a_snapshot_is_named_for_pg_dump_alone() {
        let file = sqlite().await;
        assert_eq!(snapshot(&file.store).await.unwrap().1, None);
        file.remove().await;
        let address = crate::fixture::fresh_postgres().await;
        assert!(is_empty_postgres(&address).await.unwrap());
        let database = crate::fixture::open(address.clone()).await;
        let (transaction, name) = snapshot(&database.store).await.unwrap();
        assert!(name.is_some());
        assert!(!is_empty_postgres(&address).await.unwrap());
        drop(transaction);
        database.remove().await;
    }

    #[tokio::test]
    async fn what_is_not_verified_is_opened_by_nobody_else() {
        use crate::key_store::KeyStore;
        let address = crate::fixture::fresh_postgres().await;
        for _ in 0..2 {
            mark_unverified(&address).await.unwrap();
            assert!(is_empty_postgres(&address).await.unwrap(), "a mark is nothing that was restored");
        }
        assert!(matches!(Store::open(&address).await, Err(StoreError::Unverified)));
        assert!(matches!(KeyStore::open(&address).await, Err(StoreError::Unverified)));
        KeyStore::open_unverified(&address).await.unwrap().close().await;
        Store::open_unverified(&address).await.unwrap().close().await;
        assert!(matches!(Store::open(&address).await, Err(StoreError::Unverified)));
        remove_mark(&address).await.unwrap();
        let database = crate::fixture::open(address).await;
        database.remove().await;
    }

    #[tokio::test]
    async fn a_broken_page_is_found() {
        let database = sqlite().await;
        let homes: Vec<_> = (0..2_000).map(household_no).collect();
        let mut writing = database.store.begin_write([county()]).await.unwrap();
        household::insert_households(&mut writing, &homes).await.unwrap();
        writing.commit().await.unwrap();
        let path = format!("{}.broken", database.address.strip_prefix("sqlite:").unwrap());
        std::fs::remove_file(&path).ok();
        backup_into(&database.store, &path).await.unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let pages = bytes.len().div_euclid(8_192);
        for page in bytes.chunks_mut(8_192).skip(pages.div_euclid(2)) {
            page[..64].fill(0xff);
        }
        std::fs::write(&path, bytes).unwrap();
        let is_noticed = match Store::open(&format!("sqlite:{path}")).await {
            Ok(broken) => {
                let is_sound = matches!(integrity(&broken).await, Ok(findings) if findings.is_empty());
                broken.close().await;
                !is_sound
            }
            Err(_) => true,
        };
        assert!(is_noticed);
        for end in ["", "-wal", "-shm"] {
            std::fs::remove_file(format!("{path}{end}")).ok();
        }
        database.remove().await;
    }

    #[tokio::test]
    async fn a_postgres_database_is_left_to_its_own_tools() {
        let database = postgres().await;
        assert!(matches!(backup_into(&database.store, "anywhere").await, Err(StoreError::UsePgDump)));
        database.remove().await;
    }
}
