//! `POST /v1/households`.

use axum::Extension;
use axum::extract::State;
use nuan_kernel::{Actor, HouseholdBody, Kernel};

use crate::created::CreatedAt;
use crate::document::HouseholdDocument;
use crate::error::ApiError;
use crate::extract::{Create, NoQuery};

/// Records a household document.
pub async fn create(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    _: NoQuery,
    Create { body: HouseholdDocument(document), key }: Create<HouseholdDocument>,
) -> Result<CreatedAt<HouseholdBody>, ApiError> {
    let created = kernel.record_household(&actor, document, key).await?;
    Ok(CreatedAt { location: format!("/v1/households/{}", created.body.id), created })
}
