//! `/v1/change-requests`: what somebody proposes to change on the register, and what somebody else decides.

pub mod create;
pub mod decide;
pub mod list;
pub mod show;
pub mod waiting;
