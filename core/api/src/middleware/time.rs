//! The longest that anyone waits for an answer.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;
use crate::limits;

/// Ends a request that takes too long.
pub async fn limit(request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(limits::REQUEST_TIME, next.run(request)).await;
    answer.unwrap_or_else(|_| ApiError::timed_out().into_response())
}
