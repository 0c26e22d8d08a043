//! The binary as a shell sees it: help, wrong usage, and the exit codes that scripts rely on. It also makes Cargo build the
//! binary that the durability tests drive.

use std::process::{Command, Output};

fn nuan(arguments: &[&str]) -> std::io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_nuan")).args(arguments).output()
}

#[test]
fn help_names_every_command() {
    let help = nuan(&["--help"]).unwrap();
    let text = String::from_utf8(help.stdout).unwrap();
    assert_eq!(help.status.code(), Some(0));
    let engine = ["determine", "sample", "serve", "replay", "audit", "import", "keys", "doctor"];
    let operations = ["config", "backup", "restore", "witness"];
    let register = [
        "household",
        "person",
        "match",
        "change",
        "determination",
        "decision",
        "entitlement",
        "reassess",
        "reassessment",
    ];
    let reference = ["calculate", "catalogue", "parameter", "plugin"];
    for command in engine.into_iter().chain(operations).chain(register).chain(reference) {
        assert!(text.contains(&format!("  {command} ")), "{command}: {text}");
    }
}

#[test]
fn wrong_usage_ends_with_2_and_changes_nothing() {
    for arguments in [["frobnicate"].as_slice(), &["determine"], &["serve", "--listen", "nowhere"]] {
        let refused = nuan(arguments).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(refused.stdout.is_empty(), "{arguments:?}");
    }
}
