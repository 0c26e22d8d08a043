//! How a personal document number is read and written: as people type it, and never echoed.
//!
//! INVARIANT: neither `Debug`, `Display` nor an error shows the number; only `reveal` and serialization do.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// The text trimmed, in upper case, with full-width characters (as Chinese input methods write them) as ASCII.
pub(crate) fn half_width(text: &str) -> String {
    text.trim().chars().map(half_width_character).map(|character| character.to_ascii_uppercase()).collect()
}

fn half_width_character(character: char) -> char {
    match character {
        '！'..='～' => char::from_u32(u32::from(character) - FULL_WIDTH_OFFSET).unwrap_or(character),
        other => other,
    }
}

/// The distance between `！` and `!` in Unicode, the same for each of the 94 printable characters.
const FULL_WIDTH_OFFSET: u32 = 0xFEE0;

/// The number with all but its first `head` and last `tail` characters starred out.
pub(crate) fn masked(number: &str, head: usize, tail: usize) -> String {
    let tail_starts = number.chars().count().saturating_sub(tail);
    let shown = |place: usize| place < head || place >= tail_starts;
    number.chars().enumerate().map(|(place, character)| if shown(place) { character } else { '*' }).collect()
}

/// Reads a number from a string. Serde's own errors would show a number that came without quotes; these do not.
///
/// Hence `deserialize_any`: asked for a string, a format refuses other values by itself, and shows them.
pub(crate) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    deserializer.deserialize_any(NumberVisitor(PhantomData))
}

struct NumberVisitor<T>(PhantomData<T>);

impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for NumberVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document number in quotes")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<T, E> {
        Err(E::custom(UNQUOTED))
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<T, E> {
        Err(E::custom(UNQUOTED))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<T, E> {
        Err(E::custom(UNQUOTED))
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<T, E> {
        Err(E::custom(UNQUOTED))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<T, E> {
        Err(E::custom(UNQUOTED))
    }
}

const UNQUOTED: &str = "a document number is text and stands in quotes";

/// Gives a type with `reveal` and `masked` its masked `Debug` and `Display`, and its plain text form at the edges.
macro_rules! personal_number {
    ($type:ident, $pattern:literal, $description:literal) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self.masked())
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.masked())
            }
        }

        impl serde::Serialize for $type {
            /// Writes the number itself: the value crosses an edge.
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.reveal())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::identity_document::number_text::deserialize(deserializer)
            }
        }

        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "description": $description, "pattern": $pattern })
            }
        }
    };
}

pub(crate) use personal_number;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_as_typed_becomes_ascii_capitals() {
        assert_eq!(half_width("　１２３ｘ "), "123X");
        assert_eq!(half_width("h１２ 3"), "H12 3");
        assert_eq!(half_width("①二"), "①二");
    }

    #[test]
    fn the_mask_keeps_the_ends() {
        assert_eq!(masked("999999198001010011", 4, 4), "9999**********0011");
        assert_eq!(masked("H12345678", 1, 2), "H******78");
    }
}
