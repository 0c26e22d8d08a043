//! Canonical JSON (RFC 8785) of texts: an object that is written in the one way it can be.

use serde_json::{Map, Value};

use super::{HEAD, HEADS, require};
use crate::audit::checkpoint::read_size;

/// The members of an object.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads one; every value is a text, but for `version`.
    pub fn canonical(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
        let written = serde_json_canonicalizer::to_string(&value).map_err(|error| error.to_string())?;
        let Value::Object(fields) = value else { return Err("not in canonical form".to_owned()) };
        require(written == text, "not in canonical form")?;
        let are_texts = fields.iter().all(|(name, value)| value.is_string() || name == "version");
        require(are_texts, "a value is no text")?;
        Ok(Self(fields))
    }

    /// A text that has to be there.
    pub fn text(&self, name: &str) -> Result<&str, String> {
        self.0.get(name).and_then(Value::as_str).ok_or_else(|| format!("there is no `{name}`"))
    }

    /// A number that has to be there, written in the one way it can be.
    pub fn number(&self, name: &str) -> Result<u64, String> {
        read_size(self.text(name)?).ok_or_else(|| "not a number".to_owned())
    }

    /// Whether the version is 1.
    pub fn is_first_version(&self) -> bool {
        self.0.get("version").and_then(Value::as_u64) == Some(1)
    }

    /// Whether exactly these are there, in the order of the alphabet.
    pub fn are(&self, names: &[&str]) -> bool {
        self.0.len() == names.len() && names.iter().all(|name| self.0.contains_key(*name))
    }

    /// The log, the size and the root that a leaf of the log of heads names.
    pub fn head(&self) -> Result<(String, u64, String), String> {
        let wrong = || "not the head of a log".to_owned();
        let (log, size) = self.text("subject")?.rsplit_once('#').ok_or_else(wrong)?;
        let root = self.text("commitment")?.strip_prefix("root:").ok_or_else(wrong)?;
        require(self.text("act")? == HEAD && log != HEADS, "not the head of a log")?;
        let size = read_size(size).ok_or_else(|| "not a number".to_owned())?;
        Ok((log.to_owned(), size, root.to_owned()))
    }
}
