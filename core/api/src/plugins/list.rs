//! `GET /v1/plugins`.

use axum::Json;
use axum::extract::State;
use nuan_kernel::{Kernel, Page, PluginBody};

use crate::error::ApiError;
use crate::extract::NoQuery;

/// Lists the installed plugins with their outputs, the law they rest on, and where and when they apply.
pub async fn list(State(kernel): State<Kernel>, _: NoQuery) -> Result<Json<Page<PluginBody>>, ApiError> {
    Ok(Json(Page { items: kernel.plugins(), next: None }))
}
