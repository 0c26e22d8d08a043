//! `GET /v1/change-requests/{id}`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, ChangeRequestBody, Kernel};
use nuan_vocabulary::id::ChangeRequestId;

use crate::error::ApiError;
use crate::extract::{ApiPath, NoQuery};

/// Shows a change request: what stands where before and after, who submitted it, how it was decided.
pub async fn show(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<ChangeRequestId>,
    _: NoQuery,
) -> Result<Json<ChangeRequestBody>, ApiError> {
    Ok(Json(kernel.change_request(&actor, id).await?))
}
