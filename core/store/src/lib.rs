//! SQL and migrations: households, persons, sealed documents, determinations, decisions, entitlements, the audit log, the
//! archive, idempotency keys; in databases of their own the wrapped data keys, and what a witness remembers.
//!
//! One code path over SQLite and PostgreSQL. Not here: encryption, hashing, authorization, the making of ids and times,
//! or any decision; the kernel does that and commits. No type of sqlx is needed to use this crate.
//! INVARIANT: what a function writes is durable once `Transaction::commit` has returned; without it, nothing stays.

mod error;
mod insert;
mod migrations;
mod row;
mod store;
mod transaction;
mod word;

pub mod archive;
pub mod audit;
pub mod backup;
pub mod change_request;
pub mod counts;
pub mod decision;
pub mod determination;
pub mod durability;
pub mod entitlement;
pub mod household;
pub mod idempotency;
pub mod indexed;
pub mod key_store;
pub mod membership;
pub mod person;
pub mod person_index;
pub mod person_match;
pub mod reassessment;
pub mod recomputation;
pub mod sealed;
pub mod witness_store;

#[cfg(test)]
#[path = "../build/classes.rs"]
mod classes;
#[cfg(test)]
mod fixture;

pub use error::StoreError;
pub use store::Store;
pub use transaction::Transaction;
