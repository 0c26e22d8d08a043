//! What surrounds every route: the request's id, headers that keep a browser safe, limits, and a last resort for panics.

mod actor;
mod headers;
mod host;
mod panic;
mod request_id;
#[cfg(test)]
mod tests;
mod time;

pub use self::panic::hide_panic_messages;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware::from_fn;
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::ApiError;
use crate::limits;

/// The method as logs and metrics name it. One that HTTP does not have may be anything that a caller made up.
pub fn method_name(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("-")
}

/// Puts everything around a router, outermost last.
pub fn around(router: Router) -> Router {
    router
        .fallback(async || ApiError::no_such_route())
        .method_not_allowed_fallback(async || ApiError::no_such_method())
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES))
        .layer(from_fn(actor::attend))
        .layer(from_fn(crate::metrics::count))
        .layer(from_fn(host::refuse_strange_host))
        .layer(from_fn(headers::refuse_large_headers))
        .layer(from_fn(time::limit))
        .layer(CatchPanicLayer::custom(panic::answer))
        .layer(from_fn(request_id::attend))
        .layer(from_fn(headers::protect))
}
