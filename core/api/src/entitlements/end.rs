//! `POST /v1/entitlements/{id}/ends`.

use axum::Extension;
use axum::extract::State;
use nuan_kernel::{Actor, EndRequest, EntitlementBody, Kernel, KernelError};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::id::EntitlementId;
use schemars::JsonSchema;
use serde_json::Value;

use crate::created::CreatedAt;
use crate::error::ApiError;
use crate::extract::{ApiPath, Create, Fields, NoQuery, ReadBody};

/// From which day on nothing is due, and why.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EndRequestBody {
    /// The first day on which nothing is due.
    ends_on: Date,
    /// Why.
    #[schemars(length(min = 1, max = 1000))]
    reason: String,
}

impl ReadBody for EndRequestBody {
    fn read(body: Value) -> Result<Self, ApiError> {
        let mut fields = Fields::open(body, &["ends_on", "reason"])?;
        let given = (fields.required("ends_on"), fields.required("reason"));
        let (ends_on, reason) = fields.finish(given)?;
        let ends_on = ends_on.as_str().and_then(|text| Date::parse(text).ok());
        let ends_on = ends_on.ok_or_else(|| {
            let mistake = Diagnostic::new("NU2110", "/ends_on", "this is not a date of the calendar");
            mistake.with_hint("write YYYY-MM-DD")
        });
        let reason = reason.as_str().ok_or_else(|| {
            Diagnostic::new("NU2100", "/reason", "the value has the wrong type").with_hint("write a quoted text")
        });
        match (ends_on, reason) {
            (Ok(ends_on), Ok(reason)) => Ok(Self { ends_on, reason: reason.to_owned() }),
            (ends_on, reason) => {
                Err(KernelError::Request(ends_on.err().into_iter().chain(reason.err()).collect()).into())
            }
        }
    }
}

/// Ends an entitlement from a day on. It ends once and stays to be seen.
pub async fn end(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<EntitlementId>,
    _: NoQuery,
    Create { body: EndRequestBody { ends_on, reason }, key }: Create<EndRequestBody>,
) -> Result<CreatedAt<EntitlementBody>, ApiError> {
    let created = kernel.end_entitlement(&actor, id, EndRequest { ends_on, reason }, key).await?;
    Ok(CreatedAt { location: format!("/v1/entitlements/{id}"), created })
}
