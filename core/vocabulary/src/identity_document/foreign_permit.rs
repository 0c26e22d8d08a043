//! The number on a foreign permanent resident's card (外国人永久居留身份证), in its present and its old form.

use std::str::FromStr;

use jiff::civil::Date;

use super::number_text::{half_width, masked, personal_number};
use crate::citizen_id::gb11643::{birth_date, has_right_check_character, is_province};

/// A valid number. It is personal: `Debug` and `Display` show a mask, serialization writes it whole.
///
/// Since December 2023: `9`, province (2), country of nationality (ISO 3166, 3 digits), date of birth (8), order (3) and
/// the check character of GB 11643. Before: three letters and twelve digits, which this type keeps as they are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ForeignPermit {
    number: String,
    birth_date: Option<Date>,
}

/// What is wrong with the number of a foreign permanent resident's card. Never holds the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForeignPermitError {
    /// Neither form.
    #[error(
        "a foreign permanent resident's number is 9, a province and 15 more characters, or 3 letters and 12 digits"
    )]
    Form,
    /// A day the calendar does not have, or one too long ago.
    #[error("the foreign permanent resident's number states no real date of birth")]
    BirthDate,
    /// The last character does not fit the others: most often a typing error.
    #[error("the check character of the foreign permanent resident's number does not fit its digits")]
    CheckCharacter,
}

impl ForeignPermit {
    /// The number itself. Calling this is a deliberate act: nothing that is logged or shown in lists may do it.
    pub fn reveal(&self) -> &str {
        &self.number
    }

    /// The number with its ends only: 4 and 4 characters, of the old form 3 and 2.
    pub fn masked(&self) -> String {
        if is_old_form(&self.number) { masked(&self.number, 3, 2) } else { masked(&self.number, 4, 4) }
    }

    /// The date of birth as the number states it; the old form is not read.
    pub fn birth_date(&self) -> Option<Date> {
        self.birth_date
    }
}

impl FromStr for ForeignPermit {
    type Err = ForeignPermitError;

    /// Reads a number as people type it: full-width characters, small letters, spaces around it.
    fn from_str(text: &str) -> Result<Self, ForeignPermitError> {
        let number = half_width(text);
        if is_old_form(&number) {
            return Ok(Self { number, birth_date: None });
        }
        if !is_present_form(&number) {
            return Err(ForeignPermitError::Form);
        }
        let birth_date = birth_date(&number).ok_or(ForeignPermitError::BirthDate)?;
        if !has_right_check_character(&number) {
            return Err(ForeignPermitError::CheckCharacter);
        }
        Ok(Self { number, birth_date: Some(birth_date) })
    }
}

personal_number!(
    ForeignPermit,
    "^(9[0-9]{16}[0-9Xx]|[A-Za-z]{3}[0-9]{12})$",
    "The number of a foreign permanent resident's card (外国人永久居留身份证): 18 characters, 15 in the old form."
);

fn is_present_form(number: &str) -> bool {
    let digits = number.strip_suffix('X').unwrap_or(number);
    let is_number = number.len() == 18 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number && number.starts_with('9') && number.get(1..3).is_some_and(is_province)
}

fn is_old_form(number: &str) -> bool {
    number.len() == 15
        && number.split_at_checked(3).is_some_and(|(letters, digits)| {
            letters.bytes().all(|byte| byte.is_ascii_uppercase()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_present_form_states_the_birth_date() {
        let permit: ForeignPermit = " ９11840198503150016".parse().unwrap();
        assert_eq!(permit.reveal(), "911840198503150016");
        assert_eq!(permit.birth_date(), Some(date(1985, 3, 15)));
        assert_eq!(format!("{permit} {permit:?}"), "9118**********0016 ForeignPermit(9118**********0016)");
    }

    #[test]
    fn the_old_form_is_opaque() {
        let permit: ForeignPermit = "usa110085031501".parse().unwrap();
        assert_eq!((permit.reveal(), permit.birth_date()), ("USA110085031501", None));
        assert_eq!(permit.masked(), "USA**********01");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, error) in [
            ("", ForeignPermitError::Form),
            ("999999198001010011", ForeignPermitError::Form),
            ("11010519491231002X", ForeignPermitError::Form),
            ("US1110085031501", ForeignPermitError::Form),
            ("永久11008503150", ForeignPermitError::Form),
            ("911840198502300016", ForeignPermitError::BirthDate),
            ("911840198503150017", ForeignPermitError::CheckCharacter),
        ] {
            assert_eq!(text.parse::<ForeignPermit>(), Err(error), "{text}");
        }
    }

    #[test]
    fn one_wrong_character_is_always_refused() {
        let number = "911840198503150016";
        for (place, right) in number.char_indices() {
            for wrong in "0123456789X".chars().filter(|wrong| *wrong != right) {
                let mut changed = number.to_owned();
                changed.replace_range(place..=place, &wrong.to_string());
                assert!(changed.parse::<ForeignPermit>().is_err(), "{changed} passes");
            }
        }
    }
}
