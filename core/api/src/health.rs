//! `/health/live` and `/health/ready`, for whoever starts, stops and balances servers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use nuan_kernel::{Kernel, Readiness};
use serde::Serialize;

/// Whether the server was told to stop. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Leaving(Arc<AtomicBool>);

impl Leaving {
    /// From now on the server is not ready.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn has_begun(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Every part with whether it is there: words and truth values, nothing that says where or why.
#[derive(Serialize)]
struct Parts {
    serving: bool,
    database: bool,
    key_store: bool,
    writer: bool,
    checkpoint: bool,
    witnesses: bool,
    cosigned: bool,
}

/// The process answers.
pub async fn live() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Every part that an act needs is there; 503 names those that are not, without details.
pub async fn ready(State(kernel): State<Kernel>, Extension(leaving): Extension<Leaving>) -> Response {
    let serving = !leaving.has_begun();
    let readiness = kernel.readiness().await;
    let Readiness { database, key_store, writer, checkpoint, witnesses, cosigned } = readiness;
    let status = if serving && readiness.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let parts = Parts { serving, database, key_store, writer, checkpoint, witnesses, cosigned };
    (status, Json(parts)).into_response()
}
