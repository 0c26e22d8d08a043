//! `/explorer`: the API to read and try in a browser. It loads nothing from elsewhere: script, settings and style are served
//! from here, fonts are the system's, and the content security policy would block anything else.

use std::sync::LazyLock;

use aide::scalar::Scalar;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

use crate::error::ApiError;

/// The explorer writes its styles into the page, so it alone may.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                                       img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; \
                                       base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = include_str!("explorer/explorer.html");

/// The script as it lies inside aide, which gives it out only within a page of its own.
static SCRIPT: LazyLock<String> =
    LazyLock::new(|| script_of(&Scalar::new("/openapi.json").html()).unwrap_or_default().to_owned());

/// The page.
pub async fn index() -> Response {
    let mut response = Html(PAGE).into_response();
    let policy = HeaderValue::from_static(CONTENT_SECURITY_POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// Its script.
pub async fn file(Path(file): Path<String>) -> Result<Response, ApiError> {
    let headers = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")];
    match file.as_str() {
        "scalar.js" => Ok((headers, SCRIPT.as_str()).into_response()),
        _ => Err(ApiError::no_such_route()),
    }
}

/// The last script of the page.
fn script_of(page: &str) -> Option<&str> {
    let settings = page.find("apiReference.dataset.configuration")?;
    let (_, rest) = page.get(settings..)?.split_once("<script>")?;
    rest.rsplit_once("</script>").map(|(script, _)| script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_whole_and_the_page_asks_nobody_else() {
        assert!(1_000_000 < SCRIPT.len());
        assert!(!SCRIPT.contains("apiReference.dataset"));
        assert!(!PAGE.contains("://"));
        assert!(PAGE.contains("&quot;withDefaultFonts&quot;: false"));
    }
}
