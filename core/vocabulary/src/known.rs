//! Three-valued truth: a value, or what somebody has to supply before there can be one. Unknown is not zero and not false.

use crate::fen::{Fen, OutOfRange};

/// A value, or why there is none yet. `?` ends the output as undetermined.
pub type Known<T> = Result<T, Unknown>;

/// An input that is missing: its number in the resolved manifest and its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Absence {
    /// Counts the columns of all levels; lists as a whole come after them.
    pub input: u32,
    /// The row at the input's level; for a list, at its parent's level.
    pub row: u32,
}

/// Why a value cannot be had although nothing is missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// No text of the law is held for the date; the rule's id.
    NoRuleHeld(String),
    /// Arithmetic left the range of amounts; the rule's id, empty where not known.
    OutOfRange(String),
}

/// What stands between us and an answer. Both lists are sorted and without doubles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown(Obstacles);

/// INVARIANT: `Many` never stands for one missing input alone, so that equal obstacles compare as equal.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Obstacles {
    /// One missing input, by far the most frequent: it takes no memory of its own.
    One(Absence),
    Many(Box<Lists>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Lists {
    missing: Vec<Absence>,
    causes: Vec<Cause>,
}

impl Unknown {
    /// One input is missing.
    pub const fn missing(input: u32, row: u32) -> Self {
        Self(Obstacles::One(Absence { input, row }))
    }

    /// No text of this rule is held for the date.
    #[cold]
    pub fn no_rule_held(rule: &str) -> Self {
        Self::because(Cause::NoRuleHeld(rule.to_owned()))
    }

    #[cold]
    fn because(cause: Cause) -> Self {
        Self(Obstacles::Many(Box::new(Lists { missing: Vec::new(), causes: vec![cause] })))
    }

    /// Asks for the inputs of both at once.
    #[cold]
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self == other {
            return self;
        }
        let mut lists = self.into_lists();
        let more = other.into_lists();
        lists.missing.extend(more.missing);
        lists.missing.sort_unstable();
        lists.missing.dedup();
        lists.causes.extend(more.causes);
        lists.causes.sort_unstable();
        lists.causes.dedup();
        Self(Obstacles::Many(lists))
    }

    /// The inputs that somebody has to supply.
    pub fn absences(&self) -> &[Absence] {
        match &self.0 {
            Obstacles::One(absence) => std::slice::from_ref(absence),
            Obstacles::Many(lists) => &lists.missing,
        }
    }

    /// What else stands in the way.
    pub fn causes(&self) -> &[Cause] {
        match &self.0 {
            Obstacles::One(_) => &[],
            Obstacles::Many(lists) => &lists.causes,
        }
    }

    /// Gives both lists away.
    pub fn into_parts(self) -> (Vec<Absence>, Vec<Cause>) {
        let lists = self.into_lists();
        (lists.missing, lists.causes)
    }

    fn into_lists(self) -> Box<Lists> {
        match self.0 {
            Obstacles::One(absence) => Box::new(Lists { missing: vec![absence], causes: Vec::new() }),
            Obstacles::Many(lists) => lists,
        }
    }
}

impl From<OutOfRange> for Unknown {
    #[cold]
    fn from(_: OutOfRange) -> Self {
        Self::because(Cause::OutOfRange(String::new()))
    }
}

/// Both conditions hold. One that is known to be false settles it, whatever the other is.
pub fn both(a: Known<bool>, b: Known<bool>) -> Known<bool> {
    match (a, b) {
        (Ok(false), _) | (_, Ok(false)) => Ok(false),
        (Ok(true), Ok(true)) => Ok(true),
        (Err(a), Err(b)) => Err(a.and(b)),
        (Err(unknown), _) | (_, Err(unknown)) => Err(unknown),
    }
}

/// At least one condition holds. One that is known to be true settles it.
pub fn either(a: Known<bool>, b: Known<bool>) -> Known<bool> {
    not(both(not(a), not(b)))
}

/// The opposite; unknown stays unknown.
pub fn not(a: Known<bool>) -> Known<bool> {
    a.map(|value| !value)
}

/// Every condition holds.
pub fn every(conditions: impl IntoIterator<Item = Known<bool>>) -> Known<bool> {
    conditions.into_iter().fold(Ok(true), both)
}

/// Some condition holds.
pub fn some(conditions: impl IntoIterator<Item = Known<bool>>) -> Known<bool> {
    conditions.into_iter().fold(Ok(false), either)
}

/// The sum. If any part is unknown so is the sum, and it asks for all of them at once.
pub fn sum(parts: impl IntoIterator<Item = Known<Fen>>) -> Known<Fen> {
    let mut total = Ok(Fen::ZERO);
    for part in parts {
        total = match (total, part) {
            (Ok(total), Ok(part)) => total.plus(part).map_err(Unknown::from),
            (Err(a), Err(b)) => Err(a.and(b)),
            (Err(unknown), Ok(_)) | (Ok(_), Err(unknown)) => Err(unknown),
        };
    }
    total
}

/// How many of the conditions hold; unknown where one of them is.
pub fn count(conditions: impl IntoIterator<Item = Known<bool>>) -> Known<i64> {
    let mut total = Ok(0);
    for condition in conditions {
        total = pair(total, condition).map(|(total, holds)| total + i64::from(holds));
    }
    total
}

fn pair<A, B>(a: Known<A>, b: Known<B>) -> Known<(A, B)> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(a), Err(b)) => Err(a.and(b)),
        (Err(unknown), Ok(_)) | (Ok(_), Err(unknown)) => Err(unknown),
    }
}

/// All values of a tuple, or everything that is missing for any of them.
pub trait All {
    /// The tuple of plain values.
    type Values;
    /// The values, or all absences together.
    fn all(self) -> Known<Self::Values>;
}

/// All values, or everything that is missing for any of them: never `a? + b?`, which would ask for `a` alone.
pub fn all<T: All>(values: T) -> Known<T::Values> {
    values.all()
}

macro_rules! all_of_tuple {
    ($($name:ident),+; $last:ident) => {
        impl<$($name,)+ $last> All for ($(Known<$name>,)+ Known<$last>,) {
            type Values = ($($name,)+ $last,);
            #[expect(non_snake_case, reason = "the type parameters name the parts of the tuple")]
            fn all(self) -> Known<Self::Values> {
                let ($($name,)+ $last,) = self;
                let (($($name,)+), $last) = pair(($($name,)+).all(), $last)?;
                Ok(($($name,)+ $last,))
            }
        }
    };
}

impl<A> All for (Known<A>,) {
    type Values = (A,);
    fn all(self) -> Known<(A,)> {
        self.0.map(|a| (a,))
    }
}
all_of_tuple!(A; B);
all_of_tuple!(A, B; C);
all_of_tuple!(A, B, C; D);
all_of_tuple!(A, B, C, D; E);
all_of_tuple!(A, B, C, D, E; F);

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(input: u32) -> Known<bool> {
        Err(Unknown::missing(input, 0))
    }

    #[track_caller]
    fn check(result: Known<bool>, expected: Result<bool, &[u32]>) {
        let shown = result.map_err(|unknown| unknown.absences().iter().map(|a| a.input).collect::<Vec<_>>());
        assert_eq!(shown, expected.map_err(<[u32]>::to_vec));
    }

    #[test]
    fn a_known_false_settles_a_conjunction() {
        check(both(Ok(false), gap(1)), Ok(false));
        check(both(gap(1), Ok(false)), Ok(false));
        check(both(gap(1), Ok(true)), Err(&[1]));
        check(both(gap(2), gap(1)), Err(&[1, 2]));
    }

    #[test]
    fn a_known_true_settles_a_disjunction() {
        check(either(Ok(true), gap(1)), Ok(true));
        check(either(gap(1), Ok(false)), Err(&[1]));
        check(some([gap(1), gap(1), Ok(false)]), Err(&[1]));
        check(every([]), Ok(true));
    }

    #[test]
    fn everything_missing_is_asked_for_at_once() {
        let three: Known<(bool, bool, bool)> = all((gap(3), Ok(true), gap(1)));
        assert_eq!(three.unwrap_err().absences().len(), 2);
        let total = sum([Err(Unknown::missing(1, 0)), Ok(Fen::new(5)), Err(Unknown::missing(1, 1))]);
        assert_eq!(total.unwrap_err().absences().len(), 2);
    }
}
