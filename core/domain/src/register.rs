//! The register: what is kept of households and persons, how it changes, and what a change touches.
//!
//! Not here: who may change it, approval, encryption, storage, or a rule. A change is checked and applied to values; the
//! kernel does the rest.
//!
//! INVARIANT: nothing that was known is ever taken away. A change adds, dated by the instant at which it became known.

mod apply;
mod assembly;
mod change;
mod conflicts;
mod correcting;
mod difference;
mod history;
mod joining;
mod leaving;
mod parts;
mod touched;

#[cfg(test)]
mod tests;

pub use self::apply::{Applied, Current, apply, civil_day};
pub use self::assembly::{MemberParts, Parts, View, assemble, split};
pub use self::change::{Certainty, Change, ChangeProposal, JoiningPerson, LeaveReason, NewStatement};
pub use self::conflicts::Conflict;
pub use self::difference::{Difference, Touched, differences, touched};
pub use self::parts::{
    Ended, Ending, FormerDivision, FormerParticulars, HouseholdPart, Membership, NotAnInstant, Object, PersonPart,
    RecordedAt, SplitFrom, SupersededList,
};
pub use self::touched::touched_outputs;
