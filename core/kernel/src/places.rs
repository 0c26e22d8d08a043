//! How a caller names a leaf, the growth of a log, and what leaves are about.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use nuan_vocabulary::division::DivisionCode;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// The text names no place in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a log; one is written 330106-7")]
pub struct NotAPlace;

/// A leaf: its log and its number, `330106-7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeafPlace {
    /// A county, or 000000 for the log of heads.
    pub log: DivisionCode,
    /// The number of the leaf, from 0.
    pub seq: u64,
}

/// From which size to which a log grew: `000000-3-17`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    /// The log.
    pub log: DivisionCode,
    /// The earlier size.
    pub from: u64,
    /// The later size.
    pub to: u64,
}

/// What leaves are about: an id, of a version with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafSubject(pub String);

impl FromStr for LeafPlace {
    type Err = NotAPlace;
    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let (log, seq) = text.split_once('-').ok_or(NotAPlace)?;
        Ok(Self { log: log.parse().map_err(|_| NotAPlace)?, seq: number(seq)? })
    }
}

impl FromStr for Growth {
    type Err = NotAPlace;
    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let mut parts = text.splitn(3, '-');
        let (Some(log), Some(from), Some(to)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NotAPlace);
        };
        Ok(Self { log: log.parse().map_err(|_| NotAPlace)?, from: number(from)?, to: number(to)? })
    }
}

impl FromStr for LeafSubject {
    type Err = NotAPlace;
    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"_#-".contains(&byte);
        let is_subject = (1..=64).contains(&text.len()) && text.bytes().all(is_fit);
        if is_subject { Ok(Self(text.to_owned())) } else { Err(NotAPlace) }
    }
}

/// A number as it is written: digits without a sign or a zero before them.
fn number(text: &str) -> Result<u64, NotAPlace> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text).ok_or(NotAPlace)
}

impl fmt::Display for LeafPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.log, self.seq)
    }
}

macro_rules! written_as {
    ($($name:ident => $pattern:literal),+ $(,)?) => {
        $(impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern })
            }
        })+
    };
}
written_as! {
    LeafPlace => "^[0-9]{6}-(0|[1-9][0-9]*)$",
    Growth => "^[0-9]{6}-(0|[1-9][0-9]*)-(0|[1-9][0-9]*)$",
    LeafSubject => "^[0-9A-Za-z_#-]{1,64}$",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_nothing_else_is_one() {
        let place: LeafPlace = "330106-7".parse().unwrap();
        assert_eq!((place.seq, place.to_string().as_str()), (7, "330106-7"));
        for wrong in ["", "330106", "330106-", "330106-+7", "330106-07", "33010-7", "330106-7-8"] {
            assert_eq!(wrong.parse::<LeafPlace>(), Err(NotAPlace), "{wrong}");
        }
        let growth: Growth = "000000-3-17".parse().unwrap();
        assert_eq!((growth.log, growth.from, growth.to), (DivisionCode::NATION, 3, 17));
        for wrong in ["000000-3", "000000-3-", "000000-3-17-"] {
            assert_eq!(wrong.parse::<Growth>(), Err(NotAPlace), "{wrong}");
        }
        assert!("hh_0a#12".parse::<LeafSubject>().is_ok());
        assert!("hh 0a".parse::<LeafSubject>().is_err());
    }
}
