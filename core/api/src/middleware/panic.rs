//! The last resort: a panic ends one request, not the server, and says nothing about itself to the caller.

use std::any::Any;

use axum::response::{IntoResponse, Response};

use crate::error::ApiError;

/// The answer to a request that panicked. Its message may hold anything and is left to the panic hook.
pub fn answer(_: Box<dyn Any + Send>) -> Response {
    ApiError::panicked().into_response()
}
