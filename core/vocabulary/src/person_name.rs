//! A person's name (姓名) in the one spelling in which names are kept and compared.
//!
//! This is spelling only, *not* a judgement of what a name may be: rare characters, minority and foreign names all pass.
//!
//! INVARIANT: a `PersonName` is NFC, without padding, with U+00B7 as its only middle dot, and reading it again changes
//! nothing. Neither `Debug`, `Display` nor an error shows it; only `reveal` and serialization do.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::text::{TextRefused, normalized};

/// A name of 1 to 64 characters. It is personal: `Debug` and `Display` show `张**`, serialization writes it whole.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct PersonName(String);

/// Why a text is no name. Never holds the text or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersonNameError {
    /// Nothing, or nothing but spaces.
    #[error("a name is not empty")]
    Empty,
    /// Longer than any name on an identity card.
    #[error("a name has at most 64 characters")]
    TooLong,
    /// NUL, a tab or a line break inside: most often two cells in one.
    #[error("a name contains no control character, tab or line break")]
    Control,
    /// A zero-width or direction mark: two names would look the same and be different.
    #[error("a name contains no invisible character")]
    Invisible,
    /// A number or punctuation: most often the wrong column.
    #[error("a name contains at least one letter or Chinese character")]
    NoLetter,
    /// A middle dot at an end, or two in a row.
    #[error("a middle dot in a name stands between two parts of it")]
    EmptyPart,
}

impl PersonName {
    /// The name itself. Calling this is a deliberate act: nothing that is logged or shown in lists may do it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The name as lists show it: the first character and a `*` for each other, 张* or 张**.
    ///
    /// A name with a middle dot shows the first character of its first part and `**`, whatever its length: 阿**. A name
    /// of a single character is `*`, since its first character would be all of it.
    pub fn masked(&self) -> String {
        let mut characters = self.0.chars();
        let first = characters.next().unwrap_or(MASK);
        if self.0.contains(MIDDLE_DOT) {
            return [first, MASK, MASK].into_iter().collect();
        }
        let hidden: String = characters.map(|_| MASK).collect();
        if hidden.is_empty() { MASK.to_string() } else { format!("{first}{hidden}") }
    }
}

impl FromStr for PersonName {
    type Err = PersonNameError;

    /// Reads a name as people type it and spreadsheets pad it: full-width letters, 张　三 for 张三, any kind of dot.
    fn from_str(text: &str) -> Result<Self, PersonNameError> {
        let text: String = text.trim().chars().map(folded).collect::<Result<_, _>>()?;
        let text = normalized(&text).map_err(|refused| match refused {
            TextRefused::Nul => PersonNameError::Control,
            TextRefused::TooLong => PersonNameError::TooLong,
        })?;
        let name = with_middle_dots(&without_padding(&text));
        if name.is_empty() {
            return Err(PersonNameError::Empty);
        }
        if name.chars().nth(MOST_CHARACTERS).is_some() {
            return Err(PersonNameError::TooLong);
        }
        if name.split(MIDDLE_DOT).any(str::is_empty) {
            return Err(PersonNameError::EmptyPart);
        }
        if !name.chars().any(is_letter) {
            return Err(PersonNameError::NoLetter);
        }
        Ok(Self(name))
    }
}

impl TryFrom<String> for PersonName {
    type Error = PersonNameError;

    fn try_from(text: String) -> Result<Self, PersonNameError> {
        text.parse()
    }
}

impl From<PersonName> for String {
    fn from(name: PersonName) -> Self {
        name.0
    }
}

impl<'de> Deserialize<'de> for PersonName {
    /// Takes any value first: asked for a string, a format refuses a number by showing it, and it may be a citizen id.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => text.parse().map_err(D::Error::custom),
            _ => Err(D::Error::custom("a name is text and stands in quotes")),
        }
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonName({})", self.masked())
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl JsonSchema for PersonName {
    fn schema_name() -> Cow<'static, str> {
        "PersonName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A name (姓名) of 1 to 64 characters, without control or invisible characters.",
            "minLength": 1,
        })
    }
}

/// What stands between the parts of a minority or foreign name (间隔号).
const MIDDLE_DOT: char = '\u{B7}';

const MASK: char = '*';

/// More than twice the longest name that fits on an identity card.
const MOST_CHARACTERS: usize = 64;

/// The distance between `Ａ` and `A` in Unicode, the same for digits and letters.
const FULL_WIDTH_OFFSET: u32 = 0xFEE0;

/// Letters, digits and spaces in half width, any dot as the middle dot. A Chinese character stays what it is.
fn folded(character: char) -> Result<char, PersonNameError> {
    match character {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => {
            Ok(char::from_u32(u32::from(character) - FULL_WIDTH_OFFSET).unwrap_or(character))
        }
        // Greek dot, bullet, hyphenation point, bullet and dot operators, katakana dots, full-width full stop
        '\u{387}' | '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22C5}' | '\u{30FB}' | '\u{FF65}' | '\u{FF0E}' => {
            Ok(MIDDLE_DOT)
        }
        _ if character.is_control() => Err(PersonNameError::Control),
        _ if is_invisible(character) => Err(PersonNameError::Invisible),
        _ if character.is_whitespace() => Ok(' '),
        _ => Ok(character),
    }
}

/// Soft hyphen, zero-width characters, and marks of direction.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
    )
}

/// Spaces go where they only line names up (张　三 beside 欧阳三) or surround a dot; between words of letters one stays.
fn without_padding(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if is_space_kept(name.chars().next_back(), word.chars().next()) {
            name.push(' ');
        }
        name.push_str(word);
    }
    name
}

fn is_space_kept(before: Option<char>, after: Option<char>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return false };
    let is_chinese = |character| is_han(character) || character == '.';
    before != MIDDLE_DOT && after != MIDDLE_DOT && !(is_chinese(before) && is_chinese(after))
}

/// A full stop between two Chinese characters is a middle dot on a keyboard that has none; `J. Smith` keeps his.
fn with_middle_dots(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        let joins = character == '.' && before.is_some_and(is_han) && rest.peek().copied().is_some_and(is_han);
        name.push(if joins { MIDDLE_DOT } else { character });
        before = Some(character);
    }
    name
}

/// Chinese characters: 〇, 々, the unified and compatibility ideographs, and the private area in which older systems
/// keep rare ones.
fn is_han(character: char) -> bool {
    matches!(
        character,
        '\u{3005}' | '\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{E000}'..='\u{FAFF}'
            | '\u{20000}'..='\u{3FFFF}'
    )
}

/// Whatever is neither a number nor punctuation: names are not limited to the scripts that we thought of.
fn is_letter(character: char) -> bool {
    is_han(character) || character.is_alphabetic()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> PersonName {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(typed: &str, kept: &str) {
        assert_eq!(name(typed).reveal(), kept, "{typed}");
    }

    #[test]
    fn padding_goes_and_words_stay_apart() {
        check("  张三\t", "张三");
        check("张　三", "张三");
        check("欧 阳 三 丰", "欧阳三丰");
        check("John   Smith", "John Smith");
        check("J. Smith", "J. Smith");
        check("陈  Victor", "陈 Victor");
        check("Anna · Maria", "Anna·Maria");
    }

    #[test]
    fn letters_become_half_width_and_chinese_characters_stay() {
        check("Ｊｏｈｎ　Ｓｍｉｔｈ", "John Smith");
        check("张三２", "张三2");
        check("e\u{301}lise", "élise");
        check("張彊", "張彊");
        for rare in ["𬭎", "㛃", "䶮", "𠮷", "〇", "\u{E863}"] {
            check(rare, rare);
            check(&format!("王 {rare}"), &format!("王{rare}"));
        }
    }

    #[test]
    fn every_dot_is_one_dot() {
        for dot in ["·", "・", "•", "．", "‧", "･", "∙", "⋅", "\u{387}", ".", " · ", ". "] {
            check(&format!("阿卜杜拉{dot}买买提"), "阿卜杜拉·买买提");
        }
    }

    #[track_caller]
    fn refuse(text: &str, error: PersonNameError) {
        assert_eq!(text.parse::<PersonName>(), Err(error), "{text}");
    }

    #[test]
    fn what_is_wrong_is_said() {
        refuse("", PersonNameError::Empty);
        refuse("　 ", PersonNameError::Empty);
        refuse("张\0三", PersonNameError::Control);
        refuse("张三\n李四", PersonNameError::Control);
        refuse("张\u{200B}三", PersonNameError::Invisible);
        refuse("\u{FEFF}张三", PersonNameError::Invisible);
        refuse("999999198001010011", PersonNameError::NoLetter);
        refuse("１２３", PersonNameError::NoLetter);
        refuse("-", PersonNameError::NoLetter);
        refuse("·买买提", PersonNameError::EmptyPart);
        refuse("阿卜杜拉·", PersonNameError::EmptyPart);
        refuse("阿卜杜拉··买买提", PersonNameError::EmptyPart);
    }

    #[test]
    fn sixty_four_characters_are_a_name_and_one_more_is_not() {
        check(&"暖".repeat(64), &"暖".repeat(64));
        refuse(&"暖".repeat(65), PersonNameError::TooLong);
        refuse(&"暖".repeat(1001), PersonNameError::TooLong);
    }

    #[test]
    fn the_mask_keeps_the_first_character() {
        for (text, masked) in [
            ("张三", "张*"),
            ("张三丰", "张**"),
            ("欧阳三丰", "欧***"),
            ("阿卜杜拉·买买提", "阿**"),
            ("阿·买", "阿**"),
            ("𠮷田", "𠮷*"),
            ("张", "*"),
            ("John", "J***"),
        ] {
            assert_eq!(name(text).masked(), masked);
        }
    }

    #[test]
    fn only_reveal_and_serialization_show_the_name() {
        let name = name("张三丰");
        assert_eq!(format!("{name} {name:?}"), "张** PersonName(张**)");
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"张三丰\"");
        assert_eq!(serde_json::from_str::<PersonName>("\" 张 三丰\"").unwrap(), name);
    }

    #[test]
    fn errors_do_not_show_what_was_sent() {
        for json in ["\"999999198001010011\"", "999999198001010011", "[\"999999\"]", "-9999", "\"9999\\u0000\""] {
            let message = serde_json::from_str::<PersonName>(json).unwrap_err().to_string();
            assert!(!message.contains("9999"), "{message}");
        }
    }

    proptest! {
        #[test]
        fn a_name_read_again_is_the_same(text in "[张三𠮷A é.·•　 \u{301}１-]{0,12}") {
            if let Ok(name) = text.parse::<PersonName>() {
                prop_assert_eq!(name.reveal().parse::<PersonName>(), Ok(name.clone()));
                prop_assert!(!name.reveal().contains("  "));
                prop_assert_ne!(name.masked(), name.reveal());
            }
        }

        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            if let Ok(name) = text.parse::<PersonName>() {
                prop_assert_eq!(name.reveal().parse::<PersonName>(), Ok(name.clone()));
            }
        }
    }
}
