//! `GET /v1/persons`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, FoundPersons, Kernel};

use super::query::PersonQuery;
use crate::error::ApiError;

/// Finds persons within a division: by name, pinyin or initials, by document number, or by household.
pub async fn list(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    PersonQuery(search): PersonQuery,
) -> Result<Json<FoundPersons>, ApiError> {
    Ok(Json(kernel.search_persons(&actor, &search).await?))
}
