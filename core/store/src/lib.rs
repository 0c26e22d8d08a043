//! SQL and migrations: sealed documents, determinations, the audit log, the archive and idempotency keys.
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

pub mod archive;
pub mod audit;
pub mod counts;
pub mod determination;
pub mod durability;
pub mod household;
pub mod idempotency;
pub mod sealed;

#[cfg(test)]
mod fixture;

pub use error::StoreError;
pub use store::Store;
pub use transaction::Transaction;
