//! `GET /v1/reassessments/{id}`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, Kernel, ReassessmentBody};
use nuan_vocabulary::id::ReassessmentId;

use crate::error::ApiError;
use crate::extract::{ApiPath, NoQuery};

/// Shows how far a reassessment has come, whom it left out, and what changed by programme and county.
pub async fn show(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<ReassessmentId>,
    _: NoQuery,
) -> Result<Json<ReassessmentBody>, ApiError> {
    Ok(Json(kernel.reassessment(&actor, id).await?))
}
