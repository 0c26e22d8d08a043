//! `GET /v1/matches/{id}`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, Kernel, MatchBody};
use nuan_vocabulary::id::MatchId;

use crate::error::ApiError;
use crate::extract::{ApiPath, NoQuery};

/// Shows two records that may be of one person, with what speaks for it.
pub async fn show(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<MatchId>,
    _: NoQuery,
) -> Result<Json<MatchBody>, ApiError> {
    Ok(Json(kernel.person_match(&actor, id).await?))
}
