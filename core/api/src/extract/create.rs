//! The request of a create: its body, and the key under which a repetition is answered alike.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{
    HeaderStyle, Operation, Parameter, ParameterData, ParameterSchemaOrContent, Response, SchemaObject, StatusCode,
};
use aide::operation::add_parameters;
use axum::extract::{FromRequest, Request};
use nuan_kernel::IdempotencyKey;
use nuan_vocabulary::diagnostic::Diagnostic;
use schemars::{JsonSchema, json_schema};

use super::fields::ReadBody;
use super::json::{self, ApiJson};
use crate::error::ApiError;

const HEADER: &str = "Idempotency-Key";

/// A create.
#[derive(Debug)]
pub struct Create<T> {
    /// What to create.
    pub body: T,
    /// The caller's key, where one was sent.
    pub key: Option<IdempotencyKey>,
}

impl<T: ReadBody, S: Send + Sync> FromRequest<S> for Create<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let route = format!("{} {}", request.method(), request.uri().path());
        let sent: Vec<_> = request.headers().get_all(HEADER).iter().cloned().collect();
        let bytes = json::receive(request, state).await?;
        let key = match sent.as_slice() {
            [] => None,
            [one] => Some(read_key(one.to_str().unwrap_or_default(), &route, &bytes)?),
            _ => {
                return Err(ApiError::idempotency_key(vec![Diagnostic::new(
                    "NU5005",
                    HEADER,
                    "the header came twice",
                )]));
            }
        };
        Ok(Self { body: T::read(json::parse(&bytes)?)?, key })
    }
}

fn read_key(key: &str, route: &str, body: &[u8]) -> Result<IdempotencyKey, ApiError> {
    IdempotencyKey::new(key, route, body).map_err(|refused| ApiError::idempotency_key(refused.diagnostics().to_vec()))
}

impl<T: JsonSchema> OperationInput for Create<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        ApiJson::<T>::operation_input(ctx, operation);
        let json_schema = json_schema!({ "type": "string", "pattern": "^[!-~]{1,64}$" });
        let format = ParameterSchemaOrContent::Schema(SchemaObject { json_schema, example: None, external_docs: None });
        let description = "A key of the caller's own, a UUID for example. The same request under the same key is done once \
                           and answered alike for seven days; another request under it is refused (NU5002).";
        let parameter_data = ParameterData {
            name: HEADER.to_owned(),
            description: Some(description.to_owned()),
            required: false,
            deprecated: None,
            format,
            example: None,
            examples: Default::default(),
            explode: None,
            extensions: Default::default(),
        };
        add_parameters(ctx, operation, [Parameter::Header { parameter_data, style: HeaderStyle::Simple }]);
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<StatusCode>, Response)> {
        let conflict =
            crate::error::described(ctx, "A request with this idempotency key is still being done (NU5003).");
        let mut responses = ApiJson::<T>::inferred_early_responses(ctx, operation);
        responses.push((Some(StatusCode::Code(409)), conflict));
        responses
    }
}
