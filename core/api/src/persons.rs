//! `/v1/persons`.

pub mod list;
mod query;
pub mod show;
