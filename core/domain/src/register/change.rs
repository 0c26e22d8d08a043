//! What somebody proposes to change in the register, as it crosses the edge.
//!
//! Not here: whether it may be done (`apply`), who proposes and who approves. A proposal holds personal values, so its
//! `Debug` shows the kind alone.

use std::collections::BTreeMap;
use std::fmt;

use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{HouseholdId, PersonId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::parts::{Ending, Object};

/// A change with its reason and what supports it.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeProposal {
    /// What is to change.
    pub change: Change,
    /// Why, in words.
    pub reason: String,
    /// What supports it (证明材料): ids or titles of documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// One change to one household. Days are those on which things happened, not those on which they became known.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Somebody joins: birth, marriage, adoption, return.
    Join {
        /// Who.
        person: JoiningPerson,
        /// The relation to the head of the household: a code of GB/T 4761, or dated statements.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        relation: Option<Value>,
        /// The first day.
        from: Date,
    },
    /// Somebody leaves.
    Leave {
        /// The member's `ref`.
        member: String,
        /// The first day elsewhere.
        from: Date,
        /// Why.
        because: LeaveReason,
    },
    /// Some members become a household of their own (分户).
    Split {
        /// Their `ref`s.
        members: Vec<String>,
        /// The first day.
        from: Date,
        /// Where the new household lives; where this one does, if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        division: Option<DivisionCode>,
        /// One person who is taken for a household of one (单人户).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        alone: bool,
        /// Their relations to the head of the new household, by `ref`.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        relations: BTreeMap<String, Value>,
    },
    /// Everybody of another household joins this one, and the other ends (并户).
    Merge {
        /// The other household.
        household: HouseholdId,
        /// The first day together.
        from: Date,
        /// Their relations to the head of this household, by the other household's `ref`.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        relations: BTreeMap<String, Value>,
    },
    /// The household moves; to another county it takes its case along (迁移).
    Move {
        /// Where to.
        division: DivisionCode,
        /// The first day there.
        from: Date,
    },
    /// A member died.
    Death {
        /// The member's `ref`.
        member: String,
        /// The day of death, on which the person still belongs to the household.
        on: Date,
    },
    /// What is known of the household or a member was wrong or incomplete (更正).
    Correct {
        /// The member's `ref`; the household itself, if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        member: Option<String>,
        /// Statements by the catalogue's name of the fact. They are added; what was stated stays.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        facts: BTreeMap<String, Vec<NewStatement>>,
        /// Lists by their name, each restated whole: rows, or `{"none": true}`.
        #[serde(default, skip_serializing_if = "Object::is_empty")]
        entities: Object,
    },
    /// A member's identity document or name becomes known, or was wrong.
    Identify {
        /// The member's `ref`.
        member: String,
        /// The identity document.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<Value>,
        /// The name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
}

/// Who joins.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "record", rename_all = "snake_case", deny_unknown_fields)]
pub enum JoiningPerson {
    /// Somebody the register knows.
    Existing {
        /// The person.
        person: PersonId,
    },
    /// Somebody it does not know yet.
    New {
        /// The identity document.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<Value>,
        /// The name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Facts about the person.
        #[serde(default, skip_serializing_if = "Object::is_empty")]
        facts: Object,
        /// Lists of the person.
        #[serde(default, skip_serializing_if = "Object::is_empty")]
        entities: Object,
    },
}

/// Why somebody leaves while everybody lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeaveReason {
    /// Married out of the household.
    Married,
    /// The marriage ended.
    Divorced,
    /// Lives elsewhere.
    MovedOut,
    /// Adopted by others.
    Adopted,
    /// Lives in an institution.
    TakenIntoCare,
    /// Another reason; the proposal says which.
    Other,
}

/// How sure a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// A competent body confirmed it.
    Verified,
    /// A document shows it.
    Documented,
    /// The applicant declares it.
    Declared,
    /// Somebody estimated it.
    Estimated,
}

/// A statement to be added about a fact. Since when it is known is the register's to say.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStatement {
    /// The value, as a document writes it.
    pub value: Value,
    /// The first day it holds; always, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The first day it holds no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Who states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What supports it: ids or titles of documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// How sure it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Certainty>,
}

impl Change {
    /// Its kind, as it is written.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Join { .. } => "join",
            Self::Leave { .. } => "leave",
            Self::Split { .. } => "split",
            Self::Merge { .. } => "merge",
            Self::Move { .. } => "move",
            Self::Death { .. } => "death",
            Self::Correct { .. } => "correct",
            Self::Identify { .. } => "identify",
        }
    }

    /// The other household that has to be at hand to apply it.
    pub const fn other_household(&self) -> Option<HouseholdId> {
        match self {
            Self::Merge { household, .. } => Some(*household),
            _ => None,
        }
    }

    /// The person who has to be at hand, with the household the person belonged to last, to apply it.
    pub const fn joining_person(&self) -> Option<PersonId> {
        match self {
            Self::Join { person: JoiningPerson::Existing { person }, .. } => Some(*person),
            _ => None,
        }
    }
}

impl From<LeaveReason> for Ending {
    fn from(reason: LeaveReason) -> Self {
        match reason {
            LeaveReason::Married => Self::Married,
            LeaveReason::Divorced => Self::Divorced,
            LeaveReason::MovedOut => Self::MovedOut,
            LeaveReason::Adopted => Self::Adopted,
            LeaveReason::TakenIntoCare => Self::TakenIntoCare,
            LeaveReason::Other => Self::Other,
        }
    }
}

impl fmt::Debug for ChangeProposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChangeProposal({} with {} papers)", self.change.kind(), self.evidence.len())
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Change({})", self.kind())
    }
}

impl fmt::Debug for JoiningPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Existing { person } => write!(f, "JoiningPerson({person})"),
            Self::New { .. } => f.write_str("JoiningPerson(new)"),
        }
    }
}

impl fmt::Debug for NewStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewStatement(…)")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(change: Value, kind: &str) {
        let proposal = json!({ "change": change, "reason": "r", "evidence": ["e"] });
        let read: ChangeProposal = serde_json::from_value(proposal.clone()).unwrap();
        assert_eq!(read.change.kind(), kind);
        assert_eq!(change["kind"], kind);
        assert_eq!(serde_json::to_value(&read).unwrap(), proposal);
    }

    #[test]
    fn every_kind_is_read_and_written_the_same() {
        let id = "00000000000000000000000000000007";
        let existing = json!({ "record": "existing", "person": format!("ps_{id}") });
        check(json!({ "kind": "join", "person": existing, "relation": "20", "from": "2024-01-01" }), "join");
        let new = json!({ "record": "new", "name": "张三", "facts": { "member.birth_date": "2024-01-01" } });
        check(json!({ "kind": "join", "person": new, "from": "2024-01-01" }), "join");
        check(json!({ "kind": "leave", "member": "b", "from": "2024-01-01", "because": "married" }), "leave");
        check(json!({ "kind": "split", "members": ["b"], "from": "2024-01-01", "alone": true }), "split");
        let relations = json!({ "a": "31" });
        let merge =
            json!({ "kind": "merge", "household": format!("hh_{id}"), "from": "2024-01-01", "relations": relations });
        check(merge, "merge");
        check(json!({ "kind": "move", "division": "999902", "from": "2024-01-01" }), "move");
        check(json!({ "kind": "death", "member": "a", "on": "2024-01-01" }), "death");
        let statement = json!({ "value": "1.00", "from": "2023-01-01", "confidence": "verified", "evidence": ["w"] });
        let facts = json!({ "household.income_12_months": [statement] });
        check(json!({ "kind": "correct", "facts": facts, "entities": { "vehicle": { "none": true } } }), "correct");
        check(json!({ "kind": "identify", "member": "a", "name": "李四" }), "identify");
    }

    #[test]
    fn an_unknown_key_or_kind_is_refused() {
        for change in [
            json!({ "kind": "leave", "member": "b", "from": "2024-01-01", "because": "married", "until": 1 }),
            json!({ "kind": "leave", "member": "b", "from": "2024-01-01", "because": "tired" }),
            json!({ "kind": "vanish" }),
            json!({ "kind": "join", "person": { "record": "existing" }, "from": "2024-01-01" }),
        ] {
            let proposal = json!({ "change": change, "reason": "r" });
            assert!(serde_json::from_value::<ChangeProposal>(proposal).is_err(), "{change}");
        }
    }

    #[test]
    fn debug_shows_the_kind_alone() {
        let person = JoiningPerson::New {
            document: None,
            name: Some("张三".to_owned()),
            facts: Object::new(),
            entities: Object::new(),
        };
        let change = Change::Join { person: person.clone(), relation: None, from: Date::from_days(0) };
        assert_eq!(format!("{change:?} {person:?}"), "Change(join) JoiningPerson(new)");
    }
}
