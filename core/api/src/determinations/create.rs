//! `POST /v1/households/{id}/determinations`.

use axum::Extension;
use axum::extract::State;
use jiff::Timestamp;
use nuan_kernel::{Actor, DeterminationRequest, Kernel};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::Determination;
use nuan_vocabulary::id::HouseholdId;
use schemars::JsonSchema;
use serde_json::Value;

use crate::created::CreatedAt;
use crate::error::ApiError;
use crate::extract::{ApiPath, Create, Fields, NoQuery, ReadBody};
use crate::schema::never_null;

/// For which date and which state of knowledge.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, transform = never_null)]
pub struct DeterminationBody {
    /// The date of the law and of the facts; the document's own, else today.
    pub as_of: Option<Date>,
    /// Facts that became known later do not count; all count where absent. RFC 3339.
    #[schemars(with = "Option<String>")]
    pub known_at: Option<Timestamp>,
}

impl ReadBody for DeterminationBody {
    fn read(body: Value) -> Result<Self, ApiError> {
        let mut fields = Fields::open(body, &["as_of", "known_at"])?;
        let (as_of, known_at) = (fields.date("as_of"), fields.instant("known_at"));
        fields.finish(Self { as_of, known_at })
    }
}

/// Determines a household and stores the result with its reasons.
pub async fn create(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ApiPath(id): ApiPath<HouseholdId>,
    _: NoQuery,
    Create { body: DeterminationBody { as_of, known_at }, key }: Create<DeterminationBody>,
) -> Result<CreatedAt<Determination>, ApiError> {
    let created = kernel.determine_household(&actor, id, DeterminationRequest { as_of, known_at }, key).await?;
    let location = created.body.id.map(|id| format!("/v1/determinations/{id}")).unwrap_or_default();
    Ok(CreatedAt { location, created })
}
