//! `POST /v1/persons/{id}/matches`.

use axum::Extension;
use axum::extract::State;
use nuan_kernel::{Actor, Kernel, MatchesBody};
use nuan_vocabulary::id::PersonId;
use schemars::JsonSchema;
use serde_json::Value;

use crate::created::CreatedAt;
use crate::error::ApiError;
use crate::extract::{ApiPath, Create, Fields, NoQuery, ReadBody};

/// An empty object: there is nothing to say beside whom to compare.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ComparisonRequest {}

impl ReadBody for ComparisonRequest {
    fn read(body: Value) -> Result<Self, ApiError> {
        Fields::open(body, &[])?.finish(Self {})
    }
}

/// Compares a person with others of such a name, and proposes those who may be the same.
pub async fn create(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<PersonId>,
    _: NoQuery,
    Create { body: ComparisonRequest {}, key }: Create<ComparisonRequest>,
) -> Result<CreatedAt<MatchesBody>, ApiError> {
    let created = kernel.propose_matches(&actor, id, key).await?;
    Ok(CreatedAt { location: format!("/v1/persons/{id}/matches"), created })
}
