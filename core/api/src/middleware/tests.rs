//! Every refusal of the API's own, over routes that need no kernel.

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, StatusCode, header};
use axum::routing::{get, post};
use serde_json::Value;
use tower::ServiceExt;

use super::*;
use crate::extract::{ApiJson, ApiPath, Create, Fields, NoQuery, ReadBody};
use crate::problem::{MEDIA_TYPE, Problem};

/// A body with one date.
struct Dated;

impl ReadBody for Dated {
    fn read(body: Value) -> Result<Self, ApiError> {
        let mut fields = Fields::open(body, &["as_of"])?;
        fields.date("as_of");
        fields.finish(Self)
    }
}

async fn never() {
    std::future::pending::<()>().await;
}

async fn break_down() {
    panic!("a secret");
}

async fn key(create: Create<Dated>) -> String {
    create.key.map(|key| format!("{} {}", key.route, key.key)).unwrap_or_default()
}

fn app() -> Router {
    let routes = Router::new()
        .route("/plain", get(async |_: NoQuery| "fine"))
        .route("/dated", post(async |_: ApiJson<Dated>| "fine"))
        .route("/keyed", post(key))
        .route("/things/{id}", get(async |ApiPath(id): ApiPath<u32>| id.to_string()))
        .route("/never", get(never))
        .route(crate::imports::create::PATH, post(never))
        .route("/panics", get(break_down));
    around(routes)
}

fn request(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header(header::HOST, "127.0.0.1:8080")
}

fn json(path: &str, body: impl Into<Body>) -> Request<Body> {
    request(Method::POST, path).header(header::CONTENT_TYPE, "application/json").body(body.into()).unwrap()
}

fn asked(path: &str) -> Request<Body> {
    request(Method::GET, path).body(Body::empty()).unwrap()
}

async fn send(request: Request<Body>) -> Response<Body> {
    app().oneshot(request).await.unwrap()
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
}

/// Sends a request and reads the problem that it must end in.
#[track_caller]
fn check(request: Request<Body>, status: u16, code: &str) -> impl Future<Output = Problem> {
    let (code, place) = (code.to_owned(), std::panic::Location::caller());
    async move {
        let response = send(request).await;
        assert_eq!(response.status().as_u16(), status, "{place}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], MEDIA_TYPE, "{place}");
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        let problem: Problem = serde_json::from_str(&text(response).await).unwrap();
        assert_eq!(
            (problem.code.as_str(), problem.status, &problem.request_id),
            (code.as_str(), status, &id),
            "{place}"
        );
        assert!(problem.kind.ends_with(&code) && problem.title.ends_with('.'), "{place}");
        problem
    }
}

#[tokio::test]
async fn routes_methods_and_ids_that_there_are_not() {
    check(asked("/v2"), 404, "NU5000").await;
    check(asked("/things/x"), 404, "NU5001").await;
    check(request(Method::DELETE, "/plain").body(Body::empty()).unwrap(), 405, "NU5004").await;
    let response = send(request(Method::DELETE, "/plain").body(Body::empty()).unwrap()).await;
    assert_eq!(response.headers()[header::ALLOW], "GET,HEAD");
    assert_eq!(text(send(asked("/things/7")).await).await, "7");
}

#[tokio::test]
async fn bodies_that_cannot_be_read() {
    let problem = check(json("/dated", "{\n  \"as_of\": }"), 400, "NU2001").await;
    assert_eq!(problem.errors[0].path, "line 2, column 12");
    check(json("/dated", ""), 400, "NU2001").await;
    check(json("/dated", [vec![b'['; 65], vec![b']'; 65]].concat()), 400, "NU2001").await;
    check(json("/dated", vec![0xff, 0xfe]), 400, "NU2001").await;
    let unnamed = request(Method::POST, "/dated").body(Body::from("{}")).unwrap();
    check(unnamed, 415, "NU2004").await;
    check(json("/dated", vec![b' '; limits::BODY_BYTES + 1]), 413, "NU2005").await;
    assert_eq!(
        send(json("/dated", format!("{{}}{}", " ".repeat(limits::BODY_BYTES - 2)))).await.status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn bodies_with_mistakes() {
    let problem = check(json("/dated", r#"{ "as_of": "2021-02-29", "as_off": 1 }"#), 422, "NU2200").await;
    assert_eq!(problem.errors.len(), 2);
    check(json("/dated", "[]"), 422, "NU2200").await;
    check(json("/dated", "null"), 422, "NU2200").await;
}

#[tokio::test]
async fn a_query_key_is_never_ignored() {
    let problem = check(asked("/plain?limit=1"), 400, "NU2006").await;
    assert_eq!(problem.errors[0].path, "limit");
    assert_eq!(text(send(asked("/plain")).await).await, "fine");
}

#[tokio::test]
async fn an_idempotency_key_is_short_and_printable() {
    let keyed = |key: &str| {
        let mut request = json("/keyed", "{}");
        request.headers_mut().append("idempotency-key", key.parse().unwrap());
        request
    };
    assert_eq!(text(send(keyed("k-1")).await).await, "POST /keyed k-1");
    assert_eq!(text(send(json("/keyed", "{}")).await).await, "");
    check(keyed(&"k".repeat(65)), 422, "NU5005").await;
    check(keyed("a b"), 422, "NU5005").await;
    check(keyed(""), 422, "NU5005").await;
    let mut twice = keyed("k-1");
    twice.headers_mut().append("idempotency-key", "k-2".parse().unwrap());
    check(twice, 422, "NU5005").await;
}

#[tokio::test]
async fn only_requests_for_this_machine_are_answered() {
    let for_host = |host: &str| Request::get("/plain").header(header::HOST, host).body(Body::empty()).unwrap();
    check(for_host("example.com"), 421, "NU6003").await;
    check(Request::get("/plain").body(Body::empty()).unwrap(), 421, "NU6003").await;
    assert_eq!(send(for_host("localhost:8080")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn headers_have_a_limit() {
    let large = request(Method::GET, "/plain")
        .header("x-filler", "x".repeat(limits::HEADER_BYTES))
        .body(Body::empty())
        .unwrap();
    check(large, 431, "NU2007").await;
}

#[tokio::test]
async fn a_panic_ends_one_request_and_says_nothing() {
    let response = send(asked("/panics")).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body = text(response).await;
    assert!(body.contains("NU9000") && !body.contains("secret"), "{body}");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_the_limit() {
    let begun = tokio::time::Instant::now();
    check(asked("/never"), 503, "NU9002").await;
    assert_eq!(begun.elapsed().as_secs(), limits::REQUEST_TIME.as_secs());
    let begun = tokio::time::Instant::now();
    check(json(crate::imports::create::PATH, ""), 503, "NU9002").await;
    assert_eq!(begun.elapsed().as_secs(), limits::IMPORT_TIME.as_secs(), "an import has more time");
}

#[tokio::test]
async fn every_answer_keeps_the_browser_safe() {
    for path in ["/plain", "/v2", "/panics"] {
        let response = send(asked(path)).await;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(response.headers()[header::REFERRER_POLICY], "no-referrer");
        assert_eq!(response.headers()[header::X_FRAME_OPTIONS], "DENY");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }
}

#[tokio::test]
async fn a_caller_cannot_choose_the_request_id() {
    let forged = request(Method::GET, "/plain").header("x-request-id", "forged").body(Body::empty()).unwrap();
    let response = send(forged).await;
    let ids: Vec<_> = response.headers().get_all("x-request-id").iter().collect();
    assert!(matches!(ids.as_slice(), [id] if id.to_str().unwrap().starts_with("req_")));
}
