//! `GET /v1/audit/checkpoint`.

use axum::Json;
use axum::extract::State;
use nuan_kernel::{CheckpointBody, Kernel};

use crate::error::ApiError;
use crate::extract::NoQuery;

/// Shows the signed checkpoint over everything that is acknowledged now, with the key that it is verified with.
pub async fn checkpoint(State(kernel): State<Kernel>, _: NoQuery) -> Result<Json<CheckpointBody>, ApiError> {
    Ok(Json(kernel.checkpoint().await?))
}
