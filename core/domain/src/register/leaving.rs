//! Who goes: one member who leaves, some who split off, one who died.
//!
//! A household is never left empty: whoever is last can move with it, be merged with it into another, or die.

use std::collections::{BTreeMap, BTreeSet};

use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::identity_document::IdentityDocument;
use serde_json::{Value, json};

use super::apply::Draft;
use super::conflicts::{Conflict, step};
use super::history::{add_statements, known_statements};
use super::parts::{Ended, Ending, HouseholdPart, Membership, PersonPart, SplitFrom};

/// The fact that a death states, if the catalogue has it.
const DEATH_DATE: &str = "member.death_date";

/// One member leaves; `from` is the first day elsewhere.
pub fn leave(draft: &mut Draft<'_>, reference: &str, from: Date, because: Ending) {
    draft.not_in_future(from, "/change/from");
    let Some(membership) = draft.open_membership(reference, "/change/member") else { return };
    after_joining(draft, &membership, from, "/change/from");
    end(draft, &[reference], from, because);
    if !somebody_stays(draft, from) {
        draft.conflicts.note(Conflict::NobodyLeft, "/change/member");
    }
}

/// Some members become a household of their own. What is known of this household is not known of the new one.
pub fn split(
    draft: &mut Draft<'_>,
    references: &[String],
    from: Date,
    division: Option<DivisionCode>,
    alone: bool,
    relations: &BTreeMap<String, Value>,
) {
    draft.not_in_future(from, "/change/from");
    let different: BTreeSet<&str> = references.iter().map(String::as_str).collect();
    if references.is_empty() || different.len() < references.len() {
        draft.conflicts.note(Conflict::SplitList, "/change/members");
    }
    if alone && references.len() > 1 {
        draft.conflicts.note(Conflict::NotAlone, "/change/members");
    }
    for reference in relations.keys().filter(|reference| !different.contains(reference.as_str())) {
        draft.conflicts.note(Conflict::UnknownMember, format!("/change/relations/{}", step(reference)));
    }
    let mut members = Vec::with_capacity(references.len());
    for (n, reference) in references.iter().enumerate() {
        let Some(membership) = draft.open_membership(reference, &format!("/change/members/{n}")) else { continue };
        after_joining(draft, &membership, from, "/change/from");
        let (person, version, commitment) = (membership.person, membership.version, membership.commitment);
        let relation = relations.get(reference).cloned();
        let mut there = Membership::stated(person, version, commitment, reference.clone(), relation);
        there.from = Some(from);
        there.known_at = Some(draft.at);
        members.push(there);
    }
    let leaving: Vec<&str> = different.into_iter().collect();
    end(draft, &leaving, from, Ending::SplitOff);
    if !somebody_stays(draft, from) {
        draft.conflicts.note(Conflict::NobodyLeft, "/change/members");
    }
    let division = division.map_or_else(|| draft.applied.household.division.clone(), |division| division.to_string());
    draft.applied.new_household = Some(HouseholdPart {
        division,
        as_of: None,
        facts: None,
        entities: None,
        members,
        superseded: Vec::new(),
        moved: Vec::new(),
        split_from: Some(SplitFrom { household: draft.current.id, on: from, alone }),
        ended: None,
    });
}

/// A member died on a day and belongs to the household until its end. The household of somebody who lived alone ends.
pub fn death(draft: &mut Draft<'_>, reference: &str, on: Date) {
    draft.not_in_future(on, "/change/on");
    let Some(membership) = draft.open_membership(reference, "/change/member") else { return };
    if membership.from.is_some_and(|from| on < from) {
        draft.conflicts.note(Conflict::BeforeJoining, "/change/on");
    }
    let birth = draft.person(membership.person).and_then(|person| birth_day(person, draft));
    if birth.is_some_and(|birth| on < birth) {
        draft.conflicts.note(Conflict::DeathBeforeBirth, "/change/on");
    }
    let until = day_after(on);
    end(draft, &[reference], until, Ending::Died);
    if has_death_date(draft) {
        let stated = json!({ "value": on.to_string(), "known_at": String::from(draft.at) });
        let facts = draft.person_mut(membership.person).facts.get_or_insert_default();
        let before = facts.remove(DEATH_DATE);
        facts.insert(DEATH_DATE.to_owned(), add_statements(before, vec![stated]));
    }
    if !draft.applied.household.members.iter().any(|membership| membership.until.is_none()) {
        let ended = Ended { on: until, reason: Ending::Died, into: None, known_at: draft.at };
        draft.applied.household.ended = Some(ended);
    }
}

fn day_after(day: Date) -> Date {
    Date::from_days(day.days().saturating_add(1))
}

fn has_death_date(draft: &Draft<'_>) -> bool {
    let shape = draft.schema.fact(DEATH_DATE).and_then(|fact| draft.schema.fact_shape(fact));
    shape.is_some_and(|shape| shape.entity == draft.schema.member() && shape.value_type == ValueType::Date)
}

/// The day of birth, as far as the register knows it: stated last, or else in the identity document.
fn birth_day(person: &PersonPart, draft: &Draft<'_>) -> Option<Date> {
    let stated = person.facts.as_ref().and_then(|facts| facts.get("member.birth_date"));
    let stated = stated.and_then(|stated| known_statements(stated, draft.at.0)).and_then(|known| match known {
        Value::Array(mut statements) => statements.pop().and_then(|last| last.get("value").cloned()),
        plain => Some(plain),
    });
    let stated = stated.and_then(|value| Date::parse(value.as_str()?).ok());
    let written = || serde_json::from_value::<IdentityDocument>(person.document.clone()?).ok()?.birth_date();
    stated.or_else(|| written().map(Date::from))
}

/// The first day elsewhere lies after the first day here; a membership of no day never was.
fn after_joining(draft: &mut Draft<'_>, membership: &Membership, from: Date, place: &str) {
    if membership.from.is_some_and(|joined| from <= joined) {
        draft.conflicts.note(Conflict::BeforeJoining, place);
    }
}

/// Ends the open memberships under these references.
fn end(draft: &mut Draft<'_>, references: &[&str], until: Date, because: Ending) {
    let at = draft.at;
    let goes = |membership: &&mut Membership| {
        membership.until.is_none() && references.contains(&membership.reference.as_str())
    };
    for membership in draft.applied.household.members.iter_mut().filter(goes) {
        membership.until = Some(until);
        membership.ended_known_at = Some(at);
        membership.ended = Some(because);
    }
}

/// Whether somebody is there on a day and still belongs to the household.
fn somebody_stays(draft: &Draft<'_>, from: Date) -> bool {
    let stays = |membership: &Membership| membership.until.is_none() && membership.from.is_none_or(|day| day <= from);
    draft.applied.household.members.iter().any(stays)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::apply::Current;
    use crate::register::tests::{day, household, instant, kept, make, neighbour, person, registered};

    const AT: &str = "2024-06-01T00:00:00Z";

    #[track_caller]
    fn refused(change: Value, current: &Current, expected: &[&str]) {
        assert_eq!(make(change, current, None, AT).unwrap_err(), expected);
    }

    fn leave(member: &str, from: &str) -> Value {
        json!({ "kind": "leave", "member": member, "from": from, "because": "moved_out" })
    }

    fn split(members: &[&str], alone: bool) -> Value {
        json!({ "kind": "split", "members": members, "from": "2024-05-01", "alone": alone })
    }

    fn death(member: &str, on: &str) -> Value {
        json!({ "kind": "death", "member": member, "on": on })
    }

    #[test]
    fn a_member_leaves_and_is_remembered() {
        let current = registered();
        let applied = make(leave("b", "2024-05-01"), &current, None, AT).unwrap();
        let left = &applied.household.members[1];
        assert!(left.holds(day("2024-04-30"), instant(AT)) && !left.holds(day("2024-05-01"), instant(AT)));
        assert!(left.holds(day("2024-05-01"), instant("2024-05-31T23:59:59Z")), "nobody knew of it then");
        assert_eq!((applied.household.members.len(), applied.persons.len()), (3, 0));
        let after = applied.after(&current, None);
        refused(leave("b", "2024-05-02"), &after, &["NU2502 /change/member"]);
        refused(leave("x", "2024-05-02"), &after, &["NU2501 /change/member"]);
    }

    #[test]
    fn nobody_leaves_before_joining_or_in_the_future() {
        let mut current = registered();
        current.household.members[1].from = Some(day("2024-05-01"));
        refused(leave("b", "2024-05-01"), &current, &["NU2503 /change/from"]);
        assert!(make(leave("b", "2024-05-02"), &current, None, AT).is_ok());
        refused(leave("b", "2024-06-02"), &current, &["NU2508 /change/from"]);
        assert!(make(leave("b", "2024-06-01"), &current, None, AT).is_ok());
    }

    #[test]
    fn the_last_one_stays() {
        refused(leave("a", "2024-05-01"), &neighbour(), &["NU2504 /change/member"]);
        refused(split(&["a", "b", "c"], false), &registered(), &["NU2504 /change/members"]);
        assert!(make(split(&["a", "b"], false), &registered(), None, AT).is_ok());
        let mut late = registered();
        late.household.members.truncate(2);
        late.household.members[1].from = Some(day("2024-05-02"));
        refused(leave("a", "2024-05-01"), &late, &["NU2504 /change/member"]);
        assert!(make(leave("a", "2024-05-02"), &late, None, AT).is_ok());
    }

    #[test]
    fn a_split_makes_a_household_of_which_nothing_else_is_known() {
        let change = json!({
            "kind": "split", "members": ["c"], "from": "2024-05-01", "alone": true, "division": "999902",
            "relations": { "c": "02" }
        });
        let applied = make(change, &registered(), None, AT).unwrap();
        let new = applied.new_household.as_ref().unwrap();
        assert_eq!(new.split_from.unwrap(), SplitFrom { household: household(1), on: day("2024-05-01"), alone: true });
        assert_eq!((new.division.as_str(), &new.facts, new.members.len()), ("999902", &None, 1));
        assert_eq!((new.members[0].person, new.members[0].version), (person(3), 1));
        assert!(new.members[0].holds(day("2024-05-01"), instant(AT)));
        assert!(!applied.household.members[2].holds(day("2024-05-01"), instant(AT)));
        assert!(applied.household.members[2].holds(day("2024-04-30"), instant(AT)));
    }

    #[test]
    fn a_split_that_contradicts_itself_is_refused() {
        refused(split(&[], false), &registered(), &["NU2505 /change/members"]);
        refused(split(&["b", "b"], false), &registered(), &["NU2505 /change/members"]);
        refused(split(&["b", "c"], true), &registered(), &["NU2506 /change/members"]);
        refused(split(&["b", "x"], false), &registered(), &["NU2501 /change/members/1"]);
        let mut change = split(&["b"], false);
        change["relations"] = json!({ "c": "02" });
        refused(change, &registered(), &["NU2501 /change/relations/c"]);
    }

    #[test]
    fn the_dead_belong_to_the_household_on_the_day_of_death() {
        let current = registered();
        let applied = make(death("b", "2024-05-01"), &current, None, AT).unwrap();
        let dead = &applied.household.members[1];
        assert!(dead.holds(day("2024-05-01"), instant(AT)) && !dead.holds(day("2024-05-02"), instant(AT)));
        assert!(applied.household.ended.is_none());
        let after = applied.after(&current, None);
        refused(death("b", "2024-05-02"), &after, &["NU2511 /change/member"]);
        refused(leave("b", "2024-05-02"), &after, &["NU2511 /change/member"]);
    }

    #[test]
    fn nobody_dies_before_birth_or_before_joining() {
        refused(death("c", "2012-08-31"), &registered(), &["NU2510 /change/on"]);
        assert!(make(death("c", "2012-09-01"), &registered(), None, AT).is_ok());
        let document = json!({ "kind": "citizen_id", "number": "999999198001010011" });
        let by_number =
            kept(&json!({ "division": "999901", "members": [{ "ref": "a", "document": document }, { "ref": "b" }] }));
        refused(death("a", "1979-12-31"), &by_number, &["NU2510 /change/on"]);
        assert!(make(death("a", "1980-01-01"), &by_number, None, AT).is_ok());
        let mut joined = registered();
        joined.household.members[1].from = Some(day("2024-05-01"));
        refused(death("b", "2024-04-30"), &joined, &["NU2503 /change/on"]);
        assert!(make(death("b", "2024-05-01"), &joined, None, AT).is_ok());
    }

    #[test]
    fn the_household_of_somebody_who_lived_alone_ends() {
        let current = neighbour();
        let applied = make(death("a", "2024-05-01"), &current, None, AT).unwrap();
        let ended = applied.household.ended.unwrap();
        assert_eq!((ended.on, ended.reason, ended.into), (day("2024-05-02"), Ending::Died, None));
        let after = applied.after(&current, None);
        refused(leave("a", "2024-05-03"), &after, &["NU2516 /change"]);
    }
}
