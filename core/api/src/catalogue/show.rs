//! `GET /v1/catalogue`.

use axum::Json;
use axum::extract::State;
use nuan_kernel::Kernel;
use nuan_vocabulary::catalogue::Catalogue;

use crate::error::ApiError;
use crate::extract::NoQuery;

/// Shows every fact, list and code with its title, type and legal basis.
pub async fn show(State(kernel): State<Kernel>, _: NoQuery) -> Result<Json<Catalogue>, ApiError> {
    Ok(Json(kernel.catalogue().clone()))
}
