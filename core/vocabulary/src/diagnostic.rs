//! A mistake in something that a person wrote: stable code, place, reason, mend.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    fn a_slip_is_suggested_and_nonsense_is_not() {
        let known = ["household.housing_count", "member.birth_date"];
        assert_eq!(closest("household.housing_cuont", known.into_iter()), Some("household.housing_count"));
        assert_eq!(closest("x", known.into_iter()), None);
    }
}
