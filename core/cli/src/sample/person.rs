//! Citizen ids and names of persons that there are not.

use std::collections::BTreeMap;

use nuan_vocabulary::citizen_id::{CitizenId, Sex};
use nuan_vocabulary::date::Date;

use super::distributions::{Cohort, Distributions, Names};
use super::splitmix::SplitMix;
use super::strata::Peers;

/// No real division: whose id begins so is invented.
const NOBODY: &str = "999999";
/// Order codes of one sex and day.
const ORDER_CODES: u64 = 500;

/// All citizen ids of a population, by cohort.
#[derive(Debug)]
pub struct Register(BTreeMap<String, Births>);

/// The births of a cohort and the way its numbers are spread over days and order codes.
#[derive(Clone, Copy, Debug)]
struct Births {
    first: Date,
    numbers: u64,
    women: Spread,
    men: Spread,
}

/// Every number goes to another one, far from its neighbours.
#[derive(Clone, Copy, Debug)]
struct Spread {
    stride: u64,
    offset: u64,
}

impl Register {
    /// The births of every cohort on a date.
    pub fn new(distributions: &Distributions, seed: u64, as_of: Date) -> Self {
        let births = |(name, cohort): (&String, &Cohort)| (name.clone(), Births::new(cohort, name, seed, as_of));
        Self(distributions.cohorts.iter().map(births).collect())
    }

    /// How many persons of one sex a cohort can have.
    pub fn numbers(&self, cohort: &str) -> u64 {
        self.0.get(cohort).map_or(0, |births| births.numbers)
    }

    /// The citizen id of a person; different persons have different ones, as long as there are enough.
    pub fn citizen_id(&self, peers: Peers<'_>, number: u64) -> Option<CitizenId> {
        let births = self.0.get(peers.cohort)?;
        let Spread { stride, offset } = if peers.sex == Sex::Male { births.men } else { births.women };
        let spread = number.wrapping_mul(stride).wrapping_add(offset).checked_rem(births.numbers)?;
        let day = i32::try_from(spread.div_euclid(ORDER_CODES)).ok()?;
        let birth = Date::from_days(births.first.days().saturating_add(day));
        let order = spread.rem_euclid(ORDER_CODES) * 2 + u64::from(peers.sex == Sex::Male);
        let body = format!("{NOBODY}{}{order:03}", birth.to_string().replace('-', ""));
        // The vocabulary alone knows the check: of all characters it accepts one.
        "0123456789X".chars().find_map(|check| format!("{body}{check}").parse().ok())
    }
}

impl Births {
    fn new(cohort: &Cohort, name: &str, seed: u64, as_of: Date) -> Self {
        // Whole months, so that everybody has the age on every day of the as-of month.
        let [least, most] = cohort.ages;
        let first_of = |months: i32| as_of.month().plus(months).first_day();
        let (first, end) = (first_of(1 - 12 * (most + 1)), first_of(-12 * least));
        let numbers = u64::from(end.days().abs_diff(first.days())) * ORDER_CODES;
        let mut random = SplitMix::of(seed, name, 0);
        // Two irrational sections, so that persons in a row differ in age, and spouses by no fixed number of days.
        let (women, men) = (Spread::new(numbers, 618, &mut random), Spread::new(numbers, 414, &mut random));
        Self { first, numbers, women, men }
    }
}

impl Spread {
    /// A step of about so many thousandths that meets every number once.
    fn new(numbers: u64, per_mille: u64, random: &mut SplitMix) -> Self {
        let from = numbers.saturating_mul(per_mille).div_euclid(1_000).max(1);
        let stride = (from..).find(|step| greatest_common_divisor(*step, numbers) == 1).unwrap_or(1);
        Self { stride, offset: random.below(numbers) }
    }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    a.checked_rem(b).map_or(a, |rest| greatest_common_divisor(b, rest))
}

/// A surname and a given name.
pub fn name(names: &Names, surname: &str, sex: Sex, random: &mut SplitMix) -> String {
    let given = match sex {
        Sex::Male => &names.male,
        Sex::Female => &names.female,
    };
    format!("{surname}{}", random.any(given).map_or("", String::as_str))
}
