//! `/v1/imports`: a township's spreadsheet, previewed or put on the register.

pub mod create;
mod form;
