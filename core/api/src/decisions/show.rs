//! `GET /v1/decisions/{id}`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, DecisionBody, Kernel};
use nuan_vocabulary::id::DecisionId;

use crate::error::ApiError;
use crate::extract::{ApiPath, NoQuery};

/// Shows a decision: what was adopted or decided instead, why, and what follows.
pub async fn show(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<DecisionId>,
    _: NoQuery,
) -> Result<Json<DecisionBody>, ApiError> {
    Ok(Json(kernel.decision(&actor, id).await?))
}
