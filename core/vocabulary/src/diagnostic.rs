//! A mistake in something that a person wrote: stable code, place, reason, mend.

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bytes of the longest key that is shown.
const LONGEST_KEY: usize = 64;

/// One mistake. All mistakes of an input come at once. The message never repeats a personal value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Diagnostic {
    /// JSON pointer, or `file:line:column`.
    pub path: String,
    /// A stable code, `NU` and four digits; docs/ has a page of all.
    pub code: String,
    /// What is wrong.
    pub detail: String,
    /// How to mend it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Diagnostic {
    /// A mistake without a mend yet.
    pub fn new(code: &str, path: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { path: path.into(), code: code.to_owned(), detail: detail.into(), hint: None }
    }

    /// Adds how to mend it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the known name that looks most like the one written, if one does.
    #[must_use]
    pub fn with_suggestion<'a>(self, written: &str, known: impl Iterator<Item = &'a str>) -> Self {
        match closest(written, known) {
            Some(name) => self.with_hint(format!("did you mean `{name}`?")),
            None => self,
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.code, self.path, self.detail)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

/// A key that somebody wrote, as a place may show it. One that is no name of a field (other letters, or a number as long as a
/// document's) may be a value of somebody in the wrong place, and stands as `*`.
pub fn shown_key(key: &str) -> Cow<'_, str> {
    let digits = key.bytes().filter(u8::is_ascii_digit).count();
    let is_name =
        key.len() <= LONGEST_KEY && digits < 5 && key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    match is_name {
        true if key.contains(['~', '/']) => key.replace('~', "~0").replace('/', "~1").into(),
        true => key.into(),
        false => "*".into(),
    }
}

/// The name that differs in the fewest letters, if that is at most a third of them.
pub fn closest<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = written.chars().count().div_ceil(3);
    known
        .map(|name| (strsim::damerau_levenshtein(written, name), name))
        .filter(|(edits, _)| *edits <= most)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_unless_it_may_be_a_value() {
        for (key, shown) in [
            ("household.incme_12_months", "household.incme_12_months"),
            ("a/b~c", "a~1b~0c"),
            ("17", "17"),
            ("999999198001010011", "*"),
            ("id 1980-01-01", "*"),
            ("张三", "*"),
            ("a\n", "*"),
        ] {
            assert_eq!(shown_key(key), shown);
        }
        assert_eq!(shown_key(&"a".repeat(65)), "*");
    }

    #[test]
    fn a_slip_is_suggested_and_nonsense_is_not() {
        let known = ["household.housing_count", "member.birth_date"];
        assert_eq!(closest("household.housing_cuont", known.into_iter()), Some("household.housing_count"));
        assert_eq!(closest("x", known.into_iter()), None);
    }
}
