//! `GET /v1/audit/growth/{id}`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, ConsistencyBody, Growth, Kernel};

use crate::error::ApiError;
use crate::extract::{ApiPath, NoQuery};

/// Proves that a log has grown from one size to another and changed nothing.
pub async fn growth(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(growth): ApiPath<Growth>,
    _: NoQuery,
) -> Result<Json<ConsistencyBody>, ApiError> {
    Ok(Json(kernel.prove_growth(&actor, growth).await?))
}
