//! Household documents: parsed once, every mistake named at once, and held as facts that can be asked by date.
//!
//! INVARIANT: a `HouseholdDocument` is valid; no later step checks it again. Absent is unknown, never zero.

mod body;
mod cursor;
mod members;
mod value;

use jiff::Timestamp;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::division::DivisionCode;

pub use self::value::{FactValue, Statement};
use crate::schema::{EntityIndex, Schema};

/// The most that one household can have, so that one document never starves the others.
pub mod limits {
    /// Members.
    pub const MEMBERS: usize = 64;
    /// Rows of one list.
    pub const ROWS: usize = 512;
    /// Statements about one fact.
    pub const STATEMENTS: usize = 64;
    /// Papers that support one statement.
    pub const EVIDENCE: usize = 32;
    /// Mistakes that are named; what lies beyond is counted.
    pub const MISTAKES: usize = 50;
}

/// A list under a household or a member: known rows, known to be empty, or nothing known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// The entity.
    pub entity: EntityIndex,
    /// The rows; empty where it is known that there are none.
    pub rows: Vec<Vec<Statement>>,
}

/// One member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberDocument {
    /// The name that the document itself uses, `a`, `b`; it is no id and says nothing about the person.
    pub reference: String,
    /// What is stated about the member, later statements last.
    pub statements: Vec<Statement>,
    /// The lists that are known.
    pub lists: Vec<List>,
}

/// One household as a document states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HouseholdDocument {
    /// Where it applies.
    pub division: DivisionCode,
    /// The date it asks about, where it names one.
    pub as_of: Option<Date>,
    /// What is stated about the household.
    pub statements: Vec<Statement>,
    /// The lists that are known.
    pub lists: Vec<List>,
    /// Everybody in it.
    pub members: Vec<MemberDocument>,
}

/// The document cannot be used. All its mistakes, in the order of the document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the household document has {} mistakes", .0.len())]
pub struct DocumentRefused(pub Vec<Diagnostic>);

impl HouseholdDocument {
    /// Reads a JSON document against the catalogue.
    pub fn parse(json: &[u8], schema: &Schema) -> Result<Self, DocumentRefused> {
        Self::from_value(&Self::json(json)?, schema)
    }

    /// Reads JSON, whatever it states.
    pub fn json(json: &[u8]) -> Result<serde_json::Value, DocumentRefused> {
        serde_json::from_slice(json).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            let hint = "check quotes, commas and braces there; the text must be UTF-8";
            DocumentRefused(vec![Diagnostic::new("NU2001", place, "this is not JSON").with_hint(hint)])
        })
    }

    /// Reads a document that is JSON already.
    pub fn from_value(value: &serde_json::Value, schema: &Schema) -> Result<Self, DocumentRefused> {
        body::read(value, schema).map_err(DocumentRefused)
    }
}

/// The statement that counts on a date, as far as it was known at an instant: the latest to become known, then the
/// latest to begin. `statements` are sorted so.
pub fn effective(statements: &[Statement], as_of: Date, known_at: Timestamp) -> impl Iterator<Item = &Statement> {
    statements.iter().filter(move |statement| {
        statement.from.is_none_or(|from| from <= as_of)
            && statement.until.is_none_or(|until| as_of < until)
            && statement.known_at.is_none_or(|since| since <= known_at)
    })
}
