//! `GET /v1/households/{id}`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, HouseholdBody, Kernel};
use nuan_vocabulary::id::HouseholdId;

use super::query::MomentQuery;
use crate::error::ApiError;
use crate::extract::ApiPath;

/// Shows a household with everything that is stated; with a day or an instant, as it was on the day (`as_of`) and as the
/// register knew it at the instant (`known_at`).
pub async fn show(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<HouseholdId>,
    MomentQuery(moment): MomentQuery,
) -> Result<Json<HouseholdBody>, ApiError> {
    Ok(Json(kernel.household_at(&actor, id, moment).await?))
}
