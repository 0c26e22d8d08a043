//! What GB 11643 says of any number of eighteen characters: the place of the birth date and the check character.
//!
//! Functions over text in ASCII, not a type: citizen ids and the cards of foreign permanent residents both use them.

use jiff::civil;

use crate::date::Date;

/// Whether two digits are a province's in GB/T 2260.
pub(crate) fn is_province(digits: &str) -> bool {
    PROVINCES.contains(&digits)
}

/// The date in places 7 to 14 of an eighteen-character number, where the calendar has it.
pub(crate) fn birth_date(number: &str) -> Option<civil::Date> {
    let year: i16 = number.get(6..10)?.parse().ok()?;
    let month: i8 = number.get(10..12)?.parse().ok()?;
    let day: i8 = number.get(12..14)?.parse().ok()?;
    Date::new(year, month, day).map(civil::Date::from)
}

/// Whether the eighteenth character is the one that follows from the first seventeen.
pub(crate) fn has_right_check_character(number: &str) -> bool {
    number.get(..17).and_then(check_character).is_some_and(|expected| number.ends_with(expected))
}

/// ISO 7064 MOD 11-2 over seventeen digits, as GB 11643 writes it.
pub(crate) fn check_character(digits: &str) -> Option<char> {
    let sum =
        digits.chars().zip(WEIGHTS).try_fold(0, |sum, (digit, weight)| Some(sum + digit.to_digit(10)? * weight))?;
    CHECK_CHARACTERS.chars().nth(usize::try_from(sum % 11).ok()?)
}

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS: &str = "10X98765432";

const PROVINCES: [&str; 32] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71",
];
