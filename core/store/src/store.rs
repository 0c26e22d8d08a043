//! The opened database: connection pools, migrations and the beginning of transactions.
//!
//! Writers of one county wait for each other, so that the numbers of its audit leaves are gapless: on SQLite since there
//! is one writer at a time (`begin immediate`), on PostgreSQL by an advisory lock that ends with the transaction. The
//! lock is taken before the first query, and READ COMMITTED then shows all that earlier holders committed.

use std::collections::BTreeSet;
use std::fmt;

use nuan_vocabulary::division::DivisionCode;
use sqlx::Pool;
use sqlx::any::{Any, AnyPoolOptions};

use crate::backup;
use crate::error::StoreError;
use crate::migrations::{self, Schema};
use crate::transaction::Transaction;

const SQLITE_READERS: u32 = 4;
const POSTGRES_READERS: u32 = 8;
const POSTGRES_WRITERS: u32 = 8;

/// Pages of 8 KiB hold most documents whole. A checkpoint every 8,000 pages (64 MiB) instead of 1,000 writes a bulk load
/// once into the file and not eight times; what is acknowledged is synced to the write-ahead log either way.
const SQLITE_SETTINGS: &str = "
pragma busy_timeout = 10000;
pragma page_size = 8192;
pragma journal_mode = wal;
pragma synchronous = full;
pragma foreign_keys = on;
pragma cache_size = -32768;
pragma wal_autocheckpoint = 8000";

/// What is destroyed is overwritten with zeros.
const SQLITE_OVERWRITES: &str = "
pragma secure_delete = on";

const SQLITE_READS_ONLY: &str = "
pragma query_only = on";

/// Waits for a lock as long as SQLite does.
const POSTGRES_SETTINGS: &str = "
set lock_timeout = '10s'";

/// The code of a county is the number of its lock.
const LOCK_COUNTY: &str = "
select pg_advisory_xact_lock(cast(cast($1 as text) as bigint))";

/// Which database it is: the few places that must differ ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// An opened database with an up-to-date schema. Clones share its connections.
#[derive(Clone)]
pub struct Store {
    database: Database,
    writers: Pool<Any>,
    readers: Pool<Any>,
    /// Where a long statement runs that keeps neither readers nor writers waiting; connects when it is first used.
    aside: Pool<Any>,
}

impl Store {
    /// Opens `sqlite:PATH`, `sqlite::memory:` or `postgres://…`, makes the SQLite file if there is none, and migrates.
    ///
    /// In memory there is one connection: a transaction waits until the one before it has ended.
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        Self::open_schema(address, Schema::Register).await
    }

    /// The same for whoever verifies what was just restored: until then everybody else is refused.
    pub async fn open_unverified(address: &str) -> Result<Self, StoreError> {
        Self::open_schema_unverified(address, Schema::Register).await
    }

    pub(crate) async fn open_schema(address: &str, schema: Schema) -> Result<Self, StoreError> {
        backup::refuse_unverified(address).await?;
        Self::open_schema_unverified(address, schema).await
    }

    pub(crate) async fn open_schema_unverified(address: &str, schema: Schema) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        match address.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Self::open_sqlite(address, schema).await,
            Some("postgres" | "postgresql") => Self::open_postgres(address, schema).await,
            _ => Err(StoreError::UnknownDatabase),
        }
    }

    /// Begins to read: every query sees the same moment, and writing is refused (not in memory).
    pub async fn begin_read(&self) -> Result<Transaction, StoreError> {
        let begin = match self.database {
            Database::Sqlite => "begin",
            Database::Postgres => "begin isolation level repeatable read read only",
        };
        self.readers.begin_with(begin).await.map(Transaction).map_err(StoreError::Begin)
    }

    /// Begins to write, alone among those who append to the audit logs of these counties.
    ///
    /// An act that appends nothing names none. Nothing may be appended to the log of a county that was not named.
    pub async fn begin_write(
        &self,
        counties: impl IntoIterator<Item = DivisionCode>,
    ) -> Result<Transaction, StoreError> {
        match self.database {
            Database::Sqlite => self.begin_write_on_sqlite().await,
            Database::Postgres => self.begin_write_on_postgres(counties.into_iter().collect()).await,
        }
    }

    /// Ends all connections; waits for the transactions that are under way.
    pub async fn close(&self) {
        self.aside.close().await;
        self.readers.close().await;
        self.writers.close().await;
    }

    async fn begin_write_on_sqlite(&self) -> Result<Transaction, StoreError> {
        self.writers.begin_with("begin immediate").await.map(Transaction).map_err(StoreError::Begin)
    }

    /// Ascending, so that two writers never wait for each other.
    async fn begin_write_on_postgres(&self, ascending: BTreeSet<DivisionCode>) -> Result<Transaction, StoreError> {
        let begin = self.writers.begin_with("begin isolation level read committed").await;
        let mut transaction = begin.map(Transaction).map_err(StoreError::Begin)?;
        for county in ascending {
            let lock = sqlx::query(LOCK_COUNTY).bind(county.to_string()).execute(transaction.connection());
            lock.await.map_err(|source| StoreError::LockCounty { county, source })?;
        }
        Ok(transaction)
    }

    async fn open_sqlite(address: &str, schema: Schema) -> Result<Self, StoreError> {
        let in_memory = address.contains(":memory:") || address.contains("mode=memory");
        let address = match (in_memory || address.contains("mode="), address.contains('?')) {
            (true, _) => address.to_owned(),
            (false, true) => format!("{address}&mode=rwc"),
            (false, false) => format!("{address}?mode=rwc"),
        };
        let settings: &'static [&'static str] = match schema {
            Schema::Register | Schema::Witness => &[SQLITE_SETTINGS],
            Schema::Keys => &[SQLITE_SETTINGS, SQLITE_OVERWRITES],
        };
        let one = pool(1, settings).idle_timeout(None).max_lifetime(None);
        let writers = one.connect(&address).await.map_err(StoreError::Open)?;
        migrations::run(&writers, Database::Sqlite, schema).await?;
        if in_memory {
            let (readers, aside) = (writers.clone(), writers.clone());
            return Ok(Self { database: Database::Sqlite, writers, readers, aside });
        }
        let many = pool(SQLITE_READERS, &[SQLITE_SETTINGS, SQLITE_READS_ONLY]);
        let readers = many.connect(&address).await.map_err(StoreError::Open)?;
        let aside = pool(1, settings).connect_lazy(&address).map_err(StoreError::Open)?;
        Ok(Self { database: Database::Sqlite, writers, readers, aside })
    }

    async fn open_postgres(address: &str, schema: Schema) -> Result<Self, StoreError> {
        let connect = async |connections| pool(connections, &[POSTGRES_SETTINGS]).connect(address).await;
        let writers = connect(POSTGRES_WRITERS).await.map_err(StoreError::Open)?;
        migrations::run(&writers, Database::Postgres, schema).await?;
        let readers = connect(POSTGRES_READERS).await.map_err(StoreError::Open)?;
        let aside = readers.clone();
        Ok(Self { database: Database::Postgres, writers, readers, aside })
    }

    /// A store over one connection, for a look that changes nothing.
    pub(crate) fn over(database: Database, only: Pool<Any>) -> Self {
        Self { database, writers: only.clone(), readers: only.clone(), aside: only }
    }

    /// Whether the database is a file of this process: after a commit that failed, only a restart shows what it holds.
    pub fn is_embedded(&self) -> bool {
        self.database == Database::Sqlite
    }

    pub(crate) fn database(&self) -> Database {
        self.database
    }

    pub(crate) fn writers(&self) -> &Pool<Any> {
        &self.writers
    }

    pub(crate) fn aside(&self) -> &Pool<Any> {
        &self.aside
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({:?})", self.database)
    }
}

/// One connection to a database as it is: nothing is made and nothing migrated.
pub(crate) async fn only_connection(address: &str, settings: &'static [&'static str]) -> Result<Pool<Any>, StoreError> {
    sqlx::any::install_default_drivers();
    pool(1, settings).connect(address).await.map_err(StoreError::Open)
}

/// The settings that connections of this kind of database start with.
pub(crate) fn settings_of(address: &str) -> Result<(Database, &'static [&'static str]), StoreError> {
    match address.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => Ok((Database::Sqlite, &[SQLITE_SETTINGS])),
        Some("postgres" | "postgresql") => Ok((Database::Postgres, &[POSTGRES_SETTINGS])),
        _ => Err(StoreError::UnknownDatabase),
    }
}

/// A pool whose connections start with these settings.
fn pool(connections: u32, settings: &'static [&'static str]) -> AnyPoolOptions {
    AnyPoolOptions::new().max_connections(connections).after_connect(move |connection, _| {
        Box::pin(async move {
            for setting in settings {
                sqlx::raw_sql(*setting).execute(&mut *connection).await?;
            }
            Ok(())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{append_leaves, last_leaf, leaves};
    use crate::fixture::{county, fresh_postgres, fresh_sqlite, household_no, leaf_no, on_both_databases, open};
    use crate::household::insert_households;

    on_both_databases! {
        reading_sees_one_moment_and_refuses_to_write,
        text_is_ordered_alike,
    }

    async fn reading_sees_one_moment_and_refuses_to_write(store: &Store) {
        let mut reading = store.begin_read().await.unwrap();
        assert_eq!(last_leaf(&mut reading, county()).await.unwrap(), None);
        let mut writing = store.begin_write([county()]).await.unwrap();
        append_leaves(&mut writing, &[leaf_no(0)]).await.unwrap();
        writing.commit().await.unwrap();
        assert_eq!(last_leaf(&mut reading, county()).await.unwrap(), None);
        assert!(insert_households(&mut reading, &[household_no(1)]).await.is_err());
    }

    /// A cursor pages through text, so upper case, digits and Chinese must stand in the same order everywhere.
    async fn text_is_ordered_alike(store: &Store) {
        let mut writing = store.begin_write([]).await.unwrap();
        let sorted = "select x from (select 'b' as x union all select 'B' union all select '_' union all select '9'
          union all select '暖' union all select 'a-b' union all select 'ab') as words order by x";
        let rows = sqlx::query(sorted).fetch_all(writing.connection()).await.unwrap();
        let words: Vec<&str> = rows.iter().map(|row| crate::row::text(row, "x").unwrap()).collect();
        assert_eq!(words, ["9", "B", "_", "a-b", "ab", "b", "暖"]);
    }

    #[tokio::test]
    async fn an_address_of_another_database_is_refused() {
        for address in ["", "mysql://localhost/nuan", "nuan.sqlite"] {
            assert!(matches!(Store::open(address).await, Err(StoreError::UnknownDatabase)), "{address}");
        }
    }

    #[tokio::test]
    async fn memory_keeps_what_was_committed() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let mut writing = store.begin_write([county()]).await.unwrap();
        append_leaves(&mut writing, &[leaf_no(0)]).await.unwrap();
        writing.commit().await.unwrap();
        let mut reading = store.begin_read().await.unwrap();
        assert_eq!(leaves(&mut reading, county(), 0, 9).await.unwrap(), [leaf_no(0)]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn several_servers_share_a_database() {
        share(fresh_sqlite()).await;
        share(fresh_postgres().await).await;
    }

    async fn share(address: String) {
        let servers = [(); 4].map(|()| tokio::spawn(serve(address.clone())));
        for server in servers {
            server.await.unwrap();
        }
        let database = open(address).await;
        let mut reading = database.store.begin_read().await.unwrap();
        let all = leaves(&mut reading, county(), 0, 1_000).await.unwrap();
        assert_eq!(all, (0..40).map(leaf_no).collect::<Vec<_>>());
        drop(reading);
        database.remove().await;
    }

    /// One server: opens the database, migrating at the same time as the others, and appends ten leaves.
    async fn serve(address: String) {
        let store = Store::open(&address).await.unwrap();
        for _ in 0..10 {
            let mut writing = store.begin_write([county()]).await.unwrap();
            let next = last_leaf(&mut writing, county()).await.unwrap().map_or(0, |last| last.seq + 1);
            append_leaves(&mut writing, &[leaf_no(next)]).await.unwrap();
            writing.commit().await.unwrap();
        }
        store.close().await;
    }
}
