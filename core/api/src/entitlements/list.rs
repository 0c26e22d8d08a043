//! `GET /v1/households/{id}/entitlements`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, EntitlementBody, Kernel, Page};
use nuan_vocabulary::id::{EntitlementId, HouseholdId};

use crate::error::ApiError;
use crate::extract::{ApiPath, PageQuery};

/// Lists the entitlements of a household, oldest first, with what was too little or too much by corrected determinations.
pub async fn list(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<HouseholdId>,
    PageQuery { after, limit }: PageQuery<EntitlementId>,
) -> Result<Json<Page<EntitlementBody>>, ApiError> {
    Ok(Json(kernel.entitlements(&actor, id, after, limit).await?))
}
