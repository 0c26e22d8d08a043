//! `GET /v1/households/{id}/decisions`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, DecisionBody, Kernel, Page};
use nuan_vocabulary::id::{DecisionId, HouseholdId};

use crate::error::ApiError;
use crate::extract::{ApiPath, PageQuery};

/// Lists the decisions about a household, oldest first.
pub async fn list(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<HouseholdId>,
    PageQuery { after, limit }: PageQuery<DecisionId>,
) -> Result<Json<Page<DecisionBody>>, ApiError> {
    Ok(Json(kernel.decisions(&actor, id, after, limit).await?))
}
