//! What the API itself refuses, and how refusals of the kernel look over HTTP.
//!
//! INVARIANT: an answer holds public text only. Causes go to the operator's log, once, under the request's id.

use std::error::Error;
use std::fmt::Write;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as Described, SchemaObject, StatusCode as DescribedStatus};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use nuan_kernel::{ErrorKind, KernelError};
use nuan_vocabulary::diagnostic::Diagnostic;

use crate::limits;
use crate::problem::{MEDIA_TYPE, Problem};

/// A refused request.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    problem: Box<Problem>,
    cause: Option<String>,
}

impl ApiError {
    fn new(status: StatusCode, code: &str, title: &str, errors: Vec<Diagnostic>) -> Self {
        let problem = Box::new(Problem::new(code, status.as_u16(), title.to_owned(), errors));
        Self { status, problem, cause: None }
    }

    /// The body is not JSON, or not all of it came.
    pub fn not_json(mistake: Diagnostic) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "NU2001", "The body is not JSON.", vec![mistake])
    }

    /// The body says that it is something else.
    pub fn not_called_json() -> Self {
        let mistake = Diagnostic::new("NU2004", "content-type", "the body must be JSON and say so");
        let mistake = mistake.with_hint("send `content-type: application/json`");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "NU2004", "The body has the wrong content type.", vec![mistake])
    }

    /// The body is too large.
    pub fn too_large() -> Self {
        let title = format!("The body is larger than {} bytes.", limits::BODY_BYTES);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "NU2005", &title, Vec::new())
    }

    /// The form of an import is too large.
    pub fn file_too_large() -> Self {
        let title = format!("The form is larger than {} bytes.", limits::IMPORT_BYTES);
        let mistake = Diagnostic::new("NU2005", "file", "a file has at most 64 MiB").with_hint("split it");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "NU2005", &title, vec![mistake])
    }

    /// The body is no form.
    pub fn not_called_form() -> Self {
        let mistake = Diagnostic::new("NU2010", "content-type", "the body must be a form with files, and say so")
            .with_hint("send it as curl does: -F file=@township.csv");
        Self::new(StatusCode::BAD_REQUEST, "NU2010", "The body is no form.", vec![mistake])
    }

    /// The form has fields or values that there are not. None is ever ignored.
    pub fn form(mistakes: Vec<Diagnostic>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "NU2009", "The form cannot be used.", mistakes)
    }

    /// The query has keys or values that there are not. None is ever ignored.
    pub fn query(mistakes: Vec<Diagnostic>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "NU2006", "The query cannot be used.", mistakes)
    }

    /// The headers are too large.
    pub fn headers_too_large() -> Self {
        let title = format!("The headers are larger than {} bytes.", limits::HEADER_BYTES);
        Self::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "NU2007", &title, Vec::new())
    }

    /// No route.
    pub fn no_such_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NU5000", "There is no such route; /explorer shows all.", Vec::new())
    }

    /// The id in the path is none, so nothing has it.
    pub fn no_such_thing() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NU5001", "There is no such thing.", Vec::new())
    }

    /// The route does not have this method.
    pub fn no_such_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "NU5004", "The route does not have this method.", Vec::new())
    }

    /// The idempotency key cannot be used.
    pub fn idempotency_key(mistakes: Vec<Diagnostic>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "NU5005", "The idempotency key cannot be used.", mistakes)
    }

    /// The request names another host than this machine: a page elsewhere is trying to reach it.
    pub fn strange_host() -> Self {
        let mistake = Diagnostic::new("NU6003", "host", "only this machine is served")
            .with_hint("ask for localhost or 127.0.0.1");
        Self::new(StatusCode::MISDIRECTED_REQUEST, "NU6003", "The request is for another host.", vec![mistake])
    }

    /// The operator's name cannot be used.
    pub fn no_actor() -> Self {
        let mistake = Diagnostic::new("NU5006", "nuan-actor", "this is no operator's name")
            .with_hint("send one header `nuan-actor` of 1 to 64 letters, digits, `-`, `_`, `.` or `@`");
        Self::new(StatusCode::BAD_REQUEST, "NU5006", "The operator's name cannot be used.", vec![mistake])
    }

    /// A mistake of our own.
    pub fn panicked() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "NU9000", "Something of our own went wrong.", Vec::new())
    }

    /// The answer took too long.
    pub fn timed_out() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "NU9002",
            "The answer took too long; nothing can be said about it.",
            Vec::new(),
        )
    }

    /// The same refusal of a document that stands at a place in the body.
    #[must_use]
    pub fn inside(mut self, place: &str) -> Self {
        for mistake in &mut self.problem.errors {
            mistake.path.insert_str(0, place);
        }
        self
    }
}

impl From<KernelError> for ApiError {
    fn from(error: KernelError) -> Self {
        let status = match error.kind() {
            ErrorKind::Input => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Environment => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut refused = Self::new(status, error.code(), &sentence(&error.to_string()), error.diagnostics().to_vec());
        refused.cause = status.is_server_error().then(|| chain(&error));
        refused
    }
}

/// A capital letter and a full stop around the text of an error. An id at the front stays as it is.
fn sentence(text: &str) -> String {
    let first_word = text.split(' ').next().unwrap_or_default();
    if !first_word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return format!("{text}.");
    }
    let mut letters = text.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

/// The error with all its sources.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

impl IntoResponse for ApiError {
    /// The body is written by the middleware, which alone knows the request's id.
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            let cause = self.cause.as_deref().unwrap_or(&self.problem.title);
            tracing::error!(problem.code = %self.problem.code, "Failed to answer: {cause}");
        }
        let mut response = self.status.into_response();
        response.extensions_mut().insert(*self.problem);
        response
    }
}

impl OperationOutput for ApiError {
    type Inner = Problem;

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<Described> {
        Some(described(ctx, "Refused; nothing was changed."))
    }

    fn inferred_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<DescribedStatus>, Described)> {
        let fault = described(ctx, "A fault of the server (NU9000) or of a part of it; the log has the cause.");
        let late = described(ctx, "The answer took too long (NU9002), or plugins cannot be used.");
        let status = |code| Some(DescribedStatus::Code(code));
        vec![(status(500), fault), (status(503), late), (None, described(ctx, "Refused; nothing was changed."))]
    }
}

/// A problem as the description of the API shows it.
pub fn described(ctx: &mut GenContext, description: &str) -> Described {
    let schema =
        SchemaObject { json_schema: ctx.schema.subschema_for::<Problem>(), example: None, external_docs: None };
    let mut response = Described { description: description.to_owned(), ..Described::default() };
    response.content.insert(MEDIA_TYPE.to_owned(), MediaType { schema: Some(schema), ..MediaType::default() });
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_as_a_sentence() {
        assert_eq!(sentence("the document has 2 mistakes"), "The document has 2 mistakes.");
        assert_eq!(sentence("hh_7 not found"), "hh_7 not found.");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn mistakes_of_the_kernel_keep_their_code_and_place() {
        let mistake = Diagnostic::new("NU2110", "/as_of", "this is not a date of the calendar");
        let refused = ApiError::from(KernelError::Document(vec![mistake])).inside("/household");
        assert_eq!((refused.status.as_u16(), refused.problem.code.as_str()), (422, "NU2103"));
        assert_eq!(refused.problem.errors[0].path, "/household/as_of");
        assert_eq!(ApiError::from(KernelError::NotFound("household".to_owned())).status, StatusCode::NOT_FOUND);
        assert_eq!(ApiError::from(KernelError::IdempotencyKeyInFlight).status, StatusCode::CONFLICT);
    }
}
