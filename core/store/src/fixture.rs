//! For the tests of this crate: fresh databases, and rows that differ in everything.

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{
    ChangeRequestId, DecisionId, DeterminationId, EntitlementId, HouseholdId, MatchId, PersonId,
};
use sqlx::any::Any;
use sqlx::migrate::MigrateDatabase;
use uuid::Uuid;

use crate::audit::AuditLeaf;
use crate::change_request::ChangeRequest;
use crate::decision::{Decision, Outcome, insert_decision};
use crate::determination::{Determination, insert_determinations};
use crate::entitlement::Entitlement;
use crate::household::{Household, HouseholdDocument, insert_documents, insert_households};
use crate::membership::Membership;
use crate::person::{Person, PersonDocument};
use crate::person_match::{MatchState, PersonMatch};
use crate::sealed::Sealed;
use crate::store::Store;
use crate::transaction::Transaction;

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

/// Runs each test on a key store in a database that holds the register, too: the names in one do not collide.
macro_rules! on_both_key_stores {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $test() {
                    let database = $crate::fixture::sqlite().await;
                    let keys = $crate::key_store::KeyStore::open(&database.address).await.unwrap();
                    super::$test(&keys).await;
                    keys.close().await;
                    database.remove().await;
                }
            )+
        }
        mod on_postgres {
            $(
                #[tokio::test]
                async fn $test() {
                    let database = $crate::fixture::postgres().await;
                    let keys = $crate::key_store::KeyStore::open(&database.address).await.unwrap();
                    super::$test(&keys).await;
                    keys.close().await;
                    database.remove().await;
                }
            )+
        }
    };
}
pub(crate) use on_both_key_stores;

/// Runs each test on the memory of a witness in a database that holds the register, too.
macro_rules! on_both_witness_stores {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $test() {
                    let database = $crate::fixture::sqlite().await;
                    let store = $crate::witness_store::WitnessStore::open(&database.address).await.unwrap();
                    super::$test(&store).await;
                    store.close().await;
                    database.remove().await;
                }
            )+
        }
        mod on_postgres {
            $(
                #[tokio::test]
                async fn $test() {
                    let database = $crate::fixture::postgres().await;
                    let store = $crate::witness_store::WitnessStore::open(&database.address).await.unwrap();
                    super::$test(&store).await;
                    store.close().await;
                    database.remove().await;
                }
            )+
        }
    };
}
pub(crate) use on_both_witness_stores;

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

pub(crate) fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
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
        division: "999901001".parse().unwrap(),
        created_at: at("2026-01-01T08:30:00Z"),
        ended_at: None,
    }
}

pub(crate) fn person_no(number: u32) -> Person {
    Person {
        id: PersonId::from_uuid(Uuid::from_u128(u128::from(number))),
        county: county(),
        created_at: at("2026-01-01T08:30:00Z"),
        merged_into: None,
    }
}

pub(crate) fn membership_of(person: &Person, household: &Household, joined_on: &str) -> Membership {
    Membership {
        person_id: person.id,
        household_id: household.id,
        county: household.county,
        joined_on: day(joined_on),
        left_on: None,
    }
}

pub(crate) fn person_document_of(household: &Household, person: &Person, version: i64) -> PersonDocument {
    PersonDocument {
        household_id: household.id,
        person_id: person.id,
        version,
        county: household.county,
        received_at: at("2026-01-02T08:30:00.5Z"),
        known_at: at("2026-01-01T08:30:00Z"),
        sealed: sealed_bytes(4),
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
        as_of: day("2026-01-31"),
        known_at: at("2026-02-01T00:00:00Z"),
        created_at: at("2026-02-01T00:00:00.000000001Z"),
        corrects: None,
        sealed: sealed_bytes(2),
    }
}

/// A household with one document and so many determinations.
pub(crate) async fn determined_household(store: &Store, determinations: u32) -> Transaction {
    let home = household_no(1);
    let all: Vec<_> = (0..determinations).map(|n| determination_of(&home, n)).collect();
    let mut writing = store.begin_write([home.county]).await.unwrap();
    insert_households(&mut writing, std::slice::from_ref(&home)).await.unwrap();
    insert_documents(&mut writing, &[document_of(&home, 1)]).await.unwrap();
    insert_determinations(&mut writing, &all).await.unwrap();
    writing
}

/// A household with one determination and a decision on it.
pub(crate) async fn decided_household(store: &Store) -> Transaction {
    let mut writing = determined_household(store, 1).await;
    insert_decision(&mut writing, &decision_on_no(0)).await.unwrap();
    writing
}

/// A decision on the determination with this number of the first household.
pub(crate) fn decision_on_no(number: u32) -> Decision {
    let home = household_no(1);
    Decision {
        id: DecisionId::from_uuid(Uuid::from_u128(u128::from(number))),
        determination_id: determination_of(&home, number).id,
        household_id: home.id,
        county: home.county,
        outcome: Outcome::Adopt,
        decided_by: "an-official".to_owned(),
        decided_at: at("2026-02-02T00:00:00Z"),
        sealed: sealed_bytes(5),
    }
}

/// An entitlement that follows from the first decision.
pub(crate) fn entitlement_no(number: u32) -> Entitlement {
    let decision = decision_on_no(0);
    Entitlement {
        id: EntitlementId::from_uuid(Uuid::from_u128(u128::from(number))),
        decision_id: decision.id,
        determination_id: decision.determination_id,
        household_id: decision.household_id,
        county: decision.county,
        kind: "allowance".to_owned(),
        starts_on: day("2026-02-01"),
        ends_on: None,
        superseded_by: None,
        sealed: sealed_bytes(7),
    }
}

pub(crate) fn change_request_of(household: &Household, number: u32) -> ChangeRequest {
    ChangeRequest {
        id: ChangeRequestId::from_uuid(Uuid::from_u128(u128::from(number))),
        county: household.county,
        household_id: household.id,
        base_version: 1,
        kind: "leave".to_owned(),
        submitted_by: "a-clerk".to_owned(),
        submitted_at: at("2026-03-01T00:00:00Z"),
        sealed: sealed_bytes(8),
        decided: None,
    }
}

pub(crate) fn match_of(number: u32, person_a: u32, person_b: u32) -> PersonMatch {
    PersonMatch {
        id: MatchId::from_uuid(Uuid::from_u128(u128::from(number))),
        county: county(),
        person_a: person_no(person_a).id,
        person_b: person_no(person_b).id,
        state: MatchState::Proposed,
        proposed_at: at("2026-03-01T00:00:00Z"),
        decided_by: None,
        decided_at: None,
        sealed: sealed_bytes(9),
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
