//! A register of its own for each test, on SQLite and on PostgreSQL, and invented households on it.

use nuan_host::package::Package;
use nuan_kernel::{Actor, Kernel, KernelError};
use nuan_testkit::{Plugin, cases, document, plugin_folders};
use nuan_tests::installation::{self, Database, StillWorld};
use nuan_tests::root;
use nuan_vocabulary::id::HouseholdId;
use serde_json::Value;
use sqlx::any::Any;
use sqlx::migrate::MigrateDatabase;

/// Runs each test on both databases.
macro_rules! on_both_databases {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    super::$test(&$crate::reassess::register::Register::sqlite().await).await;
                }
            )+
        }
        mod on_postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    let register = $crate::reassess::register::Register::postgres().await;
                    super::$test(&register).await;
                    register.remove().await;
                }
            )+
        }
    };
}
pub(crate) use on_both_databases;

/// A database that one test has for itself.
pub struct Register {
    pub database: Database,
    address: Option<String>,
}

impl Register {
    pub async fn sqlite() -> Self {
        Self { database: Database::sqlite("reassess").await.unwrap(), address: None }
    }

    pub async fn postgres() -> Self {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        sqlx::any::install_default_drivers();
        let cluster = installation::postgres().unwrap();
        let (server, _database) = cluster.rsplit_once('/').unwrap();
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let address = format!("{server}/nuan_reassess_{}_{number}", std::process::id());
        Any::force_drop_database(&address).await.unwrap();
        Any::create_database(&address).await.unwrap();
        Self { database: Database::at_address(&address).await.unwrap(), address: Some(address) }
    }

    /// The address, for whoever changes what only the program may.
    pub fn raw_address(&self) -> String {
        let file = self.database.file().map(|file| format!("sqlite:{}", file.display()));
        self.address.clone().or(file).unwrap()
    }

    /// Removes it. After a failed test it stays for inspection.
    pub async fn remove(self) {
        self.database.store.close().await;
        self.database.key_store.close().await;
        Any::force_drop_database(&self.address.unwrap()).await.unwrap();
    }

    /// A kernel over it, with all plugins, or with another package in place of the first one.
    pub async fn kernel(&self, other: Option<Package>) -> Kernel {
        let mut packages = installation::packages().unwrap();
        if let Some(other) = other {
            packages = vec![other];
        }
        installation::kernel_in(StillWorld::default(), packages, &self.database).await.unwrap()
    }

    /// A household of three of whom everything is known, with this income a year.
    pub async fn household(&self, kernel: &Kernel, division: &str, income: &str) -> HouseholdId {
        let mut known = known_household();
        known["division"] = division.into();
        known["facts"]["household.income_12_months"] = income.into();
        record(kernel, known).await.unwrap()
    }

    /// The households of all cases of all plugins, once each.
    pub async fn varied(&self, kernel: &Kernel) -> Vec<HouseholdId> {
        let mut recorded = Vec::new();
        for folder in plugin_folders() {
            let plugin = Plugin::open(&folder).unwrap();
            for case in cases(&folder).unwrap().iter().step_by(4) {
                match record(kernel, document(case, plugin.schema()).unwrap()).await {
                    Ok(household) => recorded.push(household),
                    Err(KernelError::PersonKnown { .. }) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
        }
        assert!(recorded.len() > 20, "{}", recorded.len());
        recorded
    }
}

pub async fn record(kernel: &Kernel, mut document: Value) -> Result<HouseholdId, KernelError> {
    document.as_object_mut().unwrap().remove("as_of");
    Ok(kernel.record_household(&Actor::local_operator(), document, None).await?.body.id)
}

pub fn known_household() -> Value {
    let text = std::fs::read_to_string(root().join("tests/fixtures/household.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}
