//! `/v1/decisions`: what officials decide about determinations.

pub mod create;
pub mod list;
pub mod show;
