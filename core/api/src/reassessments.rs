//! `/v1/reassessments`: all households of a division in one go (复核), in the background.

pub mod cancel;
pub mod create;
pub mod show;
