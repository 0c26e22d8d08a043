//! The walkthrough is run as its reader runs it: every `sh` block of the page in order, in one shell, with the real binary, a real
//! server and `curl`, and what each block prints is what the `text` block below it shows.
//!
//! In a `text` block `…` stands for anything within a line, and a line of `…` for any lines.

use std::process::Command;

use nuan_tests::installation::components;
use nuan_tests::program::{Folder, free_address, program};
use nuan_tests::{root, text};

const PAGE: &str = "docs/src/walkthrough.md";
/// What stands between the outputs of two blocks.
const MARK: &str = "@@ block ";

/// A block that is run, and what the page says one sees.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    line: usize,
    script: String,
    shown: Option<String>,
}

/// The steps of a page, in order.
fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = (1..).zip(page.lines());
    while let Some((line, text)) = lines.next() {
        match text {
            "```sh" => steps.push(Step { line, script: block(&mut lines), shown: None }),
            "```text" => {
                let shown = block(&mut lines);
                let step = steps.last_mut().expect("a `text` block stands below the block that prints it");
                step.shown = Some(shown);
            }
            _ if text.starts_with("```") => drop(block(&mut lines)),
            _ => {}
        }
    }
    steps
}

/// The lines of a block up to its end.
fn block<'p>(lines: &mut impl Iterator<Item = (usize, &'p str)>) -> String {
    let inside = lines.map(|(_, line)| line).take_while(|line| *line != "```");
    inside.fold(String::new(), |text, line| text + line + "\n")
}

/// Whether a line is as the page shows it.
fn is_line(shown: &str, line: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = parts.next().and_then(|first| line.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// Whether lines are as the page shows them.
fn is_shown(shown: &[&str], lines: &[&str]) -> bool {
    match (shown.split_first(), lines.split_first()) {
        (None, first) => first.is_none(),
        (Some((&"…", rest)), _) => (0..=lines.len()).any(|skipped| is_shown(rest, &lines[skipped..])),
        (Some((shown, more)), Some((line, lines))) => is_line(shown, line) && is_shown(more, lines),
        (Some(_), None) => false,
    }
}

/// The folder of a reader: the project with its own database in it.
fn place() -> Folder {
    let place = Folder::new("walkthrough").unwrap();
    for folder in ["tests", "docs", "plugins", "examples"] {
        std::os::unix::fs::symlink(root().canonicalize().unwrap().join(folder), place.path().join(folder)).unwrap();
    }
    place
}

/// One shell for all blocks. It ends at the first command that fails, and takes the server with it.
fn script(steps: &[Step]) -> String {
    let mut script = "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n".to_owned();
    for (number, step) in steps.iter().enumerate() {
        script.push_str(&format!("printf '\\n{MARK}{number}\\n'\n{}", step.script));
    }
    script
}

#[test]
fn the_walkthrough_is_true() {
    let (_, page) = text(&root().join(PAGE)).unwrap();
    let (steps, place) = (steps(&page), place());
    let file = place.file("walkthrough.sh", script(&steps)).unwrap();
    let (program, port) = (program().unwrap(), free_address().unwrap().port());
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut bash = Command::new("bash");
    bash.arg(&file).current_dir(place.path()).env("PATH", path).env("PORT", port.to_string());
    bash.env("NUAN_COMPONENTS", components().unwrap()).env_remove("NUAN_DATABASE").env_remove("RUST_LOG");
    let output = bash.output().expect("bash is missing");
    let (out, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let blocks: Vec<&str> = out.split(&format!("\n{MARK}")).skip(1).collect();
    for (step, block) in steps.iter().zip(&blocks) {
        let lines: Vec<&str> = block.lines().skip(1).collect();
        let Some(shown) = &step.shown else { continue };
        let expected: Vec<&str> = shown.lines().collect();
        let found = lines.join("\n");
        assert!(is_shown(&expected, &lines), "{PAGE}:{}\nshown:\n{shown}\nprinted:\n{found}\n{said}", step.line);
    }
    assert!(output.status.success(), "block {} of {} failed: {said}\n{out}", blocks.len(), steps.len());
    assert_eq!(blocks.len(), steps.len());
    let shown = steps.iter().filter(|step| step.shown.is_some()).count();
    assert!(10 <= shown, "the page shows what {shown} blocks print");
}

#[test]
fn a_page_that_shows_something_else_would_be_seen() {
    let page = "Text.\n\n```sh\na\nb\n```\n\n```text\nx …\n```\n\n```json\n{}\n```\n\n```sh\nc\n```\n";
    let step = |line, script: &str, shown: Option<&str>| Step {
        line,
        script: script.to_owned(),
        shown: shown.map(str::to_owned),
    };
    assert_eq!(steps(page), [step(3, "a\nb\n", Some("x …\n")), step(16, "c\n", None)]);
    assert!(is_line("a … c", "a b c") && is_line("…", "") && is_line("a", "a") && is_line("…b…d", "abcd"));
    assert!(!is_line("a … c", "a b") && !is_line("a", "ab") && !is_line("…b", "abc") && !is_line("b…", "ab"));
    assert!(is_shown(&["a", "…", "c"], &["a", "b", "b", "c"]) && is_shown(&["…"], &[]));
    assert!(!is_shown(&["a", "…", "c"], &["a", "b"]) && !is_shown(&["a"], &["a", "b"]) && !is_shown(&["a"], &[]));
}
