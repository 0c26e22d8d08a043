//! `GET /v1/determinations/{id}`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, Kernel};
use nuan_vocabulary::determination::Determination;
use nuan_vocabulary::id::DeterminationId;

use crate::error::ApiError;
use crate::extract::{ApiPath, NoQuery};

/// Shows a determination with its reasons.
pub async fn show(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<DeterminationId>,
    _: NoQuery,
) -> Result<Json<Determination>, ApiError> {
    Ok(Json(kernel.determination(&actor, id).await?))
}
