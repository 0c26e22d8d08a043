//! Administrative divisions (行政区划): GB/T 2260 codes of six digits, nine for a township, twelve for a village.
//!
//! This is the code and its place in the hierarchy, *not* a table of names: historic and invented codes are valid, because
//! a citizen id keeps the code of its first registration for life.
//!
//! INVARIANT: one division has one value. Codes padded with zeros, as statistical tables print them, become the short form.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A division from the nation (`000000`) down to a village (`330106109001`).
///
/// Ordered so that a division stands directly before everything inside it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DivisionCode(u64); // always the twelve-digit form

/// How high a division stands, from the whole country down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DivisionLevel {
    /// The whole country (全国).
    Nation,
    /// 省、自治区、直辖市.
    Province,
    /// 地级市、地区、自治州.
    City,
    /// 县、县级市、区.
    County,
    /// 乡、镇、街道.
    Township,
    /// 村、社区.
    Village,
}

/// What is wrong with a division code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DivisionCodeError {
    /// Neither six, nine nor twelve characters.
    #[error("a division code has 6, 9 or 12 digits, not {found} characters")]
    Length {
        /// How many characters there were.
        found: usize,
    },
    /// Something else than the digits 0 to 9.
    #[error("a division code consists of digits only")]
    Character,
    /// A lower level without a province.
    #[error("a division code other than the nation's starts with a province")]
    Province,
}

impl DivisionCode {
    /// The whole country, `000000`: where national law and its parameters apply.
    pub const NATION: Self = Self(0);

    /// How high the division stands.
    pub fn level(self) -> DivisionLevel {
        use DivisionLevel::{City, County, Nation, Province, Township, Village};
        let highest_first = [Nation, Province, City, County, Township];
        highest_first.into_iter().find(|level| self.within(*level) == self).unwrap_or(Village)
    }

    /// The next division up; the nation has none.
    pub fn parent(self) -> Option<Self> {
        let above = match self.level() {
            DivisionLevel::Nation => return None,
            DivisionLevel::Province => DivisionLevel::Nation,
            DivisionLevel::City => DivisionLevel::Province,
            DivisionLevel::County => DivisionLevel::City,
            DivisionLevel::Township => DivisionLevel::County,
            DivisionLevel::Village => DivisionLevel::Township,
        };
        Some(self.within(above))
    }

    /// This division, then each one it lies in, up to the nation: the order in which a local rule prevails.
    ///
    /// A county directly under its province (`460003`) has no city in its chain.
    pub fn chain(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |division| division.parent())
    }

    /// Whether `other` is this division or lies in it.
    pub fn contains(&self, other: &Self) -> bool {
        other.within(self.level()) == *self
    }

    /// The county this division is or lies in.
    pub fn county(self) -> Option<Self> {
        self.at(DivisionLevel::County)
    }

    /// The city this division is or lies in.
    pub fn city(self) -> Option<Self> {
        self.at(DivisionLevel::City)
    }

    /// The province this division is or lies in.
    pub fn province(self) -> Option<Self> {
        self.at(DivisionLevel::Province)
    }

    fn at(self, level: DivisionLevel) -> Option<Self> {
        Some(self.within(level)).filter(|division| division.level() == level)
    }

    /// Every digit below `level` set to zero.
    fn within(self, level: DivisionLevel) -> Self {
        Self(self.0 - self.0.rem_euclid(level.span()))
    }
}

impl DivisionLevel {
    /// The number of twelve-digit codes that one division of this level covers.
    const fn span(self) -> u64 {
        match self {
            Self::Nation => 1_000_000_000_000,
            Self::Province => 10_000_000_000,
            Self::City => 100_000_000,
            Self::County => COUNTY_SPAN,
            Self::Township => TOWNSHIP_SPAN,
            Self::Village => 1,
        }
    }
}

const COUNTY_SPAN: u64 = 1_000_000;
const TOWNSHIP_SPAN: u64 = 1_000;

impl FromStr for DivisionCode {
    type Err = DivisionCodeError;

    fn from_str(text: &str) -> Result<Self, DivisionCodeError> {
        let span = match text.chars().count() {
            6 => COUNTY_SPAN,
            9 => TOWNSHIP_SPAN,
            12 => 1,
            found => return Err(DivisionCodeError::Length { found }),
        };
        let digits = text.chars().try_fold(0, |value, character| Some(value * 10 + u64::from(character.to_digit(10)?)));
        let code = Self(digits.ok_or(DivisionCodeError::Character)? * span);
        if code != Self::NATION && code.province().is_none() {
            return Err(DivisionCodeError::Province);
        }
        Ok(code)
    }
}

impl TryFrom<String> for DivisionCode {
    type Error = DivisionCodeError;

    fn try_from(text: String) -> Result<Self, DivisionCodeError> {
        text.parse()
    }
}

impl From<DivisionCode> for String {
    fn from(code: DivisionCode) -> Self {
        code.to_string()
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level() {
            DivisionLevel::Village => write!(f, "{:012}", self.0),
            DivisionLevel::Township => write!(f, "{:09}", self.0.div_euclid(TOWNSHIP_SPAN)),
            _ => write!(f, "{:06}", self.0.div_euclid(COUNTY_SPAN)),
        }
    }
}

impl fmt::Debug for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DivisionCode({self})")
    }
}

impl JsonSchema for DivisionCode {
    fn schema_name() -> Cow<'static, str> {
        "DivisionCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A division (行政区划代码, GB/T 2260): 6 digits, 9 for a township, 12 for a village; 000000 is the nation.",
            "pattern": "^(000000(000){0,2}|(0[1-9]|[1-9][0-9])[0-9]{4}([0-9]{3}){0,2})$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::DivisionLevel::{City, County, Nation, Province, Township, Village};
    use super::*;
    use proptest::prelude::*;

    fn code(text: &str) -> DivisionCode {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(text: &str, level: DivisionLevel, chain: &[&str]) {
        let division = code(text);
        assert_eq!(division.level(), level);
        assert_eq!(division.chain().map(String::from).collect::<Vec<_>>(), chain);
    }

    #[test]
    fn each_level_has_its_chain_up_to_the_nation() {
        check("000000", Nation, &["000000"]);
        check("330000", Province, &["330000", "000000"]);
        check("330100", City, &["330100", "330000", "000000"]);
        check("330106", County, &["330106", "330100", "330000", "000000"]);
        check("330106109", Township, &["330106109", "330106", "330100", "330000", "000000"]);
        check("330106109001", Village, &["330106109001", "330106109", "330106", "330100", "330000", "000000"]);
        check("999901", County, &["999901", "999900", "990000", "000000"]);
    }

    #[test]
    fn a_county_directly_under_its_province_has_no_city() {
        check("460003", County, &["460003", "460000", "000000"]);
        assert_eq!(code("460003").city(), None);
        assert_eq!(code("460003").province(), Some(code("460000")));
    }

    #[test]
    fn padded_codes_are_the_same_division() {
        for padded in ["330106000", "330106000000"] {
            assert_eq!(code(padded), code("330106"));
            assert_eq!(code(padded).to_string(), "330106");
        }
        assert_eq!(code("000000000000"), DivisionCode::NATION);
    }

    #[test]
    fn a_division_contains_itself_and_what_lies_in_it() {
        for (outer, inner, expected) in [
            ("330106", "330106", true),
            ("330100", "330106109001", true),
            ("000000", "330106", true),
            ("330106", "330100", false),
            ("330106", "330107", false),
            ("330000", "340000", false),
            ("330000", "000000", false),
        ] {
            assert_eq!(code(outer).contains(&code(inner)), expected, "{outer} contains {inner}");
        }
    }

    #[test]
    fn the_division_at_a_level_is_known_from_below_only() {
        let village = code("330106109001");
        assert_eq!(village.county(), Some(code("330106")));
        assert_eq!(village.city(), Some(code("330100")));
        assert_eq!(village.province(), Some(code("330000")));
        assert_eq!(code("330100").county(), None);
        assert_eq!(DivisionCode::NATION.province(), None);
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for (text, error) in [
            ("", DivisionCodeError::Length { found: 0 }),
            ("33", DivisionCodeError::Length { found: 2 }),
            ("3301061", DivisionCodeError::Length { found: 7 }),
            ("33010a", DivisionCodeError::Character),
            ("+30106", DivisionCodeError::Character),
            ("３３０１０６", DivisionCodeError::Character),
            ("000106", DivisionCodeError::Province),
            ("000000001", DivisionCodeError::Province),
        ] {
            assert_eq!(text.parse::<DivisionCode>(), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_and_json_come_back(digits in "[1-9][0-9]{5}([0-9]{3}){0,2}") {
            let division = code(&digits);
            prop_assert_eq!(code(&division.to_string()), division);
            let json = serde_json::to_string(&division).unwrap();
            prop_assert_eq!(serde_json::from_str::<DivisionCode>(&json).unwrap(), division);
            prop_assert!(division.chain().all(|upper| upper.contains(&division)));
            prop_assert!(division.chain().collect::<Vec<_>>().is_sorted_by(|lower, upper| lower > upper));
        }
    }
}
