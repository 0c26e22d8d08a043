//! `GET /v1/households`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, HouseholdCursor, HouseholdSummary, Kernel, Page};

use crate::error::ApiError;
use crate::extract::ScopedQuery;

/// Lists the households of a division, oldest first within each county.
pub async fn list(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ScopedQuery { division, after, limit }: ScopedQuery<HouseholdCursor>,
) -> Result<Json<Page<HouseholdSummary>>, ApiError> {
    Ok(Json(kernel.households_in(&actor, division, after, limit).await?))
}
