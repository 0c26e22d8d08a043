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
}

pub(crate) async fn run(pool: &Pool<Any>, database: Database, schema: Schema) -> Result<(), StoreError> {
    migrate(pool, database, schema).await.map_err(StoreError::Migrate)
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
    }
}

/// A name of our own, since each set of migrations in a database needs its table.
const fn table(schema: Schema) -> &'static str {
    match schema {
        Schema::Register => "store_migration",
        Schema::Keys => "key_store_migration",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    fn names(folder: &str) -> BTreeSet<String> {
        let folder = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn both_databases_have_the_same_migrations() {
        for (sqlite, postgres) in [("sqlite", "postgres"), ("keys/sqlite", "keys/postgres")] {
            assert_eq!(names(sqlite), names(postgres));
            assert!(!names(sqlite).is_empty());
        }
    }
}
