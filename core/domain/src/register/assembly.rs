//! From a document to its parts and back: the whole content, or what was known at an instant about a day.
//!
//! INVARIANT: `assemble` of what `split` made is the document again, key for key.

use jiff::Timestamp;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::PersonId;
use serde_json::{Map, Value};

use super::history::{known_facts, known_lists, known_particulars, known_statements};
use super::parts::{HouseholdPart, Membership, Object, PersonPart};

const HOUSEHOLD_KEYS: [&str; 5] = ["division", "as_of", "facts", "entities", "members"];
const MEMBER_KEYS: [&str; 6] = ["ref", "document", "name", "relation", "facts", "entities"];

/// What a document is made of. Ids, versions and commitments are the kernel's to add.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// The household part, without members.
    pub household: HouseholdPart,
    /// The members in the order of the document.
    pub members: Vec<MemberParts>,
}

/// One member of a document.
#[derive(Clone, PartialEq)]
pub struct MemberParts {
    /// The name that the document uses.
    pub reference: String,
    /// The relation to the head of the household.
    pub relation: Option<Value>,
    /// The person.
    pub person: PersonPart,
}

/// What to assemble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// What is stored: everybody who ever belonged, each once, with every statement.
    All,
    /// Who belonged on a day and what was known about them, as the register knew it at an instant.
    At {
        /// The day.
        as_of: Date,
        /// The instant.
        known_at: Timestamp,
    },
}

impl std::fmt::Debug for MemberParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MemberParts({} {:?})", self.reference, self.person)
    }
}

impl Parts {
    /// The household part with its members: id, version of the person part and commitment of each, in their order.
    pub fn household_with(&self, persons: impl IntoIterator<Item = (PersonId, i64, String)>) -> HouseholdPart {
        let membership = |(member, (person, version, commitment)): (&MemberParts, (PersonId, i64, String))| {
            let (reference, relation) = (member.reference.clone(), member.relation.clone());
            Membership::stated(person, version, commitment, reference, relation)
        };
        let members = self.members.iter().zip(persons).map(membership).collect();
        HouseholdPart { members, ..self.household.clone() }
    }
}

/// Takes a document apart. `None` where it has not the form of a household document; a valid one always has.
pub fn split(document: &Value) -> Option<Parts> {
    let map = document.as_object().filter(|map| only(map, &HOUSEHOLD_KEYS))?;
    let as_of = match map.get("as_of") {
        Some(value) => Some(Date::parse(value.as_str()?).ok()?),
        None => None,
    };
    let household = HouseholdPart {
        division: map.get("division")?.as_str()?.to_owned(),
        as_of,
        facts: object(map, "facts")?,
        entities: object(map, "entities")?,
        members: Vec::new(),
        superseded: Vec::new(),
        moved: Vec::new(),
        split_from: None,
        ended: None,
    };
    let members = map.get("members")?.as_array()?.iter().map(split_member).collect::<Option<_>>()?;
    Some(Parts { household, members })
}

fn split_member(member: &Value) -> Option<MemberParts> {
    let map = member.as_object().filter(|map| only(map, &MEMBER_KEYS))?;
    let name = match map.get("name") {
        Some(value) => Some(value.as_str()?.to_owned()),
        None => None,
    };
    let person = PersonPart {
        document: map.get("document").cloned(),
        name,
        facts: object(map, "facts")?,
        entities: object(map, "entities")?,
        ..PersonPart::default()
    };
    Some(MemberParts {
        reference: map.get("ref")?.as_str()?.to_owned(),
        relation: map.get("relation").cloned(),
        person,
    })
}

fn only(map: &Object, keys: &[&str]) -> bool {
    map.keys().all(|key| keys.contains(&key.as_str()))
}

/// The object under a key; the outer `None` where something else stands there.
fn object(map: &Object, key: &str) -> Option<Option<Object>> {
    match map.get(key) {
        None => Some(None),
        Some(Value::Object(object)) => Some(Some(object.clone())),
        Some(_) => None,
    }
}

/// Puts a document together. A person whose part is no longer there (erased) stands in it with the reference alone.
///
/// The document names the day it asks about: that of the view, or for `View::All` the one that was stated. Nobody
/// belongs to a household before its first member does; such a view has an empty list of members.
pub fn assemble<'a>(
    household: &HouseholdPart,
    person: &impl Fn(PersonId) -> Option<&'a PersonPart>,
    view: View,
) -> Value {
    let (division, as_of) = match view {
        View::All => (household.division.as_str(), household.as_of),
        View::At { as_of, known_at } => (household.division_on(as_of, known_at), Some(as_of)),
    };
    let members: Vec<&Membership> = match view {
        View::All => household.latest_memberships().collect(),
        View::At { as_of, known_at } => household.members_on(as_of, known_at).collect(),
    };
    let (facts, entities) = match view {
        View::All => (household.facts.clone(), household.entities.clone()),
        View::At { known_at, .. } => (
            known_facts(household.facts.as_ref(), known_at),
            known_lists(household.entities.as_ref(), &household.superseded, known_at),
        ),
    };
    let members = members.into_iter().map(|membership| member(membership, person(membership.person), view)).collect();
    let mut map = Map::new();
    map.insert("division".to_owned(), Value::from(division));
    put(&mut map, "as_of", as_of.map(|day| Value::from(day.to_string())));
    put(&mut map, "facts", facts.map(Value::Object));
    put(&mut map, "entities", entities.map(Value::Object));
    map.insert("members".to_owned(), Value::Array(members));
    Value::Object(map)
}

fn member(membership: &Membership, person: Option<&PersonPart>, view: View) -> Value {
    let relation = match (view, &membership.relation) {
        (View::At { known_at, .. }, Some(relation)) => known_statements(relation, known_at),
        (_, relation) => relation.clone(),
    };
    let mut map = Map::new();
    map.insert("ref".to_owned(), Value::from(membership.reference.as_str()));
    put(&mut map, "relation", relation);
    if let Some(person) = person {
        add_person(&mut map, person, view);
    }
    Value::Object(map)
}

fn add_person(map: &mut Object, person: &PersonPart, view: View) {
    let (document, name, facts, entities) = match view {
        View::All => {
            let facts = person.facts.clone();
            (person.document.as_ref(), person.name.as_deref(), facts, person.entities.clone())
        }
        View::At { known_at, .. } => {
            let (document, name) = known_particulars(person, known_at);
            let facts = known_facts(person.facts.as_ref(), known_at);
            (document, name, facts, known_lists(person.entities.as_ref(), &person.superseded, known_at))
        }
    };
    put(map, "document", document.cloned());
    put(map, "name", name.map(Value::from));
    put(map, "facts", facts.map(Value::Object));
    put(map, "entities", entities.map(Value::Object));
}

fn put(map: &mut Object, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::register::tests::{day, instant, kept, person, registered};

    fn facts() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(json!({})),
            Just(json!({ "member.birth_date": "1980-01-01" })),
            Just(json!({ "member.local_hukou": [{ "value": true, "from": "2020-01-01" }, { "value": false }] })),
        ]
    }

    fn present(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Option<Value>> {
        proptest::option::of(value)
    }

    fn object_of(entries: Vec<(&str, Option<Value>)>) -> Value {
        Value::Object(entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect())
    }

    prop_compose! {
        fn a_member()(
            reference in "[a-z][0-9]",
            document in present(Just(json!({ "kind": "citizen_id", "number": "999999198001010011" }))),
            name in present("[甲-癸]{1,3}".prop_map(Value::from)),
            relation in present(prop_oneof![Just(json!("02")), Just(json!([{ "value": "10", "from": "2021-01-01" }]))]),
            facts in present(facts()),
            lists in present(prop_oneof![Just(json!({})), Just(json!({ "obligor": { "none": true } }))]),
        ) -> Value {
            object_of(vec![
                ("ref", Some(Value::from(reference))), ("document", document), ("name", name),
                ("relation", relation), ("facts", facts), ("entities", lists),
            ])
        }
    }

    prop_compose! {
        fn a_document()(
            as_of in present((0_i32..20_000).prop_map(|days| Value::from(Date::from_days(days).to_string()))),
            facts in present(facts()),
            lists in present(Just(json!({ "vehicle": [{ "price": "1.00" }] }))),
            members in proptest::collection::vec(a_member(), 1..4),
        ) -> Value {
            object_of(vec![
                ("division", Some(json!("999901"))), ("as_of", as_of), ("facts", facts), ("entities", lists),
                ("members", Some(Value::Array(members))),
            ])
        }
    }

    proptest! {
        #[test]
        fn a_document_comes_back_from_its_parts(document in a_document()) {
            let kept = kept(&document);
            let again = assemble(&kept.household, &|id| kept.persons.get(&id), View::All);
            prop_assert_eq!(&again, &document);
            prop_assert_eq!(serde_json::to_vec(&again).unwrap(), serde_json::to_vec(&document).unwrap());
        }

        #[test]
        fn parts_come_back_from_their_text(document in a_document()) {
            let kept = kept(&document);
            let text = serde_json::to_string(&kept.household).unwrap();
            prop_assert_eq!(serde_json::from_str::<HouseholdPart>(&text).unwrap(), kept.household);
            for part in kept.persons.values() {
                let text = serde_json::to_string(part).unwrap();
                prop_assert_eq!(&serde_json::from_str::<PersonPart>(&text).unwrap(), part);
            }
        }
    }

    #[test]
    fn what_is_no_household_document_is_not_split() {
        for refused in [
            json!([]),
            json!({ "members": [] }),
            json!({ "division": "999901", "members": {} }),
            json!({ "division": "999901", "members": [{}] }),
            json!({ "division": "999901", "members": [], "more": 1 }),
            json!({ "division": "999901", "members": [], "facts": [] }),
            json!({ "division": "999901", "members": [], "as_of": "2024-02-30" }),
        ] {
            assert!(split(&refused).is_none(), "{refused}");
        }
        assert!(split(&json!({ "division": "999901", "members": [] })).is_some());
    }

    #[test]
    fn who_left_before_the_day_is_not_there_on_it() {
        let mut kept = registered();
        kept.household.members[1].until = Some(day("2024-03-01"));
        let references = |as_of: &str| {
            let view = View::At { as_of: day(as_of), known_at: instant("2025-01-01T00:00:00Z") };
            let document = assemble(&kept.household, &|id| kept.persons.get(&id), view);
            let members = document["members"].as_array().unwrap().iter();
            members.map(|member| member["ref"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(references("2024-02-29"), ["a", "b", "c"]);
        assert_eq!(references("2024-03-01"), ["a", "c"]);
    }

    #[test]
    fn an_erased_person_stands_with_the_reference_alone() {
        let kept = registered();
        let there = |id: PersonId| if id == person(2) { None } else { kept.persons.get(&id) };
        let document = assemble(&kept.household, &there, View::All);
        assert_eq!(document["members"][1], json!({ "ref": "b", "relation": "10" }));
    }
}
