//! `GET /v1/change-requests`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, ChangeRequestBody, County, Kernel, NotACounty, Page};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::id::ChangeRequestId;

use crate::error::ApiError;
use crate::extract::ScopedQuery;

/// Lists the change requests that wait for a decision in a county, oldest first. Another division is refused: it would show more
/// or less than it names.
pub async fn waiting(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    ScopedQuery { division, after, limit }: ScopedQuery<ChangeRequestId>,
) -> Result<Json<Page<ChangeRequestBody>>, ApiError> {
    let wrong = |wrong: NotACounty| {
        let mistake = Diagnostic::new("NU2006", "division", wrong.to_string());
        ApiError::query(vec![mistake.with_hint("name a county: division=330106")])
    };
    let county = County::new(division).map_err(wrong)?;
    Ok(Json(kernel.waiting_changes(&actor, county, after, limit).await?))
}
