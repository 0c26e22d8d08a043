//! `GET /v1/persons/{id}/matches`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, Kernel, MatchesBody};
use nuan_vocabulary::id::PersonId;

use crate::error::ApiError;
use crate::extract::{ApiPath, NoQuery};

/// Lists the matches of a person.
pub async fn list(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<PersonId>,
    _: NoQuery,
) -> Result<Json<MatchesBody>, ApiError> {
    Ok(Json(kernel.matches_of_person(&actor, id).await?))
}
