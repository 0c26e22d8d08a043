//! What an official decides about a determination, as it crosses the edge: adopt it, or depart from it with a reason.

use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::KernelError;
use crate::matches::sound_reason;

/// The most that can be decided as due in a month, in fen: a number that every store and caller can hold.
const MOST_FEN: i64 = (1 << 53) - 1;

/// What an official makes of a determination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionAction {
    /// It is adopted: what it says is due becomes due.
    Adopt,
    /// It is departed from, with a reason.
    Depart,
}

/// A decision (审核确认决定) as an official takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionRequest {
    /// Adopt or depart.
    pub action: DecisionAction,
    /// Why, in 1 to 1000 characters; whoever departs has to say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The kinds of benefit that are adopted; all that the rules know there, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<String>>,
    /// What is decided instead, where the determination is departed from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub benefits: Vec<DecidedInstead>,
    /// The `ref` of the member who is paid for the household; the first member, where absent. A member's own benefit is paid
    /// to that member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payee: Option<String>,
    /// The day of the application, where the law lets a benefit begin with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_on: Option<Date>,
}

/// What is decided instead of what the determination says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecidedInstead {
    /// The kind of benefit.
    pub kind: String,
    /// The `ref` of the member whose benefit it is; absent for a benefit of the household.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// What is due in a month, in fen; the benefit is refused, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_i64))]
    pub amount_fen_monthly: Option<i64>,
    /// The `ref`s of the members for whom a household's benefit counts; those whom the determination counts, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persons: Option<Vec<String>>,
}

impl DecisionRequest {
    /// An adoption of everything that a determination says.
    pub const fn adopt() -> Self {
        Self {
            action: DecisionAction::Adopt,
            reason: None,
            kinds: None,
            benefits: Vec::new(),
            payee: None,
            applied_on: None,
        }
    }

    /// The same with a reason in the form in which text is kept, unless the request contradicts itself.
    pub(super) fn sound(mut self, today: Date) -> Result<Self, KernelError> {
        self.reason = match (self.reason, self.action) {
            (Some(reason), _) => Some(sound_reason(&reason)?),
            (None, DecisionAction::Depart) => Some(sound_reason("")?),
            (None, DecisionAction::Adopt) => None,
        };
        let mut mistakes = Vec::new();
        let mut refuse = |code: &str, path: String, detail: &str, hint: &str| {
            mistakes.push(Diagnostic::new(code, path, detail).with_hint(hint));
        };
        match self.action {
            DecisionAction::Adopt if !self.benefits.is_empty() => {
                let hint = "leave `benefits` out, or depart with a reason";
                refuse("NU2606", "/benefits".to_owned(), "what is adopted is as determined", hint);
            }
            DecisionAction::Depart if self.benefits.is_empty() || self.kinds.is_some() => {
                let hint =
                    "name under `benefits` each kind with an amount, or without one to refuse it; leave `kinds` out";
                refuse("NU2606", "/benefits".to_owned(), "a departure says what is decided instead", hint);
            }
            DecisionAction::Adopt | DecisionAction::Depart => {}
        }
        for (n, benefit) in self.benefits.iter().enumerate() {
            if benefit.amount_fen_monthly.is_some_and(|fen| !(1..=MOST_FEN).contains(&fen)) {
                let hint = "write 1 or more; leave the amount out to refuse the benefit";
                let path = format!("/benefits/{n}/amount_fen_monthly");
                refuse("NU2603", path, "this is not an amount that can be due", hint);
            }
            let is_same = |other: &&DecidedInstead| (&other.kind, &other.member) == (&benefit.kind, &benefit.member);
            if self.benefits.iter().take(n).any(|other| is_same(&other)) {
                refuse("NU2608", format!("/benefits/{n}"), "the benefit is decided twice", "name it once");
            }
        }
        if self.applied_on.is_some_and(|day| today < day) {
            refuse("NU2605", "/applied_on".to_owned(), "this day has not come yet", "write the day of the application");
        }
        if mistakes.is_empty() { Ok(self) } else { Err(KernelError::Request(mistakes)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depart(benefits: &[(&str, Option<i64>)]) -> DecisionRequest {
        let instead = |(kind, amount): &(&str, Option<i64>)| DecidedInstead {
            kind: (*kind).to_owned(),
            member: None,
            amount_fen_monthly: *amount,
            persons: None,
        };
        let benefits = benefits.iter().map(instead).collect();
        let reason = Some(" 经查 ".to_owned());
        DecisionRequest { action: DecisionAction::Depart, reason, benefits, ..DecisionRequest::adopt() }
    }

    #[track_caller]
    fn check(request: DecisionRequest, expected: &[(&str, &str)]) {
        let sound = request.sound(Date::parse("2024-07-01").unwrap());
        let mistakes = match &sound {
            Ok(_) => &[],
            Err(error) => error.diagnostics(),
        };
        let found: Vec<(&str, &str)> =
            mistakes.iter().map(|mistake| (mistake.code.as_str(), mistake.path.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_request_that_contradicts_itself_is_refused() {
        check(DecisionRequest::adopt(), &[]);
        check(depart(&[("a", Some(1)), ("b", None)]), &[]);
        check(DecisionRequest { reason: None, ..depart(&[("a", Some(1))]) }, &[("NU2519", "/reason")]);
        check(depart(&[]), &[("NU2606", "/benefits")]);
        check(DecisionRequest { kinds: Some(Vec::new()), ..depart(&[("a", None)]) }, &[("NU2606", "/benefits")]);
        let adopted = DecisionRequest { action: DecisionAction::Adopt, ..depart(&[("a", None)]) };
        check(adopted, &[("NU2606", "/benefits")]);
        let amounts = depart(&[("a", Some(0)), ("b", Some(-1)), ("c", Some(MOST_FEN + 1)), ("d", Some(MOST_FEN))]);
        let places = [0, 1, 2].map(|n| format!("/benefits/{n}/amount_fen_monthly"));
        check(amounts, &places.each_ref().map(|place| ("NU2603", place.as_str())));
        check(depart(&[("a", Some(1)), ("a", None)]), &[("NU2608", "/benefits/1")]);
        let applied = |day: &str| DecisionRequest { applied_on: Date::parse(day).ok(), ..DecisionRequest::adopt() };
        check(applied("2024-07-01"), &[]);
        check(applied("2024-07-02"), &[("NU2605", "/applied_on")]);
    }

    #[test]
    fn a_reason_is_kept_in_one_form() {
        let sound = depart(&[("a", None)]).sound(Date::parse("2024-07-01").unwrap()).unwrap();
        assert_eq!(sound.reason.as_deref(), Some("经查"));
    }
}
