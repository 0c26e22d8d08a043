//! Both languages say the same things: every message stands in zh-CN and in en, with the same arguments.

use std::collections::{BTreeMap, BTreeSet};

use nuan_tests::{kept_files, text};

/// Messages of a Fluent file: key to the arguments that it uses.
fn messages(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut key = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once('=').filter(|(name, _)| !name.starts_with([' ', '.', '['])) {
            key = name.trim().to_owned();
            found.insert(key.clone(), BTreeSet::new());
        }
        let names = line
            .split('$')
            .skip(1)
            .map(|rest| rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).next());
        if let Some(arguments) = found.get_mut(&key) {
            arguments.extend(names.flatten().map(str::to_owned));
        }
    }
    found
}

#[test]
fn both_languages_have_the_same_messages_and_arguments() {
    let files = ["plugins", "examples"].into_iter().flat_map(|folder| kept_files(folder).unwrap());
    let mut seen = 0;
    for path in files.filter(|path| path.extension().is_some_and(|ending| ending == "ftl")) {
        let (name, chinese) = text(&path).unwrap();
        if !name.contains("locales/zh-CN/") {
            continue;
        }
        let other = path.display().to_string().replace("locales/zh-CN/", "locales/en/");
        let (_, english) = text(std::path::Path::new(&other)).unwrap();
        assert_eq!(messages(&chinese), messages(&english), "{name}");
        seen += 1;
    }
    assert!(seen > 0);
}

#[test]
fn a_missing_argument_would_be_seen() {
    assert_ne!(messages("gap = 差额 { $gap } 元"), messages("gap = a gap"));
    assert_eq!(messages("# x\ngap = { $a }\n    { $b }")["gap"].len(), 2);
}
