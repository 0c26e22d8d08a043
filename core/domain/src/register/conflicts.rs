//! What a change must not contradict: each conflict with its code, its place in the proposal, and its mend.
//!
//! INVARIANT: all conflicts of a proposal come at once, and none repeats a personal value.

use nuan_vocabulary::diagnostic::Diagnostic;

use crate::document::limits;

/// A change contradicts the register, or itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conflict {
    /// Nobody in the household has this `ref`.
    UnknownMember,
    /// The member has left.
    HasLeft,
    /// The day lies on or before the first day of the membership.
    BeforeJoining,
    /// Nobody would be left.
    NobodyLeft,
    /// A split names nobody, or somebody twice.
    SplitList,
    /// A household of one has more than one member.
    NotAlone,
    /// The person belongs to a household on that day.
    BelongsElsewhere,
    /// The day has not come yet.
    Future,
    /// The period has no day.
    EmptyPeriod,
    /// The death lies before the birth.
    DeathBeforeBirth,
    /// The person is dead on that day.
    AfterDeath,
    /// The household and the other are one.
    MergedWithItself,
    /// The household lives there already.
    SamePlace,
    /// More members than a household can have.
    TooManyMembers,
    /// More statements than a fact can have.
    TooManyStatements,
    /// The household has ended.
    HouseholdEnded,
    /// The person or the other household is not on the register.
    NotOnRegister,
    /// Nothing would change.
    NothingToDo,
    /// The reason or a piece of evidence is empty or cannot be kept.
    NoReason,
    /// The person is a member already.
    AlreadyMember,
    /// An earlier move lies on or after this day.
    BeforeLastMove,
}

impl Conflict {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownMember => "NU2501",
            Self::HasLeft => "NU2502",
            Self::BeforeJoining => "NU2503",
            Self::NobodyLeft => "NU2504",
            Self::SplitList => "NU2505",
            Self::NotAlone => "NU2506",
            Self::BelongsElsewhere => "NU2507",
            Self::Future => "NU2508",
            Self::EmptyPeriod => "NU2509",
            Self::DeathBeforeBirth => "NU2510",
            Self::AfterDeath => "NU2511",
            Self::MergedWithItself => "NU2512",
            Self::SamePlace => "NU2513",
            Self::TooManyMembers => "NU2514",
            Self::TooManyStatements => "NU2515",
            Self::HouseholdEnded => "NU2516",
            Self::NotOnRegister => "NU2517",
            Self::NothingToDo => "NU2518",
            Self::NoReason => "NU2519",
            Self::AlreadyMember => "NU2520",
            Self::BeforeLastMove => "NU2521",
        }
    }

    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::UnknownMember => ("nobody in the household has this `ref`", "read the household for the `ref`s"),
            Self::HasLeft => ("the member has left the household", "change the household the person belongs to now"),
            Self::BeforeJoining => {
                ("the day is not after the first day of the membership", "correct the day, or the day of joining")
            }
            Self::NobodyLeft => (
                "nobody would be left in the household",
                "move the household, merge it into another, or record the death of its last member",
            ),
            Self::SplitList => ("a split names each of its members once", "name one member or more, each once"),
            Self::NotAlone => ("a household of one (单人户) has one member", "name one member, or leave `alone` out"),
            Self::BelongsElsewhere => {
                ("the person belongs to a household on that day", "record first that the person left it")
            }
            Self::Future => ("the day has not come yet", "record it on the day, or correct the date"),
            Self::EmptyPeriod => ("the period is empty", "`until` is the first day after the period"),
            Self::DeathBeforeBirth => {
                ("the death lies before the birth", "correct the day of death, or the date of birth")
            }
            Self::AfterDeath => ("the person is dead on that day", "correct what holds until the day of death only"),
            Self::MergedWithItself => ("a household is not merged with itself", "name the other household"),
            Self::SamePlace => ("the household lives there already", "name the division it moves to"),
            Self::TooManyMembers => {
                ("the household would have too many members", "split it, or check who belongs to it")
            }
            Self::TooManyStatements => {
                ("the fact would have too many statements", "state a longer period instead of many short ones")
            }
            Self::HouseholdEnded => ("the household has ended", "change the household its members belong to now"),
            Self::NotOnRegister => ("this is not on the register", "check the id"),
            Self::NothingToDo => ("nothing would change", "name what is to change"),
            Self::NoReason => ("the text is empty or cannot be kept", "write 1 to 1000 characters without NUL"),
            Self::AlreadyMember => ("the person belongs to this household already", "read the household"),
            Self::BeforeLastMove => ("the household moved again on or after that day", "correct the day"),
        }
    }

    /// The conflict at a place of the proposal, a JSON pointer.
    pub fn at(self, place: impl Into<String>) -> Diagnostic {
        let (detail, hint) = self.texts();
        Diagnostic::new(self.code(), place, detail).with_hint(hint)
    }

    /// Every conflict, in the order of the codes.
    pub const ALL: [Self; 21] = [
        Self::UnknownMember,
        Self::HasLeft,
        Self::BeforeJoining,
        Self::NobodyLeft,
        Self::SplitList,
        Self::NotAlone,
        Self::BelongsElsewhere,
        Self::Future,
        Self::EmptyPeriod,
        Self::DeathBeforeBirth,
        Self::AfterDeath,
        Self::MergedWithItself,
        Self::SamePlace,
        Self::TooManyMembers,
        Self::TooManyStatements,
        Self::HouseholdEnded,
        Self::NotOnRegister,
        Self::NothingToDo,
        Self::NoReason,
        Self::AlreadyMember,
        Self::BeforeLastMove,
    ];
}

/// Collects conflicts; what lies beyond the limit of a document's mistakes is left out.
#[derive(Debug, Default)]
pub struct Conflicts(Vec<Diagnostic>);

impl Conflicts {
    /// Notes a conflict.
    pub fn note(&mut self, conflict: Conflict, place: impl Into<String>) {
        self.add(conflict.at(place));
    }

    /// Notes a mistake that another check found.
    pub fn add(&mut self, mistake: Diagnostic) {
        if self.0.len() < limits::MISTAKES {
            self.0.push(mistake);
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn into_mistakes(self) -> Vec<Diagnostic> {
        self.0
    }
}

/// A step of a JSON pointer.
pub fn step(text: &str) -> String {
    text.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_counted_through_and_every_conflict_has_a_mend() {
        for (number, conflict) in (2501..).zip(Conflict::ALL) {
            let mistake = conflict.at("/change");
            assert_eq!(mistake.code, format!("NU{number}"));
            assert!(!mistake.detail.is_empty() && mistake.hint.is_some(), "{conflict:?}");
        }
        assert!(Conflict::ALL.is_sorted_by(|a, b| a < b), "{:?}", Conflict::ALL);
    }
}
