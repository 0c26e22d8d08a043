//! From a case to the household document that it stands for: the background with what is given laid over it.
//!
//! INVARIANT: `unknown` takes a fact away, `none` is a known none, and a bare decimal is a mistake, never an amount.

use nuan_domain::schema::{EntityIndex, Schema};
use nuan_vocabulary::diagnostic::Diagnostic;
use serde_json::{Map, Value, json};

use crate::case::Case;
use crate::mistakes::Mistakes;

/// Keys of a member that are no facts.
const OF_MEMBER: [&str; 3] = ["ref", "relation", "document"];

/// The household document of a case. All mistakes come at once, each at the case's line.
pub fn document(case: &Case, schema: &Schema) -> Result<Value, Mistakes> {
    let mut draft = Draft { schema, household: Map::new(), members: Vec::new(), mistakes: Vec::new() };
    draft.take_background(&case.background);
    draft.take_members(case.given.get("members"));
    let named = |prefixed: bool| {
        case.given.iter().filter(move |(key, _)| *key != "members" && is_for_one_member(schema, key) == prefixed)
    };
    for (key, value) in named(false) {
        draft.set_everywhere(key, value);
    }
    for (key, value) in named(true) {
        draft.set_for_one(key, value);
    }
    let Draft { mut household, members, mistakes, .. } = draft;
    if !mistakes.is_empty() {
        return Err(Mistakes(mistakes).inside(&case.place.to_string()));
    }
    household.insert("division".to_owned(), json!(case.division));
    household.insert("as_of".to_owned(), json!(case.as_of));
    household.insert("members".to_owned(), members.into_iter().map(Value::Object).collect());
    Ok(Value::Object(household))
}

/// Whether the key names one member before the fact or list.
fn is_for_one_member(schema: &Schema, key: &str) -> bool {
    owner(schema, key).is_none()
}

/// A fact or a list, and the entity in whose part of the document it is written.
#[derive(Clone, Copy)]
struct Owner {
    section: &'static str,
    entity: EntityIndex,
}

fn owner(schema: &Schema, name: &str) -> Option<Owner> {
    let is_part = |entity: &EntityIndex| [schema.household(), schema.member()].contains(entity);
    let fact = schema.fact(name).and_then(|fact| schema.fact_shape(fact)).map(|shape| shape.entity);
    if let Some(entity) = fact.filter(is_part) {
        return Some(Owner { section: "facts", entity });
    }
    let list = schema.entity(name).filter(|entity| *entity != schema.member());
    let parent = list.and_then(|entity| schema.entity_shape(entity)).and_then(|shape| shape.parent);
    parent.filter(is_part).map(|entity| Owner { section: "entities", entity })
}

struct Draft<'a> {
    schema: &'a Schema,
    household: Map<String, Value>,
    members: Vec<Map<String, Value>>,
    mistakes: Vec<Diagnostic>,
}

impl Draft<'_> {
    fn take_background(&mut self, background: &Value) {
        let Some(Value::Object(mut household)) = self.written("background", background) else {
            return self.refuse("background", "a background is a household document");
        };
        if let Some(Value::Array(members)) = household.remove("members") {
            self.members = members.into_iter().filter_map(|member| member.as_object().cloned()).collect();
        }
        self.household = household;
    }

    /// `members: 3` is three times the background's one member; a list changes each of them.
    fn take_members(&mut self, asked: Option<&Value>) {
        let template = self.members.first().cloned().unwrap_or_default();
        let count = match asked {
            None => self.members.len(),
            Some(Value::Array(members)) => members.len(),
            Some(count) => count.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(0),
        };
        if count == 0 {
            return self.refuse("members", "say how many members there are, or list them");
        }
        if asked.is_some() {
            self.members = vec![template; count];
        }
        for (index, member) in self.members.iter_mut().enumerate() {
            let stated = asked.is_none().then(|| member.get("ref").cloned()).flatten();
            member.insert("ref".to_owned(), stated.unwrap_or_else(|| json!(reference(index))));
        }
        let Some(Value::Array(changes)) = asked else { return };
        for (index, change) in changes.iter().enumerate() {
            match change {
                Value::Object(change) => change.iter().for_each(|(name, value)| self.change_member(index, name, value)),
                _ => self.refuse("members", "a listed member is an object; `{}` is one like the background's"),
            }
        }
    }

    fn change_member(&mut self, index: usize, name: &str, value: &Value) {
        if OF_MEMBER.contains(&name) {
            if let Some(member) = self.members.get_mut(index) {
                member.insert(name.to_owned(), value.clone());
            }
            return;
        }
        match owner(self.schema, name).filter(|owner| owner.entity == self.schema.member()) {
            Some(owner) => self.put(owner, Some(index), name, value),
            None => self.refuse_name(name),
        }
    }

    /// A fact of the household, or one of every member.
    fn set_everywhere(&mut self, key: &str, value: &Value) {
        let Some(owner) = owner(self.schema, key) else { return self.refuse_name(key) };
        if owner.entity == self.schema.household() {
            return self.put(owner, None, key, value);
        }
        (0..self.members.len()).for_each(|index| self.put(owner, Some(index), key, value));
    }

    /// `b.member.birth_date`: a fact of the member that the document calls `b`.
    fn set_for_one(&mut self, key: &str, value: &Value) {
        let Some((reference, name)) = key.split_once('.') else { return self.refuse_name(key) };
        let index = self.members.iter().position(|member| member.get("ref").and_then(Value::as_str) == Some(reference));
        match index {
            Some(index) => self.change_member(index, name, value),
            None => self.refuse_name(key),
        }
    }

    fn put(&mut self, owner: Owner, member: Option<usize>, name: &str, value: &Value) {
        let value = self.written(name, value);
        let part = match member {
            Some(index) => self.members.get_mut(index),
            None => Some(&mut self.household),
        };
        let Some(part) = part else { return };
        let section = part.entry(owner.section).or_insert_with(|| json!({}));
        match (section.as_object_mut(), value) {
            (Some(section), Some(value)) => drop(section.insert(name.to_owned(), value)),
            (Some(section), None) => drop(section.remove(name)),
            (None, _) => self.refuse(name, format!("`{}` of the background is no object", owner.section)),
        }
    }

    /// A value as a document writes it; nothing where it is unknown.
    fn written(&mut self, name: &str, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) if text == "unknown" => None,
            Value::String(text) if text == "none" => Some(json!({ "none": true })),
            Value::Number(number) if number.is_f64() => {
                let mistake = Diagnostic::new("NU3605", name, format!("{number} is a bare decimal"));
                self.mistakes.push(mistake.with_hint("quote amounts and ratios, \"1216.00\""));
                None
            }
            Value::Array(entries) => Some(entries.iter().filter_map(|entry| self.written(name, entry)).collect()),
            Value::Object(fields) => {
                let field = |(field, value): (&String, &Value)| Some((field.clone(), self.written(field, value)?));
                Some(Value::Object(fields.iter().filter_map(field).collect()))
            }
            _ => Some(value.clone()),
        }
    }

    fn refuse(&mut self, name: &str, detail: impl Into<String>) {
        self.mistakes.push(Diagnostic::new("NU3605", name, detail));
    }

    fn refuse_name(&mut self, name: &str) {
        let facts = self.schema.facts().map(|(_, shape)| shape.name.as_str());
        let known = facts.chain(self.schema.catalogue().entities.keys().map(String::as_str));
        let bare = name.split_once('.').filter(|_| self.schema.fact(name).is_none()).map_or(name, |(_, rest)| rest);
        let is_known = owner(self.schema, bare).is_some();
        let detail =
            if is_known { "there is no such member here" } else { "no such fact or list of a household or a member" };
        self.mistakes.push(Diagnostic::new("NU3604", name, detail).with_suggestion(name, known));
    }
}

/// What the document calls its members: `a` to `z`, then `m27`.
fn reference(index: usize) -> String {
    let letter = u8::try_from(index).ok().filter(|index| *index < 26).map(|index| char::from(b'a' + index));
    letter.map_or_else(|| format!("m{}", index + 1), String::from)
}
