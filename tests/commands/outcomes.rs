//! What a shell sees of the commands: tables in the reader's language, exit codes that stay, and refusals with their code.

use nuan_tests::program::Folder;
use serde_json::json;

/// Exit code, and what was said on both ways.
#[track_caller]
fn run(folder: &Folder, words: &[&str]) -> (Option<i32>, String, String) {
    let output = folder.run(words).unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[track_caller]
fn refused(folder: &Folder, words: &[&str], exit: i32, code: &str) -> String {
    let (found, out, said) = run(folder, words);
    assert_eq!((found, out.as_str()), (Some(exit), ""), "{words:?}: {said}");
    assert!(said.contains(code), "{words:?}: {said}");
    said
}

#[test]
fn tables_speak_the_readers_language() {
    let folder = Folder::new("tables").unwrap();
    let document = json!({ "division": "330106", "members": [{ "ref": "a", "name": "张三丰" }],
        "facts": { "household.income_12_months": "24000.00" } });
    let file = folder.file("household.json", document.to_string()).unwrap();
    let (code, out, said) = run(&folder, &["household", "record", file.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{said}");
    assert!(out.contains("行政区划") && out.contains("张**") && !out.contains("张三丰"), "{out}");
    assert!(out.contains("24000.00") && out.contains("household.income_12_months"), "{out}");
    let (_, out, _) = run(&folder, &["household", "list", "--division", "330106"]);
    assert!(out.contains("收到时间") && out.contains("条数: 1"), "{out}");
    let (_, out, _) = run(&folder, &["household", "list", "--division", "330106", "--lang", "en", "--limit", "1"]);
    assert!(out.contains("Received") && out.contains("More with --after 330106-hh_"), "{out}");
    let (_, out, _) = run(&folder, &["person", "find", "--division", "330106", "--name", "zsf"]);
    assert!(out.contains("姓名") && out.contains("张**"), "{out}");
}

#[test]
fn refusals_end_with_their_exit_code_and_name_their_code() {
    let folder = Folder::new("refusals").unwrap();
    let free = "hh_00000000000000000000000000000000";
    refused(&folder, &["household", "show", free], 2, "error[NU5001]");
    refused(&folder, &["household", "show", free, "--as-of", "2023-02-29"], 2, "--as-of");
    refused(&folder, &["household", "show", free, "--known-at", "2023-02-28"], 2, "--known-at");
    refused(&folder, &["audit", "opening", "330106-7"], 2, "error[NU5001]");
    refused(&folder, &["household", "list", "--division", "33"], 2, "--division");
    refused(&folder, &["household", "list"], 2, "--division");
    refused(&folder, &["household", "list", "--division", "330106", "--after", "x"], 2, "NU2006 --after");
    refused(&folder, &["household", "list", "--division", "330106", "--limit", "201"], 2, "--limit");
    refused(&folder, &["household", "record", "nowhere.json"], 2, "NU1005 nowhere.json");
    let broken = folder.file("broken.json", "{\n  \"division\": 330106,\n").unwrap();
    refused(&folder, &["household", "record", broken.to_str().unwrap()], 2, "NU2001");
    let wrong = folder.file("wrong.json", r#"{ "division": "330106", "members": [] }"#).unwrap();
    refused(&folder, &["household", "record", wrong.to_str().unwrap()], 2, "error[NU2103]");
    refused(&folder, &["plugin", "list", "--plugins", "."], 3, "error[NU3000]");
    refused(&folder, &["audit", "proof", "330106-7"], 2, "error[NU5001]");
    refused(&folder, &["audit", "proof", "here"], 2, "330106-7");
    refused(&folder, &["household", "show", free, "--actor", "li si"], 2, "--actor");
}

#[test]
fn a_search_goes_by_one_thing_and_repeats_none_of_it() {
    let folder = Folder::new("search").unwrap();
    fn find<'w>(more: &[&'w str]) -> Vec<&'w str> {
        [&["person", "find", "--division", "330106"], more].concat()
    }
    refused(&folder, &find(&[]), 2, "NU2008");
    refused(&folder, &find(&["--name", "zs", "--document", "999999198001010011"]), 2, "NU2008");
    let said = refused(&folder, &find(&["--document", "999999198001010012"]), 2, "NU2006 --document");
    assert!(!said.contains("999999198001010012"), "{said}");
    refused(&folder, &find(&["--name", "z"]), 2, "NU2006 --name");
    refused(&folder, &["person", "find", "--division", "330100", "--name", "zs"], 2, "NU2006 --division");
    let (code, out, _) = run(&folder, &find(&["--name", "zs", "--format", "json"]));
    assert_eq!((code, out.trim()), (Some(0), r#"{"items":[]}"#));
}
