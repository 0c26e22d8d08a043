//! The nouns of Nuan: money, dates, ids, facts, parameters, manifests, columns and reasons.
//!
//! Not here: anything that reads a clock, a file or a database, and any rule.
//! INVARIANT: compiles for wasm32-unknown-unknown, since plugins are written in these words.

pub mod catalogue;
pub mod citation;
pub mod citizen_id;
pub mod columns;
pub mod date;
pub mod determination;
pub mod diagnostic;
pub mod division;
pub mod fen;
pub mod id;
pub mod identity_document;
pub mod known;
pub mod manifest;
pub mod naming;
pub mod parameter;
pub mod person_name;
pub mod reason;
pub mod resolved;
pub mod text;
pub mod uscc;
pub mod written;
