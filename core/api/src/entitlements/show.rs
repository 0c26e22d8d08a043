//! `GET /v1/entitlements/{id}`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, EntitlementBody, Kernel};
use nuan_vocabulary::id::EntitlementId;

use crate::error::ApiError;
use crate::extract::{ApiPath, NoQuery};

/// Shows an entitlement: amount, period, payee, what it rests on, and what has changed since.
pub async fn show(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<EntitlementId>,
    _: NoQuery,
) -> Result<Json<EntitlementBody>, ApiError> {
    Ok(Json(kernel.entitlement(&actor, id).await?))
}
