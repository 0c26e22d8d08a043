//! `POST /v1/reassessments/{id}/cancellations`.

use axum::Extension;
use axum::extract::State;
use nuan_kernel::{Actor, Kernel, ReassessmentBody};
use nuan_vocabulary::id::ReassessmentId;
use schemars::JsonSchema;
use serde_json::Value;

use crate::created::CreatedAt;
use crate::error::ApiError;
use crate::extract::{ApiPath, Create, Fields, NoQuery, ReadBody};

/// Nothing is to be said: `{}`.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CancellationBody {}

impl ReadBody for CancellationBody {
    fn read(body: Value) -> Result<Self, ApiError> {
        Fields::open(body, &[])?.finish(Self {})
    }
}

/// Cancels a reassessment: it ends after the batch that is under way, and what it stored stays.
pub async fn cancel(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<ReassessmentId>,
    _: NoQuery,
    Create { body: CancellationBody {}, key }: Create<CancellationBody>,
) -> Result<CreatedAt<ReassessmentBody>, ApiError> {
    let created = kernel.cancel_reassessment(&actor, id, key).await?;
    Ok(CreatedAt { location: format!("/v1/reassessments/{id}"), created })
}
