//! What the API can do, the command line can do through the same kernel function: every route has its command, and the real
//! binary answers as the API does over the same register.
//!
//! A new route gets a line in `COMMANDS` and a comparison in `commands/parity.rs`; what is only in the command line is no
//! business of this test.

mod outcomes;
mod parity;

use std::time::{Duration, Instant};

use nuan_tests::program::Folder;
use nuan_tests::{root, text};
use serde_json::{Value, json};

/// Every route of the description with the words of its command.
const COMMANDS: [(&str, &str); 36] = [
    ("POST /v1/calculate", "calculate"),
    ("GET /v1/households", "household list"),
    ("POST /v1/households", "household record"),
    ("GET /v1/households/{id}", "household show"),
    ("POST /v1/imports", "import"),
    ("GET /v1/households/{id}/determinations", "determination list"),
    ("POST /v1/households/{id}/determinations", "determination make"),
    ("GET /v1/households/{id}/change-requests", "change list"),
    ("POST /v1/households/{id}/change-requests", "change submit"),
    ("GET /v1/change-requests", "change waiting"),
    ("GET /v1/change-requests/{id}", "change show"),
    ("POST /v1/change-requests/{id}/decisions", "change decide"),
    ("GET /v1/determinations/{id}", "determination show"),
    ("POST /v1/determinations/{id}/decisions", "decision make"),
    ("GET /v1/decisions/{id}", "decision show"),
    ("GET /v1/households/{id}/decisions", "decision list"),
    ("GET /v1/households/{id}/entitlements", "entitlement list"),
    ("GET /v1/entitlements/{id}", "entitlement show"),
    ("POST /v1/entitlements/{id}/ends", "entitlement end"),
    ("POST /v1/reassessments", "reassess"),
    ("GET /v1/reassessments/{id}", "reassessment show"),
    ("POST /v1/reassessments/{id}/cancellations", "reassessment cancel"),
    ("GET /v1/persons", "person find"),
    ("GET /v1/persons/{id}", "person show"),
    ("GET /v1/persons/{id}/matches", "match list"),
    ("POST /v1/persons/{id}/matches", "match compare"),
    ("GET /v1/matches/{id}", "match show"),
    ("POST /v1/matches/{id}/decisions", "match decide"),
    ("GET /v1/audit/checkpoint", "audit checkpoint"),
    ("GET /v1/audit/subjects/{id}", "audit leaves"),
    ("GET /v1/audit/leaves/{id}/proof", "audit proof"),
    ("GET /v1/audit/leaves/{id}/opening", "audit opening"),
    ("GET /v1/audit/growth/{id}", "audit growth"),
    ("GET /v1/parameters/{id}", "parameter show"),
    ("GET /v1/catalogue", "catalogue show"),
    ("GET /v1/plugins", "plugin list"),
];

/// A help text that takes longer is felt.
const HELP: Duration = Duration::from_millis(100);
/// How often a help text may be asked for until it comes in time: other work of the machine is not the command's.
const TRIES: usize = 20;

fn routes(description: &Value) -> Vec<String> {
    let mut routes = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        let methods = methods.as_object().unwrap().keys();
        routes.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    routes
}

/// Routes without a command, and commands of routes that there are no more.
fn unmatched(description: &Value, commands: &[(&str, &str)]) -> Vec<String> {
    let routes = routes(description);
    let lacks = |route: &&String| !commands.iter().any(|(of, _)| of == route);
    let is_gone = |(of, _): &&(&str, &str)| !routes.iter().any(|route| route == of);
    let gone = commands.iter().filter(is_gone).map(|(of, command)| format!("{of} of `nuan {command}`"));
    routes.iter().filter(lacks).cloned().chain(gone).collect()
}

#[test]
fn every_route_has_its_command() {
    let (_, description) = text(&root().join("core/api/openapi.json")).unwrap();
    assert_eq!(unmatched(&serde_json::from_str(&description).unwrap(), &COMMANDS), Vec::<String>::new());
}

#[test]
fn the_page_of_commands_has_them_all() {
    let (_, page) = text(&root().join("docs/src/reference/commands.md")).unwrap();
    let on_the_page = page.lines().filter(|line| line.contains("/v1/")).collect::<Vec<_>>();
    let expected: Vec<String> =
        COMMANDS.iter().map(|(route, command)| format!("| {route} | `nuan {command}` |")).collect();
    assert_eq!(on_the_page, expected);
}

#[test]
fn a_route_without_a_command_would_be_seen() {
    let description = json!({ "paths": { "/v1/plugins": { "get": {}, "post": {} } } });
    let commands = [("GET /v1/plugins", "plugin list"), ("GET /v1/cases", "case list")];
    assert_eq!(unmatched(&description, &commands), ["POST /v1/plugins", "GET /v1/cases of `nuan case list`"]);
}

#[test]
fn every_command_has_help_that_comes_at_once() {
    let folder = Folder::new("help").unwrap();
    for (_, command) in COMMANDS {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let mut fastest = Duration::MAX;
        for _ in 0..TRIES {
            let mut nuan = folder.nuan(&words).unwrap();
            let begun = Instant::now();
            let output = nuan.output().unwrap();
            fastest = fastest.min(begun.elapsed());
            let said = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(0), "{command}");
            assert!(said.contains("Usage: nuan") && said.contains("--format") && said.contains("--lang"), "{said}");
            if fastest < HELP {
                break;
            }
        }
        assert!(fastest < HELP, "the help of `nuan {command}` took {fastest:?}");
    }
}
