//! `/metrics`: counts and durations for Prometheus. Labels are routes as templates, methods and classes of status, never an id,
//! a query or anything a caller made up.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// What the exporter wants to be told, so that samples do not pile up between two visits of Prometheus.
pub const UPKEEP: Duration = Duration::from_secs(5);

/// Seconds within which answers and commits are counted.
const SECONDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

/// The recorder of this process, made by the first who asks.
pub fn recorder() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new();
        let builder = match builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS) {
            Ok(builder) => builder,
            Err(_) => PrometheusBuilder::new(), // only an empty list of buckets is refused
        };
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        // Where a host of this library has a recorder already, ours shows nothing.
        drop(metrics::set_global_recorder(recorder));
        handle
    })
}

/// Shows all metrics as text.
pub async fn show() -> Response {
    let text = recorder().render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// Counts a request by its route and how it ended.
pub async fn count(request: Request, next: Next) -> Response {
    recorder();
    let method = crate::middleware::method_name(request.method());
    let begun = Instant::now();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = matched.map_or_else(|| "-".to_owned(), |path| path.as_str().to_owned());
    let class = format!("{}xx", response.status().as_u16().div_euclid(100));
    metrics::counter!("nuan_requests_total", "method" => method, "route" => route.clone(), "status" => class)
        .increment(1);
    metrics::histogram!("nuan_request_seconds", "route" => route).record(begun.elapsed().as_secs_f64());
    response
}
