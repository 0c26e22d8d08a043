//! `/v1/households`: the register.

pub mod create;
pub mod list;
mod query;
pub mod show;
