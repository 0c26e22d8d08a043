//! `/v1/households/{id}/determinations` and `/v1/determinations`: computed, reasoned results (测算结论).

pub mod create;
pub mod list;
pub mod show;
