//! What `given` and `expect` look like, as JSON Schema. Names are open, since every plugin brings its own; a bare decimal is
//! refused where JSON can tell it from a whole number.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// Facts and lists by name, and the members.
pub fn given(generator: &mut SchemaGenerator) -> Schema {
    let value = generator.subschema_for::<GivenValue>();
    json_schema!({
        "type": "object",
        "properties": {
            "members": {
                "description": "How many members there are, each like the background's, or what sets each of them apart.",
                "anyOf": [
                    { "type": "integer", "minimum": 1 },
                    { "type": "array", "minItems": 1, "items": { "type": "object", "additionalProperties": value } }
                ]
            }
        },
        "additionalProperties": value
    })
}

/// Answers by output, at least one.
pub fn expect(generator: &mut SchemaGenerator) -> Schema {
    let answer = generator.subschema_for::<ExpectedAnswer>();
    json_schema!({ "type": "object", "minProperties": 1, "additionalProperties": answer })
}

/// A fact or a list, read by `given`.
enum GivenValue {}

impl JsonSchema for GivenValue {
    fn schema_name() -> Cow<'static, str> {
        "GivenValue".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<Self>();
        json_schema!({
            "description": "A value as a household document writes it, `unknown`, or `none`; amounts and ratios are quoted.",
            "type": ["string", "integer", "boolean", "array", "object"],
            "items": value,
            "additionalProperties": value
        })
    }
}

/// An answer, read by `expect`.
enum ExpectedAnswer {}

impl JsonSchema for ExpectedAnswer {
    fn schema_name() -> Cow<'static, str> {
        "ExpectedAnswer".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let answer = generator.subschema_for::<Self>();
        json_schema!({
            "description": "A value, `not_applicable`, an answer for every row, or what an undetermined output lacks.",
            "anyOf": [
                { "type": ["string", "integer", "boolean"] },
                { "type": "array", "items": answer },
                {
                    "type": "object",
                    "properties": { "undetermined": { "type": "array", "items": { "type": "string" } } },
                    "required": ["undetermined"],
                    "additionalProperties": false
                }
            ]
        })
    }
}
