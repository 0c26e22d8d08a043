//! The longest that anyone waits for an answer.

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;
use crate::{imports, limits};

/// Ends a request that takes too long.
pub async fn limit(request: Request, next: Next) -> Response {
    let is_import =
        request.extensions().get::<MatchedPath>().is_some_and(|path| path.as_str() == imports::create::PATH);
    let time = if is_import { limits::IMPORT_TIME } else { limits::REQUEST_TIME };
    let answer = tokio::time::timeout(time, next.run(request)).await;
    answer.unwrap_or_else(|_| ApiError::timed_out().into_response())
}
