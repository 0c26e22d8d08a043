//! `POST /v1/matches/{id}/decisions`.

use axum::Extension;
use axum::extract::State;
use nuan_kernel::{Actor, Kernel, KernelError, MatchAction, MatchBody, MatchDecision};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::id::MatchId;
use schemars::JsonSchema;
use serde_json::Value;

use crate::created::CreatedAt;
use crate::error::ApiError;
use crate::extract::{ApiPath, Create, Fields, NoQuery, ReadBody};

/// What is decided about a match, and why.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MatchDecisionRequest {
    /// What.
    action: MatchAction,
    /// Why.
    #[schemars(length(min = 1, max = 1000))]
    reason: String,
}

impl ReadBody for MatchDecisionRequest {
    fn read(body: Value) -> Result<Self, ApiError> {
        let mut fields = Fields::open(body, &["action", "reason"])?;
        let given = (fields.required("action"), fields.required("reason"));
        let (action, reason) = fields.finish(given)?;
        let wrong = |key: &str, hint: &str| {
            Diagnostic::new("NU2100", format!("/{key}"), "the value has the wrong type").with_hint(hint)
        };
        let action = serde_json::from_value::<MatchAction>(action);
        let action = action.map_err(|_| wrong("action", "write \"merge\", \"reject\" or \"undo\""));
        let reason = reason.as_str().ok_or_else(|| wrong("reason", "write a quoted text"));
        match (action, reason) {
            (Ok(action), Ok(reason)) => Ok(Self { action, reason: reason.to_owned() }),
            (action, reason) => {
                Err(KernelError::Request(action.err().into_iter().chain(reason.err()).collect()).into())
            }
        }
    }
}

/// Decides about a match: that the two are one person or not, or that they were merged wrongly.
pub async fn decide(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<MatchId>,
    _: NoQuery,
    Create { body: MatchDecisionRequest { action, reason }, key }: Create<MatchDecisionRequest>,
) -> Result<CreatedAt<MatchBody>, ApiError> {
    let created = kernel.decide_match(&actor, id, MatchDecision { action, reason }, key).await?;
    Ok(CreatedAt { location: format!("/v1/matches/{id}"), created })
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use serde_json::json;

    use super::*;
    use crate::problem::Problem;

    #[test]
    fn a_decision_says_what_and_why() {
        let read = MatchDecisionRequest::read(json!({ "action": "merge", "reason": "同一人" })).unwrap();
        assert_eq!((read.action, read.reason.as_str()), (MatchAction::Merge, "同一人"));
        let places = |body: Value| {
            let response = MatchDecisionRequest::read(body).unwrap_err().into_response();
            let problem = response.extensions().get::<Problem>().unwrap();
            problem.errors.iter().map(|error| error.path.clone()).collect::<Vec<_>>()
        };
        assert_eq!(places(json!({})), ["/action", "/reason"]);
        assert_eq!(places(json!({ "action": "approve", "reason": 5 })), ["/action", "/reason"]);
        assert_eq!(places(json!({ "action": "undo", "reason": "r", "keep": "a" })), ["/keep"]);
    }
}
