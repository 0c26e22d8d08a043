//! `GET /v1/households`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, HouseholdSummary, Kernel, Page};
use nuan_vocabulary::id::HouseholdId;

use crate::error::ApiError;
use crate::extract::PageQuery;

/// Lists households, oldest first.
pub async fn list(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    PageQuery { after, limit }: PageQuery<HouseholdId>,
) -> Result<Json<Page<HouseholdSummary>>, ApiError> {
    Ok(Json(kernel.households(&actor, after, limit).await?))
}
