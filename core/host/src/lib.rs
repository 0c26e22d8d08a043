//! Runs plugins: one component each, in wasmtime, behind limits that are written in one table.
//!
//! Not here: which plugins apply, in which order, and how facts become columns (`nuan-domain`).
//! INVARIANT: the only crate that knows wasmtime, and a fault of a plugin never becomes an answer.

pub mod limits;

pub mod engine;
mod epoch;

mod abi;
pub mod artefacts;
pub mod compiler;
pub mod gate;
mod load_compiled;

mod guest_log;
pub mod limiter;
pub mod plugin;
pub mod prepared;
pub mod worker;

pub mod fault;
mod outputs;
pub mod run;
pub mod shape;
pub mod slices;
pub mod split;

pub mod package;

pub use fault::HostError;

#[cfg(test)]
mod test_plugin;
