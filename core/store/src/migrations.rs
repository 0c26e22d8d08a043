//! Brings a schema up to date: all migrations in one transaction, or none. The key store has a schema of its own.

use sqlx::Pool;
use sqlx::any::Any;
use sqlx::migrate::{MigrateError, Migrator};

use crate::error::StoreError;
use crate::store::Database;

/// Two servers that start at once migrate one after the other. No division has a number below 0.
const LOCK_SCHEMA: &str = "
select pg_advisory_xact_lock(-1)";

/// What a database is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Schema {
    /// The register and all that follows from it.
    Register,
    /// The wrapped data keys.
    Keys,
    /// The memory of a witness.
    Witness,
}

pub(crate) async fn run(pool: &Pool<Any>, database: Database, schema: Schema) -> Result<(), StoreError> {
    migrate(pool, database, schema).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => StoreError::NewerSchema { version },
        MigrateError::VersionMismatch(version) => StoreError::OtherSchema { version },
        other => StoreError::Migrate(other),
    })
}

async fn migrate(pool: &Pool<Any>, database: Database, schema: Schema) -> Result<(), MigrateError> {
    let mut migrator = migrations(database, schema);
    let mut transaction = match database {
        Database::Sqlite => pool.begin_with("begin immediate").await?,
        Database::Postgres => pool.begin().await?,
    };
    if database == Database::Postgres {
        sqlx::query(LOCK_SCHEMA).execute(&mut *transaction).await?;
    }
    migrator.dangerous_set_table_name(table(schema));
    // `run` would do, but its future cannot move between threads; `run_direct` is sqlx's own way around that.
    migrator.run_direct(None, &mut *transaction, false).await?;
    transaction.commit().await?;
    Ok(())
}

fn migrations(database: Database, schema: Schema) -> Migrator {
    match (schema, database) {
        (Schema::Register, Database::Sqlite) => sqlx::migrate!("migrations/sqlite"),
        (Schema::Register, Database::Postgres) => sqlx::migrate!("migrations/postgres"),
        (Schema::Keys, Database::Sqlite) => sqlx::migrate!("migrations/keys/sqlite"),
        (Schema::Keys, Database::Postgres) => sqlx::migrate!("migrations/keys/postgres"),
        (Schema::Witness, Database::Sqlite) => sqlx::migrate!("migrations/witness/sqlite"),
        (Schema::Witness, Database::Postgres) => sqlx::migrate!("migrations/witness/postgres"),
    }
}

/// A name of our own, since each set of migrations in a database needs its table.
const fn table(schema: Schema) -> &'static str {
    match schema {
        Schema::Register => "store_migration",
        Schema::Keys => "key_store_migration",
        Schema::Witness => "witness_migration",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::error::StoreError;
    use crate::fixture::{TestDatabase, postgres, sqlite};
    use crate::store::Store;

    /// What a later program would have noted.
    const LATER: &str = "
insert into store_migration (version, description, success, checksum, execution_time)
select version + 1000, 'later', success, checksum, execution_time
from store_migration
where version = 1";

    const OTHER: &str = "
update store_migration
set checksum = (select checksum from store_migration where version = 2)
where version = 1";

    #[tokio::test]
    async fn an_old_program_refuses_a_newer_or_another_schema() {
        for change in [LATER, OTHER] {
            refused(sqlite().await, change).await;
            refused(postgres().await, change).await;
        }
    }

    async fn refused(database: TestDatabase, change: &'static str) {
        sqlx::query(change).execute(database.store.writers()).await.unwrap();
        match (Store::open(&database.address).await.unwrap_err(), change == LATER) {
            (StoreError::NewerSchema { version }, true) => assert_eq!(version, 1_001),
            (StoreError::OtherSchema { version }, false) => assert_eq!(version, 1),
            (other, _) => panic!("{other:?}"),
        }
        database.remove().await;
    }

    fn names(folder: &str) -> BTreeSet<String> {
        let folder = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn both_databases_have_the_same_migrations() {
        for kind in ["", "keys/", "witness/"] {
            let (sqlite, postgres) = (&format!("{kind}sqlite"), &format!("{kind}postgres"));
            assert_eq!(names(sqlite), names(postgres));
            assert!(!names(sqlite).is_empty());
        }
    }
}
