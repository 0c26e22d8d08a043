//! `POST /v1/reassessments`.

use axum::Extension;
use axum::extract::State;
use jiff::Timestamp;
use nuan_kernel::{Actor, Kernel, KernelError, ReassessmentBody, ReassessmentRequest};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::division::DivisionCode;
use schemars::JsonSchema;
use serde_json::Value;

use crate::created::CreatedAt;
use crate::error::ApiError;
use crate::extract::{Create, Fields, NoQuery, ReadBody};
use crate::schema::never_null;

/// Which households, for which date, and as known when.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, transform = never_null)]
pub struct ReassessmentRequestBody {
    /// The date of the law and of the facts.
    as_of: Date,
    /// Facts that became known later do not count; those known when it begins count where absent. RFC 3339.
    #[schemars(with = "Option<String>")]
    known_at: Option<Timestamp>,
    /// Whose households: a province, a city, a county, a township; `000000` names all.
    division: DivisionCode,
}

impl ReadBody for ReassessmentRequestBody {
    fn read(body: Value) -> Result<Self, ApiError> {
        let mut fields = Fields::open(body, &["as_of", "known_at", "division"])?;
        let known_at = fields.instant("known_at");
        let given = (fields.required("as_of"), fields.required("division"));
        let (as_of, division) = fields.finish(given)?;
        let as_of = as_of.as_str().and_then(|text| Date::parse(text).ok()).ok_or_else(|| {
            Diagnostic::new("NU2110", "/as_of", "this is not a date of the calendar").with_hint("write YYYY-MM-DD")
        });
        let division = division.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| {
            let mistake = Diagnostic::new("NU2100", "/division", "this is not the code of a division");
            mistake.with_hint("write \"330106\", or \"000000\" for all")
        });
        match (as_of, division) {
            (Ok(as_of), Ok(division)) => Ok(Self { as_of, known_at, division }),
            (as_of, division) => {
                Err(KernelError::Request(as_of.err().into_iter().chain(division.err()).collect()).into())
            }
        }
    }
}

/// Begins a reassessment and goes on with it in the background; one that is open for the date and the division is gone on with.
pub async fn create(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    _: NoQuery,
    Create { body: ReassessmentRequestBody { as_of, known_at, division }, key }: Create<ReassessmentRequestBody>,
) -> Result<CreatedAt<ReassessmentBody>, ApiError> {
    let created = kernel.start_reassessment(&actor, ReassessmentRequest { as_of, known_at, division }, key).await?;
    Ok(CreatedAt { location: format!("/v1/reassessments/{}", created.body.id), created })
}
