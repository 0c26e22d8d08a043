//! `POST /v1/households/{id}/change-requests`.

use axum::Extension;
use axum::extract::State;
use nuan_domain::register::ChangeProposal;
use nuan_kernel::{Actor, ChangeRequestBody, Kernel, KernelError};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::id::HouseholdId;
use schemars::JsonSchema;
use serde_json::Value;

use crate::created::CreatedAt;
use crate::error::ApiError;
use crate::extract::{ApiPath, Create, NoQuery, ReadBody};

/// A change with its reason and what supports it.
#[derive(Debug, JsonSchema)]
#[schemars(transparent)]
pub struct ChangeProposalBody(ChangeProposal);

impl ReadBody for ChangeProposalBody {
    fn read(body: Value) -> Result<Self, ApiError> {
        // What serde says of a mistake may repeat a name or a number.
        let mistake = |_| {
            let mistake = Diagnostic::new("NU2100", "/change", "this is not of the form of a change");
            let hint = "/explorer shows every kind of change with its keys; days are YYYY-MM-DD";
            KernelError::Request(vec![mistake.with_hint(hint)])
        };
        Ok(Self(serde_json::from_value(body).map_err(mistake)?))
    }
}

/// Submits a change of a household; every conflict with what the register holds is named at once.
pub async fn create(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<HouseholdId>,
    _: NoQuery,
    Create { body: ChangeProposalBody(proposal), key }: Create<ChangeProposalBody>,
) -> Result<CreatedAt<ChangeRequestBody>, ApiError> {
    let created = kernel.submit_change(&actor, id, proposal, key).await?;
    Ok(CreatedAt { location: format!("/v1/change-requests/{}", created.body.id), created })
}
