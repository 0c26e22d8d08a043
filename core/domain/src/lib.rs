//! The pure machinery: documents to facts, facts to columns, the plugin graph, parameter look-up, the audit tree.
//!
//! Not here: any rule, amount or programme; any clock, randomness, file, network or async. What it needs, it is given.

pub mod audit;
pub mod crypto;
pub mod document;
pub mod evaluation;
pub mod facts;
pub mod identity;
pub mod parameters;
pub mod plan;
pub mod register;
pub mod schema;
