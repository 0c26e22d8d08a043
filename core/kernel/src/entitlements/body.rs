//! Entitlements as they are shown: what is due, to whom, since when, what has changed since, and what may be done now.

use nuan_store::entitlement::Entitlement;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{DecisionId, DeterminationId, EntitlementId, HouseholdId};
use nuan_vocabulary::text::Bilingual;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::content::EntitlementContent;
use crate::benefits::AmountBody;

/// Where an entitlement stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntitlementStanding {
    /// It begins later.
    Coming,
    /// It is due.
    Due,
    /// Nothing is due any more.
    Ended,
}

/// What is due to a household (应享待遇): kind, amount, period, payee, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EntitlementBody {
    /// Its id.
    pub id: EntitlementId,
    /// The decision from which it follows.
    pub decision: DecisionId,
    /// The determination that was decided on.
    pub determination: DeterminationId,
    /// The household.
    pub household: HouseholdId,
    /// The household's county when it was decided.
    pub county: DivisionCode,
    /// The kind of benefit, as the plugin calls it.
    pub kind: String,
    /// Its name for people.
    pub title: Bilingual,
    /// Where it stands today.
    pub standing: EntitlementStanding,
    /// The member whose benefit it is, by the document's own name; the household's, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// For whom it counts, by the document's own names.
    pub persons: Vec<String>,
    /// The member who is paid.
    pub payee: String,
    /// What is due in a month, in fen.
    pub amount_fen_monthly: i64,
    /// What that is the sum of.
    pub amounts: Vec<AmountBody>,
    /// The first day.
    pub starts_on: Date,
    /// The first day on which nothing is due; no end is known, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<Date>,
    /// Who ended it, when, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<EndBody>,
    /// The entitlement that took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<EntitlementId>,
    /// What would have been due, since the determination was corrected: a proposal, nothing is changed by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<CorrectionBody>,
    /// What has changed in the household since and asks for a decision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub concerns: Vec<ConcernBody>,
    /// What the actor may do with it now.
    pub allowed_actions: Vec<String>,
}

/// Who ended an entitlement, when, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EndBody {
    /// Who.
    pub by: String,
    /// When that was said, RFC 3339.
    pub at: String,
    /// Why.
    pub reason: String,
    /// The decision that ended it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionId>,
}

/// What the newest correction of the determination says of an entitlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CorrectionBody {
    /// The determination that corrects the one that was decided on.
    pub determination: DeterminationId,
    /// What is due by it in a month, in fen; 0 where nothing is, absent where nobody can say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_fen_monthly: Option<i64>,
    /// The months that have begun since the entitlement did, and in which it was due.
    pub months: i64,
    /// What was too little (above zero) or too much (below) in a month, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference_fen_monthly: Option<i64>,
    /// The same over all these months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference_fen: Option<i64>,
}

/// Something that has changed since an entitlement was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConcernBody {
    /// What.
    pub what: Concern,
    /// The member, by the document's own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Since which day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
}

/// What may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Concern {
    /// Somebody for whom it counts died.
    MemberDied,
    /// Somebody for whom it counts belongs to the household no more.
    MemberLeft,
    /// The household lives in another county.
    HouseholdMoved,
    /// The household is no more.
    HouseholdEnded,
}

/// What is known of an entitlement beside its row.
pub(super) struct Known {
    pub content: EntitlementContent,
    pub ended: Option<EndBody>,
    pub correction: Option<CorrectionBody>,
    pub concerns: Vec<ConcernBody>,
}

/// An entitlement as it is shown on a day.
pub(super) fn shown(row: &Entitlement, known: Known, today: Date) -> EntitlementBody {
    let Known { content, ended, correction, concerns } = known;
    let is_open = row.ends_on.is_none();
    EntitlementBody {
        id: row.id,
        decision: row.decision_id,
        determination: row.determination_id,
        household: row.household_id,
        county: row.county,
        kind: row.kind.clone(),
        title: content.title,
        standing: standing(row, today),
        member: content.member,
        persons: content.persons.into_iter().map(|covered| covered.reference).collect(),
        payee: content.payee.reference,
        amount_fen_monthly: content.amount_fen_monthly,
        amounts: content.amounts,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        ended,
        superseded_by: row.superseded_by,
        correction,
        concerns,
        allowed_actions: if is_open { vec!["end".to_owned()] } else { Vec::new() },
    }
}

fn standing(row: &Entitlement, today: Date) -> EntitlementStanding {
    if row.ends_on.is_some_and(|ends_on| ends_on <= today || ends_on <= row.starts_on) {
        EntitlementStanding::Ended
    } else if row.starts_on <= today {
        EntitlementStanding::Due
    } else {
        EntitlementStanding::Coming
    }
}

/// The months that have begun by a day and in which something was due. A month counts whole, however few of its days.
pub(super) fn months_due(starts_on: Date, ends_on: Option<Date>, today: Date) -> i64 {
    let last = ends_on.map_or(today, |ends_on| today.min(Date::from_days(ends_on.days() - 1)));
    if last < starts_on {
        return 0;
    }
    i64::from(last.month().months() - starts_on.month().months()) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[track_caller]
    fn check(starts_on: &str, ends_on: Option<&str>, today: &str, months: i64) {
        assert_eq!(months_due(day(starts_on), ends_on.map(day), day(today)), months);
    }

    #[test]
    fn a_month_counts_once_it_has_begun() {
        check("2024-07-01", None, "2024-06-30", 0);
        check("2024-07-01", None, "2024-07-01", 1);
        check("2024-07-01", None, "2024-07-31", 1);
        check("2024-07-01", None, "2024-08-01", 2);
        check("2024-07-01", None, "2025-07-01", 13);
        check("2024-07-01", Some("2024-09-01"), "2024-08-31", 2);
        check("2024-07-01", Some("2024-09-01"), "2024-12-31", 2);
        check("2024-07-01", Some("2024-09-02"), "2024-12-31", 3);
        check("2024-07-01", Some("2024-07-01"), "2024-12-31", 0);
        check("2024-07-15", None, "2024-07-20", 1);
    }
}
