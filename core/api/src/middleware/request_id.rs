//! Each request has an id of ours. It stands in `x-request-id`, in every problem, and in the log's span.
//!
//! INVARIANT: the span names method, route and status. Never a query, a body, or an id that the caller made up.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use uuid::Uuid;

use crate::problem::Problem;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request its id, notes how it ended, and writes the problem if it was refused.
pub async fn attend(request: Request, next: Next) -> Response {
    let id = format!("req_{}", Uuid::now_v7().simple());
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
    let method = super::method_name(request.method());
    let span = tracing::info_span!("request", request.id = %id, http.method = method, http.route = route);
    let begun = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        problem.write_into(&mut response, &id);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    let _entered = span.enter();
    let (status, millis) = (response.status().as_u16(), begun.elapsed().as_millis());
    tracing::info!(http.status = status, "Answered {status} in {millis} ms.");
    response
}
