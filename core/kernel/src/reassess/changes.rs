//! What a reassessment changed, counted by programme and county: for every household its determination against the one that
//! was current before. Counts and sums alone; no household shows in them.
//!
//! A programme is the outputs that share a name but for its last word: `milk.status` and `milk.amount` are of `milk`.

use std::collections::BTreeMap;

use nuan_vocabulary::determination::{OutputValue, State};
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::manifest::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Households that moved in one way, and by how much a month all of them together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Moved {
    /// How many households.
    pub households: u64,
    /// The monthly amount after less the one before, in fen, of all of them together.
    pub monthly_fen: i64,
}

/// What changed in one programme in one county.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProgrammeChanges {
    /// The programme.
    pub programme: String,
    /// The county.
    pub county: DivisionCode,
    /// Eligible now, and not before or never determined.
    pub newly_eligible: Moved,
    /// Eligible before, and not now.
    pub no_longer_eligible: Moved,
    /// Eligible before and now, with more.
    pub higher: Moved,
    /// Eligible before and now, with less.
    pub lower: Moved,
    /// Eligible before and now, with the same.
    pub unchanged: Moved,
    /// Nobody can say now; what is known of the amount counts.
    pub undetermined: Moved,
    /// Neither eligible before nor now.
    pub not_eligible: Moved,
    /// The monthly amount of all before, in fen.
    pub monthly_before_fen: i64,
    /// The monthly amount of all now, in fen.
    pub monthly_after_fen: i64,
}

/// How a household moved; the place of its counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    NewlyEligible,
    NoLongerEligible,
    Higher,
    Lower,
    Unchanged,
    Undetermined,
    NotEligible,
}

/// Counters in the order of `Way`, then both sums. A short form, since it is stored with every batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Counters([(u64, i64); 7], i64, i64);

/// Changes by programme and county.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Changes(BTreeMap<String, BTreeMap<DivisionCode, Counters>>);

/// How one household stands in one programme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Standing {
    is_eligible: bool,
    is_undetermined: bool,
    has_status: bool,
    monthly_fen: i64,
    other_fen: i64,
}

impl Changes {
    /// Counts a household of a county.
    pub fn add(&mut self, county: DivisionCode, before: &[OutputValue], after: &[OutputValue]) {
        let (earlier, now) = (standings(before), standings(after));
        for programme in earlier.keys().chain(now.keys().filter(|name| !earlier.contains_key(*name))) {
            let of = |all: &BTreeMap<&str, Standing>| all.get(programme).copied().unwrap_or_default();
            let (before, after) = (of(&earlier), of(&now));
            let counties = match self.0.get_mut(*programme) {
                Some(counties) => counties,
                None => self.0.entry((*programme).to_owned()).or_default(),
            };
            counties.entry(county).or_default().count(way(before, after), before.monthly_fen, after.monthly_fen);
        }
    }

    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, other: Self) {
        for (programme, counties) in other.0 {
            let own = self.0.entry(programme).or_default();
            for (county, counters) in counties {
                own.entry(county).or_default().merge(counters);
            }
        }
    }

    /// As people and partners read it, by programme, then by county.
    pub fn rows(&self) -> Vec<ProgrammeChanges> {
        let rows = self.0.iter().flat_map(|(programme, counties)| {
            counties.iter().map(|(county, counters)| counters.row(programme, *county))
        });
        rows.collect()
    }
}

impl Counters {
    fn count(&mut self, way: Way, before: i64, after: i64) {
        if let Some((households, fen)) = self.0.get_mut(way as usize) {
            *households += 1;
            *fen = fen.saturating_add(after.saturating_sub(before));
        }
        self.1 = self.1.saturating_add(before);
        self.2 = self.2.saturating_add(after);
    }

    fn merge(&mut self, other: Self) {
        for ((households, fen), (more, by)) in self.0.iter_mut().zip(other.0) {
            *households += more;
            *fen = fen.saturating_add(by);
        }
        self.1 = self.1.saturating_add(other.1);
        self.2 = self.2.saturating_add(other.2);
    }

    fn row(&self, programme: &str, county: DivisionCode) -> ProgrammeChanges {
        let moved = self.0.map(|(households, monthly_fen)| Moved { households, monthly_fen });
        let [newly_eligible, no_longer_eligible, higher, lower, unchanged, undetermined, not_eligible] = moved;
        ProgrammeChanges {
            programme: programme.to_owned(),
            county,
            newly_eligible,
            no_longer_eligible,
            higher,
            lower,
            unchanged,
            undetermined,
            not_eligible,
            monthly_before_fen: self.1,
            monthly_after_fen: self.2,
        }
    }
}

/// How the outputs stand, programme by programme; programmes without a status or an entitlement are not counted.
fn standings(outputs: &[OutputValue]) -> BTreeMap<&str, Standing> {
    let mut standings: BTreeMap<&str, Standing> = BTreeMap::new();
    for output in outputs {
        let programme = output.name.rsplit_once('.').map_or(output.name.as_str(), |(programme, _)| programme);
        match output.role {
            Role::Status => {
                let standing = standings.entry(programme).or_default();
                standing.has_status = true;
                standing.is_eligible |= output.state == State::Eligible;
                standing.is_undetermined |= output.state == State::Undetermined;
            }
            Role::Entitlement => {
                let standing = standings.entry(programme).or_default();
                let amount = output.amount_fen.unwrap_or(0);
                let is_monthly = output.per.iter().any(|per| per == "month");
                let sum = if is_monthly { &mut standing.monthly_fen } else { &mut standing.other_fen };
                *sum = sum.saturating_add(amount);
                standing.is_undetermined |= output.state == State::Undetermined;
            }
            _ => {}
        }
    }
    for standing in standings.values_mut().filter(|standing| !standing.has_status) {
        standing.is_eligible = standing.monthly_fen > 0 || standing.other_fen > 0;
    }
    standings
}

fn way(before: Standing, after: Standing) -> Way {
    if after.is_undetermined {
        return Way::Undetermined;
    }
    match (before.is_eligible, after.is_eligible) {
        (false, false) => Way::NotEligible,
        (false, true) => Way::NewlyEligible,
        (true, false) => Way::NoLongerEligible,
        (true, true) => match (after.monthly_fen, after.other_fen).cmp(&(before.monthly_fen, before.other_fen)) {
            std::cmp::Ordering::Greater => Way::Higher,
            std::cmp::Ordering::Less => Way::Lower,
            std::cmp::Ordering::Equal => Way::Unchanged,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Outputs with a status and a monthly amount of one programme, and an amount alone of another.
    fn determined(state: &str, amount: i64, milk: Option<i64>) -> Vec<OutputValue> {
        let output = |name: &str, role: &str, state: &str, amount: Option<i64>| {
            let mut output = json!({ "name": name, "role": role, "state": state, "plugin": "p@1.0.0" });
            if let Some(amount) = amount {
                output["amount_fen"] = amount.into();
                output["per"] = json!(["month"]);
            }
            output
        };
        let mut outputs = vec![
            output("size.count", "intermediate", "known", None),
            output("living.status", "status", state, None),
            output("living.amount", "entitlement", if state == "undetermined" { state } else { "known" }, Some(amount)),
        ];
        outputs.extend(milk.map(|milk| output("milk.amount", "entitlement", "known", Some(milk))));
        serde_json::from_value(outputs.into()).unwrap()
    }

    fn counted(before: Option<Vec<OutputValue>>, after: Vec<OutputValue>) -> Vec<ProgrammeChanges> {
        let mut changes = Changes::default();
        changes.add("999901".parse().unwrap(), &before.unwrap_or_default(), &after);
        changes.rows()
    }

    #[track_caller]
    fn check(
        before: Option<Vec<OutputValue>>,
        after: Vec<OutputValue>,
        expected: fn(&ProgrammeChanges) -> Moved,
        fen: i64,
    ) {
        let rows = counted(before, after);
        let row = rows.iter().find(|row| row.programme == "living").unwrap();
        assert_eq!(expected(row), Moved { households: 1, monthly_fen: fen }, "{row:?}");
        let all = [
            row.newly_eligible,
            row.no_longer_eligible,
            row.higher,
            row.lower,
            row.unchanged,
            row.undetermined,
            row.not_eligible,
        ];
        assert_eq!(all.iter().map(|moved| moved.households).sum::<u64>(), 1);
        let difference = row.monthly_after_fen - row.monthly_before_fen;
        assert_eq!(all.iter().map(|moved| moved.monthly_fen).sum::<i64>(), difference);
    }

    #[test]
    fn a_household_moves_in_one_way() {
        let of = |state: &str, amount| determined(state, amount, None);
        check(None, of("eligible", 500), |row| row.newly_eligible, 500);
        check(Some(of("not_eligible", 0)), of("eligible", 500), |row| row.newly_eligible, 500);
        check(Some(of("undetermined", 0)), of("eligible", 500), |row| row.newly_eligible, 500);
        check(Some(of("eligible", 500)), of("not_eligible", 0), |row| row.no_longer_eligible, -500);
        check(Some(of("eligible", 500)), of("eligible", 501), |row| row.higher, 1);
        check(Some(of("eligible", 500)), of("eligible", 499), |row| row.lower, -1);
        check(Some(of("eligible", 500)), of("eligible", 500), |row| row.unchanged, 0);
        check(Some(of("eligible", 500)), of("undetermined", 0), |row| row.undetermined, -500);
        check(Some(of("not_eligible", 0)), of("not_eligible", 0), |row| row.not_eligible, 0);
        check(None, of("not_eligible", 0), |row| row.not_eligible, 0);
    }

    #[test]
    fn a_programme_with_an_amount_alone_has_whom_it_pays_and_intermediate_outputs_have_nobody() {
        let rows = counted(Some(determined("eligible", 1, Some(0))), determined("eligible", 1, Some(300)));
        let names: Vec<&str> = rows.iter().map(|row| row.programme.as_str()).collect();
        assert_eq!(names, ["living", "milk"]);
        assert_eq!(rows[1].newly_eligible, Moved { households: 1, monthly_fen: 300 });
        let gone = counted(Some(determined("eligible", 1, Some(300))), determined("eligible", 1, None));
        assert_eq!(gone[1].no_longer_eligible, Moved { households: 1, monthly_fen: -300 });
    }

    #[test]
    fn what_is_counted_apart_adds_up_and_is_read_back() {
        let (one, other) = (determined("eligible", 500, None), determined("eligible", 700, Some(30)));
        let (here, there) = ("999901".parse().unwrap(), "999902".parse().unwrap());
        let (mut all, mut first, mut second) = (Changes::default(), Changes::default(), Changes::default());
        first.add(here, &one, &other);
        for county in [there, here] {
            second.add(county, &one, &other);
        }
        for county in [here, there, here] {
            all.add(county, &one, &other);
        }
        first.merge(second);
        assert_eq!(first, all);
        let kept = serde_json::to_string(&first).unwrap();
        assert_eq!(serde_json::from_str::<Changes>(&kept).unwrap(), all);
        assert_eq!(all.rows().len(), 4);
        assert_eq!(all.rows()[0].higher, Moved { households: 2, monthly_fen: 400 });
    }
}
