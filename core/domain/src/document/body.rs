//! The household itself: division, date, facts, lists, members.

use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::division::DivisionCode;
use serde_json::{Map, Value};

use super::cursor::Cursor;
use super::value::{self, Statement};
use super::{HouseholdDocument, List, limits, members};
use crate::schema::{EntityIndex, FactIndex, Schema};

const KEYS: [&str; 5] = ["division", "as_of", "facts", "entities", "members"];

/// Reads a whole document.
pub fn read(value: &Value, schema: &Schema) -> Result<HouseholdDocument, Vec<Diagnostic>> {
    let mut cursor = Cursor::new();
    let document = match value {
        Value::Object(map) => read_household(map, schema, &mut cursor),
        _ => {
            cursor.refuse("NU2100", "a household document is an object");
            None
        }
    };
    let mistakes = cursor.into_mistakes();
    match document {
        Some(document) if mistakes.is_empty() => Ok(document),
        _ => Err(mistakes),
    }
}

fn read_household(map: &Map<String, Value>, schema: &Schema, cursor: &mut Cursor) -> Option<HouseholdDocument> {
    refuse_unknown_keys(map, &KEYS, cursor);
    let division = read_division(map, cursor);
    let as_of = map.get("as_of").and_then(|value| cursor.within("as_of", |cursor| read_as_of(value, cursor)));
    let statements = read_facts(map, schema, schema.household(), cursor);
    let lists = read_lists(map, schema, schema.household(), cursor);
    let members = members::read(map.get("members"), schema, cursor);
    Some(HouseholdDocument { division: division?, as_of, statements, lists, members })
}

/// Names every key that the format does not have.
pub fn refuse_unknown_keys(map: &Map<String, Value>, keys: &[&str], cursor: &mut Cursor) {
    for key in map.keys().filter(|key| !keys.contains(&key.as_str())) {
        cursor.within(key, |cursor| cursor.refuse_name("NU2002", "no such key", key, keys.iter().copied()));
    }
}

fn read_division(map: &Map<String, Value>, cursor: &mut Cursor) -> Option<DivisionCode> {
    let Some(value) = map.get("division") else {
        cursor.refuse_with(
            "NU2003",
            "the document has no `division`",
            "name the county of the application, \"330106\"",
        );
        return None;
    };
    let division =
        value.as_str().and_then(|text| text.parse::<DivisionCode>().ok()).filter(|code| code.county().is_some());
    if division.is_none() {
        let hint = "write the code of a county or below, 6, 9 or 12 digits";
        cursor.within("division", |cursor| {
            cursor.refuse_with("NU2119", "this is no division of county level or below", hint)
        });
    }
    division
}

fn read_as_of(value: &Value, cursor: &mut Cursor) -> Option<Date> {
    value::read_date(value, cursor)
}

/// Reads `facts` of a household or a member. The result is sorted so that later statements come last.
pub fn read_facts(
    map: &Map<String, Value>,
    schema: &Schema,
    entity: EntityIndex,
    cursor: &mut Cursor,
) -> Vec<Statement> {
    let mut statements = Vec::new();
    let facts = match map.get("facts") {
        None => return statements,
        Some(Value::Object(facts)) => facts,
        Some(_) => {
            cursor.within("facts", |cursor| cursor.refuse("NU2100", "`facts` is an object"));
            return statements;
        }
    };
    cursor.within("facts", |cursor| {
        for (name, value) in facts {
            cursor.within(name, |cursor| {
                if let Some(fact) = find_fact(name, schema, entity, cursor)
                    && let Some(shape) = schema.fact_shape(fact)
                {
                    value::read(fact, shape, value, cursor, &mut statements);
                }
            });
        }
    });
    statements.sort_by_key(|statement| (statement.fact, statement.known_at, statement.from));
    statements
}

fn find_fact(name: &str, schema: &Schema, entity: EntityIndex, cursor: &mut Cursor) -> Option<FactIndex> {
    let Some(fact) = schema.fact(name) else {
        let known = schema.facts().filter(|(_, shape)| shape.entity == entity).map(|(_, shape)| shape.name.as_str());
        cursor.refuse_name("NU2101", "no such fact", name, known);
        return None;
    };
    let about = schema.fact_shape(fact).map(|shape| shape.entity)?;
    if about == entity {
        return Some(fact);
    }
    let owner = schema.entity_shape(about).map_or("", |shape| shape.name.as_str());
    cursor.refuse_with("NU2102", "the fact is about something else", format!("it belongs to each {owner}"));
    None
}

/// Reads `entities` of a household or a member.
pub fn read_lists(map: &Map<String, Value>, schema: &Schema, parent: EntityIndex, cursor: &mut Cursor) -> Vec<List> {
    let entities = match map.get("entities") {
        None => return Vec::new(),
        Some(Value::Object(entities)) => entities,
        Some(_) => {
            cursor.within("entities", |cursor| cursor.refuse("NU2100", "`entities` is an object"));
            return Vec::new();
        }
    };
    let read = |cursor: &mut Cursor| {
        let mut lists = Vec::new();
        for (name, value) in entities {
            cursor.within(name, |cursor| lists.extend(read_list(name, value, schema, parent, cursor)));
        }
        lists
    };
    cursor.within("entities", read)
}

fn read_list(name: &str, value: &Value, schema: &Schema, parent: EntityIndex, cursor: &mut Cursor) -> Option<List> {
    let belongs = |entity: EntityIndex| {
        entity != schema.member() && schema.entity_shape(entity).and_then(|shape| shape.parent) == Some(parent)
    };
    let Some(entity) = schema.entity(name).filter(|entity| belongs(*entity)) else {
        let known = schema.catalogue().entities.keys().map(String::as_str);
        cursor.refuse_name("NU2104", "no such list here", name, known);
        return None;
    };
    match value {
        Value::Object(map) if map.len() == 1 && map.get("none") == Some(&Value::Bool(true)) => {
            Some(List { entity, rows: Vec::new() })
        }
        Value::Array(entries) if entries.is_empty() => {
            cursor.refuse_with(
                "NU2105",
                "an empty list does not say whether there are none",
                "write {\"none\": true}, or leave it out",
            );
            None
        }
        Value::Array(entries) if entries.len() > limits::ROWS => {
            cursor.refuse("NU2106", format!("a list has at most {} rows", limits::ROWS));
            None
        }
        Value::Array(entries) => {
            let rows = entries.iter().enumerate();
            let rows = rows
                .map(|(n, row)| cursor.within(&n.to_string(), |cursor| read_row(row, schema, entity, cursor)))
                .collect();
            Some(List { entity, rows })
        }
        _ => {
            cursor.refuse_with("NU2100", "a list is an array of rows", "write [{…}] or {\"none\": true}");
            None
        }
    }
}

fn read_row(value: &Value, schema: &Schema, entity: EntityIndex, cursor: &mut Cursor) -> Vec<Statement> {
    let mut statements = Vec::new();
    let (Value::Object(row), Some(shape)) = (value, schema.entity_shape(entity)) else {
        cursor.refuse("NU2100", "a row is an object");
        return statements;
    };
    for (field, value) in row {
        cursor.within(field, |cursor| {
            let Some(fact) = shape.fields.get(field).copied() else {
                let known = shape.fields.keys().map(String::as_str);
                return cursor.refuse_name("NU2101", "no such fact in this list", field, known);
            };
            if let Some(shape) = schema.fact_shape(fact) {
                value::read(fact, shape, value, cursor, &mut statements);
            }
        });
    }
    statements.sort_by_key(|statement| (statement.fact, statement.known_at, statement.from));
    statements
}
