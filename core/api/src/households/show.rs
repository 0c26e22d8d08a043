//! `GET /v1/households/{id}`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, HouseholdBody, Kernel};
use nuan_vocabulary::id::HouseholdId;

use crate::error::ApiError;
use crate::extract::{ApiPath, NoQuery};

/// Shows a household with its latest document.
pub async fn show(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<HouseholdId>,
    _: NoQuery,
) -> Result<Json<HouseholdBody>, ApiError> {
    Ok(Json(kernel.household(&actor, id).await?))
}
