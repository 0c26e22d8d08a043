//! `/v1/catalogue`: the facts there are.

pub mod show;
