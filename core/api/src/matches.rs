//! `/v1/persons/{id}/matches` and `/v1/matches`.

pub mod create;
pub mod decide;
pub mod list;
pub mod show;
