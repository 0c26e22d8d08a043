//! Money and ratios, exact. Not a decimal library: amounts are whole fen, ratios whole parts per million.
//!
//! INVARIANT: no float, and every operation that could leave the range says so.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The result would not be an amount that every store, column and script can hold (2^53 − 1 fen).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the amount is out of range")]
pub struct OutOfRange;

/// The text is not an amount of yuan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an amount in yuan")]
pub struct NotAnAmount(pub String);

/// An amount of money in fen (分). The range is that of a JavaScript integer, ±(2^53 − 1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Fen(i64);

const LIMIT: i64 = (1 << 53) - 1;
/// Factors below this never overflow an `i64` product; the check is cheap on wasm32, where `checked_mul` is not.
const SMALL: i64 = 1 << 31;

/// The product, if it can be held. Both fast and slow path give the same answer.
fn product(a: i64, b: i64) -> Result<i64, OutOfRange> {
    if (-SMALL..SMALL).contains(&a) && (-SMALL..SMALL).contains(&b) {
        return Ok(a * b);
    }
    a.checked_mul(b).ok_or(OutOfRange)
}

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many fen; use [`Fen::checked`] for a number from outside.
    pub const fn new(fen: i64) -> Self {
        Self(fen)
    }

    /// So many fen, if that is in range.
    pub fn checked(fen: i64) -> Result<Self, OutOfRange> {
        if (-LIMIT..=LIMIT).contains(&fen) { Ok(Self(fen)) } else { Err(OutOfRange) }
    }

    /// Reads yuan as people write them: `1216`, `1216.5`, `-0.01`. More than two decimals are refused.
    pub fn parse_yuan(text: &str) -> Result<Self, NotAnAmount> {
        let refuse = || NotAnAmount(text.chars().take(40).collect());
        let fen = parse_decimal(text, 2).ok_or_else(refuse)?;
        Self::checked(fen).map_err(|_| refuse())
    }

    /// The number of fen.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Result<Self, OutOfRange> {
        Self::checked(self.0.checked_add(other.0).ok_or(OutOfRange)?)
    }

    /// The difference; it may be negative.
    pub fn minus(self, other: Self) -> Result<Self, OutOfRange> {
        Self::checked(self.0.checked_sub(other.0).ok_or(OutOfRange)?)
    }

    /// So many times the amount.
    pub fn times(self, factor: i64) -> Result<Self, OutOfRange> {
        Self::checked(product(self.0, factor)?)
    }

    /// One part of `parts`, rounded once by a named rounding.
    pub fn divide(self, parts: i64, rounding: Rounding) -> Result<Self, OutOfRange> {
        rounding.quotient(self.0, parts)
    }

    /// The exact share, for comparisons and a single rounding at the end.
    pub fn times_ratio(self, ratio: Ratio) -> Result<Exact, OutOfRange> {
        Ok(Exact(product(self.0, ratio.0)?))
    }

    /// The same amount with six more decimals.
    pub fn exact(self) -> Result<Exact, OutOfRange> {
        self.times_ratio(Ratio::ONE)
    }
}

/// Yuan with two decimals: `1216.00`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen.div_euclid(100), fen.rem_euclid(100))
    }
}

/// A ratio in parts per million: 0.5 is 500,000, twice is 2,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Ratio(i64);

impl Ratio {
    /// One whole.
    pub const ONE: Self = Self(1_000_000);

    /// So many parts per million.
    pub const fn from_millionths(parts: i64) -> Self {
        Self(parts)
    }

    /// Reads a decimal as people write it: `0.5`, `1.3`, `24`. At most six decimals.
    pub fn parse(text: &str) -> Option<Self> {
        parse_decimal(text, 6).map(Self)
    }

    /// Parts per million.
    pub const fn millionths(self) -> i64 {
        self.0
    }
}

/// The shortest decimal: `0.5`, `24`.
impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let parts = self.0.unsigned_abs();
        let decimals = format!("{:06}", parts.rem_euclid(1_000_000));
        let decimals = decimals.trim_end_matches('0');
        let point = if decimals.is_empty() { "" } else { "." };
        write!(f, "{sign}{}{point}{decimals}", parts.div_euclid(1_000_000))
    }
}

/// An exact amount in millionths of a fen, on the way from a ratio to a comparison or to one rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(i64);

impl Exact {
    /// The sum.
    pub fn plus(self, other: Self) -> Result<Self, OutOfRange> {
        self.0.checked_add(other.0).map(Self).ok_or(OutOfRange)
    }

    /// The difference.
    pub fn minus(self, other: Self) -> Result<Self, OutOfRange> {
        self.0.checked_sub(other.0).map(Self).ok_or(OutOfRange)
    }

    /// So many times the amount.
    pub fn times(self, factor: i64) -> Result<Self, OutOfRange> {
        product(self.0, factor).map(Self)
    }

    /// Whole fen again, rounded once.
    pub fn round(self, rounding: Rounding) -> Result<Fen, OutOfRange> {
        rounding.quotient(self.0, Ratio::ONE.0)
    }

    /// One part of `parts` in whole fen, rounded once.
    pub fn divide(self, parts: i64, rounding: Rounding) -> Result<Fen, OutOfRange> {
        rounding.quotient(self.0, product(Ratio::ONE.0, parts)?)
    }
}

/// How a rule rounds. Always up, in the household's favour; what differs by place is the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Up to the fen (分).
    UpToFen,
    /// Up to the jiao (角).
    UpToJiao,
    /// Up to the yuan (元).
    UpToYuan,
}

impl Rounding {
    const fn unit(self) -> i64 {
        match self {
            Self::UpToFen => 1,
            Self::UpToJiao => 10,
            Self::UpToYuan => 100,
        }
    }

    fn quotient(self, dividend: i64, divisor: i64) -> Result<Fen, OutOfRange> {
        let step = product(divisor, self.unit())?;
        if step <= 0 {
            return Err(OutOfRange);
        }
        let down = dividend.div_euclid(step);
        let up = if dividend.rem_euclid(step) == 0 { down } else { down + 1 };
        Fen::checked(product(up, self.unit())?)
    }
}

/// `[-]digits[.digits]` as an integer of the given number of decimals.
fn parse_decimal(text: &str, decimals: usize) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let valid = |s: &str| !s.is_empty() && s.len() <= 16 && s.bytes().all(|b| b.is_ascii_digit());
    if !valid(whole) || !valid(part) || part.len() > decimals {
        return None;
    }
    let scale = 10_i64.checked_pow(u32::try_from(decimals).ok()?)?;
    let part: i64 = format!("{part:0<decimals$}").parse().ok()?;
    let value = whole.parse::<i64>().ok()?.checked_mul(scale)?.checked_add(part)?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_yuan(text: &str, fen: Option<i64>) {
        assert_eq!(Fen::parse_yuan(text).ok().map(Fen::get), fen, "{text}");
    }

    #[test]
    fn yuan_are_read_exactly() {
        check_yuan("1216.00", Some(121_600));
        check_yuan("0.5", Some(50));
        check_yuan("-0.01", Some(-1));
        check_yuan("12", Some(1_200));
        for refused in ["", ".", "1.", ".5", "1.005", "1e3", "1,000.00", "+1", "９", "90071992547409.92"] {
            check_yuan(refused, None);
        }
        check_yuan("90071992547409.91", Some(LIMIT));
    }

    #[test]
    fn one_fen_of_annual_gap_pays_one_fen_a_month() {
        assert_eq!(Fen::new(1).divide(12, Rounding::UpToFen), Ok(Fen::new(1)));
        assert_eq!(Fen::new(12).divide(12, Rounding::UpToFen), Ok(Fen::new(1)));
        assert_eq!(Fen::new(13).divide(12, Rounding::UpToFen), Ok(Fen::new(2)));
        assert_eq!(Fen::new(13).divide(12, Rounding::UpToYuan), Ok(Fen::new(100)));
        assert_eq!(Fen::new(13).divide(0, Rounding::UpToFen), Err(OutOfRange));
    }

    #[test]
    fn a_ratio_stays_exact_until_it_is_rounded() {
        let half = Ratio::parse("0.5").unwrap();
        assert_eq!(Fen::new(3).times_ratio(half).unwrap().round(Rounding::UpToFen), Ok(Fen::new(2)));
        assert!(Fen::new(3).times_ratio(half).unwrap() > Fen::new(1).exact().unwrap());
        assert_eq!(Ratio::parse("1.3").unwrap().to_string(), "1.3");
        assert_eq!(Ratio::parse("24").unwrap().to_string(), "24");
        assert_eq!(Ratio::parse("1.0000001"), None);
    }

    #[test]
    fn the_range_is_held() {
        assert_eq!(Fen::new(LIMIT).plus(Fen::new(1)), Err(OutOfRange));
        assert_eq!(Fen::new(LIMIT).times(2), Err(OutOfRange));
        assert_eq!(Fen::new(i64::MAX >> 1).times(4), Err(OutOfRange));
        assert_eq!(Fen::new(-LIMIT).minus(Fen::new(1)), Err(OutOfRange));
        assert_eq!(Fen::new(i64::MAX).plus(Fen::new(i64::MAX)), Err(OutOfRange), "it would wrap to −2");
        assert_eq!(Fen::new(i64::MIN).minus(Fen::new(i64::MAX)), Err(OutOfRange));
    }

    proptest::proptest! {
        #[test]
        fn what_is_shown_is_read_back(fen in -LIMIT..=LIMIT) {
            proptest::prop_assert_eq!(Fen::parse_yuan(&Fen::new(fen).to_string()), Ok(Fen::new(fen)));
        }

        #[test]
        fn parts_never_sum_to_less_than_the_whole(fen in 0_i64..1_000_000_000_000, parts in 1_i64..400) {
            let part = Fen::new(fen).divide(parts, Rounding::UpToFen).unwrap();
            let sum = part.times(parts).unwrap();
            proptest::prop_assert!(sum >= Fen::new(fen) && sum.get() - fen < parts);
        }
    }
}
