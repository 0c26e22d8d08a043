//! For the tests of this crate: fresh databases, and rows that differ in everything.

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{DeterminationId, HouseholdId};
use sqlx::any::Any;
use sqlx::migrate::MigrateDatabase;
use uuid::Uuid;

use crate::audit::AuditLeaf;
use crate::determination::Determination;
use crate::household::{Household, HouseholdDocument};
use crate::sealed::Sealed;
use crate::store::Store;

/// Runs each test on SQLite and on PostgreSQL, on a database of its own.
macro_rules! on_both_databases {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $test() {
                    let database = $crate::fixture::sqlite().await;
                    super::$test(&database.store).await;
                    database.remove().await;
                }
            )+
        }
        mod on_postgres {
            $(
                #[tokio::test]
                async fn $test() {
                    let database = $crate::fixture::postgres().await;
                    super::$test(&database.store).await;
                    database.remove().await;
                }
            )+
        }
    };
}
pub(crate) use on_both_databases;

/// A database that one test has for itself.
pub(crate) struct TestDatabase {
    pub store: Store,
    pub address: String,
}

/// A migrated SQLite database.
pub(crate) async fn sqlite() -> TestDatabase {
    open(fresh_sqlite()).await
}

/// A migrated PostgreSQL database.
pub(crate) async fn postgres() -> TestDatabase {
    open(fresh_postgres().await).await
}

/// Opens, and so migrates, a fresh database.
pub(crate) async fn open(address: String) -> TestDatabase {
    TestDatabase { store: Store::open(&address).await.unwrap(), address }
}

/// A SQLite file that is not there yet, under a name that has to be decoded.
pub(crate) fn fresh_sqlite() -> String {
    let file = std::env::temp_dir().join(format!("暖 {}.sqlite", fresh_name()));
    std::fs::remove_file(&file).ok();
    format!("sqlite:{}", file.display())
}

/// An empty database in the cluster that `cargo xtask test` starts. Its locale is the cluster's, `C.UTF-8`.
pub(crate) async fn fresh_postgres() -> String {
    let Ok(cluster) = std::env::var("NUAN_TEST_POSTGRES") else {
        panic!("run `cargo xtask test` (it starts PostgreSQL)");
    };
    let (server, options) = cluster.split_once('?').unwrap_or((&cluster, ""));
    let (server, _database) = server.rsplit_once('/').unwrap();
    let address = format!("{server}/{}?{options}", fresh_name());
    sqlx::any::install_default_drivers();
    Any::force_drop_database(&address).await.unwrap();
    Any::create_database(&address).await.unwrap();
    address
}

impl TestDatabase {
    /// The address with one more parameter.
    pub fn address_with(&self, parameter: &str) -> String {
        format!("{}&{parameter}", self.address)
    }

    /// Removes the database. After a failed test it stays for inspection.
    pub async fn remove(self) {
        self.store.close().await;
        Any::drop_database(&self.address).await.unwrap();
    }
}

fn fresh_name() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    format!("nuan_store_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An invented county.
pub(crate) fn county() -> DivisionCode {
    "999901".parse().unwrap()
}

pub(crate) fn sealed_bytes(number: u8) -> Sealed {
    Sealed { key_id: format!("key-{number}"), ciphertext: vec![0, 255, number, b'\'', 0] }
}

pub(crate) fn household_no(number: u32) -> Household {
    Household {
        id: HouseholdId::from_uuid(Uuid::from_u128(u128::from(number))),
        county: county(),
        created_at: at("2026-01-01T08:30:00Z"),
    }
}

pub(crate) fn document_of(household: &Household, version: i64) -> HouseholdDocument {
    HouseholdDocument {
        household_id: household.id,
        version,
        county: household.county,
        received_at: at("2026-01-02T08:30:00.5Z"),
        known_at: at("2026-01-01T08:30:00Z"),
        sealed: sealed_bytes(1),
    }
}

pub(crate) fn determination_of(household: &Household, number: u32) -> Determination {
    Determination {
        id: DeterminationId::from_uuid(Uuid::from_u128(u128::from(number))),
        household_id: household.id,
        document_version: 1,
        county: household.county,
        as_of: Date::parse("2026-01-31").unwrap(),
        known_at: at("2026-02-01T00:00:00Z"),
        created_at: at("2026-02-01T00:00:00.000000001Z"),
        sealed: sealed_bytes(2),
    }
}

pub(crate) fn leaf_no(seq: i64) -> AuditLeaf {
    AuditLeaf {
        county: county(),
        seq,
        subject: format!("hh_{seq:032x}"),
        leaf: format!(r#"{{"act":"determine","seq":"{seq}","what":"测算结论"}}"#),
        leaf_hash: [u8::try_from(seq % 256).unwrap(); 32],
    }
}
