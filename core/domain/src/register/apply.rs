//! A change applied to what the register holds: the parts as they are afterwards, or every conflict.
//!
//! Not here: who may propose and approve, versions, commitments, seals. The kernel gives new parts their versions and
//! then names them with `HouseholdPart::refer`.
//!
//! INVARIANT: the same proposal on the same parts at the same instant gives the same result; the parts given are not touched.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::Offset};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::id::{HouseholdId, PersonId};
use nuan_vocabulary::text;

use super::assembly::{View, assemble};
use super::change::{Change, ChangeProposal};
use super::conflicts::{Conflict, Conflicts};
use super::parts::{Ending, HouseholdPart, Membership, PersonPart, RecordedAt};
use super::{correcting, joining, leaving};
use crate::document::{HouseholdDocument, limits};
use crate::schema::Schema;

/// A household as the register holds it now, with the parts of everybody whom its part names.
#[derive(Clone, Debug, PartialEq)]
pub struct Current {
    /// The household.
    pub id: HouseholdId,
    /// Its part.
    pub household: HouseholdPart,
    /// The persons' parts; one that was erased is absent.
    pub persons: BTreeMap<PersonId, PersonPart>,
}

/// What a change results in. A part that is not named stays as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The household's further part. Where it names a person of `persons`, version and commitment are still the old ones,
    /// or 0 and empty for a person who is new.
    pub household: HouseholdPart,
    /// The further parts of persons, and the first ones of those who are new.
    pub persons: BTreeMap<PersonId, PersonPart>,
    /// The household that a split makes.
    pub new_household: Option<HouseholdPart>,
    /// The further part of the household that was merged into this one.
    pub ended_other: Option<HouseholdPart>,
}

impl Applied {
    /// The household as it is after the change, with the parts of everybody it names.
    pub fn after(&self, current: &Current, other: Option<&Current>) -> Current {
        let others = other.into_iter().flat_map(|other| &other.persons);
        let all = others.chain(&current.persons).chain(&self.persons);
        let named = |person: &PersonId| self.household.members.iter().any(|membership| membership.person == *person);
        let persons = all.filter(|(person, _)| named(person)).map(|(person, part)| (*person, part.clone())).collect();
        Current { id: current.id, household: self.household.clone(), persons }
    }
}

/// A change in the making.
pub struct Draft<'a> {
    pub current: &'a Current,
    pub other: Option<&'a Current>,
    pub schema: &'a Schema,
    pub at: RecordedAt,
    pub today: Date,
    pub applied: Applied,
    pub conflicts: Conflicts,
}

/// Applies a change that becomes known at an instant. `other` is the household that is merged in, or that the joining
/// person belongs or belonged to last. `new_person` gives the ids of persons whom the register does not know yet.
///
/// Fails with every conflict at once: its own codes with places in the proposal, then what the household document
/// would be refused for, with places under `/after`.
pub fn apply(
    proposal: &ChangeProposal,
    current: &Current,
    other: Option<&Current>,
    at: Timestamp,
    schema: &Schema,
    new_person: impl FnOnce() -> PersonId,
) -> Result<Applied, Vec<Diagnostic>> {
    let at = RecordedAt::of(at);
    let household = current.household.clone();
    let applied = Applied { household, persons: BTreeMap::new(), new_household: None, ended_other: None };
    let (today, conflicts) = (civil_day(at.0), Conflicts::default());
    let mut draft = Draft { current, other, schema, at, today, applied, conflicts };
    draft.reasons(proposal);
    draft.make(&proposal.change, new_person);
    draft.whole();
    if draft.conflicts.is_empty() {
        draft.read_again(&proposal.change);
    }
    let Draft { applied, conflicts, .. } = draft;
    if conflicts.is_empty() { Ok(applied) } else { Err(conflicts.into_mistakes()) }
}

/// The civil day of an instant in China.
pub fn civil_day(at: Timestamp) -> Date {
    Date::from(Offset::constant(8).to_datetime(at).date())
}

impl Draft<'_> {
    fn reasons(&mut self, proposal: &ChangeProposal) {
        let cannot_be_kept = |text: &str| text.trim().is_empty() || text::normalized(text).is_err();
        if cannot_be_kept(&proposal.reason) {
            self.conflicts.note(Conflict::NoReason, "/reason");
        }
        for (n, _) in proposal.evidence.iter().enumerate().filter(|(_, text)| cannot_be_kept(text)) {
            self.conflicts.note(Conflict::NoReason, format!("/evidence/{n}"));
        }
    }

    fn make(&mut self, change: &Change, new_person: impl FnOnce() -> PersonId) {
        let only_says_more = matches!(change, Change::Correct { .. } | Change::Identify { .. });
        if self.current.household.ended.is_some() && !only_says_more {
            return self.conflicts.note(Conflict::HouseholdEnded, "/change");
        }
        match change {
            Change::Join { person, relation, from } => {
                joining::join(self, person, relation.as_ref(), *from, new_person);
            }
            Change::Leave { member, from, because } => leaving::leave(self, member, *from, Ending::from(*because)),
            Change::Split { members, from, division, alone, relations } => {
                leaving::split(self, members, *from, *division, *alone, relations);
            }
            Change::Merge { household, from, relations } => joining::merge(self, *household, *from, relations),
            Change::Move { division, from } => correcting::relocate(self, *division, *from),
            Change::Death { member, on } => leaving::death(self, member, *on),
            Change::Correct { member, facts, entities } => {
                correcting::correct(self, member.as_deref(), facts, entities);
            }
            Change::Identify { member, document, name } => {
                correcting::identify(self, member, document.as_ref(), name.as_deref());
            }
        }
    }

    fn whole(&mut self) {
        let members = &self.applied.household.members;
        if members.iter().filter(|membership| membership.until.is_none()).count() > limits::MEMBERS {
            self.conflicts.note(Conflict::TooManyMembers, "/change");
        }
        let same = self.applied.persons.is_empty() && self.applied.household == self.current.household;
        if same && self.conflicts.is_empty() {
            self.conflicts.note(Conflict::NothingToDo, "/change");
        }
    }

    /// Reads the household again as any document is read, on the day that the change speaks of.
    fn read_again(&mut self, change: &Change) {
        let today = self.today;
        let last_day = |reference: &str| self.membership(reference).and_then(|membership| membership.until);
        let day = match change {
            Change::Correct { member: Some(member), .. } | Change::Identify { member, .. } => {
                last_day(member).map_or(today, |until| Date::from_days(until.days() - 1))
            }
            _ => today,
        };
        let view = View::At { as_of: day, known_at: self.at.0 };
        let person = |id: PersonId| self.person(id);
        let made = self.applied.new_household.iter().map(|household| ("/new_household", household));
        let mut mistakes = Vec::new();
        for (place, household) in std::iter::once(("/after", &self.applied.household)).chain(made) {
            if household.members_on(day, self.at.0).next().is_none() {
                continue;
            }
            let document = assemble(household, &person, view);
            if let Err(refused) = HouseholdDocument::from_value(&document, self.schema) {
                let placed = |mistake: Diagnostic| Diagnostic { path: format!("{place}{}", mistake.path), ..mistake };
                mistakes.extend(refused.0.into_iter().map(placed));
            }
        }
        mistakes.into_iter().for_each(|mistake| self.conflicts.add(mistake));
    }

    /// The part of a person, as far as the change is made.
    pub fn person(&self, id: PersonId) -> Option<&PersonPart> {
        let others = self.other.and_then(|other| other.persons.get(&id));
        self.applied.persons.get(&id).or_else(|| self.current.persons.get(&id)).or(others)
    }

    /// The further part of a person.
    pub fn person_mut(&mut self, id: PersonId) -> &mut PersonPart {
        let now = self.person(id).cloned().unwrap_or_default();
        self.applied.persons.entry(id).or_insert(now)
    }

    /// The latest membership under a `ref`.
    pub fn membership(&self, reference: &str) -> Option<&Membership> {
        self.applied.household.members.iter().rev().find(|membership| membership.reference == reference)
    }

    /// The membership that is open under a `ref`; a conflict where there is none.
    pub fn open_membership(&mut self, reference: &str, place: &str) -> Option<Membership> {
        let conflict = match self.membership(reference).cloned() {
            None => Conflict::UnknownMember,
            Some(membership) if membership.until.is_none() => return Some(membership),
            Some(membership) if membership.ended == Some(Ending::Died) => Conflict::AfterDeath,
            Some(_) => Conflict::HasLeft,
        };
        self.conflicts.note(conflict, place);
        None
    }

    /// A conflict where the day has not come yet.
    pub fn not_in_future(&mut self, day: Date, place: &str) {
        if day > self.today {
            self.conflicts.note(Conflict::Future, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::register::tests::{SCHEMA, day, instant, make, person, registered};

    fn applied(current: &Current, change: Value, at: &str) -> Result<Applied, Vec<String>> {
        make(change, current, None, at)
    }

    #[test]
    fn a_day_begins_at_midnight_in_china() {
        assert_eq!(civil_day(instant("2024-06-30T15:59:59Z")), day("2024-06-30"));
        assert_eq!(civil_day(instant("2024-06-30T16:00:00Z")), day("2024-07-01"));
        let leave = json!({ "kind": "leave", "member": "b", "from": "2024-07-01", "because": "divorced" });
        assert_eq!(applied(&registered(), leave.clone(), "2024-06-30T15:59:59Z").unwrap_err(), ["NU2508 /change/from"]);
        assert!(applied(&registered(), leave, "2024-06-30T16:00:00Z").is_ok());
    }

    #[test]
    fn a_change_needs_a_reason_and_evidence_that_says_something() {
        let change = json!({ "kind": "leave", "member": "b", "from": "2024-01-01", "because": "divorced" });
        let proposal = json!({ "change": change, "reason": " ", "evidence": ["a paper", ""] });
        let proposal: ChangeProposal = serde_json::from_value(proposal).unwrap();
        let current = registered();
        let mistakes = apply(&proposal, &current, None, instant("2024-02-01T00:00:00Z"), &SCHEMA, || person(50));
        let places: Vec<String> = mistakes.unwrap_err().into_iter().map(|mistake| mistake.path).collect();
        assert_eq!(places, ["/reason", "/evidence/1"]);
    }

    #[test]
    fn a_correction_is_read_as_any_document_is() {
        let wrong = json!({ "kind": "correct", "member": "a", "facts": {
            "household.income_12_months": [{ "value": "1.00" }],
            "member.local_hukou": [{ "value": "yes" }],
        }});
        assert_eq!(
            applied(&registered(), wrong, "2024-02-01T00:00:00Z").unwrap_err(),
            [
                "NU2102 /after/members/0/facts/household.income_12_months",
                "NU2100 /after/members/0/facts/member.local_hukou/0/value",
            ]
        );
    }

    #[test]
    fn what_is_given_is_not_touched_and_the_result_is_the_same_again() {
        let current = registered();
        let change = json!({ "kind": "death", "member": "a", "on": "2024-01-31" });
        let once = applied(&current, change.clone(), "2024-02-01T00:00:00Z").unwrap();
        assert_eq!(current, registered());
        assert_eq!(once, applied(&current, change, "2024-02-01T00:00:00Z").unwrap());
        assert_ne!(once.household, current.household);
    }
}
