//! `application/problem+json` (RFC 9457): the one envelope of everything that the API refuses.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use nuan_vocabulary::diagnostic::Diagnostic;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The media type.
pub const MEDIA_TYPE: &str = "application/problem+json";

const TYPES: &str = "https://nuan.example/problems/";

/// Why a request was refused. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// A URI that stands for the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// A stable code, `NU` and four digits; docs/ has a page of all.
    pub code: String,
    /// One sentence for people.
    pub title: String,
    /// The HTTP status, repeated.
    pub status: u16,
    /// The request, as the header `x-request-id` and the operator's log name it.
    pub request_id: String,
    /// The single mistakes; `path` is a JSON pointer into the body, or the name of a header or query key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Diagnostic>,
}

impl Problem {
    /// A problem that does not yet know its request.
    pub fn new(code: &str, status: u16, title: String, errors: Vec<Diagnostic>) -> Self {
        let kind = format!("{TYPES}{code}");
        Self { kind, code: code.to_owned(), title, status, request_id: String::new(), errors }
    }

    /// Makes the answer of this request what the problem says, keeping headers that it already has.
    pub fn write_into(mut self, response: &mut Response, request_id: &str) {
        self.request_id = request_id.to_owned();
        // A struct of texts and one small number always serializes.
        *response.body_mut() = Body::from(serde_json::to_vec(&self).unwrap_or_default());
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    }
}
