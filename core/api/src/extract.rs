//! What handlers take out of a request. Unlike axum's own extractors these refuse with a problem, name all mistakes at
//! once, and describe their refusals in the OpenAPI document.

mod create;
mod fields;
mod json;
mod path;
mod query;
mod scoped;

pub use self::create::Create;
pub use self::fields::{Fields, ReadBody};
pub use self::json::ApiJson;
pub use self::path::ApiPath;
pub use self::query::{NoQuery, PageQuery};
pub(crate) use self::query::{bad_query, describe_keys, pairs, unknown as unknown_key};
pub use self::scoped::ScopedQuery;
