//! The binary as a shell sees it: help, wrong usage, and the exit codes that scripts rely on. It also makes Cargo build the
//! binary that the durability tests drive.

use std::path::{Path, PathBuf};
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

/// A folder of its own.
fn folder(name: &str) -> anyhow::Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("nuan-commands-{name}-{}", std::process::id()));
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The exit code, and what was said on both outputs.
fn nuan_in(folder: &Path, arguments: &[&str]) -> anyhow::Result<(Option<i32>, String)> {
    let ended = Command::new(env!("CARGO_BIN_EXE_nuan")).current_dir(folder).args(arguments).output()?;
    Ok((ended.status.code(), String::from_utf8([ended.stdout, ended.stderr].concat())?))
}

#[cfg(unix)]
#[test]
fn a_folder_that_no_backup_goes_to_is_left_as_it_was() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, mode) =
        (folder("backup").unwrap(), |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777);
    assert_eq!(nuan_in(&folder, &["keys", "new"]).unwrap().0, Some(0));
    let shared = folder.join("shared");
    std::fs::create_dir_all(&shared).unwrap();
    std::fs::write(shared.join("somebody's"), "").unwrap();
    std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (code, said) = nuan_in(&folder, &["backup", "--to", "shared"]).unwrap();
    assert!(code == Some(2) && said.contains("error[NU7010]"), "{said}");
    assert_eq!(mode(&shared), 0o755);
    let (code, said) = nuan_in(&folder, &["backup", "--to", "made/here"]).unwrap();
    assert_eq!((code, mode(&folder.join("made/here"))), (Some(0), 0o700), "{said}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_witness_begins_with_no_memory_but_its_own() {
    let folder = folder("witness").unwrap();
    let serve = ["witness", "serve", "--listen", "127.0.0.1:0", "--log"];
    let made = nuan_in(&folder, &["keys", "new"]).unwrap().1;
    let log = made.split_whitespace().find(|word| word.matches('+').count() >= 2).unwrap().to_owned();
    let serve = [&serve[..], &[log.as_str()]].concat();
    let refused = |words: &[&str], what: &str| {
        let (code, said) = nuan_in(&folder, &[&serve[..], words].concat()).unwrap();
        assert!(code == Some(3) && said.contains("error[NU7035]") && said.contains(what), "{said}");
    };
    assert_eq!(nuan_in(&folder, &["witness", "new-key", "--name", "w.example/1"]).unwrap().0, Some(0));
    let other = ["witness", "new-key", "--name", "w.example/2", "--key-file", "other.key"];
    let (code, said) = nuan_in(&folder, &other).unwrap();
    assert!(code == Some(3) && said.contains("error[NU7035]"), "{said}");
    assert!(!folder.join("other.key").exists());
    assert_eq!(nuan_in(&folder, &[&other[..], &["--state", "other.sqlite"]].concat()).unwrap().0, Some(0));
    refused(&["--state", "elsewhere.sqlite"], "there is no memory");
    assert!(!folder.join("elsewhere.sqlite").exists());
    refused(&["--state", "other.sqlite"], "is the memory of w.example/2");
    std::fs::write(folder.join("empty.sqlite"), "").unwrap();
    refused(&["--state", "empty.sqlite"], "is the memory of no witness");
    std::fs::remove_dir_all(folder).unwrap();
}
