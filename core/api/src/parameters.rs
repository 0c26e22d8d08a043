//! `/v1/parameters`: the numbers of the law.

pub mod show;
