//! Unified social credit codes (统一社会信用代码, GB 32100): the public number of an organisation, never a person's.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::identity_document::number_text::half_width;

/// Eighteen valid characters: authority, type of organisation, division (6), organisation code (9), check.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uscc(String);

/// What is wrong with a unified social credit code. Never holds the text: a citizen id is easily pasted by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsccError {
    /// Not eighteen characters.
    #[error("a unified social credit code has 18 characters, not {found}")]
    Length {
        /// How many characters there were, without the spaces around them.
        found: usize,
    },
    /// A character the standard does not use, such as I, O, S, V or Z, or a letter within the division.
    #[error("character {position} is not allowed in that place of a unified social credit code")]
    Character {
        /// The first such character, counted from 1.
        position: usize,
    },
    /// The last character does not fit the others: most often a typing error.
    #[error("the check character of the unified social credit code does not fit the others")]
    CheckCharacter,
}

impl Uscc {
    /// The code in its canonical form: ASCII digits and capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Uscc {
    type Err = UsccError;

    /// Reads a code as people type it: full-width characters, small letters, spaces around it.
    fn from_str(text: &str) -> Result<Self, UsccError> {
        let code = half_width(text);
        let length = code.chars().count();
        if length != 18 {
            return Err(UsccError::Length { found: length });
        }
        if let Some(place) = code.chars().enumerate().position(|(place, character)| !is_allowed(place, character)) {
            return Err(UsccError::Character { position: place + 1 });
        }
        if !check_character(&code).is_some_and(|expected| code.ends_with(expected)) {
            return Err(UsccError::CheckCharacter);
        }
        Ok(Self(code))
    }
}

impl TryFrom<String> for Uscc {
    type Error = UsccError;

    fn try_from(text: String) -> Result<Self, UsccError> {
        text.parse()
    }
}

impl From<Uscc> for String {
    fn from(code: Uscc) -> Self {
        code.0
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for Uscc {
    fn schema_name() -> Cow<'static, str> {
        "Uscc".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A unified social credit code (统一社会信用代码, GB 32100).",
            "pattern": "^[0-9A-HJ-NP-RT-UW-Y]{2}[0-9]{6}[0-9A-HJ-NP-RT-UW-Y]{10}$",
        })
    }
}

/// The characters in the order of their values. Letters that look like digits or like each other are left out.
const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// 3^i mod 31 for the first seventeen places.
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

fn is_allowed(place: usize, character: char) -> bool {
    let is_in_division = (2..8).contains(&place);
    if is_in_division { character.is_ascii_digit() } else { ALPHABET.contains(character) }
}

fn check_character(code: &str) -> Option<char> {
    let sum = code
        .chars()
        .zip(WEIGHTS)
        .try_fold(0, |sum, (character, weight)| Some(sum + ALPHABET.find(character)? * weight))?;
    ALPHABET.chars().nth((31 - sum % 31) % 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VALID: [&str; 5] =
        ["91110000600037341L", "523301063MA2A1B269", "533300005018765457", "91330106MA27X1Y30N", "N2330522MA2C8E9F3N"];

    #[test]
    fn valid_codes_come_back() {
        for code in VALID {
            assert_eq!(code.parse::<Uscc>().unwrap().as_str(), code);
        }
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        let code: Uscc = "N2330522MA2C8E9F3N".parse().unwrap();
        assert_eq!(" n2330522ma2c8e9f3n ".parse(), Ok(code.clone()));
        assert_eq!("Ｎ２３３０５２２ｍａ２Ｃ８Ｅ９Ｆ３Ｎ".parse(), Ok(code));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, error) in [
            ("", UsccError::Length { found: 0 }),
            ("91110000600037341", UsccError::Length { found: 17 }),
            ("O1110000600037341L", UsccError::Character { position: 1 }),
            ("91A10000600037341L", UsccError::Character { position: 3 }),
            ("9111000060003734IL", UsccError::Character { position: 17 }),
            ("91110000600037341M", UsccError::CheckCharacter),
        ] {
            assert_eq!(text.parse::<Uscc>(), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_code_comes_back_and_one_wrong_character_never_passes(
            body in "[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{9}",
        ) {
            let code = format!("{body}{}", check_character(&body).unwrap());
            let uscc = code.parse::<Uscc>().unwrap();
            prop_assert_eq!(uscc.as_str(), &code);
            prop_assert_eq!(serde_json::from_str::<Uscc>(&serde_json::to_string(&uscc).unwrap()).unwrap(), uscc);
            for (place, right) in code.char_indices() {
                for wrong in ALPHABET.chars().filter(|wrong| *wrong != right) {
                    let mut changed = code.clone();
                    changed.replace_range(place..=place, &wrong.to_string());
                    prop_assert!(changed.parse::<Uscc>().is_err(), "{} passes", changed);
                }
            }
        }
    }
}
