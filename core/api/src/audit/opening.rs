//! `GET /v1/audit/leaves/{id}/opening`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, Kernel, LeafPlace, OpeningBody};

use crate::error::ApiError;
use crate::extract::{ApiPath, NoQuery};

/// Opens a leaf: with the opening and the content anyone checks alone that the content is what the leaf commits to. There is
/// none for what was erased (NU6010), and none for contents that have names or document numbers (NU6030).
pub async fn opening(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(place): ApiPath<LeafPlace>,
    _: NoQuery,
) -> Result<Json<OpeningBody>, ApiError> {
    Ok(Json(kernel.opening(&actor, place).await?))
}
