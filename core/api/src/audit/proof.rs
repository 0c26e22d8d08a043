//! `GET /v1/audit/leaves/{id}/proof`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, Kernel, LeafPlace, ProofBody};

use crate::error::ApiError;
use crate::extract::{ApiPath, NoQuery};

/// Proves a leaf against the signed checkpoint.
pub async fn proof(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(place): ApiPath<LeafPlace>,
    _: NoQuery,
) -> Result<Json<ProofBody>, ApiError> {
    Ok(Json(kernel.prove(&actor, place).await?))
}
