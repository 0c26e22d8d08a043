//! Who comes into a household: one person who joins, or everybody of another household that is merged in.

use std::collections::BTreeMap;

use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::{HouseholdId, PersonId};
use serde_json::Value;

use super::apply::{Current, Draft};
use super::change::JoiningPerson;
use super::conflicts::{Conflict, step};
use super::parts::{Ended, Ending, HouseholdPart, Membership, Object, PersonPart};

/// One person joins on a day.
pub fn join(
    draft: &mut Draft<'_>,
    person: &JoiningPerson,
    relation: Option<&Value>,
    from: Date,
    new_person: impl FnOnce() -> PersonId,
) {
    draft.not_in_future(from, "/change/from");
    match person {
        JoiningPerson::Existing { person } => join_known(draft, *person, relation, from),
        JoiningPerson::New { document, name, facts, entities } => {
            let id = new_person();
            let stated = |object: &Object| Some(object.clone()).filter(|object| !object.is_empty());
            let part = PersonPart {
                document: document.clone(),
                name: name.clone(),
                facts: stated(facts),
                entities: stated(entities),
                ..PersonPart::default()
            };
            draft.applied.persons.insert(id, part);
            add(draft, id, 0, String::new(), relation, from);
        }
    }
}

/// Somebody the register knows joins. Another household has to be left first.
fn join_known(draft: &mut Draft<'_>, person: PersonId, relation: Option<&Value>, from: Date) {
    const PLACE: &str = "/change/person/person";
    let here = of_person(Some(draft.current), person);
    let elsewhere = of_person(draft.other, person);
    let all = || here.iter().chain(&elsewhere);
    let Some(latest) = all().max_by_key(|membership| membership.version) else {
        return draft.conflicts.note(Conflict::NotOnRegister, PLACE);
    };
    let (version, commitment) = (latest.version, latest.commitment.clone());
    if here.iter().any(|membership| membership.until.is_none()) {
        return draft.conflicts.note(Conflict::AlreadyMember, PLACE);
    }
    if all().any(|membership| membership.ended == Some(Ending::Died)) {
        draft.conflicts.note(Conflict::AfterDeath, PLACE);
    } else if all().any(|membership| membership.until.is_none_or(|until| from < until)) {
        draft.conflicts.note(Conflict::BelongsElsewhere, PLACE);
    }
    add(draft, person, version, commitment, relation, from);
}

fn of_person(household: Option<&Current>, person: PersonId) -> Vec<&Membership> {
    let members = household.into_iter().flat_map(|household| &household.household.members);
    members.filter(|membership| membership.person == person).collect()
}

/// Everybody of another household joins on a day, and the other household ends.
pub fn merge(draft: &mut Draft<'_>, household: HouseholdId, from: Date, relations: &BTreeMap<String, Value>) {
    const PLACE: &str = "/change/household";
    draft.not_in_future(from, "/change/from");
    if household == draft.current.id {
        return draft.conflicts.note(Conflict::MergedWithItself, PLACE);
    }
    let Some(other) = draft.other.filter(|other| other.id == household) else {
        return draft.conflicts.note(Conflict::NotOnRegister, PLACE);
    };
    if other.household.ended.is_some() {
        return draft.conflicts.note(Conflict::HouseholdEnded, PLACE);
    }
    let open = |membership: &&Membership| membership.until.is_none();
    let joining: Vec<&Membership> = other.household.members.iter().filter(open).collect();
    let names_nobody = |reference: &&String| !joining.iter().any(|membership| membership.reference == **reference);
    for reference in relations.keys().filter(names_nobody) {
        draft.conflicts.note(Conflict::UnknownMember, format!("/change/relations/{}", step(reference)));
    }
    if !there_on(&draft.current.household, from) || joining.iter().any(|m| m.from.is_some_and(|begun| from <= begun)) {
        draft.conflicts.note(Conflict::BeforeJoining, "/change/from");
    }
    for membership in &joining {
        let (version, commitment) = (membership.version, membership.commitment.clone());
        add(draft, membership.person, version, commitment, relations.get(&membership.reference), from);
    }
    draft.applied.ended_other = Some(ended(&other.household, draft, from));
}

/// Whether somebody who belongs to the household now did so on a day.
fn there_on(household: &HouseholdPart, day: Date) -> bool {
    let open = |membership: &&Membership| membership.until.is_none();
    household.members.iter().filter(open).any(|membership| membership.from.is_none_or(|from| from <= day))
}

fn ended(other: &HouseholdPart, draft: &Draft<'_>, from: Date) -> HouseholdPart {
    let mut other = other.clone();
    for membership in other.members.iter_mut().filter(|membership| membership.until.is_none()) {
        membership.until = Some(from);
        membership.ended_known_at = Some(draft.at);
        membership.ended = Some(Ending::Merged);
    }
    let into = Some(draft.current.id);
    other.ended = Some(Ended { on: from, reason: Ending::Merged, into, known_at: draft.at });
    other
}

fn add(
    draft: &mut Draft<'_>,
    person: PersonId,
    version: i64,
    commitment: String,
    relation: Option<&Value>,
    from: Date,
) {
    let reference = reference_for(&draft.applied.household, person);
    let mut membership = Membership::stated(person, version, commitment, reference, relation.cloned());
    membership.from = Some(from);
    membership.known_at = Some(draft.at);
    draft.applied.household.members.push(membership);
}

/// The reference the person had here before, or the first one that nobody ever had: a, b, … z, m26, m27, …
fn reference_for(household: &HouseholdPart, person: PersonId) -> String {
    if let Some(before) = household.members.iter().find(|membership| membership.person == person) {
        return before.reference.clone();
    }
    let taken = |reference: &String| household.members.iter().any(|membership| membership.reference == *reference);
    let letters = ('a'..='z').map(String::from);
    let numbered = (26_u32..).map(|number| format!("m{number}"));
    letters.chain(numbered).find(|reference| !taken(reference)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::register::apply::Applied;
    use crate::register::tests::{day, instant, make, neighbour, person, registered};

    const AT: &str = "2024-06-01T00:00:00Z";

    #[track_caller]
    fn refused(change: Value, current: &Current, other: Option<&Current>, expected: &[&str]) {
        assert_eq!(make(change, current, other, AT).unwrap_err(), expected);
    }

    fn references(applied: &Applied) -> Vec<&str> {
        applied.household.members.iter().map(|membership| membership.reference.as_str()).collect()
    }

    fn join(number: u128, from: &str) -> Value {
        let person = json!({ "record": "existing", "person": person(number) });
        json!({ "kind": "join", "person": person, "relation": "63", "from": from })
    }

    #[test]
    fn a_child_that_is_born_joins_as_somebody_new() {
        let new = json!({ "record": "new", "name": "张三", "facts": { "member.birth_date": "2024-05-01" } });
        let change = json!({ "kind": "join", "person": new, "relation": "20", "from": "2024-05-01" });
        let applied = make(change, &registered(), None, AT).unwrap();
        assert_eq!(references(&applied), ["a", "b", "c", "d"]);
        let joined = applied.household.members.last().unwrap();
        assert_eq!((joined.person, joined.version, joined.commitment.as_str()), (person(50), 0, ""));
        assert!(!joined.holds(day("2024-04-30"), instant(AT)) && joined.holds(day("2024-05-01"), instant(AT)));
        assert!(!joined.holds(day("2024-05-01"), instant("2024-05-31T23:59:59Z")));
        assert_eq!(applied.persons[&person(50)].name.as_deref(), Some("张三"));
        assert_eq!(applied.persons.len(), 1);
    }

    #[test]
    fn somebody_who_belongs_elsewhere_has_to_leave_first() {
        let mut other = neighbour();
        refused(join(100, "2024-05-01"), &registered(), Some(&other), &["NU2507 /change/person/person"]);
        other.household.members[0].until = Some(day("2024-05-02"));
        refused(join(100, "2024-05-01"), &registered(), Some(&other), &["NU2507 /change/person/person"]);
        let applied = make(join(100, "2024-05-02"), &registered(), Some(&other), AT).unwrap();
        assert_eq!(references(&applied), ["a", "b", "c", "d"]);
        assert_eq!(applied.household.members[3].version, 1);
        assert!(applied.persons.is_empty());
    }

    #[test]
    fn nobody_joins_twice_unknown_or_dead() {
        refused(join(2, "2024-05-01"), &registered(), None, &["NU2520 /change/person/person"]);
        refused(join(77, "2024-05-01"), &registered(), None, &["NU2517 /change/person/person"]);
        let mut current = registered();
        current.household.members[1].until = Some(day("2023-01-01"));
        current.household.members[1].ended = Some(Ending::Died);
        refused(join(2, "2024-05-01"), &current, None, &["NU2511 /change/person/person"]);
    }

    #[test]
    fn who_comes_back_has_the_reference_of_before() {
        let mut current = registered();
        current.household.members[1].until = Some(day("2023-01-01"));
        current.household.members[1].ended = Some(Ending::MovedOut);
        refused(join(2, "2022-12-31"), &current, None, &["NU2507 /change/person/person"]);
        let applied = make(join(2, "2023-01-01"), &current, None, AT).unwrap();
        assert_eq!(references(&applied), ["a", "b", "c", "b"]);
        assert_eq!(applied.household.latest_memberships().count(), 3);
    }

    fn merge(relations: Value) -> Value {
        let household = crate::register::tests::household(2);
        json!({ "kind": "merge", "household": household, "from": "2024-05-01", "relations": relations })
    }

    #[test]
    fn a_merge_brings_everybody_and_ends_the_other() {
        let (current, other) = (registered(), neighbour());
        let applied = make(merge(json!({ "a": "51" })), &current, Some(&other), AT).unwrap();
        assert_eq!(references(&applied), ["a", "b", "c", "d"]);
        assert_eq!(applied.household.members[3].person, person(100));
        assert_eq!(applied.household.members[3].relation, Some(json!("51")));
        let ended = applied.ended_other.as_ref().unwrap();
        assert_eq!(ended.ended.unwrap().into, Some(current.id));
        assert!(ended.members[0].holds(day("2024-04-30"), instant(AT)));
        assert!(!ended.members[0].holds(day("2024-05-01"), instant(AT)));
        assert!(ended.members[0].holds(day("2024-05-01"), instant("2024-05-31T23:59:59Z")));
        assert_eq!(applied.after(&current, Some(&other)).persons.len(), 4);
    }

    #[test]
    fn a_merge_that_contradicts_itself_is_refused() {
        let (current, mut other) = (registered(), neighbour());
        refused(merge(json!({ "x": "51" })), &current, Some(&other), &["NU2501 /change/relations/x"]);
        refused(merge(json!({})), &other, Some(&other), &["NU2512 /change/household"]);
        refused(merge(json!({})), &current, None, &["NU2517 /change/household"]);
        other.household.members[0].from = Some(day("2024-05-01"));
        refused(merge(json!({})), &current, Some(&other), &["NU2503 /change/from"]);
        other.household.members[0].from = Some(day("2024-04-30"));
        let applied = make(merge(json!({})), &current, Some(&other), AT).unwrap();
        other.household = applied.ended_other.unwrap();
        refused(merge(json!({})), &current, Some(&other), &["NU2516 /change/household"]);
    }

    #[test]
    fn a_household_has_room_for_so_many_and_no_more() {
        let household_of = |count: usize| {
            let members: Vec<Value> = (0..count).map(|n| json!({ "ref": format!("p{n}") })).collect();
            crate::register::tests::kept_as(&json!({ "division": "999901", "members": members }), 3, 200)
        };
        let change = json!({ "kind": "join", "person": { "record": "new" }, "from": "2024-05-01" });
        assert!(make(change.clone(), &household_of(63), None, AT).is_ok());
        refused(change, &household_of(64), None, &["NU2514 /change"]);
    }
}
