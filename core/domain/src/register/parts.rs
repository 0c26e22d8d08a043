//! What the register keeps of a household: one part of its own, and one for each person.
//!
//! Not here: who may see or change a part, its encryption, or a rule. The parts are content; the kernel seals them.
//!
//! INVARIANT: a part is never edited in place. What a change replaces stays in the part, dated, so that a part answers
//! what was known on an earlier day. `Debug` shows ids and counts, never a value.

use std::fmt;

use jiff::Timestamp;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::{HouseholdId, PersonId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A JSON object: facts or lists by name.
pub type Object = Map<String, Value>;

/// The instant at which the register came to know something, written `2024-05-20T08:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecordedAt(pub Timestamp);

/// The text is not an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an instant; one is written `2024-05-20T08:00:00Z`")]
pub struct NotAnInstant;

/// Why somebody stopped belonging to a household, or the household ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Married out of it.
    Married,
    /// The marriage ended.
    Divorced,
    /// Lives elsewhere.
    MovedOut,
    /// Adopted by others.
    Adopted,
    /// Lives in an institution.
    TakenIntoCare,
    /// Another reason, said in the change request.
    Other,
    /// Split off into a household of its own (分户).
    SplitOff,
    /// Went with everybody into another household (并户).
    Merged,
    /// Died.
    Died,
}

/// One person's time in a household, and the version of the person part that goes with it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The person.
    pub person: PersonId,
    /// The version of the person part.
    pub version: i64,
    /// The keyed commitment to that person part.
    pub commitment: String,
    /// The name that the household's documents use. A person keeps it when coming back.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The relation to the head of the household: a code, or dated statements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Value>,
    /// The first day; always a member, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The first day after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Since when the register knows of it; always, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<RecordedAt>,
    /// Since when the register knows of its end; as long as of its beginning, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_known_at: Option<RecordedAt>,
    /// Why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ending>,
}

/// A list as the register knew it until it was stated anew.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupersededList {
    /// The list's name.
    pub entity: String,
    /// Its rows, or `{"none": true}`; nothing was known, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Value>,
    /// The instant from which other rows were known.
    pub until_known: RecordedAt,
}

/// Where a household lived before it moved.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormerDivision {
    /// The division.
    pub division: String,
    /// The first day elsewhere.
    pub until: Date,
    /// The instant from which the move was known.
    pub until_known: RecordedAt,
}

/// How a person was identified until the register knew better.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormerParticulars {
    /// The identity document, where one was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Value>,
    /// The name, where it was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The instant from which others were known.
    pub until_known: RecordedAt,
}

/// The household split off from another (分户).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitFrom {
    /// The household it was part of.
    pub household: HouseholdId,
    /// Its first day.
    pub on: Date,
    /// Whether it is one person who is taken for a household of one (单人户).
    pub alone: bool,
}

/// The household is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    /// The first day without it.
    pub on: Date,
    /// Why.
    pub reason: Ending,
    /// The household its members went to, where it was merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<HouseholdId>,
    /// Since when the register knows.
    pub known_at: RecordedAt,
}

/// What the register keeps of a household itself, and who belongs to it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HouseholdPart {
    /// Where it lives, as stated.
    pub division: String,
    /// The date that the document asked about, where it named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// Facts about the household; absent where the document has no `facts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Object>,
    /// Lists of the household; absent where the document has no `entities`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entities: Option<Object>,
    /// Who belongs or belonged to it, in the order of joining. Nobody is ever taken out.
    #[serde(default)]
    pub members: Vec<Membership>,
    /// Lists as they were known before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub superseded: Vec<SupersededList>,
    /// Where it lived before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<FormerDivision>,
    /// The household it split off from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_from: Option<SplitFrom>,
    /// Its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
}

/// What the register keeps of a person, whatever household the person belongs to.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonPart {
    /// The identity document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Value>,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Facts about the person; absent where the document has no `facts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Object>,
    /// Lists of the person; absent where the document has no `entities`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entities: Option<Object>,
    /// Lists as they were known before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub superseded: Vec<SupersededList>,
    /// Document and name as they were known before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<FormerParticulars>,
}

impl RecordedAt {
    /// An instant as stores keep it: to the microsecond, so that what is read back compares as what was written.
    pub fn of(instant: Timestamp) -> Self {
        Self(Timestamp::from_microsecond(instant.as_microsecond()).unwrap_or(instant))
    }
}

impl Membership {
    /// A membership as a document states it: undated, known since the document is.
    pub const fn stated(
        person: PersonId,
        version: i64,
        commitment: String,
        reference: String,
        relation: Option<Value>,
    ) -> Self {
        let (from, until, known_at, ended_known_at, ended) = (None, None, None, None, None);
        Self { person, version, commitment, reference, relation, from, until, known_at, ended_known_at, ended }
    }

    /// Whether the person belonged to the household on a day, as the register knew it at an instant.
    pub fn holds(&self, as_of: Date, known_at: Timestamp) -> bool {
        let known = self.known_at.is_none_or(|since| since.0 <= known_at);
        let begun = self.from.is_none_or(|from| from <= as_of);
        known && begun && self.until_as_known(known_at).is_none_or(|until| as_of < until)
    }

    /// Its end, as far as the register knew of it at an instant.
    pub fn until_as_known(&self, known_at: Timestamp) -> Option<Date> {
        self.until.filter(|_| self.ended_known_at.is_none_or(|since| since.0 <= known_at))
    }
}

impl HouseholdPart {
    /// Names the version of a person part that goes with this household part, in every membership of the person.
    pub fn refer(&mut self, person: PersonId, version: i64, commitment: &str) {
        for membership in self.members.iter_mut().filter(|membership| membership.person == person) {
            membership.version = version;
            commitment.clone_into(&mut membership.commitment);
        }
    }

    /// The memberships that hold on a day, as the register knew it at an instant.
    pub fn members_on(&self, as_of: Date, known_at: Timestamp) -> impl Iterator<Item = &Membership> {
        self.members.iter().filter(move |membership| membership.holds(as_of, known_at))
    }

    /// Where it lived on a day, as the register knew it at an instant.
    pub fn division_on(&self, as_of: Date, known_at: Timestamp) -> &str {
        let still_there = |former: &&FormerDivision| known_at < former.until_known.0 || as_of < former.until;
        let former = self.moved.iter().find(still_there);
        former.map_or(self.division.as_str(), |former| former.division.as_str())
    }

    /// Every person who ever belonged to it, each once, with the latest membership.
    pub fn latest_memberships(&self) -> impl Iterator<Item = &Membership> {
        let later = move |n: usize| self.members.get(n + 1..).unwrap_or_default();
        let latest = move |(n, membership): &(usize, &Membership)| {
            !later(*n).iter().any(|other| other.person == membership.person)
        };
        self.members.iter().enumerate().filter(latest).map(|(_, membership)| membership)
    }
}

impl TryFrom<String> for RecordedAt {
    type Error = NotAnInstant;
    fn try_from(text: String) -> Result<Self, NotAnInstant> {
        text.parse().map(Self).map_err(|_| NotAnInstant)
    }
}

impl From<RecordedAt> for String {
    fn from(instant: RecordedAt) -> Self {
        instant.0.to_string()
    }
}

impl fmt::Debug for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Membership({} as {} at version {})", self.person, self.reference, self.version)
    }
}

impl fmt::Debug for HouseholdPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (facts, lists) = (count(self.facts.as_ref()), count(self.entities.as_ref()));
        write!(f, "HouseholdPart({facts} facts, {lists} lists, members {:?})", self.members)
    }
}

impl fmt::Debug for PersonPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (facts, lists) = (count(self.facts.as_ref()), count(self.entities.as_ref()));
        write!(f, "PersonPart({facts} facts, {lists} lists)")
    }
}

macro_rules! masked {
    ($($name:ident),+) => {
        $(impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "(until {})"), self.until_known.0)
            }
        })+
    };
}
masked!(SupersededList, FormerDivision, FormerParticulars);

fn count(object: Option<&Object>) -> usize {
    object.map_or(0, Map::len)
}

#[cfg(test)]
mod tests {
    use nuan_vocabulary::id::PersonId;
    use serde_json::json;

    use super::*;
    use crate::register::tests::{day, instant, person};

    fn membership(number: u128, from: Option<&str>, until: Option<&str>) -> Membership {
        let mut made = Membership::stated(person(number), 1, "c".to_owned(), "a".to_owned(), None);
        made.from = from.map(day);
        made.until = until.map(day);
        made
    }

    #[track_caller]
    fn check(membership: &Membership, as_of: &str, known_at: &str, expected: bool) {
        assert_eq!(membership.holds(day(as_of), instant(known_at)), expected);
    }

    #[test]
    fn a_membership_holds_from_its_first_day_to_the_day_before_its_end() {
        let made = membership(1, Some("2023-05-01"), Some("2024-05-01"));
        for (as_of, expected) in
            [("2023-04-30", false), ("2023-05-01", true), ("2024-04-30", true), ("2024-05-01", false)]
        {
            check(&made, as_of, "2025-01-01T00:00:00Z", expected);
        }
    }

    #[test]
    fn nobody_knew_of_it_before_it_was_known() {
        let mut made = membership(1, Some("2023-05-01"), Some("2024-05-01"));
        made.known_at = Some(RecordedAt(instant("2023-06-10T00:00:00Z")));
        made.ended_known_at = Some(RecordedAt(instant("2024-06-10T00:00:00Z")));
        check(&made, "2023-06-01", "2023-06-09T23:59:59Z", false);
        check(&made, "2023-06-01", "2023-06-10T00:00:00Z", true);
        check(&made, "2024-05-20", "2024-06-09T23:59:59Z", true);
        check(&made, "2024-05-20", "2024-06-10T00:00:00Z", false);
    }

    #[test]
    fn a_person_who_came_back_stands_once() {
        let first = membership(1, None, Some("2023-01-01"));
        let members = vec![first, membership(2, None, None), membership(1, Some("2024-01-01"), None)];
        let part = HouseholdPart { members, ..crate::register::tests::empty_household() };
        let persons: Vec<PersonId> = part.latest_memberships().map(|membership| membership.person).collect();
        assert_eq!(persons, [person(2), person(1)]);
    }

    #[test]
    fn debug_shows_no_value() {
        let part = PersonPart {
            name: Some("张三".to_owned()),
            document: Some(json!({ "number": "999999198001010019" })),
            facts: json!({ "member.birth_date": "1980-01-01" }).as_object().cloned(),
            ..PersonPart::default()
        };
        let mut home = crate::register::tests::empty_household();
        home.facts = part.facts.clone();
        home.members.push(membership(7, Some("1980-01-01"), None));
        home.superseded.push(SupersededList {
            entity: "vehicle".to_owned(),
            rows: Some(json!([{ "price": "1980.00" }])),
            until_known: RecordedAt(instant("2024-01-01T00:00:00Z")),
        });
        let shown = format!("{part:?} {home:?} {:?}", home.superseded);
        assert!(shown.contains("1 facts") && shown.contains(&person(7).to_string()), "{shown}");
        for personal in ["张三", "999999", "1980"] {
            assert!(!shown.contains(personal), "{shown}");
        }
    }
}
