//! What is different: before and after as people are shown it, and the facts that a change touches.
//!
//! INVARIANT: `touched` never leaves out a fact that a determination could read differently; where it cannot name the
//! facts, it says everything.

use std::collections::{BTreeMap, BTreeSet};

use nuan_vocabulary::date::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::apply::Current;
use super::conflicts::step;
use super::parts::{HouseholdPart, Membership, Object, PersonPart};
use crate::schema::{EntityIndex, FactIndex, Schema};

/// One place at which two documents differ.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// JSON pointer.
    pub path: String,
    /// What stood there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

impl std::fmt::Debug for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Difference({})", self.path)
    }
}

/// Every place at which two documents differ, in the order of the places. Objects are compared key by key, and arrays
/// of objects element by element; anything else is one value.
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(String::new(), Some(before), Some(after), &mut found);
    found
}

fn compare(path: String, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for key in keys {
                compare(format!("{path}/{}", step(key)), before.get(key), after.get(key), found);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) if before.iter().chain(after).all(Value::is_object) => {
            for n in 0..before.len().max(after.len()) {
                compare(format!("{path}/{n}"), before.get(n), after.get(n), found);
            }
        }
        (before, after) => found.push(Difference { path, before: before.cloned(), after: after.cloned() }),
    }
}

/// What a change touches. It is kept until what it touches is determined again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Touched {
    /// No fact at all.
    Nothing,
    /// These facts and lists, by the catalogue's names.
    Facts {
        /// The names of facts, and of the lists whose rows differ.
        names: BTreeSet<String>,
        /// The first day on which they differ; always, where absent.
        since: Option<Date>,
    },
    /// Whatever is determined of the household: who belongs to it, or where it lives.
    Everything {
        /// The first day on which it differs; always, where absent.
        since: Option<Date>,
    },
}

impl Touched {
    /// Whether what is determined for a day may differ.
    pub const fn touches(&self, day: Date) -> bool {
        match self {
            Self::Nothing => false,
            Self::Facts { since, .. } | Self::Everything { since } => match since {
                Some(since) => since.days() <= day.days(),
                None => true,
            },
        }
    }
}

/// What differs between a household before and after a change, as a determination could see it.
pub fn touched(before: &Current, after: &Current, schema: &Schema) -> Touched {
    let mut seen = Seen { schema, names: BTreeSet::new(), since: Since::default(), everything: false };
    seen.household(&before.household, &after.household);
    let persons: BTreeSet<_> = before.persons.keys().chain(after.persons.keys()).collect();
    for person in persons {
        // Somebody who joined or went is seen by the memberships.
        if let (Some(before), Some(after)) = (before.persons.get(person), after.persons.get(person)) {
            seen.person(before, after);
        }
    }
    match (seen.everything, seen.names.is_empty()) {
        (true, _) => Touched::Everything { since: seen.since.first() },
        (false, true) => Touched::Nothing,
        (false, false) => Touched::Facts { since: seen.since.first(), names: seen.with_derived() },
    }
}

/// The earliest of the days that were noted; `Some(None)`: always.
#[derive(Default)]
struct Since(Option<Option<Date>>);

impl Since {
    /// `None` orders before every day.
    fn note(&mut self, day: Option<Date>) {
        self.0 = Some(self.0.map_or(day, |earlier| earlier.min(day)));
    }

    fn first(&self) -> Option<Date> {
        self.0.flatten()
    }
}

struct Seen<'a> {
    schema: &'a Schema,
    names: BTreeSet<String>,
    since: Since,
    everything: bool,
}

impl Seen<'_> {
    fn household(&mut self, before: &HouseholdPart, after: &HouseholdPart) {
        self.facts(before.facts.as_ref(), after.facts.as_ref());
        self.lists(before.entities.as_ref(), after.entities.as_ref());
        for moved in after.moved.get(before.moved.len()..).unwrap_or_default() {
            self.all(Some(moved.until));
        }
        for n in 0..before.members.len().max(after.members.len()) {
            match (before.members.get(n), after.members.get(n)) {
                (Some(before), Some(after)) => self.membership(before, after),
                (Some(only), None) | (None, Some(only)) => self.all(only.from),
                (None, None) => {}
            }
        }
    }

    fn membership(&mut self, before: &Membership, after: &Membership) {
        if before.person != after.person || before.from != after.from {
            self.all(before.from.min(after.from));
        } else if before.until != after.until {
            // Until the earlier end nothing differs; an open end is later than any.
            let ends = [before.until, after.until].into_iter().flatten();
            self.all(ends.min());
        }
        if before.relation != after.relation {
            self.statements("member.relation", before.relation.as_ref(), after.relation.as_ref());
        }
    }

    fn person(&mut self, before: &PersonPart, after: &PersonPart) {
        self.facts(before.facts.as_ref(), after.facts.as_ref());
        self.lists(before.entities.as_ref(), after.entities.as_ref());
        if before.document != after.document {
            // The number states the date of birth.
            self.names.insert("member.birth_date".to_owned());
            self.since.note(None);
        }
    }

    fn facts(&mut self, before: Option<&Object>, after: Option<&Object>) {
        for (name, (before, after)) in paired(before, after) {
            if before != after {
                self.statements(name, before, after);
            }
        }
    }

    /// The days on which statements differ begin with the first of those that only one side has.
    fn statements(&mut self, name: &str, before: Option<&Value>, after: Option<&Value>) {
        self.names.insert(name.to_owned());
        let (before, after) = (statements(before), statements(after));
        let only_one_has = |one: &[Value], other: &[Value]| -> Vec<Option<Date>> {
            one.iter().filter(|statement| !other.contains(statement)).map(first_day).collect()
        };
        let days = only_one_has(&before, &after).into_iter().chain(only_one_has(&after, &before));
        match days.min() {
            Some(day) => self.since.note(day),
            // The same statements in another order.
            None => self.since.note(None),
        }
    }

    /// Rows have no days: a list that differs does so always.
    fn lists(&mut self, before: Option<&Object>, after: Option<&Object>) {
        for (name, _) in paired(before, after).into_iter().filter(|(_, (before, after))| before != after) {
            self.names.insert(name.to_owned());
            self.since.note(None);
            let fields = self.schema.entity(name).map(|entity| facts_about(self.schema, entity));
            self.names.extend(fields.unwrap_or_default());
        }
    }

    fn all(&mut self, since: Option<Date>) {
        self.everything = true;
        self.since.note(since);
    }

    /// The names, with every fact that is derived from one of them.
    fn with_derived(mut self) -> BTreeSet<String> {
        let base = |fact: FactIndex| self.schema.fact_shape(fact).map(|shape| shape.name.as_str());
        let derived = |names: &BTreeSet<String>| -> Vec<String> {
            let facts = self.schema.facts().filter(|(_, shape)| !names.contains(&shape.name));
            let follows = |from: Option<FactIndex>| from.and_then(base).is_some_and(|name| names.contains(name));
            facts.filter(|(_, shape)| follows(shape.derived_from)).map(|(_, shape)| shape.name.clone()).collect()
        };
        loop {
            let more = derived(&self.names);
            if more.is_empty() {
                return self.names;
            }
            self.names.extend(more);
        }
    }
}

type Pair<'a> = (Option<&'a Value>, Option<&'a Value>);

fn paired<'a>(before: Option<&'a Object>, after: Option<&'a Object>) -> BTreeMap<&'a str, Pair<'a>> {
    let names = before.into_iter().chain(after).flat_map(Object::keys);
    let get = |object: Option<&'a Object>, name: &str| object.and_then(|object| object.get(name));
    names.map(|name| (name.as_str(), (get(before, name), get(after, name)))).collect()
}

/// What is stated as a list of statements; a plain value is one that always holds.
fn statements(stated: Option<&Value>) -> Vec<Value> {
    match stated {
        None => Vec::new(),
        Some(Value::Array(statements)) => statements.clone(),
        Some(plain) => vec![serde_json::json!({ "value": plain })],
    }
}

fn first_day(statement: &Value) -> Option<Date> {
    statement.get("from").and_then(Value::as_str).and_then(|text| Date::parse(text).ok())
}

fn facts_about(schema: &Schema, entity: EntityIndex) -> Vec<String> {
    schema.facts().filter(|(_, shape)| shape.entity == entity).map(|(_, shape)| shape.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::register::tests::{SCHEMA, day, make, registered};

    const AT: &str = "2024-06-01T00:00:00Z";

    fn shown(before: Value, after: Value) -> Vec<String> {
        differences(&before, &after).into_iter().map(|difference| difference.path).collect()
    }

    #[test]
    fn only_what_differs_is_shown() {
        assert_eq!(shown(json!({ "a": 1 }), json!({ "a": 1 })), Vec::<String>::new());
        let members = json!({ "m": [{ "x": 1, "y": [1, 2] }, { "x": 2 }], "a/b": 1 });
        let other = json!({ "m": [{ "x": 1, "y": [1, 3] }, { "x": 3 }, { "x": 4 }] });
        assert_eq!(shown(members, other), ["/a~1b", "/m/0/y", "/m/1/x", "/m/2"]);
        let one = differences(&json!({ "a": 1 }), &json!({ "b": 2 }));
        assert_eq!((one[0].before.clone(), one[0].after.clone()), (Some(json!(1)), None));
        assert_eq!((one[1].before.clone(), one[1].after.clone()), (None, Some(json!(2))));
        assert_eq!(format!("{one:?}"), "[Difference(/a), Difference(/b)]");
    }

    fn after(change: Value) -> Touched {
        let current = registered();
        let applied = make(change, &current, None, AT).unwrap();
        touched(&current, &applied.after(&current, None), &SCHEMA)
    }

    fn facts(names: &[&str], since: Option<&str>) -> Touched {
        Touched::Facts { names: names.iter().map(ToString::to_string).collect(), since: since.map(day) }
    }

    #[test]
    fn a_correction_touches_its_fact_from_its_first_day() {
        let income = |statements: Value| {
            after(json!({ "kind": "correct", "facts": { "household.income_12_months": statements } }))
        };
        let two = json!([{ "value": "1.00", "from": "2023-06-01" }, { "value": "2.00", "from": "2023-02-01" }]);
        assert_eq!(income(two), facts(&["household.income_12_months"], Some("2023-02-01")));
        assert_eq!(income(json!([{ "value": "1.00" }])), facts(&["household.income_12_months"], None));
    }

    #[test]
    fn what_is_derived_is_touched_too() {
        let birth = json!({ "member.birth_date": [{ "value": "1983-05-06" }] });
        let expected = facts(&["member.age_years", "member.birth_date"], None);
        assert_eq!(after(json!({ "kind": "correct", "member": "b", "facts": birth })), expected);
        let number = json!({ "kind": "citizen_id", "number": "999999198001010011" });
        assert_eq!(after(json!({ "kind": "identify", "member": "a", "document": number })), expected);
        assert_eq!(after(json!({ "kind": "identify", "member": "a", "name": "张三" })), Touched::Nothing);
    }

    #[test]
    fn a_list_is_touched_with_its_columns() {
        let rows = json!([{ "value": "1.00" }]);
        let Touched::Facts { names, since } = after(json!({ "kind": "correct", "entities": { "vehicle": rows } }))
        else {
            panic!("a list is touched");
        };
        assert_eq!(since, None);
        assert!(names.contains("vehicle") && names.contains("vehicle.value") && !names.contains("home"), "{names:?}");
    }

    #[test]
    fn who_belongs_and_where_they_live_touches_everything_from_that_day() {
        let since = |text| Touched::Everything { since: Some(day(text)) };
        let leave = json!({ "kind": "leave", "member": "b", "from": "2024-05-01", "because": "moved_out" });
        assert_eq!(after(leave), since("2024-05-01"));
        assert_eq!(after(json!({ "kind": "death", "member": "b", "on": "2024-05-01" })), since("2024-05-02"));
        assert_eq!(after(json!({ "kind": "move", "division": "999902", "from": "2024-04-01" })), since("2024-04-01"));
        let join = json!({ "kind": "join", "person": { "record": "new" }, "from": "2024-03-01" });
        assert_eq!(after(join), since("2024-03-01"));
    }

    #[test]
    fn days_before_the_change_are_not_touched() {
        let touched = Touched::Everything { since: Some(day("2024-05-01")) };
        assert!(!touched.touches(day("2024-04-30")) && touched.touches(day("2024-05-01")));
        assert!(facts(&["x"], None).touches(day("1990-01-01")));
        assert!(!Touched::Nothing.touches(day("2024-05-01")));
    }
}
