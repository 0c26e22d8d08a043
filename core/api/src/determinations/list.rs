//! `GET /v1/households/{id}/determinations`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, DeterminationSummary, Kernel, Page};
use nuan_vocabulary::id::{DeterminationId, HouseholdId};

use crate::error::ApiError;
use crate::extract::{ApiPath, PageQuery};

/// Lists the determinations of a household, oldest first.
pub async fn list(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(household): ApiPath<HouseholdId>,
    PageQuery { after, limit }: PageQuery<DeterminationId>,
) -> Result<Json<Page<DeterminationSummary>>, ApiError> {
    Ok(Json(kernel.determinations(&actor, household, after, limit).await?))
}
