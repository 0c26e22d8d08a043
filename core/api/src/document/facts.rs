//! The schema of a household document with its facts: the outline, filled with what a catalogue names.
//!
//! Partners validate against it and draw forms from it. The description of the API keeps the outline alone, since every
//! installation may have facts of its own; it is `domain` that reads documents.

use nuan_domain::document::limits;
use nuan_vocabulary::catalogue::{Catalogue, Fact, ValueType};
use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::text::Bilingual;
use nuan_vocabulary::written::written_as;
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::HouseholdDocument;

/// Where the outline of a member stands in the schema.
const MEMBER: &str = "/$defs/HouseholdDocumentMember";

/// The most that a count can be.
const MOST_COUNTED: i64 = 1_000_000_000;

/// The schema of the household documents that a catalogue allows.
pub fn household_schema(catalogue: &Catalogue) -> Schema {
    let mut names = Names { catalogue, generator: SchemaSettings::draft2020_12().into_generator() };
    let parts =
        [("household", ""), ("member", MEMBER)].map(|(entity, at)| (at, names.facts(entity), names.lists(entity)));
    let relation = catalogue.facts.get("member.relation").map(|fact| names.fact(fact));
    let mut schema = names.generator.into_root_schema_for::<HouseholdDocument>();
    for (at, facts, lists) in parts {
        close(&mut schema, &format!("{at}/properties/facts"), facts);
        close(&mut schema, &format!("{at}/properties/entities"), lists);
    }
    if let (Some(relation), Some(place)) = (relation, schema.pointer_mut(&format!("{MEMBER}/properties/relation"))) {
        *place = relation;
    }
    schema
}

/// Lets an object have these keys and no other.
fn close(schema: &mut Schema, pointer: &str, properties: Map<String, Value>) {
    if let Some(Value::Object(object)) = schema.pointer_mut(pointer) {
        object.insert("properties".to_owned(), Value::Object(properties));
        object.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
}

/// What a catalogue names, with a definition for every kind of value.
struct Names<'a> {
    catalogue: &'a Catalogue,
    generator: SchemaGenerator,
}

impl Names<'_> {
    /// The facts about the household or a member.
    fn facts(&mut self, entity: &str) -> Map<String, Value> {
        let catalogue = self.catalogue;
        let facts = catalogue.facts.iter().filter(|(_, fact)| fact.entity == entity);
        facts.map(|(name, fact)| (name.clone(), self.fact(fact))).collect()
    }

    /// The lists under the household or a member; members themselves are none.
    fn lists(&mut self, parent: &str) -> Map<String, Value> {
        let catalogue = self.catalogue;
        let entities = catalogue.entities.iter().filter(|(name, _)| *name != "member");
        let lists = entities.filter(|(_, entity)| entity.parent.as_deref() == Some(parent));
        lists.map(|(name, entity)| (name.clone(), self.list(name, &entity.title))).collect()
    }

    /// Rows with the short names of their facts, or that there are none.
    fn list(&mut self, entity: &str, title: &Bilingual) -> Value {
        let catalogue = self.catalogue;
        let of_entity = |name: &str| name.strip_prefix(entity)?.strip_prefix('.').map(str::to_owned);
        let facts = catalogue.facts.iter().filter_map(|(name, fact)| Some((of_entity(name)?, fact)));
        let fields: Map<String, Value> = facts.map(|(field, fact)| (field, self.fact(fact))).collect();
        let row = json!({ "type": "object", "properties": fields, "additionalProperties": false });
        let rows = json!({ "type": "array", "minItems": 1, "maxItems": limits::ROWS, "items": row });
        json!({ "title": title.zh_cn, "description": title.en, "anyOf": [self.none(), rows] })
    }

    /// A plain value, or dated statements.
    fn fact(&mut self, fact: &Fact) -> Value {
        let (kind, value) = self.value(fact);
        let (name, value) = if fact.optional {
            (format!("fact.{kind}.or_none"), json!({ "anyOf": [value, self.none()] }))
        } else {
            (format!("fact.{kind}"), value)
        };
        let date = self.generator.subschema_for::<Date>();
        let statement = json!({
            "type": "object",
            "properties": {
                "value": value,
                "from": date,
                "until": date,
                "source": self.text(),
                "evidence": { "type": "array", "items": self.text(), "maxItems": limits::EVIDENCE },
                "confidence": { "enum": ["verified", "documented", "declared", "estimated"] },
                "known_at": { "type": "string", "format": "date-time" }
            },
            "required": ["value"],
            "additionalProperties": false
        });
        let statements = json!({ "type": "array", "minItems": 1, "maxItems": limits::STATEMENTS, "items": statement });
        let reference = self.define(&name, json!({ "anyOf": [value, statements] }));
        json!({ "title": fact.title.zh_cn, "description": fact.title.en, "$ref": reference })
    }

    /// A value by the name of its kind.
    fn value(&mut self, fact: &Fact) -> (String, Value) {
        let not_negative = json!({ "pattern": "^-" });
        let (kind, schema) = match fact.value_type {
            ValueType::Flag => ("flag", written_as(ValueType::Flag)),
            ValueType::Int => ("count", json!({ "type": "integer", "minimum": 0, "maximum": MOST_COUNTED })),
            ValueType::Money => ("amount", json!({ "allOf": [written_as(ValueType::Money)], "not": not_negative })),
            ValueType::Ratio => ("ratio", json!({ "allOf": [written_as(ValueType::Ratio)], "not": not_negative })),
            ValueType::Date => return ("date".to_owned(), self.generator.subschema_for::<Date>().to_value()),
            ValueType::Month => return ("month".to_owned(), self.generator.subschema_for::<Month>().to_value()),
            ValueType::Text => return ("text".to_owned(), self.text()),
            ValueType::Code | ValueType::Status => return self.code(fact.codes.as_deref().unwrap_or_default()),
        };
        let reference = self.define(kind, schema);
        (kind.to_owned(), json!({ "$ref": reference }))
    }

    fn code(&mut self, list: &str) -> (String, Value) {
        let codes = self.catalogue.codes.get(list).into_iter().flatten();
        let codes: Vec<Value> = codes
            .map(|(code, title)| json!({ "const": code, "title": title.zh_cn, "description": title.en }))
            .collect();
        let kind = format!("code.{list}");
        let reference = self.define(&kind, json!({ "type": "string", "oneOf": codes }));
        (kind, json!({ "$ref": reference }))
    }

    /// A text that can be kept.
    fn text(&mut self) -> Value {
        let text = json!({ "type": "string", "maxLength": 1000, "pattern": r"^[^\x00]*$" });
        json!({ "$ref": self.define("text", text) })
    }

    /// Known to be none.
    fn none(&mut self) -> Value {
        let none = json!({
            "description": "Known to be none. What is not known is left out.",
            "type": "object",
            "properties": { "none": { "const": true } },
            "required": ["none"],
            "additionalProperties": false
        });
        json!({ "$ref": self.define("none", none) })
    }

    /// Defines a schema once, and answers with the reference to it.
    fn define(&mut self, name: &str, schema: Value) -> String {
        self.generator.definitions_mut().entry(name).or_insert(schema);
        format!("#/$defs/{name}")
    }
}
