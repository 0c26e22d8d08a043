//! `POST /v1/imports`.

use axum::extract::State;
use axum::{Extension, Json};
use nuan_kernel::{Actor, ImportBody, Kernel};

use super::form::ImportForm;
use crate::error::ApiError;
use crate::extract::NoQuery;

/// The path, for what is otherwise than with other routes.
pub const PATH: &str = "/v1/imports";

/// Reads a spreadsheet and names every mistake in it; with `commit`, puts the households that are ready on the register. The
/// same file again is the same households, so one that was cut off is sent again.
pub async fn create(
    State(kernel): State<Kernel>,
    Extension(actor): Extension<Actor>,
    _: NoQuery,
    ImportForm { request, .. }: ImportForm,
) -> Result<Json<ImportBody>, ApiError> {
    Ok(Json(kernel.import_spreadsheet(&actor, request).await?))
}
