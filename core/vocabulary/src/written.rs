//! How people write a value of each type, as JSON Schema says it: dates, amounts and ratios are quoted text.
//!
//! JSON does not tell the number 840.00 from 840, so a schema refuses a bare amount only where the type beside it says that
//! the value is text. This is *not* where values are read.

use schemars::Schema;
use serde_json::{Value, json};

use crate::catalogue::ValueType;
use crate::date::{Date, Month};

const TYPES: [ValueType; 8] = [
    ValueType::Flag,
    ValueType::Int,
    ValueType::Money,
    ValueType::Ratio,
    ValueType::Date,
    ValueType::Month,
    ValueType::Code,
    ValueType::Text,
];

/// What a value of the type looks like; of a code, that it is text.
pub fn written_as(value_type: ValueType) -> Value {
    match value_type {
        ValueType::Flag => json!({ "type": "boolean" }),
        ValueType::Int => json!({ "type": "integer" }),
        ValueType::Money => json!({ "type": "string", "pattern": r"^-?[0-9]{1,16}(\.[0-9]{1,2})?$" }),
        ValueType::Ratio => json!({ "type": "string", "pattern": r"^-?[0-9]{1,16}(\.[0-9]{1,6})?$" }),
        ValueType::Date => json!({ "type": "string", "format": "date", "pattern": Date::PATTERN }),
        ValueType::Month => json!({ "type": "string", "pattern": Month::PATTERN }),
        ValueType::Code | ValueType::Text | ValueType::Status => json!({ "type": "string" }),
    }
}

/// For the schema of a parameter: its type says how values and bounds are written, and `none` stands where it is a value.
pub(crate) fn parameter_values(schema: &mut Schema) {
    let each = |value: Value| json!({ "items": { "properties": { "value": value } } });
    let of_type = |value_type: ValueType| {
        let value = written_as(value_type);
        let bounds = json!({ "properties": { "min": value, "max": value } });
        let values = each(json!({ "anyOf": [value, { "const": "none" }] }));
        when(value_type, &json!({ "properties": { "values": values, "bounds": bounds } }))
    };
    let mut rules: Vec<Value> = TYPES.into_iter().map(of_type).collect();
    let may_be_none = json!({ "anyOf": [
        { "properties": { "optional": { "const": true } }, "required": ["optional"] },
        { "properties": { "type": { "enum": [ValueType::Code, ValueType::Text] } } }
    ] });
    let never_none = json!({ "properties": { "values": each(json!({ "not": { "const": "none" } })) } });
    rules.push(json!({ "if": may_be_none, "else": never_none }));
    schema.insert("allOf".to_owned(), Value::Array(rules));
}

/// For the schema of an output: its type says how the ends of its range are written, and whether it can have one.
pub(crate) fn output_range(schema: &mut Schema) {
    let of_type = |value_type: ValueType| {
        let end = written_as(value_type);
        let then = match value_type {
            ValueType::Flag | ValueType::Code | ValueType::Text | ValueType::Status => {
                json!({ "not": { "required": ["range"] } })
            }
            _ => json!({ "properties": { "range": { "properties": { "min": end, "max": end } } } }),
        };
        when(value_type, &then)
    };
    let rules = TYPES.into_iter().chain([ValueType::Status]).map(of_type).collect();
    schema.insert("allOf".to_owned(), Value::Array(rules));
}

/// What holds where the object's type is this one.
fn when(value_type: ValueType, then: &Value) -> Value {
    json!({ "if": { "properties": { "type": { "const": value_type } } }, "then": then })
}
