//! The members: who they are to the document, and that nobody is named twice.

use std::collections::BTreeSet;

use nuan_vocabulary::date::Date;
use nuan_vocabulary::identity_document::IdentityDocument;
use nuan_vocabulary::text;
use serde_json::{Map, Value};

use super::cursor::Cursor;
use super::value::{FactValue, Statement};
use super::{MemberDocument, body, limits};
use crate::schema::Schema;

const KEYS: [&str; 6] = ["ref", "document", "name", "relation", "facts", "entities"];

/// Reads all members. Nobody, a reference or a number that stands twice, and too many are mistakes.
pub fn read(value: Option<&Value>, schema: &Schema, cursor: &mut Cursor) -> Vec<MemberDocument> {
    let entries = match value {
        Some(Value::Array(entries)) if !entries.is_empty() && entries.len() <= limits::MEMBERS => entries,
        _ => {
            cursor.within("members", |cursor| {
                cursor.refuse("NU2121", format!("a household has 1 to {} members", limits::MEMBERS))
            });
            return Vec::new();
        }
    };
    let mut seen = Seen::default();
    let read = |cursor: &mut Cursor| {
        let mut members = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            cursor.within(&index.to_string(), |cursor| match entry {
                Value::Object(map) => members.extend(read_member(map, schema, &mut seen, cursor)),
                _ => cursor.refuse("NU2100", "a member is an object"),
            });
        }
        members
    };
    cursor.within("members", read)
}

#[derive(Default)]
struct Seen {
    references: BTreeSet<String>,
    documents: BTreeSet<String>,
}

fn read_member(
    map: &Map<String, Value>,
    schema: &Schema,
    seen: &mut Seen,
    cursor: &mut Cursor,
) -> Option<MemberDocument> {
    body::refuse_unknown_keys(map, &KEYS, cursor);
    let reference = read_reference(map, seen, cursor);
    let birth = read_document(map, seen, cursor);
    read_name(map, cursor);
    let mut statements = body::read_facts(map, schema, schema.member(), cursor);
    read_relation(map, schema, cursor, &mut statements);
    statements.sort_by_key(|statement| (statement.fact, statement.known_at, statement.from));
    if let Some(birth) = birth {
        add_birth_date(birth, schema, cursor, &mut statements);
    }
    let lists = body::read_lists(map, schema, schema.member(), cursor);
    Some(MemberDocument { reference: reference?, statements, lists })
}

fn read_reference(map: &Map<String, Value>, seen: &mut Seen, cursor: &mut Cursor) -> Option<String> {
    let reference = map.get("ref").and_then(Value::as_str);
    let Some(reference) =
        reference.filter(|text| (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric()))
    else {
        cursor.within("ref", |cursor| {
            cursor.refuse_with("NU2107", "a member needs a `ref`", "1 to 16 letters or digits: \"a\", \"b\"")
        });
        return None;
    };
    if !seen.references.insert(reference.to_owned()) {
        cursor.within("ref", |cursor| cursor.refuse("NU2120", "another member has this `ref`"));
    }
    Some(reference.to_owned())
}

/// Checks the identity document; it stays in the document and becomes no fact, but its date of birth does.
fn read_document(map: &Map<String, Value>, seen: &mut Seen, cursor: &mut Cursor) -> Option<Date> {
    let value = map.get("document")?;
    cursor.within("document", |cursor| {
        let document: IdentityDocument = match serde_json::from_value(value.clone()) {
            Ok(document) => document,
            Err(_) => {
                let hint =
                    "write {\"kind\": \"citizen_id\", \"number\": …}; 18 characters with a right check character";
                cursor.refuse_with("NU2122", "the identity document is not valid", hint);
                return None;
            }
        };
        if !seen.documents.insert(document.reveal().to_owned()) {
            cursor.refuse("NU2120", "another member has this identity document");
        }
        document.birth_date().map(Date::from)
    })
}

fn read_name(map: &Map<String, Value>, cursor: &mut Cursor) {
    if let Some(name) = map.get("name")
        && name.as_str().is_none_or(|name| name.is_empty() || text::normalized(name).is_err())
    {
        cursor.within("name", |cursor| cursor.refuse("NU2118", "a name is a text of 1 to 1000 characters without NUL"));
    }
}

/// `relation` is short for the fact `member.relation`.
fn read_relation(map: &Map<String, Value>, schema: &Schema, cursor: &mut Cursor, statements: &mut Vec<Statement>) {
    let Some(value) = map.get("relation") else { return };
    cursor.within("relation", |cursor| {
        let found = schema.fact("member.relation").and_then(|fact| Some((fact, schema.fact_shape(fact)?)));
        match found {
            Some((fact, shape)) => super::value::read(fact, shape, value, cursor, statements),
            None if value.is_string() => {}
            None => cursor.refuse("NU2100", "a relation is a quoted code of GB/T 4761"),
        }
    });
}

/// The date of birth in the number stands for the fact; one that contradicts a stated fact is a mistake.
fn add_birth_date(birth: Date, schema: &Schema, cursor: &mut Cursor, statements: &mut Vec<Statement>) {
    let Some(fact) = schema.fact("member.birth_date") else { return };
    let value = FactValue::Day(birth.days());
    let stated = || statements.iter().filter(|statement| statement.fact == fact);
    if stated().any(|statement| statement.value != value) {
        let hint = "correct the one that is wrong; the number holds the date of birth in places 7 to 14";
        return cursor.within("document", |cursor| {
            cursor.refuse_with("NU2123", "its date of birth is not that of `member.birth_date`", hint)
        });
    }
    if stated().next().is_none() {
        statements.push(Statement { fact, value, from: None, until: None, known_at: None });
    }
}
