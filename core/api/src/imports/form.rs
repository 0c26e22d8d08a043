//! The form of an import (`multipart/form-data`): a spreadsheet, the mapping of its columns, and whether it is committed.
//!
//! INVARIANT: a field that there is not, or one that comes twice, is refused and never ignored; what a field holds is repeated
//! nowhere.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, RequestBody, Response, SchemaObject, StatusCode};
use aide::operation::set_body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use nuan_kernel::ImportRequest;
use nuan_vocabulary::diagnostic::{Diagnostic, shown_key};
use schemars::json_schema;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::error::{ApiError, described};
use crate::limits;

const FIELDS: [&str; 3] = ["file", "mapping", "commit"];

/// Whoever comes while others are read waits before the first byte is taken, so that memory is bounded.
static ROOM: Semaphore = Semaphore::const_new(limits::IMPORTS_AT_ONCE);

/// A form that was read.
#[derive(Debug)]
pub struct ImportForm {
    /// What it asks for.
    pub request: ImportRequest,
    /// The place among those that are read at once, given back with the answer.
    pub place: Option<SemaphorePermit<'static>>,
}

/// The fields as they come.
#[derive(Default)]
struct Given {
    file: Option<Vec<u8>>,
    mapping: Option<Vec<u8>>,
    commit: Option<Vec<u8>>,
    mistakes: Vec<Diagnostic>,
}

impl<S: Send + Sync> FromRequest<S> for ImportForm {
    type Rejection = ApiError;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, ApiError> {
        let place = ROOM.acquire().await.ok();
        DefaultBodyLimit::max(limits::IMPORT_BYTES).apply(&mut request);
        let form = Multipart::from_request(request, state).await;
        let mut form = form.map_err(|_| ApiError::not_called_form())?;
        let mut given = Given::default();
        while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
            given.take(field).await?;
        }
        let request = given.finish().map_err(ApiError::form)?;
        Ok(Self { request, place })
    }
}

impl Given {
    async fn take(&mut self, field: Field<'_>) -> Result<(), ApiError> {
        let name = field.name().unwrap_or_default().to_owned();
        let place = match name.as_str() {
            "file" => &mut self.file,
            "mapping" => &mut self.mapping,
            "commit" => &mut self.commit,
            _ => {
                let unknown = mistake(&shown_key(&name), "no such field");
                self.mistakes.push(unknown.with_suggestion(&name, FIELDS.into_iter()));
                return Ok(());
            }
        };
        if place.is_some() {
            self.mistakes.push(mistake(&name, "the field comes twice").with_hint("send one file at a time"));
            return Ok(());
        }
        *place = Some(field.bytes().await.map_err(|error| broken(&error))?.into());
        Ok(())
    }

    /// What is asked for, or every mistake.
    fn finish(mut self) -> Result<ImportRequest, Vec<Diagnostic>> {
        let is_committed = match self.commit.as_deref() {
            Some(b"true") => true,
            None | Some(b"false") => false,
            Some(_) => {
                let wrong = mistake("commit", "this is neither true nor false");
                self.mistakes.push(wrong.with_hint("write `true`, or leave it out for a preview"));
                false
            }
        };
        if self.mapping.as_ref().is_some_and(|text| limits::BODY_BYTES < text.len()) {
            let detail = format!("the mapping is larger than {} bytes", limits::BODY_BYTES);
            self.mistakes.push(mistake("mapping", &detail));
        }
        if self.file.is_none() {
            let missing = mistake("file", "the spreadsheet is missing");
            self.mistakes.push(missing.with_hint("send it as curl does: -F file=@township.csv"));
        }
        match self.file {
            Some(file) if self.mistakes.is_empty() => Ok(ImportRequest { file, mapping: self.mapping, is_committed }),
            _ => Err(self.mistakes),
        }
    }
}

fn mistake(field: &str, detail: &str) -> Diagnostic {
    Diagnostic::new("NU2009", field, detail)
}

fn broken(error: &MultipartError) -> ApiError {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return ApiError::file_too_large();
    }
    ApiError::form(vec![mistake("", "the form did not come whole, or cannot be read")])
}

impl OperationInput for ImportForm {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let json_schema = json_schema!({
            "type": "object",
            "properties": {
                "file": {
                    "type": "string",
                    "contentMediaType": "application/octet-stream",
                    "description": "The spreadsheet: CSV in UTF-8 or GB 18030, or an Excel workbook (.xlsx), at most 64 MiB.",
                },
                "mapping": {
                    "type": "string",
                    "description": "Which column is what (YAML); guessed from the headers where absent.",
                },
                "commit": {
                    "type": "string",
                    "enum": ["true", "false"],
                    "description": "`true` puts what is ready on the register; `false` or nothing is a preview.",
                },
            },
            "required": ["file"],
            "additionalProperties": false,
        });
        let schema = SchemaObject { json_schema, example: None, external_docs: None };
        let mut body = RequestBody { required: true, ..RequestBody::default() };
        let media_type = MediaType { schema: Some(schema), ..MediaType::default() };
        body.content.insert("multipart/form-data".to_owned(), media_type);
        set_body(ctx, operation, body);
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<StatusCode>, Response)> {
        let refusals = [
            (400, "It is no form (NU2010), or has fields or values that there are not (NU2009); none is ever ignored."),
            (413, "The form is larger than a file may be (NU2005)."),
            (422, "The file or the mapping cannot be used; `errors` says why."),
        ];
        refusals.map(|(code, text)| (Some(StatusCode::Code(code)), described(ctx, text))).into()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::response::IntoResponse;

    use super::*;
    use crate::problem::Problem;

    fn field(name: &str, content: &str) -> String {
        format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
    }

    async fn read(content_type: &str, body: String) -> Result<ImportRequest, (u16, String, Vec<String>)> {
        let request = Request::post("/").header("content-type", content_type).body(Body::from(body)).unwrap();
        ImportForm::from_request(request, &()).await.map(|form| form.request).map_err(|refused| {
            let response = refused.into_response();
            let problem = response.extensions().get::<Problem>().unwrap();
            let places = problem.errors.iter().map(|error| error.path.clone()).collect();
            (response.status().as_u16(), problem.code.clone(), places)
        })
    }

    async fn form(fields: &[(&str, &str)]) -> Result<ImportRequest, (u16, String, Vec<String>)> {
        let fields: String = fields.iter().map(|(name, content)| field(name, content)).collect();
        read("multipart/form-data; boundary=x", format!("{fields}--x--\r\n")).await
    }

    #[tokio::test]
    async fn a_preview_unless_it_says_true() {
        let asked = form(&[("file", "a,b\r\n1,2")]).await.unwrap();
        assert_eq!((asked.file.as_slice(), asked.mapping, asked.is_committed), (&b"a,b\r\n1,2"[..], None, false));
        assert!(!form(&[("commit", "false"), ("file", "")]).await.unwrap().is_committed);
        let asked = form(&[("commit", "true"), ("mapping", "version: 1"), ("file", "x")]).await.unwrap();
        assert_eq!((asked.mapping.as_deref(), asked.is_committed), (Some(&b"version: 1"[..]), true));
    }

    #[tokio::test]
    async fn every_mistake_of_a_form_comes_at_once() {
        let refused = form(&[("fiel", "x"), ("commit", "yes"), ("commit", "true"), ("张三", "x")]).await;
        let places = ["fiel", "commit", "*", "commit", "file"].map(str::to_owned).to_vec();
        assert_eq!(refused.unwrap_err(), (400, "NU2009".to_owned(), places));
        let refused = form(&[("file", "x"), ("file", "y")]).await;
        assert_eq!(refused.unwrap_err(), (400, "NU2009".to_owned(), vec!["file".to_owned()]));
        assert_eq!(form(&[("file", "x"), ("commit", "")]).await.unwrap_err().2, ["commit"]);
        assert!(form(&[("file", "x"), ("mapping", &"y".repeat(limits::BODY_BYTES))]).await.is_ok());
        assert_eq!(
            form(&[("file", "x"), ("mapping", &"y".repeat(limits::BODY_BYTES + 1))]).await.unwrap_err().2,
            ["mapping"]
        );
    }

    #[tokio::test]
    async fn what_is_no_form_is_refused() {
        for content_type in ["application/json", "multipart/form-data", "text/csv"] {
            let refused = read(content_type, "{}".to_owned()).await;
            assert_eq!(refused.unwrap_err().1, "NU2010", "{content_type}");
        }
        let cut = read("multipart/form-data; boundary=x", field("file", "a,b").replace("\r\n\r\n", "\r\n")).await;
        assert_eq!(cut.unwrap_err(), (400, "NU2009".to_owned(), vec![String::new()]));
        let cut = read("multipart/form-data; boundary=x", field("file", "a,b")).await;
        assert_eq!(cut.unwrap_err(), (400, "NU2009".to_owned(), vec![String::new()]));
    }

    #[tokio::test]
    async fn a_form_is_no_larger_than_a_file_and_a_mapping() {
        let around = field("file", "").len() + "--x--\r\n".len();
        assert!(form(&[("file", &"a".repeat(limits::IMPORT_BYTES - around))]).await.is_ok());
        let refused = form(&[("file", &"a".repeat(limits::IMPORT_BYTES - around + 1))]).await.unwrap_err();
        assert_eq!((refused.0, refused.1.as_str()), (413, "NU2005"));
    }
}
