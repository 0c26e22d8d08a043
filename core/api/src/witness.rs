//! `POST /add-checkpoint` (C2SP tlog-witness), the whole of what a witness serves beside the sign that it lives; and the client
//! with which a log asks one.
//!
//! Whoever reaches the port may ask: a request counts by the log's signature alone. TLS, where it is wanted, stands before it.

mod client;
mod server;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use nuan_domain::audit::witness::{Refusal, SIZE_CONTENT_TYPE};
use nuan_kernel::{NotCosigned, Witness};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

pub use self::client::{HttpWitness, NotAWitness};
pub use self::server::WitnessServer;
use crate::limits;

/// Bytes of a request: 63 hashes and a checkpoint with a hundred signatures need a fifth of it.
const BODY_BYTES: usize = 128 * 1024;

/// Requests that wait for each other; whoever comes later is told to come again.
const AT_ONCE: usize = 64;

const PLAIN: &str = "text/plain; charset=utf-8";

#[derive(Clone)]
struct Shared {
    witness: Witness,
    turns: Arc<Semaphore>,
}

/// The server of a witness.
pub fn witness_router(witness: Witness) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/health/live", get(async || StatusCode::NO_CONTENT))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(axum::middleware::from_fn(limit_time))
        .layer(CatchPanicLayer::new())
        .with_state(Shared { witness, turns: Arc::new(Semaphore::new(AT_ONCE)) })
}

async fn add_checkpoint(State(shared): State<Shared>, body: Bytes) -> Response {
    let Ok(_turn) = shared.turns.try_acquire() else { return StatusCode::TOO_MANY_REQUESTS.into_response() };
    match shared.witness.add_checkpoint(&body).await {
        Ok(line) => ([(header::CONTENT_TYPE, PLAIN)], line).into_response(),
        Err(NotCosigned::Refused(refusal)) => refused(&refusal),
        Err(NotCosigned::Failed(error)) => {
            tracing::error!(code = error.code(), error = %error, "The memory of the witness failed.");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The answers of the specification; where it gives no body, a sentence for people.
fn refused(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let (content_type, body) = match refusal.size_body() {
        Some(body) => (SIZE_CONTENT_TYPE, body),
        None => (PLAIN, format!("{refusal}\n")),
    };
    (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
}

/// Ends a request that takes too long, the sending of its body included.
async fn limit_time(request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let answer = tokio::time::timeout(limits::REQUEST_TIME, next.run(request)).await;
    answer.unwrap_or_else(|_| StatusCode::SERVICE_UNAVAILABLE.into_response())
}
