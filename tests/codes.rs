//! The register of problem codes: what the program can say stands in it, in both languages, and on the page of codes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use nuan_tests::{kept_files, root, text};
use nuan_vocabulary::text::Bilingual;
use schemars::JsonSchema;
use serde::Deserialize;

const REGISTER: &str = "docs/src/reference/codes.yaml";
const PAGE: &str = "docs/src/reference/codes.md";

/// The register of problem codes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Codes")]
pub struct Register {
    /// What each code means and what to do.
    codes: BTreeMap<String, Entry>,
}

/// One code.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Code")]
struct Entry {
    /// Its name for people.
    title: Bilingual,
    /// What happened.
    cause: Bilingual,
    /// What to do.
    fix: Bilingual,
    /// Whom it asks to act.
    who: Who,
}

/// Whom a code asks to act.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Who {
    /// The author of a plugin.
    Author,
    /// The caller who sent the input.
    Caller,
    /// The caseworker who knows the household.
    Caseworker,
    /// The operator of the installation.
    Operator,
    /// We who make Nuan.
    Us,
}

impl Entry {
    fn texts(&self) -> [&Bilingual; 3] {
        [&self.title, &self.cause, &self.fix]
    }

    /// The line that the page has.
    fn line(&self, code: &str) -> String {
        let [title, cause, fix] = self.texts();
        let who = format!("{:?}", self.who).to_lowercase();
        let english = format!("**{}.** {} | {} | {who}", title.en, cause.en, fix.en);
        format!("| {code} | {english} | **{}**。{} | {} |", title.zh_cn, cause.zh_cn, fix.zh_cn)
    }
}

fn register() -> Result<Register> {
    let (name, text) = text(&root().join(REGISTER))?;
    serde_saphyr::from_str(&text).map_err(|error| anyhow!("{name}: {error}"))
}

/// Every code that a text has: `NU`, four digits, and no further one.
fn codes(text: &str) -> BTreeSet<String> {
    let starts = text.match_indices("NU").map(|(at, _)| at);
    let code = |at: usize| {
        let digits = text.get(at + 2..)?.bytes().take_while(u8::is_ascii_digit).count();
        let is_inside_a_word = text.get(..at)?.chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric());
        text.get(at..at + 6).filter(|_| digits == 4 && !is_inside_a_word)
    };
    starts.filter_map(code).filter(|code| *code != "NU0000").map(str::to_owned).collect()
}

/// A source file without what is compiled for tests alone, where codes may be invented.
fn without_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("#[cfg(test)]") {
        kept.push_str(before);
        let indent = before.rsplit('\n').next().unwrap_or_default();
        let ends = match (after.find(';'), after.find('{')) {
            (Some(end), Some(block)) if end < block => Some(end + 1),
            (Some(end), None) => Some(end + 1),
            _ => after.find(&format!("\n{indent}}}")).map(|end| end + indent.len() + 2),
        };
        rest = ends.and_then(|end| after.get(end..)).unwrap_or_default();
    }
    kept + rest
}

/// The codes that core and the SDK can say, each with a file that does.
fn said() -> Result<BTreeMap<String, String>> {
    let mut said = BTreeMap::new();
    for folder in ["core", "sdk"] {
        let is_source = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "rs" || ending == "js");
        for path in kept_files(folder)?.into_iter().filter(is_source) {
            let (name, text) = text(&path)?;
            let is_test = name.contains("/tests/") || name.ends_with("/tests.rs");
            if !is_test {
                said.extend(codes(&without_tests(&text)).into_iter().map(|code| (code, name.clone())));
            }
        }
    }
    Ok(said)
}

fn unregistered(said: &BTreeMap<String, String>, register: &Register) -> Vec<String> {
    let missing = said.iter().filter(|(code, _)| !register.codes.contains_key(*code));
    missing.map(|(code, name)| format!("{name}: {code}")).collect()
}

#[test]
fn every_code_stands_in_the_register() {
    let said = said().unwrap();
    assert!(said.len() > 100, "{}", said.len());
    assert_eq!(unregistered(&said, &register().unwrap()), Vec::<String>::new());
}

#[test]
fn every_entry_is_said_somewhere() {
    let said = said().unwrap();
    let unused = register().unwrap().codes.into_keys().filter(|code| !said.contains_key(code));
    assert_eq!(unused.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn every_entry_says_it_in_both_languages() {
    let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    for (code, entry) in &register().unwrap().codes {
        let says_both = |text: &Bilingual| is_chinese(&text.zh_cn) && !text.en.trim().is_empty();
        assert!(entry.texts().into_iter().all(says_both), "{code}");
    }
}

#[test]
fn the_register_is_sorted() {
    let (_, text) = text(&root().join(REGISTER)).unwrap();
    let keys = text.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    let written: Vec<&str> = keys.filter(|key| key.starts_with("NU")).collect();
    assert!(written.is_sorted_by(|one, next| one < next));
    assert_eq!(written.len(), register().unwrap().codes.len());
}

#[test]
fn every_entry_has_its_line_on_the_page() {
    let (_, page) = text(&root().join(PAGE)).unwrap();
    let lines: BTreeSet<&str> = page.lines().filter(|line| line.starts_with("| NU")).collect();
    let register = register().unwrap();
    let expected = register.codes.iter().map(|(code, entry)| entry.line(code));
    let missing: Vec<String> = expected.filter(|line| !lines.contains(line.as_str())).collect();
    assert_eq!(missing, Vec::<String>::new());
    assert_eq!(lines.len(), register.codes.len());
}

#[test]
fn a_missing_code_would_be_seen() {
    let after = "#[cfg(test)]\nmod tests {\n    c(\"NU2103\");\n}\n";
    let source = format!("a(\"NU2101\");\n#[cfg(test)]\nmod tests;\nb(\"NU2101\", \"NU2102\");\n{after}");
    let found = codes(&without_tests(&source));
    assert_eq!(found, BTreeSet::from(["NU2101".to_owned(), "NU2102".to_owned()]));
    assert!(codes("NU0000 NU21 NU21011 MENU2101").is_empty());
    let said: BTreeMap<String, String> = found.into_iter().map(|code| (code, "x.rs".to_owned())).collect();
    let mut register = register().unwrap();
    assert_eq!(unregistered(&said, &register), Vec::<String>::new());
    register.codes.remove("NU2102");
    assert_eq!(unregistered(&said, &register), ["x.rs: NU2102"]);
}
