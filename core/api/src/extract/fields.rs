//! The fields of a small JSON object, read one by one so that every mistake is named at once.

use jiff::Timestamp;
use nuan_kernel::KernelError;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::{Diagnostic, shown_key};
use serde_json::{Map, Value};

use crate::error::ApiError;

/// A body that can be read from JSON.
pub trait ReadBody: Sized {
    /// Reads it, or names every mistake.
    fn read(body: Value) -> Result<Self, ApiError>;
}

/// An object that is being read.
#[derive(Debug)]
pub struct Fields {
    map: Map<String, Value>,
    mistakes: Vec<Diagnostic>,
}

impl Fields {
    /// Opens an object that has these keys and no others.
    pub fn open(body: Value, keys: &[&str]) -> Result<Self, ApiError> {
        let Value::Object(map) = body else {
            return Err(refused(vec![Diagnostic::new("NU2100", "", "the body is an object")]));
        };
        let unknown = map.keys().filter(|key| !keys.contains(&key.as_str())).map(|key| {
            let place = format!("/{}", shown_key(key));
            Diagnostic::new("NU2002", place, "no such key").with_suggestion(key, keys.iter().copied())
        });
        Ok(Self { mistakes: unknown.collect(), map })
    }

    /// A value that must be there.
    pub fn required(&mut self, key: &str) -> Value {
        self.map.remove(key).unwrap_or_else(|| {
            self.refuse("NU2003", key, "the key is missing", "add it");
            Value::Null
        })
    }

    /// `YYYY-MM-DD`, where given.
    pub fn date(&mut self, key: &str) -> Option<Date> {
        let value = self.map.remove(key)?;
        let date = value.as_str().and_then(|text| Date::parse(text).ok());
        if date.is_none() {
            self.refuse("NU2110", key, "this is not a date of the calendar", "write YYYY-MM-DD");
        }
        date
    }

    /// An instant by RFC 3339, where given.
    pub fn instant(&mut self, key: &str) -> Option<Timestamp> {
        let value = self.map.remove(key)?;
        let instant = value.as_str().and_then(|text| text.parse().ok());
        if instant.is_none() {
            self.refuse("NU2110", key, "this is not an instant", "write 2021-05-20T08:00:00Z");
        }
        instant
    }

    /// A list of texts, where given.
    pub fn names(&mut self, key: &str) -> Option<Vec<String>> {
        let value = self.map.remove(key)?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let names = value.as_array().and_then(|names| names.iter().map(text).collect());
        if names.is_none() {
            self.refuse("NU2100", key, "the value has the wrong type", "write a list of quoted names");
        }
        names
    }

    /// What was read, unless there are mistakes.
    pub fn finish<T>(self, body: T) -> Result<T, ApiError> {
        if self.mistakes.is_empty() { Ok(body) } else { Err(refused(self.mistakes)) }
    }

    fn refuse(&mut self, code: &str, key: &str, detail: &str, hint: &str) {
        self.mistakes.push(Diagnostic::new(code, format!("/{key}"), detail).with_hint(hint));
    }
}

fn refused(mistakes: Vec<Diagnostic>) -> ApiError {
    KernelError::Request(mistakes).into()
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use serde_json::json;

    use super::*;
    use crate::problem::Problem;

    #[test]
    fn all_mistakes_of_a_body_come_at_once() {
        let body = json!({ "as_off": "2022-09-01", "as_of": "2022-13-01", "known_at": 5, "outputs": "a" });
        let mut fields = Fields::open(body, &["household", "as_of", "known_at", "outputs"]).unwrap();
        fields.required("household");
        assert_eq!((fields.date("as_of"), fields.instant("known_at"), fields.names("outputs")), (None, None, None));
        let response = fields.finish(()).unwrap_err().into_response();
        assert_eq!(response.status().as_u16(), 422);
        let problem = response.extensions().get::<Problem>().unwrap();
        let found: Vec<_> = problem.errors.iter().map(|error| (error.code.as_str(), error.path.as_str())).collect();
        let expected = [
            ("NU2002", "/as_off"),
            ("NU2003", "/household"),
            ("NU2110", "/as_of"),
            ("NU2110", "/known_at"),
            ("NU2100", "/outputs"),
        ];
        assert_eq!(found, expected);
        assert_eq!(problem.errors[0].hint.as_deref(), Some("did you mean `as_of`?"));
    }
}
