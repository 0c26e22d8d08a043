//! Citizen ids (公民身份号码, GB 11643): eighteen characters with a division, a date of birth, a sex and a check character.
//!
//! Residence permits of Hong Kong, Macao and Taiwan residents (港澳台居民居住证) have the same form and live here too.
//! The cards of foreign permanent residents, which share the check only, are a
//! [`ForeignPermit`](crate::identity_document::ForeignPermit).
//!
//! INVARIANT: a `CitizenId` is valid and in its eighteen-character form, so one person has one value.

pub(crate) mod gb11643;

use std::str::FromStr;

use jiff::civil::Date;

use self::gb11643::{birth_date, check_character, has_right_check_character, is_province};
use crate::division::DivisionCode;
use crate::identity_document::number_text::{half_width, masked, personal_number};

/// A valid number of eighteen characters. It is personal: `Debug` and `Display` show `9999**********0011`.
///
/// Serialization writes the whole number, since a number crosses an edge on purpose only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CitizenId {
    number: String,
    division: DivisionCode,
    birth_date: Date,
    sex: Sex,
}

/// Whose number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CitizenIdKind {
    /// A citizen's number (公民身份号码).
    CitizenId,
    /// The number of a residence permit for Hong Kong, Macao and Taiwan residents (港澳台居民居住证).
    ResidencePermit,
}

/// The sex (性别) that the order code of the number states: odd is male.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sex {
    /// 男.
    Male,
    /// 女.
    Female,
}

/// What is wrong with a citizen id. Never holds the number or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CitizenIdError {
    /// Neither eighteen nor fifteen characters.
    #[error("a citizen id has 18 characters, or 15 in its old form, not {found}")]
    Length {
        /// How many characters there were, without the spaces around them.
        found: usize,
    },
    /// Something else than a digit, or than a digit or X at the end.
    #[error("character {position} of the citizen id is neither a digit nor a final X")]
    Character {
        /// The first such character, counted from 1.
        position: usize,
    },
    /// A division code that lies in no province.
    #[error("the citizen id starts with a division code of no province")]
    Division,
    /// The number stands on the card of a foreign permanent resident.
    #[error("the number is that of a foreign permanent resident (外国人永久居留身份证), not a citizen id")]
    ForeignPermit,
    /// A day the calendar does not have, or one too long ago.
    #[error("the citizen id states no real date of birth")]
    BirthDate,
    /// The last character does not fit the others: most often a typing error.
    #[error("the check character of the citizen id does not fit its digits")]
    CheckCharacter,
}

impl CitizenId {
    /// The number itself. Calling this is a deliberate act: nothing that is logged or shown in lists may do it.
    pub fn reveal(&self) -> &str {
        &self.number
    }

    /// The number with its first and last four characters only.
    pub fn masked(&self) -> String {
        masked(&self.number, 4, 4)
    }

    /// Whether a citizen or the holder of a residence permit has the number.
    pub fn kind(&self) -> CitizenIdKind {
        if RESIDENCE_PERMIT_DIVISIONS.iter().any(|division| self.number.starts_with(division)) {
            CitizenIdKind::ResidencePermit
        } else {
            CitizenIdKind::CitizenId
        }
    }

    /// The date of birth as the number states it. A civil date: some Shanghai midnights do not exist.
    ///
    /// It may lie in the future, as this crate has no clock; whoever knows the day compares.
    pub fn birth_date(&self) -> Date {
        self.birth_date
    }

    /// The sex as the number states it.
    pub fn sex(&self) -> Sex {
        self.sex
    }

    /// The division of first registration, possibly a historic code; it does not say where the person lives now.
    pub fn division(&self) -> DivisionCode {
        self.division
    }
}

impl FromStr for CitizenId {
    type Err = CitizenIdError;

    /// Reads a number as people type it: full-width digits, a small x, spaces around it, or the old form of 15 digits.
    fn from_str(text: &str) -> Result<Self, CitizenIdError> {
        let number = in_eighteen_characters(half_width(text))?;
        let division = assigned_division(&number)?;
        let birth_date = birth_date(&number).ok_or(CitizenIdError::BirthDate)?;
        if !has_right_check_character(&number) {
            return Err(CitizenIdError::CheckCharacter);
        }
        let order_code_is_odd = number.as_bytes().get(16).is_some_and(|digit| digit % 2 == 1);
        let sex = if order_code_is_odd { Sex::Male } else { Sex::Female };
        Ok(Self { number, division, birth_date, sex })
    }
}

personal_number!(
    CitizenId,
    "^([0-9]{17}[0-9Xx]|[0-9]{15})$",
    "A citizen id (公民身份号码, GB 11643) of 18 characters; the old form of 15 digits is accepted and becomes 18."
);

/// What stands for the division on the permits of residents of Hong Kong, Macao and Taiwan.
const RESIDENCE_PERMIT_DIVISIONS: [&str; 3] = ["810000", "820000", "830000"];

/// No real division: the ids of invented persons in samples and tests begin with it, so that they match nobody.
const SYNTHETIC_DIVISION: &str = "999999";

/// The number in its present form: the old one of fifteen digits lacks the century, always the twentieth, and the check.
fn in_eighteen_characters(text: String) -> Result<String, CitizenIdError> {
    let length = text.chars().count();
    if length != 15 && length != 18 {
        return Err(CitizenIdError::Length { found: length });
    }
    let allowed = |place: usize, character: char| character.is_ascii_digit() || (place == 17 && character == 'X');
    if let Some(place) = text.chars().enumerate().position(|(place, character)| !allowed(place, character)) {
        return Err(CitizenIdError::Character { position: place + 1 });
    }
    match text.split_at_checked(6) {
        Some((division, rest)) if length == 15 => {
            let mut number = format!("{division}19{rest}");
            number.extend(check_character(&number));
            Ok(number)
        }
        _ => Ok(text),
    }
}

/// The division in the first six places.
///
/// A 9 is the first digit of no province, so structure tells the three kinds of number apart that begin with it: 9 and a
/// province are a foreign permanent resident's, 999999 is an invented person's (99 being no province), the rest is wrong.
fn assigned_division(number: &str) -> Result<DivisionCode, CitizenIdError> {
    let division = number.get(..6).unwrap_or_default();
    let is_special = division == SYNTHETIC_DIVISION || RESIDENCE_PERMIT_DIVISIONS.contains(&division);
    if is_special || division.get(..2).is_some_and(is_province) {
        return division.parse().map_err(|_| CitizenIdError::Division);
    }
    if division.starts_with('9') && division.get(1..3).is_some_and(is_province) {
        return Err(CitizenIdError::ForeignPermit);
    }
    Err(CitizenIdError::Division)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn id(text: &str) -> CitizenId {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(number: &str, division: &str, born: Date, sex: Sex, kind: CitizenIdKind) {
        let id = id(number);
        assert_eq!(id.reveal(), number);
        assert_eq!(id.division().to_string(), division);
        assert_eq!((id.birth_date(), id.sex(), id.kind()), (born, sex, kind));
    }

    #[test]
    fn valid_numbers_state_division_birth_and_sex() {
        use CitizenIdKind::{CitizenId, ResidencePermit};
        use Sex::{Female, Male};
        check("11010519491231002X", "110105", date(1949, 12, 31), Female, CitizenId);
        check("440524188001010014", "440524", date(1880, 1, 1), Male, CitizenId);
        check("999999198001010011", "999999", date(1980, 1, 1), Male, CitizenId);
        check("99999920150601002X", "999999", date(2015, 6, 1), Female, CitizenId);
        check("999999195506150032", "999999", date(1955, 6, 15), Male, CitizenId);
        check("999999197202290043", "999999", date(1972, 2, 29), Female, CitizenId);
        check("810000199001010019", "810000", date(1990, 1, 1), Male, ResidencePermit);
        check("830000198812120026", "830000", date(1988, 12, 12), Female, ResidencePermit);
    }

    #[test]
    fn a_birth_on_a_day_without_midnight_in_shanghai_is_a_date_like_any_other() {
        for day in ["19400601", "19410315", "19420131", "19460515", "19470415", "19480501", "19490501"] {
            let body = format!("999999{day}001");
            let number = format!("{body}{}", check_character(&body).unwrap());
            assert_eq!(id(&number).birth_date().strftime("%Y%m%d").to_string(), day);
        }
    }

    #[test]
    fn numbers_are_read_as_people_type_them() {
        for typed in [
            " 11010519491231002X ",
            "11010519491231002x",
            "１１０１０５１９４９１２３１００２Ｘ",
            "　11010519491231002ｘ",
        ] {
            assert_eq!(id(typed), id("11010519491231002X"));
        }
    }

    #[test]
    fn the_old_form_is_the_same_person() {
        assert_eq!(id("110105491231002"), id("11010519491231002X"));
        assert_eq!(id("999999800101001").reveal(), "999999198001010011");
    }

    #[test]
    fn historic_divisions_are_kept() {
        assert_eq!(id("460003800101001").division().to_string(), "460003");
    }

    #[track_caller]
    fn refuse(text: &str, error: CitizenIdError) {
        assert_eq!(text.parse::<CitizenId>(), Err(error));
    }

    #[test]
    fn what_is_wrong_is_said() {
        refuse("", CitizenIdError::Length { found: 0 });
        refuse("9999991980010100110", CitizenIdError::Length { found: 19 });
        refuse("999999 19800101 0011", CitizenIdError::Length { found: 20 });
        refuse("9999991980O1010011", CitizenIdError::Character { position: 11 });
        refuse("99999919800101X011", CitizenIdError::Character { position: 15 });
        refuse("99999980010100X", CitizenIdError::Character { position: 15 });
        refuse("440524188001010013", CitizenIdError::CheckCharacter);
        refuse("999999197102290043", CitizenIdError::BirthDate);
        refuse("999999198013010011", CitizenIdError::BirthDate);
        refuse("999999179912310011", CitizenIdError::BirthDate);
        refuse("999901198001010011", CitizenIdError::Division);
        refuse("000000198001010011", CitizenIdError::Division);
        refuse("810101199001010019", CitizenIdError::Division);
        refuse("911840198503150016", CitizenIdError::ForeignPermit);
    }

    #[test]
    fn only_reveal_and_serialization_show_the_number() {
        let id = id("999999198001010011");
        assert_eq!(id.masked(), "9999**********0011");
        assert_eq!(format!("{id}"), "9999**********0011");
        assert_eq!(format!("{id:?}"), "CitizenId(9999**********0011)");
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"999999198001010011\"");
    }

    #[test]
    fn errors_do_not_show_the_number() {
        for json in ["\"999999198001010012\"", "999999198001010011", "-999999198001010011", "999999198001010011.5"] {
            let message = serde_json::from_str::<CitizenId>(json).unwrap_err().to_string();
            assert!(!message.contains("9999") && !message.contains("e17"), "{message}");
        }
    }

    prop_compose! {
        fn valid_number()(
            division in prop::sample::select(vec!["330106", "110105", "460003", "710000", "810000", "999999"]),
            (year, month, day, order) in (1800i16..2100, 1i8..=12, 1i8..=28, 0u16..1000),
        ) -> String {
            let body = format!("{division}{year:04}{month:02}{day:02}{order:03}");
            let check = check_character(&body).unwrap();
            format!("{body}{check}")
        }
    }

    proptest! {
        #[test]
        fn a_number_comes_back_from_text_and_json(number in valid_number()) {
            let id = id(&number);
            prop_assert_eq!(id.reveal(), &number);
            prop_assert_eq!(serde_json::from_str::<CitizenId>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
        }

        #[test]
        fn one_wrong_character_is_always_refused(number in valid_number()) {
            for (place, right) in number.char_indices() {
                for wrong in "0123456789X".chars().filter(|wrong| *wrong != right) {
                    let mut changed = number.clone();
                    changed.replace_range(place..=place, &wrong.to_string());
                    prop_assert!(changed.parse::<CitizenId>().is_err(), "{} passes", changed);
                }
            }
        }

        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            let _ = text.parse::<CitizenId>();
        }
    }
}
