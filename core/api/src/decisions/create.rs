//! `POST /v1/determinations/{id}/decisions`.

use axum::Extension;
use axum::extract::State;
use nuan_kernel::{Actor, DecisionBody, DecisionRequest, Kernel, KernelError};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::id::DeterminationId;
use schemars::JsonSchema;
use serde_json::Value;

use crate::created::CreatedAt;
use crate::error::ApiError;
use crate::extract::{ApiPath, Create, NoQuery, ReadBody};

/// What is decided about a determination.
#[derive(Debug, JsonSchema)]
#[schemars(transparent)]
pub struct DecisionRequestBody(DecisionRequest);

impl ReadBody for DecisionRequestBody {
    fn read(body: Value) -> Result<Self, ApiError> {
        // What serde says of a mistake may repeat a reason.
        let mistake = |_| {
            let mistake = Diagnostic::new("NU2100", "", "this is not of the form of a decision");
            let hint = "`action` is \"adopt\" or \"depart\"; /explorer shows the other keys; amounts are whole fen";
            KernelError::Request(vec![mistake.with_hint(hint)])
        };
        Ok(Self(serde_json::from_value(body).map_err(mistake)?))
    }
}

/// Adopts a determination, or departs from it with a reason. What is due follows at once; another person than the one who had
/// the determination computed decides.
pub async fn create(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<DeterminationId>,
    _: NoQuery,
    Create { body: DecisionRequestBody(request), key }: Create<DecisionRequestBody>,
) -> Result<CreatedAt<DecisionBody>, ApiError> {
    let created = kernel.decide(&actor, id, request, key).await?;
    Ok(CreatedAt { location: format!("/v1/decisions/{}", created.body.id), created })
}
