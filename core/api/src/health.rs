//! `/health/live` and `/health/ready`, for whoever starts, stops and balances servers.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use nuan_kernel::Kernel;

/// The process answers.
pub async fn live() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Every part that an act needs is there; 503 names those that are not, without details.
pub async fn ready(State(kernel): State<Kernel>) -> Response {
    let readiness = kernel.readiness().await;
    let status = if readiness.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}
