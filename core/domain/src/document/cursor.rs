//! The place in a document, and the mistakes found on the way.

use nuan_vocabulary::diagnostic::{Diagnostic, shown_key};

use super::limits;

/// Collects mistakes while a document is walked. A place is a JSON pointer.
pub struct Cursor {
    path: String,
    mistakes: Vec<Diagnostic>,
}

impl Cursor {
    pub const fn new() -> Self {
        Self { path: String::new(), mistakes: Vec::new() }
    }

    /// Walks into a key or an index and back.
    pub fn within<T>(&mut self, step: &str, walk: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        self.path.push('/');
        self.path.push_str(&shown_key(step));
        let result = walk(self);
        self.path.truncate(length);
        result
    }

    /// Notes a mistake here.
    pub fn refuse(&mut self, code: &str, detail: impl Into<String>) {
        self.note(Diagnostic::new(code, self.path.clone(), detail));
    }

    /// Notes a mistake here with its mend.
    pub fn refuse_with(&mut self, code: &str, detail: impl Into<String>, hint: impl Into<String>) {
        self.note(Diagnostic::new(code, self.path.clone(), detail).with_hint(hint));
    }

    /// Notes a name that is not known, with the one that looks most like it.
    pub fn refuse_name<'a>(&mut self, code: &str, detail: &str, name: &str, known: impl Iterator<Item = &'a str>) {
        self.note(Diagnostic::new(code, self.path.clone(), detail).with_suggestion(name, known));
    }

    fn note(&mut self, mistake: Diagnostic) {
        if self.mistakes.len() < limits::MISTAKES {
            self.mistakes.push(mistake);
        }
    }

    pub fn into_mistakes(self) -> Vec<Diagnostic> {
        self.mistakes
    }
}
