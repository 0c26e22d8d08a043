//! `/v1/households`: the register.

pub mod create;
pub mod list;
pub mod show;
