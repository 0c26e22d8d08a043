//! The answer to a create: 201, where the new thing is, and whether it was there before.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Described, StatusCode as DescribedStatus};
use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nuan_kernel::Created;
use schemars::JsonSchema;
use serde::Serialize;

/// Tells a repeated request from a first one.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Something that was created.
#[derive(Debug)]
pub struct CreatedAt<T> {
    /// Its path.
    pub location: String,
    /// What it is.
    pub created: Created<T>,
}

impl<T: Serialize> IntoResponse for CreatedAt<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, Json(self.created.body)).into_response();
        if let Ok(location) = HeaderValue::from_str(&self.location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        if self.created.replayed {
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}

impl<T: JsonSchema> OperationOutput for CreatedAt<T> {
    type Inner = T;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<Described> {
        Json::<T>::operation_response(ctx, operation).map(|mut response| {
            "Created; `location` names it. A repetition under the same key carries `idempotency-replayed: true`."
                .clone_into(&mut response.description);
            response
        })
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<DescribedStatus>, Described)> {
        let response = Self::operation_response(ctx, operation);
        response.map(|response| (Some(DescribedStatus::Code(201)), response)).into_iter().collect()
    }
}
