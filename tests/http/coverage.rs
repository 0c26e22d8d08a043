//! The kept conversations as a whole: every operation of the description is answered in one, every code is registered,
//! and each is still held. After new ones were written, these look again with the next run.

use std::collections::BTreeSet;

use nuan_tests::{kept_files, root, text};
use serde_json::{Value, json};

use super::conversation::{COMMAND, FOLDER};

const DESCRIPTION: &str = "core/api/openapi.json";
const REGISTER: &str = "docs/src/reference/codes.yaml";

/// What was asked for, and with what success.
struct Exchange {
    method: String,
    path: String,
    is_success: bool,
}

/// Every kept conversation, by its path from the root.
fn kept() -> Vec<(String, String)> {
    let files = kept_files(FOLDER).unwrap();
    let conversations = files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "http"));
    let kept: Vec<(String, String)> = conversations.map(|path| text(path).unwrap()).collect();
    assert!(!kept.is_empty(), "nothing is kept; write it with `{COMMAND}`");
    kept
}

fn exchanges(conversation: &str) -> Vec<Exchange> {
    let read = |exchange: &str| {
        let (method, path) = exchange.lines().nth(1).unwrap().split_once(' ').unwrap();
        let status = exchange.lines().find_map(|line| line.strip_prefix("HTTP/1.1 ")).unwrap();
        Exchange { method: method.to_owned(), path: path.to_owned(), is_success: status.starts_with('2') }
    };
    conversation.split("### ").skip(1).map(read).collect()
}

/// Whether a path of a request, query and all, is one of this operation.
fn leads_to(path: &str, operation: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let segments = || path.split('/').zip(operation.split('/'));
    path.split('/').count() == operation.split('/').count()
        && segments().all(|(segment, wanted)| segment == wanted || wanted.starts_with('{'))
}

/// The operations that nobody asked for with success.
fn unanswered(api: &Value, exchanges: &[Exchange]) -> Vec<String> {
    let is_answered = |method: &str, operation: &str| {
        let is_it = |exchange: &Exchange| exchange.method == method && leads_to(&exchange.path, operation);
        exchanges.iter().any(|exchange| exchange.is_success && is_it(exchange))
    };
    let mut missing = Vec::new();
    for (path, methods) in api["paths"].as_object().unwrap() {
        let methods = methods.as_object().unwrap().keys().map(|method| method.to_uppercase());
        missing.extend(methods.filter(|method| !is_answered(method, path)).map(|method| format!("{method} {path}")));
    }
    missing
}

#[test]
fn every_operation_is_answered() {
    let (_, description) = text(&root().join(DESCRIPTION)).unwrap();
    let all: Vec<Exchange> = kept().iter().flat_map(|(_, conversation)| exchanges(conversation)).collect();
    assert_eq!(unanswered(&serde_json::from_str(&description).unwrap(), &all), Vec::<String>::new());
}

#[test]
fn every_code_of_a_problem_is_in_the_register() {
    let (_, register) = text(&root().join(REGISTER)).unwrap();
    let kept = kept();
    let lines = kept.iter().flat_map(|(_, conversation)| conversation.lines());
    let codes: BTreeSet<&str> =
        lines.filter_map(|line| line.trim_start().strip_prefix("\"code\": \"NU")?.split('"').next()).collect();
    assert!(codes.contains("2103"), "{codes:?}");
    let unknown = codes.iter().filter(|code| !register.contains(&format!("\n  NU{code}:\n")));
    assert_eq!(unknown.collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn every_kept_conversation_is_still_held() {
    let files = nuan_tests::kept_files("tests/http").unwrap().into_iter().chain([root().join("tests/http.rs")]);
    let sources = files.filter(|file| file.extension().is_some_and(|ending| ending == "rs"));
    let held: String = sources.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    for (file, _) in kept() {
        let name = file.strip_prefix(FOLDER).unwrap().trim_start_matches('/').trim_end_matches(".http");
        assert!(held.contains(&format!(".ends_as(\"{name}\")")), "{file} is held no more; remove it");
    }
}

#[test]
fn an_operation_that_nobody_asks_for_would_be_seen() {
    let api = json!({ "paths": { "/v1/households/{id}": { "get": {}, "post": {} } } });
    let said = |path: &str, status: &str| exchanges(&format!("### It is shown.\nGET {path}\n\nHTTP/1.1 {status}\n"));
    assert_eq!(unanswered(&api, &said("/v1/households/hh_1?x=y", "200 OK")), ["POST /v1/households/{id}"]);
    assert_eq!(unanswered(&api, &said("/v1/households/hh_1", "404 Not Found")).len(), 2);
    assert_eq!(unanswered(&api, &said("/v1/households/hh_1/determinations", "200 OK")).len(), 2);
    assert_eq!(unanswered(&api, &said("/v1/households", "200 OK")).len(), 2);
}
