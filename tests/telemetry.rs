//! Personal data stays out of telemetry (T19): marked persons go through every endpoint, with mistakes, panics, plugins that talk
//! and a database that breaks, while everything is logged; and nothing of theirs is in logs, spans, labels, headers and problems.
//!
//! The drive runs in a process of its own, since the log and the hook of panics are one for a whole process.

mod drive;

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::canaries::Canary;
use crate::canaries::forms::{Needles, looks_personal};

/// Tells the drive where to write what was answered; and, where it is to be found out, what to log in the clear.
const FOLDER: &str = "NUAN_TELEMETRY_FOLDER";
const LEAK: &str = "NUAN_TELEMETRY_LEAK";
/// Answers that were refusals, with the headers of all answers and the labels of metrics.
const REFUSALS: &str = "refusals";
/// The bodies of answers that were no refusals.
const ANSWERS: &str = "answers";

fn flock() -> Vec<Canary> {
    (0..4).map(|number| Canary::new(8, number)).collect()
}

/// Everything of the flock, and a number with a wrong check character as far as it is the person's.
fn needles() -> Needles {
    let mut values: Vec<(&'static str, String)> = flock().iter().flat_map(Canary::values).collect();
    values.extend(flock().iter().map(|canary| ("most of a number", canary.number[..17].to_owned())));
    Needles::new(&values)
}

/// Runs the drive and gives back what it said and what it was answered.
fn driven(name: &str, leak: Option<&str>) -> [String; 3] {
    let folder = std::env::temp_dir().join(format!("nuan-telemetry-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["telemetry::the_drive", "--exact", "--nocapture", "--test-threads=1"]).env(FOLDER, &folder);
    if let Some(leak) = leak {
        command.env(LEAK, leak);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "the drive failed: {}", &said[said.len().saturating_sub(6_000)..]);
    let [refusals, answers] = [REFUSALS, ANSWERS].map(|file| std::fs::read_to_string(folder.join(file)).unwrap());
    std::fs::remove_dir_all(folder).unwrap();
    [said, refusals, answers]
}

/// An answer without what somebody wrote as a reason: that is shown as it was written, to whoever decides.
fn without_free_text(line: &str) -> String {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(sides) => {
                sides.retain(|side, _| side != "reason" && side != "decision_reason");
                sides.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let Ok(mut value) = serde_json::from_str::<Value>(line) else { return line.to_owned() };
    strip(&mut value);
    value.to_string()
}

/// The lines in which something was found, cut short.
fn found_in(text: &str, needles: &Needles) -> Vec<String> {
    let line_of = |line: &str| {
        let mut found = needles.found_in(line.as_bytes());
        found.extend(looks_personal(line).into_iter().map(str::to_owned));
        let shown: String = line.chars().take(300).collect();
        (!found.is_empty()).then(|| format!("{found:?}: {shown}"))
    };
    text.lines().filter_map(line_of).collect()
}

#[test]
fn nothing_personal_is_in_logs_spans_labels_headers_and_problems() {
    let needles = needles();
    let [said, refusals, answers] = driven("clean", None);
    let found: Vec<String> = [&said, &refusals].into_iter().flat_map(|text| found_in(text, &needles)).collect();
    let lines = said.lines().count() + refusals.lines().count();
    println!("T19 telemetry, seed none, N {lines} lines, {} forms, failures {}", needles.count(), found.len());
    assert!(found.is_empty(), "{} lines:\n{}", found.len(), found[..found.len().min(30)].join("\n"));
    for wanted in
        ["DEBUG", "Answered 500", "panicked at", "plugin.id=", "sqlx", "still talking", "Gave out the opening"]
    {
        assert!(said.contains(wanted), "the log is not the one that was meant: no {wanted}");
    }
    let identities: Vec<(&'static str, String)> =
        flock().iter().flat_map(|canary| [("name", canary.name.clone()), ("number", canary.number.clone())]).collect();
    let shown: String = answers.lines().map(without_free_text).collect::<Vec<_>>().join("\n");
    assert_eq!(Needles::new(&identities).found_in(shown.as_bytes()), Vec::<String>::new(), "answers are masked");
    assert!(answers.contains("慕***") && answers.contains(&flock()[0].income()), "and yet about them");
}

#[test]
fn a_number_that_is_logged_would_be_seen() {
    let canary = &flock()[1];
    for (leak, expected) in [(&canary.number, "a citizen's number"), (&canary.name, "name in UTF-8")] {
        let [said, ..] = driven("leak", Some(leak));
        let found = found_in(&said, &needles());
        assert!(found.iter().any(|line| line.contains(expected)), "{found:?}");
    }
}

/// Run by the tests above in a process of its own; in the run of all tests there is nothing to drive for.
#[test]
fn the_drive() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(drive::drive(Path::new(&folder), std::env::var(LEAK).ok()));
}

/// From now on everything is logged, as loudly as it can be, and panics are reported as `nuan serve` reports them. The plugins are
/// compiled by then: the compiler tells of every instruction, and knows nobody.
fn listen() {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    nuan_api::hide_panic_messages();
}
