//! Sizes and habits: no file over 400 lines, no drawers, no unfinished work, no machine paths, no composed SQL.

use nuan_tests::{kept_files, text};

const FOLDERS: [&str; 6] = ["core", "sdk", "plugins", "examples", "docs", "tests"];
const MOST_LINES: usize = 400;
const DRAWERS: [&str; 9] = ["util", "utils", "common", "helper", "helpers", "manager", "managers", "misc", "processor"];

fn sources(endings: &[&str]) -> Vec<(String, String)> {
    let files = FOLDERS.into_iter().flat_map(|folder| kept_files(folder).unwrap());
    let wanted =
        files.filter(|path| path.extension().is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted)));
    wanted.map(|path| text(&path).unwrap()).collect()
}

#[test]
fn no_source_file_is_over_400_lines() {
    let long = |(name, text): (String, String)| (text.lines().count() > MOST_LINES).then_some(name);
    assert_eq!(
        sources(&["rs", "js", "ts", "tsx", "css", "rhai"]).into_iter().filter_map(long).collect::<Vec<_>>(),
        Vec::<String>::new()
    );
}

#[test]
fn no_file_is_a_drawer() {
    let is_drawer = |name: &String| name.split(['/', '.']).any(|part| DRAWERS.contains(&part));
    assert_eq!(sources(&["rs", "js", "ts"]).into_iter().map(|(name, _)| name).find(is_drawer), None);
}

#[test]
fn nothing_is_unfinished_or_switched_off() {
    let marks =
        [["todo", "!("].concat(), ["unimplemented", "!("].concat(), ["#[", "ignore"].concat(), ["FIX", "ME"].concat()];
    for (name, text) in sources(&["rs", "js", "rhai"]) {
        assert_eq!(marks.iter().find(|mark| text.contains(mark.as_str())), None, "{name}");
    }
}

#[test]
fn sql_is_never_composed() {
    let mark = ["AssertSql", "Safe"].concat();
    // These go through every table and column that the schema has, by the names that the schema gives.
    let by_schema = [
        "tests/tampering.rs",
        "tests/tampering/attacks.rs",
        "tests/tampering/flips.rs",
        "tests/tampering/ground.rs",
        "tests/encryption/swaps.rs",
        "tests/durability/old_schema.rs",
        "tests/benches/search/plans.rs",
        "tests/durability/databases.rs",
    ];
    let others = |(name, _): &(String, String)| !by_schema.contains(&name.as_str());
    for (name, text) in sources(&["rs"]).into_iter().filter(others) {
        assert!(!text.contains(&mark), "{name}");
    }
}

#[test]
fn every_source_file_says_what_it_is() {
    for (name, text) in sources(&["rs"]) {
        assert!(text.starts_with("//!"), "{name}");
    }
}

#[test]
fn nothing_names_a_machine() {
    let places = [["/ro", "ot/"].concat(), ["/wo", "rk/"].concat(), ["/ho", "me/"].concat()];
    for (name, text) in sources(&["rs", "js", "md", "toml", "yaml", "rhai", "ftl"]) {
        assert_eq!(places.iter().find(|place| text.contains(place.as_str())), None, "{name}");
    }
}
