//! The last resort: a panic ends one request, not the server, and says nothing about itself to the caller.

use std::any::Any;

use axum::response::{IntoResponse, Response};

use crate::error::ApiError;

/// From now on a panic of this process is reported by its place alone: its message may hold anything, also what somebody typed.
pub fn hide_panic_messages() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(panic.place = %place, "A part of nuan panicked at {place}; what it was doing was refused.");
    }));
}

/// The answer to a request that panicked. Its message may hold anything and is shown to nobody.
pub fn answer(_: Box<dyn Any + Send>) -> Response {
    ApiError::panicked().into_response()
}
