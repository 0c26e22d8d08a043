//! Exact decimals: what people write in a cell, and what a spreadsheet shows for the double that it stores.
//!
//! No double is ever reckoned with: it is written out in the fifteen digits that a spreadsheet keeps, and read again as text.

use std::fmt;

/// How many digits a spreadsheet keeps of a number.
const DIGITS_KEPT: usize = 15;

/// An exact decimal without needless zeros.
#[derive(Clone, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Decimal {
    /// Reads `-1,216.50`: ASCII or full-width, thousands in groups of three, no exponent.
    pub fn parse(text: &str) -> Option<Self> {
        let text = half_width(text);
        let (negative, text) = text.strip_prefix('-').map_or((false, text.as_str()), |rest| (true, rest));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let whole = ungrouped(whole)?;
        (is_digits(&whole) && is_digits(fraction)).then(|| Self::new(negative, &whole, fraction))
    }

    /// What a spreadsheet shows for a double; `None` where it holds more digits than a spreadsheet keeps, or is no number.
    pub fn shown(value: f64) -> Option<Self> {
        let written = format!("{value:.precision$e}", precision = DIGITS_KEPT - 1);
        let (mantissa, exponent) = written.split_once('e')?;
        let exponent: i32 = exponent.parse().ok()?;
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        let negative = mantissa.starts_with('-');
        if exponent < 0 {
            let zeros = usize::try_from(exponent.unsigned_abs()).ok()? - 1;
            return Some(Self::new(negative, "0", &format!("{}{digits}", "0".repeat(zeros))));
        }
        let places = usize::try_from(exponent).ok()? + 1;
        let (whole, fraction) = digits.split_at_checked(places)?;
        Some(Self::new(negative, whole, fraction))
    }

    fn new(negative: bool, whole: &str, fraction: &str) -> Self {
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0').to_owned();
        let negative = negative && !(whole.is_empty() && fraction.is_empty());
        Self { negative, whole: if whole.is_empty() { "0".to_owned() } else { whole.to_owned() }, fraction }
    }

    /// The decimal with its point so many places further right.
    #[must_use]
    pub fn shifted(&self, places: usize) -> Self {
        let padded = format!("{:0<places$}", self.fraction);
        let (more, rest) = padded.split_at_checked(places).unwrap_or((&padded, ""));
        Self::new(self.negative, &format!("{}{more}", self.whole), rest)
    }

    /// The whole number, where it is one.
    pub fn integer(&self) -> Option<i64> {
        if self.fraction.is_empty() { self.to_string().parse().ok() } else { None }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, point) = (if self.negative { "-" } else { "" }, if self.fraction.is_empty() { "" } else { "." });
        write!(f, "{sign}{}{point}{}", self.whole, self.fraction)
    }
}

/// The text trimmed, with the full-width characters of Chinese input methods as ASCII.
pub fn half_width(text: &str) -> String {
    let narrow = |letter: char| match letter {
        '！'..='～' => char::from_u32(u32::from(letter) - FULL_WIDTH_OFFSET).unwrap_or(letter),
        '\u{3000}' => ' ',
        other => other,
    };
    text.trim().chars().map(narrow).collect()
}

/// The distance between `！` and `!` in Unicode, the same for each of the 94 printable characters.
const FULL_WIDTH_OFFSET: u32 = 0xFEE0;

/// Whether a text stands for a number whose digits a spreadsheet has thrown away: `3.30106E+17`.
pub fn has_lost_digits(text: &str) -> bool {
    let text = half_width(text);
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    exponent.strip_prefix('+').is_some_and(is_digits) && is_digits(whole) && is_digits(fraction)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits without separators of thousands, which stand at every third place or nowhere: `1,5` is no fifteen.
fn ungrouped(text: &str) -> Option<String> {
    let mut groups = text.split(',');
    let first = groups.next()?;
    let mut groups = groups.peekable();
    if groups.peek().is_some() && !(1..=3).contains(&first.len()) {
        return None;
    }
    groups.try_fold(first.to_owned(), |digits, group| (group.len() == 3).then(|| digits + group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(Decimal::parse(text).map(|decimal| decimal.to_string()).as_deref(), expected, "{text}");
    }

    #[test]
    fn decimals_are_read_as_people_write_them() {
        check("1216", Some("1216"));
        check(" 1,216.50 ", Some("1216.5"));
        check("１２１６．５", Some("1216.5"));
        check("-0.01", Some("-0.01"));
        check("-0", Some("0"));
        check("007", Some("7"));
        for wrong in ["", "-", "1,5", "1216,", "12.", ".5", "1.2.3", "1e3", "1 000", "1000,000", "约1000"] {
            check(wrong, None);
        }
    }

    #[track_caller]
    fn check_shown(value: f64, expected: Option<&str>) {
        assert_eq!(Decimal::shown(value).map(|decimal| decimal.to_string()).as_deref(), expected, "{value}");
    }

    #[test]
    fn a_double_is_what_the_spreadsheet_shows() {
        check_shown(0.0, Some("0"));
        check_shown(-0.0, Some("0"));
        check_shown(0.300_000_000_000_000_04, Some("0.3"));
        check_shown(1216.3, Some("1216.3"));
        check_shown(1216.305, Some("1216.305"));
        check_shown(-24000.0, Some("-24000"));
        check_shown(0.05, Some("0.05"));
        check_shown(0.333_333_333_333_333_3, Some("0.333333333333333"));
        check_shown(f64::NAN, None);
        check_shown(f64::INFINITY, None);
    }

    #[test]
    fn fifteen_digits_are_kept_and_sixteen_are_lost() {
        check_shown(999_999_800_101_001.0, Some("999999800101001"));
        check_shown(999_999_999_999_999.0, Some("999999999999999"));
        check_shown(1_000_000_000_000_000.0, None);
        check_shown(9.999_991_980_010_1e17, None);
    }

    #[test]
    fn every_amount_of_fen_survives_a_double() {
        for fen in (0..2_000_000_u32).step_by(7) {
            let text = format!("{}.{:02}", fen.div_euclid(100), fen.rem_euclid(100));
            let shown = Decimal::shown(text.parse().unwrap()).unwrap();
            assert!(shown == Decimal::parse(&text).unwrap(), "{text}");
        }
    }

    #[test]
    fn the_point_moves_without_loss() {
        let shifted = |text: &str, places| Decimal::parse(text).unwrap().shifted(places).to_string();
        assert_eq!(shifted("2.4", 4), "24000");
        assert_eq!(shifted("2.40005", 4), "24000.5");
        assert_eq!(shifted("0.0001", 4), "1");
        assert_eq!(shifted("0", 4), "0");
        assert_eq!(shifted("59.99", 2), "5999");
        assert_eq!(Decimal::parse("59.995").unwrap().shifted(2).integer(), None);
        assert_eq!(Decimal::parse("-3").unwrap().integer(), Some(-3));
    }

    #[test]
    fn a_number_in_scientific_form_has_lost_digits() {
        for lost in ["9.99999E+17", "9E+17", "9.99999e+17", " 9.99999E+17"] {
            assert!(has_lost_digits(lost), "{lost}");
        }
        for whole in ["999999198001010011", "1E5", "H99999901", "E+17", ""] {
            assert!(!has_lost_digits(whole), "{whole}");
        }
    }
}
