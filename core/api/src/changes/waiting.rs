//! `GET /v1/change-requests`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, ChangeRequestBody, Kernel, Page};
use nuan_vocabulary::id::ChangeRequestId;

use crate::error::ApiError;
use crate::extract::ScopedQuery;

/// Lists the change requests that wait for a decision in a county, oldest first.
pub async fn waiting(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ScopedQuery { division, after, limit }: ScopedQuery<ChangeRequestId>,
) -> Result<Json<Page<ChangeRequestBody>>, ApiError> {
    Ok(Json(kernel.waiting_changes(&actor, division, after, limit).await?))
}
