//! A JSON body: called JSON, small enough, not nested too deep.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, RequestBody, Response, SchemaObject, StatusCode};
use aide::operation::set_body;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use nuan_vocabulary::diagnostic::Diagnostic;
use schemars::JsonSchema;
use serde_json::Value;

use super::fields::ReadBody;
use crate::error::{ApiError, described};
use crate::limits;

/// A JSON body.
#[derive(Debug)]
pub struct ApiJson<T>(pub T);

impl<T: ReadBody, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = receive(request, state).await?;
        T::read(parse(&bytes)?).map(Self)
    }
}

/// Waits for the whole of a body that is called JSON.
pub async fn receive<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    if !is_called_json(request.headers()) {
        return Err(ApiError::not_called_json());
    }
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => ApiError::too_large(),
        _ => ApiError::not_json(Diagnostic::new("NU2001", "", "the body did not come whole")),
    })
}

/// Reads JSON.
pub fn parse(bytes: &[u8]) -> Result<Value, ApiError> {
    if is_nested_too_deep(bytes) {
        let detail = format!("the JSON is nested deeper than {} levels", limits::JSON_DEPTH);
        return Err(ApiError::not_json(Diagnostic::new("NU2001", "", detail)));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        let hint = "check quotes, commas and braces there; the text must be UTF-8";
        ApiError::not_json(Diagnostic::new("NU2001", place, "this is not JSON").with_hint(hint))
    })
}

fn is_called_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// Counts braces and brackets outside strings, before anything is built from them.
fn is_nested_too_deep(json: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if limits::JSON_DEPTH < depth {
            return true;
        }
    }
    false
}

impl<T: JsonSchema> OperationInput for ApiJson<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = SchemaObject { json_schema: ctx.schema.subschema_for::<T>(), example: None, external_docs: None };
        let mut body = RequestBody { required: true, ..RequestBody::default() };
        body.content.insert("application/json".to_owned(), MediaType { schema: Some(schema), ..MediaType::default() });
        set_body(ctx, operation, body);
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<StatusCode>, Response)> {
        let refusals = [
            (400, "The body is not JSON (NU2001), or the query has keys that there are not (NU2006)."),
            (413, "The body is larger than 1 MiB (NU2005)."),
            (415, "The body is not called JSON (NU2004)."),
            (422, "The content has mistakes; `errors` names them all."),
        ];
        refusals.map(|(code, text)| (Some(StatusCode::Code(code)), described(ctx, text))).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_counted_outside_strings_only() {
        let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
        assert!(!is_nested_too_deep(&nested(limits::JSON_DEPTH)));
        assert!(is_nested_too_deep(&nested(limits::JSON_DEPTH + 1)));
        assert!(!is_nested_too_deep(format!(r#"["{}\"{}"]"#, "[".repeat(99), "{".repeat(99)).as_bytes()));
    }

    #[test]
    fn json_may_name_its_charset_and_nothing_else_is_json() {
        #[track_caller]
        fn check(content_type: &str, expected: bool) {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
            assert_eq!(is_called_json(&headers), expected, "{content_type}");
        }
        check("application/json", true);
        check("Application/JSON; charset=utf-8", true);
        check("text/plain", false);
        check("application/json-seq", false);
        assert!(!is_called_json(&HeaderMap::new()));
    }
}
