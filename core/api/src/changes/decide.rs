//! `POST /v1/change-requests/{id}/decisions`.

use axum::Extension;
use axum::extract::State;
use nuan_kernel::{Actor, ChangeAction, ChangeDecision, DecidedChangeBody, Kernel, KernelError};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::id::ChangeRequestId;
use schemars::JsonSchema;
use serde_json::Value;

use crate::created::CreatedAt;
use crate::error::ApiError;
use crate::extract::{ApiPath, Create, Fields, NoQuery, ReadBody};

/// What is decided about a change request, and why.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ChangeDecisionRequest {
    /// What.
    action: ChangeAction,
    /// Why.
    #[schemars(length(min = 1, max = 1000))]
    reason: String,
}

impl ReadBody for ChangeDecisionRequest {
    fn read(body: Value) -> Result<Self, ApiError> {
        let mut fields = Fields::open(body, &["action", "reason"])?;
        let given = (fields.required("action"), fields.required("reason"));
        let (action, reason) = fields.finish(given)?;
        let wrong = |key: &str, hint: &str| {
            Diagnostic::new("NU2100", format!("/{key}"), "the value has the wrong type").with_hint(hint)
        };
        let action = serde_json::from_value::<ChangeAction>(action);
        let action = action.map_err(|_| wrong("action", "write \"approve\", \"refuse\" or \"withdraw\""));
        let reason = reason.as_str().ok_or_else(|| wrong("reason", "write a quoted text"));
        match (action, reason) {
            (Ok(action), Ok(reason)) => Ok(Self { action, reason: reason.to_owned() }),
            (action, reason) => {
                Err(KernelError::Request(action.err().into_iter().chain(reason.err()).collect()).into())
            }
        }
    }
}

/// Decides about a change request. What is approved is written at once, and what it touches is determined again.
pub async fn decide(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<ChangeRequestId>,
    _: NoQuery,
    Create { body: ChangeDecisionRequest { action, reason }, key }: Create<ChangeDecisionRequest>,
) -> Result<CreatedAt<DecidedChangeBody>, ApiError> {
    let created = kernel.decide_change(&actor, id, ChangeDecision { action, reason }, key).await?;
    Ok(CreatedAt { location: format!("/v1/change-requests/{id}"), created })
}
