//! The id in a path. Text that is no id is the id of nothing: 404, never a hint at what an id looks like.

use std::str::FromStr;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{
    Operation, Parameter, ParameterData, ParameterSchemaOrContent, PathStyle, Response, SchemaObject, StatusCode,
};
use aide::operation::add_parameters;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use schemars::JsonSchema;

use crate::error::{ApiError, described};

/// `{id}` of the route.
#[derive(Debug)]
pub struct ApiPath<T>(pub T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for ApiPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| ApiError::no_such_thing())?;
        text.parse().map(Self).map_err(|_| ApiError::no_such_thing())
    }
}

impl<T: JsonSchema> OperationInput for ApiPath<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let json_schema = ctx.schema.subschema_for::<T>();
        let parameter_data = ParameterData {
            name: "id".to_owned(),
            description: None,
            required: true,
            deprecated: None,
            format: ParameterSchemaOrContent::Schema(SchemaObject { json_schema, example: None, external_docs: None }),
            example: None,
            examples: Default::default(),
            explode: None,
            extensions: Default::default(),
        };
        add_parameters(ctx, operation, [Parameter::Path { parameter_data, style: PathStyle::Simple }]);
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<StatusCode>, Response)> {
        vec![(Some(StatusCode::Code(404)), described(ctx, "There is no such thing, or not for this actor (NU5001)."))]
    }
}
