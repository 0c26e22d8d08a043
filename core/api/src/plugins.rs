//! `/v1/plugins`: what is installed.

pub mod list;
