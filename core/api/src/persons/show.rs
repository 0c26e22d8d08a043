//! `GET /v1/persons/{id}`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, Kernel, PersonBody};
use nuan_vocabulary::id::PersonId;

use crate::error::ApiError;
use crate::extract::{ApiPath, NoQuery};

/// Shows a person's record: masked, with the households that it belongs and belonged to.
pub async fn show(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<PersonId>,
    _: NoQuery,
) -> Result<Json<PersonBody>, ApiError> {
    Ok(Json(kernel.person(&actor, id).await?))
}
