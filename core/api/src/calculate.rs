//! `POST /v1/calculate` (测算): the answer for a household document, stored nowhere.

use axum::extract::State;
use axum::{Extension, Json};
use jiff::Timestamp;
use nuan_kernel::{Actor, CalculationRequest, Kernel, KernelError};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::Determination;
use schemars::JsonSchema;
use serde_json::Value;

use crate::document::HouseholdDocument;
use crate::error::ApiError;
use crate::extract::{ApiJson, Fields, NoQuery, ReadBody};
use crate::schema::never_null;

/// What to calculate.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, transform = never_null)]
pub struct CalculateBody {
    /// The household.
    pub household: HouseholdDocument,
    /// The date of the law and of the facts; the document's own, else today.
    pub as_of: Option<Date>,
    /// Facts that became known later do not count; all count where absent. RFC 3339.
    #[schemars(with = "Option<String>")]
    pub known_at: Option<Timestamp>,
    /// The outputs wanted, by name; where absent, all but intermediate ones below the household.
    pub outputs: Option<Vec<String>>,
}

impl ReadBody for CalculateBody {
    fn read(body: Value) -> Result<Self, ApiError> {
        let mut fields = Fields::open(body, &["household", "as_of", "known_at", "outputs"])?;
        let household = HouseholdDocument(fields.required("household"));
        let (as_of, known_at) = (fields.date("as_of"), fields.instant("known_at"));
        let outputs = fields.names("outputs");
        fields.finish(Self { household, as_of, known_at, outputs })
    }
}

/// Calculates what a household would be entitled to.
pub async fn calculate(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    _: NoQuery,
    ApiJson(body): ApiJson<CalculateBody>,
) -> Result<Json<Determination>, ApiError> {
    let CalculateBody { household: HouseholdDocument(household), as_of, known_at, outputs } = body;
    let request = CalculationRequest { household, as_of, known_at, outputs };
    kernel.calculate(&actor, request).await.map(Json).map_err(refused)
}

/// Mistakes of the document stand under `/household` of this body.
fn refused(error: KernelError) -> ApiError {
    match error {
        KernelError::Document(_) => ApiError::from(error).inside("/household"),
        _ => error.into(),
    }
}
