//! A conversation with the API, as a caller has it: through the real router, over a kernel and a register of its own. It
//! is written down as it goes, and compared with the file that keeps it.
//!
//! Clock and randomness stand at one place, so ids and instants are the same every time. What still differs is masked.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::HOST;
use axum::http::{HeaderMap, HeaderValue, Request, Response};
use nuan_kernel::Kernel;
use nuan_tests::installation::{Database, StillWorld, kernel_in, packages};
use nuan_tests::root;
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;
use tower::ServiceExt;

/// Where conversations are kept.
pub const FOLDER: &str = "tests/http";
/// Writes them anew.
pub const COMMAND: &str = "NUAN_WRITE=1 cargo test -p nuan-tests --test all http::";

/// Here the first ids sort as they were made, though all within one millisecond; those of different ones always do.
const PLACE: u64 = 6;
/// Bytes of the largest answer.
const MOST: usize = 16 << 20;
/// Bytes of a body that is no JSON and is written down all the same.
const MOST_WRITTEN: usize = 400;
/// The headers of an answer that are written down.
const HEADERS: [&str; 5] = ["allow", "content-type", "idempotency-replayed", "location", "x-request-id"];
/// Entries of an answer's list or object that are written down whole; of a longer one, the first stand for all.
const WHOLE: usize = 12;
/// How many stand for all.
const FIRST: usize = 2;
/// What stands before something that differs between requests and machines, or with every edit of a rule.
const VARYING: [(&str, &str); 3] = [("sha256:", "<digest>"), ("wasmtime-", "<engine>"), ("req_", "<id>")];

/// Requests and answers so far.
pub struct Conversation {
    router: Router,
    text: String,
}

impl Conversation {
    /// Nobody is on the register yet. The first kernel stays, so that the others share its compiled plugins.
    pub async fn begin() -> Self {
        static FIRST_KERNEL: OnceCell<Kernel> = OnceCell::const_new();
        FIRST_KERNEL.get_or_init(fresh_kernel).await;
        Self { router: nuan_api::router(fresh_kernel().await), text: String::new() }
    }

    /// A conversation with a server over this kernel.
    pub fn with(kernel: Kernel) -> Self {
        Self { router: nuan_api::router(kernel), text: String::new() }
    }

    /// Another conversation with the same server.
    pub fn over(earlier: &Self) -> Self {
        Self { router: earlier.router.clone(), text: String::new() }
    }

    /// Asks for something that is no JSON.
    pub async fn text(&self, request: &Request<String>) -> String {
        let (mut parts, body) = request.clone().into_parts();
        parts.headers.entry(HOST).or_insert(HeaderValue::from_static("localhost"));
        let request = Request::from_parts(parts, Body::from(body));
        let response = self.router.clone().oneshot(request).await.unwrap();
        String::from_utf8(to_bytes(response.into_body(), MOST).await.unwrap().to_vec()).unwrap()
    }

    /// Asks without writing it down: what has to be so before the conversation.
    pub async fn ask(&self, request: &Request<String>) -> Response<Value> {
        let (mut parts, body) = request.clone().into_parts();
        parts.headers.entry(HOST).or_insert(HeaderValue::from_static("localhost"));
        let request = Request::from_parts(parts, Body::from(body));
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, MOST).await.unwrap();
        Response::from_parts(parts, serde_json::from_slice(&bytes).expect("every answer is JSON"))
    }

    /// Asks, and writes down what was asked for and answered.
    pub async fn say(&mut self, what: &str, request: Request<String>) -> Response<Value> {
        let answer = self.ask(&request).await;
        self.write(what, &request, &told(&answer));
        answer
    }

    /// The same without the body of the answer, but with every header except its length.
    pub async fn say_headers(&mut self, what: &str, request: Request<String>) {
        let answer = self.ask(&request).await;
        let headers = header_lines(answer.headers(), |name| name != "content-length");
        self.write(what, &request, &format!("HTTP/1.1 {}\n{headers}", answer.status()));
    }

    /// Asks twice at the same time. The answer that repeats the other comes second.
    pub async fn say_twice_at_once(&mut self, what: &str, request: Request<String>) -> [Response<Value>; 2] {
        let (one, other) = tokio::join!(self.ask(&request), self.ask(&request));
        let mut answers = [one, other];
        answers.sort_by_key(is_replayed);
        for answer in &answers {
            self.write(what, &request, &told(answer));
        }
        answers
    }

    /// Compares the whole with `tests/http/<name>.http`; with `NUAN_WRITE=1` in the environment, writes that first.
    pub fn ends_as(self, name: &str) {
        let file = format!("{FOLDER}/{name}.http");
        let path = root().join(&file);
        if std::env::var_os("NUAN_WRITE").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &self.text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        if let Some(difference) = difference(&kept, &self.text) {
            panic!("{file}:{difference}\nif the change is meant, keep it with `{COMMAND}`, and read it");
        }
    }

    fn write(&mut self, what: &str, request: &Request<String>, told: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        self.text += &masked(&format!("{gap}### {what}\n{}\n{told}", asked(request)));
    }
}

/// A kernel over a database of its own, at the place where every conversation begins.
pub async fn fresh_kernel() -> Kernel {
    let database = Database::memory().await.unwrap();
    kernel_in(StillWorld::at(PLACE), packages().unwrap(), &database).await.unwrap()
}

/// Whether it is the answer to an earlier request under the same key.
pub fn is_replayed(answer: &Response<Value>) -> bool {
    answer.headers().contains_key("idempotency-replayed")
}

/// A request without a body.
pub fn get(path: &str) -> Request<String> {
    Request::get(path).body(String::new()).unwrap()
}

/// A request with a JSON body.
pub fn post(path: &str, body: &Value) -> Request<String> {
    post_text(path, "application/json", body.to_string())
}

/// A request with any body.
pub fn post_text(path: &str, content_type: &str, body: String) -> Request<String> {
    Request::post(path).header("content-type", content_type).body(body).unwrap()
}

/// The request under an idempotency key.
pub fn under(key: &'static str, mut request: Request<String>) -> Request<String> {
    request.headers_mut().insert("idempotency-key", HeaderValue::from_static(key));
    request
}

/// Request line, headers, and the whole body.
fn asked(request: &Request<String>) -> String {
    let head = format!("{} {}\n{}", request.method(), request.uri(), header_lines(request.headers(), |_| true));
    let body = request.body();
    match serde_json::from_str::<Value>(body) {
        Ok(json) => format!("{head}\n{json:#}\n"),
        Err(_) if body.is_empty() => head,
        Err(_) if MOST_WRITTEN < body.len() => format!("{head}\n<{} bytes>\n", body.len()),
        Err(_) => format!("{head}\n{body}\n"),
    }
}

/// Status line, the headers that matter, and the body.
fn told(answer: &Response<Value>) -> String {
    let headers = header_lines(answer.headers(), |name| HEADERS.contains(&name));
    format!("HTTP/1.1 {}\n{headers}\n{:#}\n", answer.status(), abridged(answer.body()))
}

fn header_lines(headers: &HeaderMap, is_wanted: impl Fn(&str) -> bool) -> String {
    let wanted = headers.iter().filter(|(name, _)| is_wanted(name.as_str()));
    let mut lines: Vec<String> = wanted.map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap())).collect();
    lines.sort();
    lines.concat()
}

/// The same with long lists and objects cut after their first entries.
fn abridged(value: &Value) -> Value {
    let shown = |entries: usize| if WHOLE < entries { FIRST } else { entries };
    match value {
        Value::Array(items) => {
            let rest = (WHOLE < items.len()).then(|| json!("…"));
            items.iter().take(shown(items.len())).map(abridged).chain(rest).collect()
        }
        Value::Object(map) => {
            let rest = (WHOLE < map.len()).then(|| ("…".to_owned(), json!("…")));
            let entries = map.iter().take(shown(map.len())).map(|(key, value)| (key.clone(), abridged(value)));
            Value::Object(entries.chain(rest).collect::<Map<_, _>>())
        }
        _ => value.clone(),
    }
}

/// The text with what varies replaced by what it is.
fn masked(text: &str) -> String {
    let is_digit = |c: char| c.is_ascii_hexdigit() || c == '/';
    VARYING.iter().fold(text.to_owned(), |text, (mark, what)| {
        let mut parts = text.split(mark);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |masked, part| format!("{masked}{mark}{what}{}", part.trim_start_matches(is_digit)))
    })
}

/// The first line that differs, by number.
fn difference(kept: &str, found: &str) -> Option<String> {
    const END: &str = "(the end)";
    let (mut kept, mut found) = (kept.lines(), found.lines());
    let (number, kept, found) = (1..)
        .map(|number| (number, kept.next(), found.next()))
        .take_while(|(_, kept, found)| kept.is_some() || found.is_some())
        .find(|(_, kept, found)| kept != found)?;
    Some(format!("{number}\n  expected: {}\n  found:    {}", kept.unwrap_or(END), found.unwrap_or(END)))
}

#[test]
fn a_changed_answer_would_be_seen() {
    assert_eq!(difference("a\nb\n", "a\nb\n"), None);
    assert_eq!(difference("a\nb\n", "a\nc\n").as_deref(), Some("2\n  expected: b\n  found:    c"));
    assert_eq!(difference("a\n", "a\nb\n").as_deref(), Some("2\n  expected: (the end)\n  found:    b"));
    assert_eq!(difference("a\nb\n", "").as_deref(), Some("1\n  expected: a\n  found:    (the end)"));
}

#[test]
fn only_what_varies_is_masked_and_only_what_is_long_is_cut() {
    let text = "\"engine\": \"wasmtime-48/0af9\", \"inputs\": \"sha256:00ff\"\nx-request-id: req_0199\nhh_0199";
    let expected =
        "\"engine\": \"wasmtime-<engine>\", \"inputs\": \"sha256:<digest>\"\nx-request-id: req_<id>\nhh_0199";
    assert_eq!(masked(text), expected);
    let long: Vec<usize> = (0..=WHOLE).collect();
    assert_eq!(abridged(&json!({ "long": long, "short": [0, 1] })), json!({ "long": [0, 1, "…"], "short": [0, 1] }));
}
