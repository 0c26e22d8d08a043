//! The file, read key by key with the place of each: every mistake is named, and none hides another.
//!
//! A library that merges layers would end at the first mistake and knows no lines, so the parser's own tree is walked.

use std::path::Path;

use nuan_vocabulary::diagnostic::Diagnostic;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::Given;
use super::origin::Origin;
use super::settings::{Kind, SETTINGS, Setting, of_key};

/// What a file gives, and what is wrong with it.
pub fn read(path: &Path, text: &str) -> (Vec<Given>, Vec<Diagnostic>) {
    let mut reading = Reading { path, text, given: Vec::new(), mistakes: Vec::new() };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().map_or(text.len(), |span| span.start);
        reading.refuse("NU1102", at, error.message().to_owned());
    }
    for (key, value) in table.get_ref() {
        match value.get_ref() {
            DeValue::Table(inner) if is_table(key.get_ref()) => {
                for (inner_key, value) in inner {
                    reading.take(Some(&**key.get_ref()), inner_key, value);
                }
            }
            _ => reading.take(None, key, value),
        }
    }
    // The parser's tables are sorted by key; people read from the top.
    reading.mistakes.sort_by_key(|(at, _)| *at);
    (reading.given, reading.mistakes.into_iter().map(|(_, mistake)| mistake).collect())
}

fn is_table(key: &str) -> bool {
    tables().any(|table| table == key)
}

/// The tables that the file may have.
fn tables() -> impl Iterator<Item = &'static str> {
    SETTINGS.iter().filter_map(|setting| setting.key.split_once('.')).map(|(table, _)| table)
}

struct Reading<'t> {
    path: &'t Path,
    text: &'t str,
    given: Vec<Given>,
    mistakes: Vec<(usize, Diagnostic)>,
}

impl Reading<'_> {
    fn take(&mut self, table: Option<&str>, key: &Spanned<DeString<'_>>, value: &Spanned<DeValue<'_>>) {
        let name = table.map_or_else(|| key.get_ref().to_string(), |table| format!("{table}.{}", key.get_ref()));
        let Some(setting) = of_key(&name) else { return self.unknown(&name, table, key.span().start) };
        let at = value.span().start;
        let values = match values(setting, value.get_ref()) {
            Ok(values) => values,
            Err(wanted) => return self.refuse("NU1104", at, format!("`{name}` is {wanted}")),
        };
        let mistakes: Vec<String> = values.iter().filter_map(|value| setting.mistake(value)).collect();
        if !mistakes.is_empty() {
            return mistakes.iter().for_each(|mistake| self.refuse("NU1105", at, format!("`{name}`: {mistake}")));
        }
        let origin = Origin::File { path: self.path.display().to_string(), line: self.place(at).0 };
        self.given.push(Given { setting, values, origin });
    }

    fn unknown(&mut self, name: &str, table: Option<&str>, at: usize) {
        let what = match table {
            None => format!("there is no table and no key `{name}`"),
            Some(table) => {
                format!("the table `{table}` has no key `{}`", name.split_once('.').map_or(name, |(_, key)| key))
            }
        };
        let alone = SETTINGS.iter().filter(|setting| !setting.key.contains('.')).map(|setting| setting.key);
        let candidates: Vec<&str> = match table {
            None => tables().chain(alone).chain(SETTINGS.iter().map(|setting| setting.key)).collect(),
            Some(_) => SETTINGS.iter().map(|setting| setting.key).collect(),
        };
        let mistake = Diagnostic::new("NU1103", self.shown_place(at), what);
        self.mistakes.push((at, mistake.with_suggestion(name, candidates.into_iter())));
    }

    fn refuse(&mut self, code: &str, at: usize, what: String) {
        self.mistakes.push((at, Diagnostic::new(code, self.shown_place(at), what)));
    }

    fn shown_place(&self, at: usize) -> String {
        let (line, column) = self.place(at);
        format!("{}:{line}:{column}", self.path.display())
    }

    /// Line and column, both from 1; columns count letters.
    fn place(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        (before.matches('\n').count() + 1, column)
    }
}

/// The values as texts, or what would have been right.
fn values(setting: &Setting, value: &DeValue<'_>) -> Result<Vec<String>, &'static str> {
    match (setting.kind, value) {
        (kind, DeValue::Array(items)) if kind.separator().is_some() => {
            let texts = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned));
            texts.collect::<Option<_>>().ok_or("a list of texts in quotes")
        }
        (kind, _) if kind.separator().is_some() => Err("a list of texts in quotes"),
        (Kind::Seconds | Kind::Count, DeValue::Integer(number)) => Ok(vec![number.to_string()]),
        (Kind::Seconds | Kind::Count, _) => Err("a whole number without quotes"),
        (_, DeValue::String(text)) => Ok(vec![text.to_string()]),
        _ => Err("a text in quotes"),
    }
}
