//! What core must not know: programmes, and numbers of the law. Mechanism is in the kernel, policy in plugins.

use nuan_tests::{kept_files, text};

const PROGRAMMES: [&str; 14] = [
    "dibao",
    "tekun",
    "margin",
    "低保",
    "特困",
    "边缘",
    "graduation",
    "渐退",
    "expenditure_type",
    "rigid",
    "single_person",
    "category_supplement",
    "milk",
    "warm_nest",
];

/// Sources of core that are no tests.
fn sources() -> Vec<(String, String)> {
    let files = kept_files("core").unwrap();
    let sources = files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    let named = sources.map(|path| text(path).unwrap());
    named.filter(|(name, _)| !name.ends_with("/tests.rs") && !name.contains("/tests/")).collect()
}

/// The lines of a source file without its tests, which may invent cases, and without comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let until = text.find("#[cfg(test)]").unwrap_or(text.len());
    let body = text.get(..until).unwrap_or(text);
    body.lines().enumerate().map(|(n, line)| (n + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn known_programme(line: &str) -> Option<&'static str> {
    let lower = line.to_lowercase();
    let is_word = |word: &str| {
        lower.match_indices(word).any(|(at, _)| {
            let before = lower.get(..at).and_then(|text| text.chars().next_back());
            let after = lower.get(at + word.len()..).and_then(|text| text.chars().next());
            let joined = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
            !word.is_ascii() || (!joined(before) && !joined(after))
        })
    };
    PROGRAMMES.into_iter().find(|word| is_word(word))
}

#[test]
fn core_knows_no_programme() {
    let mut found = Vec::new();
    for (name, text) in sources() {
        let known = code(&text).filter_map(|(n, line)| Some(format!("{name}:{n} knows {}", known_programme(line)?)));
        found.extend(known);
    }
    assert_eq!(found, Vec::<String>::new());
}

/// Quoted amounts in yuan: the way in which numbers of the law are written.
fn has_amount(line: &str) -> bool {
    let mut quoted = line.split('"').skip(1).step_by(2);
    quoted.any(|text| {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        !whole.is_empty() && part.len() == 2 && whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit())
    })
}

#[test]
fn core_knows_no_amount() {
    let mut found = Vec::new();
    for (name, text) in sources() {
        found.extend(code(&text).filter(|(_, line)| has_amount(line)).map(|(n, _)| format!("{name}:{n}")));
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_programme_or_an_amount_in_core_would_be_seen() {
    assert_eq!(known_programme("if output == \"dibao.amount\" {"), Some("dibao"));
    assert_eq!(known_programme("let marginal = 3;"), None);
    assert!(has_amount("let standard = Fen::parse_yuan(\"1216.00\");"));
    assert!(!has_amount("let version = \"1.0.0\";"));
}
