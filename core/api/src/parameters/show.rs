//! `GET /v1/parameters/{id}`.

use axum::Json;
use axum::extract::State;
use nuan_kernel::{Kernel, Page, ParameterBody};

use crate::error::ApiError;
use crate::extract::{ApiPath, NoQuery};

/// Shows a number of the law with its history, once for each plugin that declares it.
pub async fn show(
    State(kernel): State<Kernel>,
    ApiPath(id): ApiPath<String>,
    _: NoQuery,
) -> Result<Json<Page<ParameterBody>>, ApiError> {
    Ok(Json(Page { items: kernel.parameter(&id)?, next: None }))
}
