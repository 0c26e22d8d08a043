//! How much two records agree in a field, and what each degree weighs: the Fellegi-Sunter table.
//!
//! A weight is log2(m / u) in thousandths of a bit, worked out beforehand since no rule has floats. m is how often two
//! records of one person agree so; u how often two records of different persons of one province do.
//!
//! These are estimates for a province of 64 million persons, not measurements, and the fields are taken as independent,
//! which twins are not. INVARIANT: in each field a better degree weighs more, and m and u each add up to 1.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much two names agree; best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NameLevel {
    /// The same characters, but for capitals, spaces and dots.
    Exact,
    /// Other characters with a common reading: 张晓 and 张小.
    SamePinyin,
    /// One character of three or more is other, missing or swapped with its neighbour.
    OneCharacter,
    /// Anything else.
    Different,
    /// Not known of both; says nothing.
    Missing,
}

/// How much two dates of birth agree; best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BirthDateLevel {
    /// The same day.
    Exact,
    /// Day and month have changed places.
    DayMonthSwapped,
    /// One of the eight digits is other.
    OneDigit,
    /// Only the year is the same, as between the lunar (农历) and the civil date.
    SameYear,
    /// Anything else.
    Different,
    /// Not known of both; says nothing.
    Missing,
}

/// Whether the sexes agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SexLevel {
    /// The same.
    Same,
    /// Not the same.
    Different,
    /// Not known of both; says nothing.
    Missing,
}

/// The smallest division in which both live, as far as it is known; best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResidenceLevel {
    /// One village or community (村、社区).
    SameVillage,
    /// One township or street (乡、镇、街道).
    SameTownship,
    /// One county or district (县、区).
    SameCounty,
    /// One city (市).
    SameCity,
    /// Two cities.
    Different,
    /// Not known of both, or of one no more than its province; says nothing.
    Missing,
}

/// Whether the last four characters of the citizens' numbers agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentTailLevel {
    /// All four.
    Same,
    /// Not all four.
    Different,
    /// Not known of both; says nothing.
    Missing,
}

impl NameLevel {
    /// Every degree, best first, without `Missing`.
    pub const COMPARED: [Self; 4] = [Self::Exact, Self::SamePinyin, Self::OneCharacter, Self::Different];

    /// The weight in thousandths of a bit.
    pub const fn weight_millibits(self) -> i64 {
        match self {
            Self::Exact => 12_152,       // m 0.91  u 0.0002
            Self::SamePinyin => 5_644,   // m 0.05  u 0.001
            Self::OneCharacter => 1_585, // m 0.03  u 0.01: brothers and sisters often share two characters of three
            Self::Different => -6_628,   // m 0.01  u 0.9888
            Self::Missing => 0,
        }
    }
}

impl BirthDateLevel {
    /// Every degree, best first, without `Missing`.
    pub const COMPARED: [Self; 5] =
        [Self::Exact, Self::DayMonthSwapped, Self::OneDigit, Self::SameYear, Self::Different];

    /// The weight in thousandths of a bit.
    pub const fn weight_millibits(self) -> i64 {
        match self {
            Self::Exact => 14_214,          // m 0.95  u 0.00005: one day of some fifty years
            Self::DayMonthSwapped => 8_381, // m 0.01  u 0.00003
            Self::OneDigit => 4_322,        // m 0.02  u 0.001
            Self::SameYear => -585,         // m 0.01  u 0.015
            Self::Different => -6_620,      // m 0.01  u 0.98392
            Self::Missing => 0,
        }
    }
}

impl SexLevel {
    /// Every degree, best first, without `Missing`.
    pub const COMPARED: [Self; 2] = [Self::Same, Self::Different];

    /// The weight in thousandths of a bit.
    pub const fn weight_millibits(self) -> i64 {
        match self {
            Self::Same => 986,         // m 0.99  u 0.5
            Self::Different => -5_644, // m 0.01  u 0.5
            Self::Missing => 0,
        }
    }
}

impl ResidenceLevel {
    /// Every degree, best first, without `Missing`.
    pub const COMPARED: [Self; 5] =
        [Self::SameVillage, Self::SameTownship, Self::SameCounty, Self::SameCity, Self::Different];

    /// The weight in thousandths of a bit.
    pub const fn weight_millibits(self) -> i64 {
        match self {
            Self::SameVillage => 13_551, // m 0.60  u 0.00005: one of some twenty thousand
            Self::SameTownship => 7_421, // m 0.12  u 0.0007
            Self::SameCounty => 3_563,   // m 0.13  u 0.011
            Self::SameCity => -193,      // m 0.07  u 0.08
            Self::Different => -3_505,   // m 0.08  u 0.90825: people move
            Self::Missing => 0,
        }
    }
}

impl DocumentTailLevel {
    /// Every degree, best first, without `Missing`.
    pub const COMPARED: [Self; 2] = [Self::Same, Self::Different];

    /// The weight in thousandths of a bit.
    pub const fn weight_millibits(self) -> i64 {
        match self {
            Self::Same => 13_244,      // m 0.97  u 0.0001
            Self::Different => -5_059, // m 0.03  u 0.9999: a second number, or a wrong one that passes the check
            Self::Missing => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thousandths of log2(m / u), rounded: squaring a number between 1 and 2 shows the next binary place of its logarithm.
    fn millibits(m: u32, u: u32) -> i64 {
        let one = 1_u128 << 48;
        let mut rest = (u128::from(m) * one).div_euclid(u128::from(u));
        let (mut logarithm, places) = (0_i64, 20);
        while rest >= 2 * one {
            (rest, logarithm) = (rest >> 1, logarithm + 1);
        }
        while rest < one {
            (rest, logarithm) = (rest << 1, logarithm - 1);
        }
        for _ in 0..places {
            rest = (rest * rest) >> 48;
            let is_set = rest >= 2 * one;
            (rest, logarithm) = (rest >> u32::from(is_set), 2 * logarithm + i64::from(is_set));
        }
        (logarithm * 1000 + (1 << (places - 1))) >> places
    }

    /// The table again, as m and u in hundred-thousandths, from which the weights are worked out.
    #[track_caller]
    fn check(weights: &[i64], estimates: &[(u32, u32)]) {
        let (m, u) = estimates.iter().fold((0, 0), |(m, u), estimate| (m + estimate.0, u + estimate.1));
        assert_eq!((m, u), (100_000, 100_000));
        let exact: Vec<i64> = estimates.iter().map(|(m, u)| millibits(*m, *u)).collect();
        assert_eq!(weights, exact);
        assert!(weights.is_sorted_by(|better, worse| better > worse), "{weights:?}");
    }

    #[test]
    fn each_weight_follows_from_its_estimates_and_falls_with_its_level() {
        check(
            &NameLevel::COMPARED.map(NameLevel::weight_millibits),
            &[(91_000, 20), (5_000, 100), (3_000, 1_000), (1_000, 98_880)],
        );
        check(
            &BirthDateLevel::COMPARED.map(BirthDateLevel::weight_millibits),
            &[(95_000, 5), (1_000, 3), (2_000, 100), (1_000, 1_500), (1_000, 98_392)],
        );
        check(&SexLevel::COMPARED.map(SexLevel::weight_millibits), &[(99_000, 50_000), (1_000, 50_000)]);
        check(
            &ResidenceLevel::COMPARED.map(ResidenceLevel::weight_millibits),
            &[(60_000, 5), (12_000, 70), (13_000, 1_100), (7_000, 8_000), (8_000, 90_825)],
        );
        check(&DocumentTailLevel::COMPARED.map(DocumentTailLevel::weight_millibits), &[(97_000, 10), (3_000, 99_990)]);
    }

    #[test]
    fn the_logarithm_is_to_base_two() {
        assert_eq!(
            (millibits(8, 1), millibits(1, 8), millibits(3, 1), millibits(1, 3)),
            (3_000, -3_000, 1_585, -1_585)
        );
    }

    #[test]
    fn what_is_missing_weighs_nothing() {
        assert_eq!(NameLevel::Missing.weight_millibits(), 0);
        assert_eq!(BirthDateLevel::Missing.weight_millibits(), 0);
        assert_eq!(SexLevel::Missing.weight_millibits(), 0);
        assert_eq!(ResidenceLevel::Missing.weight_millibits(), 0);
        assert_eq!(DocumentTailLevel::Missing.weight_millibits(), 0);
    }
}
