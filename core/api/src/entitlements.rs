//! `/v1/entitlements`: what is due after a decision, until it ends.

pub mod end;
pub mod list;
pub mod show;
