//! Brings the schema up to date: all migrations in one transaction, or none.

use sqlx::Pool;
use sqlx::any::Any;
use sqlx::migrate::MigrateError;

use crate::error::StoreError;
use crate::store::Database;

/// A name of our own, since each set of migrations in a database needs its table.
const TABLE: &str = "store_migration";

/// Two servers that start at once migrate one after the other. No county has the number 0.
const LOCK_SCHEMA: &str = "
select pg_advisory_xact_lock(0)";

pub(crate) async fn run(pool: &Pool<Any>, database: Database) -> Result<(), StoreError> {
    migrate(pool, database).await.map_err(StoreError::Migrate)
}

async fn migrate(pool: &Pool<Any>, database: Database) -> Result<(), MigrateError> {
    let (mut migrator, mut transaction) = match database {
        Database::Sqlite => (sqlx::migrate!("migrations/sqlite"), pool.begin_with("begin immediate").await?),
        Database::Postgres => (sqlx::migrate!("migrations/postgres"), pool.begin().await?),
    };
    if database == Database::Postgres {
        sqlx::query(LOCK_SCHEMA).execute(&mut *transaction).await?;
    }
    migrator.dangerous_set_table_name(TABLE);
    // `run` would do, but its future cannot move between threads; `run_direct` is sqlx's own way around that.
    migrator.run_direct(None, &mut *transaction, false).await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    fn names(database: &str) -> BTreeSet<String> {
        let folder = format!("{}/migrations/{database}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn both_databases_have_the_same_migrations() {
        assert_eq!(names("sqlite"), names("postgres"));
        assert!(!names("sqlite").is_empty());
    }
}
