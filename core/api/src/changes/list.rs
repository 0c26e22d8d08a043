//! `GET /v1/households/{id}/change-requests`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, ChangeRequestBody, Kernel, Page};
use nuan_vocabulary::id::{ChangeRequestId, HouseholdId};

use crate::error::ApiError;
use crate::extract::{ApiPath, PageQuery};

/// Lists the change requests about a household, oldest first.
pub async fn list(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<HouseholdId>,
    PageQuery { after, limit }: PageQuery<ChangeRequestId>,
) -> Result<Json<Page<ChangeRequestBody>>, ApiError> {
    Ok(Json(kernel.change_requests(&actor, id, after, limit).await?))
}
