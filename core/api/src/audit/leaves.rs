//! `GET /v1/audit/subjects/{id}`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, Kernel, LeafBody, LeafSubject, Page};

use crate::error::ApiError;
use crate::extract::{ApiPath, NoQuery};

/// Lists the leaves about an id, or about a version of it (`hh_…%231`), the oldest first.
pub async fn leaves(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(LeafSubject(subject)): ApiPath<LeafSubject>,
    _: NoQuery,
) -> Result<Json<Page<LeafBody>>, ApiError> {
    Ok(Json(Page { items: kernel.leaves_about(&actor, &subject).await?, next: None }))
}
