//! Would what is acknowledged survive a power cut, and would a flipped bit be noticed? The caller decides what follows.

use sqlx::Row;

use crate::error::StoreError;
use crate::store::{Database, Store, only_connection, settings_of};

/// A setting under which the database may lose what it acknowledged, or read what was never written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurabilityFinding {
    /// The database's name for the setting.
    pub setting: &'static str,
    /// Its value; none where the database does not know the setting.
    pub value: Option<String>,
    /// The values that are durable, the usual one first.
    pub durable: &'static [&'static str],
}

struct Setting {
    name: &'static str,
    query: &'static str,
    durable: &'static [&'static str],
}

const POSTGRES: [Setting; 4] = [
    Setting {
        name: "data_checksums",
        query: "select setting as value from pg_settings where name = 'data_checksums'",
        durable: &["on"],
    },
    Setting { name: "fsync", query: "select setting as value from pg_settings where name = 'fsync'", durable: &["on"] },
    Setting {
        name: "full_page_writes",
        query: "select setting as value from pg_settings where name = 'full_page_writes'",
        durable: &["on"],
    },
    Setting {
        name: "synchronous_commit",
        query: "select setting as value from pg_settings where name = 'synchronous_commit'",
        durable: &["on", "remote_apply"],
    },
];

const SQLITE: [Setting; 2] = [
    Setting {
        name: "journal_mode",
        query: "select cast(journal_mode as text) as value from pragma_journal_mode",
        durable: &["wal"],
    },
    Setting {
        name: "synchronous",
        query: "select cast(synchronous as text) as value from pragma_synchronous",
        durable: &["2", "3"],
    },
];

/// The settings that are not durable, as the connections that write have them. None: all is well.
pub async fn durability_findings(store: &Store) -> Result<Vec<DurabilityFinding>, StoreError> {
    let settings: &[Setting] = match store.database() {
        Database::Sqlite => &SQLITE,
        Database::Postgres => &POSTGRES,
    };
    let mut findings = Vec::new();
    for setting in settings {
        let value = value(store, setting).await.map_err(StoreError::ReadDurability)?;
        if !value.as_deref().is_some_and(|value| setting.durable.contains(&value)) {
            findings.push(DurabilityFinding { setting: setting.name, value, durable: setting.durable });
        }
    }
    Ok(findings)
}

/// The same for a database that is not opened yet and stays as it is. A SQLite file has to be there.
pub async fn examine(address: &str) -> Result<Vec<DurabilityFinding>, StoreError> {
    let (database, settings) = settings_of(address)?;
    let only = only_connection(address, settings).await?;
    let findings = durability_findings(&Store::over(database, only.clone())).await;
    only.close().await;
    findings
}

async fn value(store: &Store, setting: &Setting) -> sqlx::Result<Option<String>> {
    let row = sqlx::query(setting.query).fetch_optional(store.writers()).await?;
    row.map(|row| row.try_get("value")).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{postgres, sqlite};

    #[tokio::test]
    async fn a_file_is_durable_and_memory_is_not() {
        let file = sqlite().await;
        assert_eq!(durability_findings(&file.store).await.unwrap(), []);
        let memory = Store::open("sqlite::memory:").await.unwrap();
        let findings = durability_findings(&memory).await.unwrap();
        assert_eq!(findings.first().unwrap().value.as_deref(), Some("memory"));
        assert_eq!(examine("sqlite::memory:").await.unwrap(), findings);
        assert_eq!(examine(&file.address).await.unwrap(), []);
        file.remove().await;
    }

    #[tokio::test]
    async fn a_server_that_answers_before_it_syncs_is_found() {
        let database = postgres().await;
        let names = async |store: &Store| -> Vec<&str> {
            durability_findings(store).await.unwrap().iter().map(|finding| finding.setting).collect()
        };
        assert!(!names(&database.store).await.contains(&"synchronous_commit"));
        assert!(!names(&database.store).await.contains(&"data_checksums"));

        let hasty = Store::open(&database.address_with("options=-c%20synchronous_commit%3Doff")).await.unwrap();
        assert!(names(&hasty).await.contains(&"synchronous_commit"));
        let seen = examine(&database.address_with("options=-c%20synchronous_commit%3Doff")).await.unwrap();
        assert!(seen.iter().any(|finding| finding.setting == "synchronous_commit"));
        hasty.close().await;
        database.remove().await;
    }
}
