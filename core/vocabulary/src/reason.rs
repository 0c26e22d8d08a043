//! A step of the reasoning as a plugin states it: which rule, which articles, which numbers, which facts.

use crate::date::{Date, Month};
use crate::fen::{Fen, Ratio};

/// A value in a reason. Money and ratios are exact; text never holds personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nobody has supplied it.
    Unknown,
    /// Known to be none.
    None,
    /// Yes or no.
    Flag(bool),
    /// A count.
    Int(i64),
    /// Money.
    Money(Fen),
    /// A ratio.
    Ratio(Ratio),
    /// A civil date.
    Date(Date),
    /// A civil month.
    Month(Month),
    /// An index into the output's codes.
    Code(u32),
    /// Text.
    Text(String),
}

/// One step; the steps of a household form the reasoning tree through `uses`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The output that the step leads to.
    pub output: String,
    /// Its row at the output's level.
    pub row: u32,
    /// The rule's id.
    pub rule: String,
    /// `instrument#article`.
    pub cites: Vec<String>,
    /// The key of the message.
    pub says: String,
    /// The message's arguments.
    pub arguments: Vec<(String, Value)>,
    /// Facts, parameters and outputs, by name.
    pub uses: Vec<String>,
    /// What is missing, by name.
    pub missing: Vec<String>,
    /// What the step yields.
    pub value: Value,
}

macro_rules! value_from {
    ($($type:ty => $variant:ident),+ $(,)?) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        })+
    };
}
value_from!(bool => Flag, i64 => Int, Fen => Money, Ratio => Ratio, Date => Date, Month => Month, String => Text);

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Self>, E> From<Result<T, E>> for Value {
    fn from(value: Result<T, E>) -> Self {
        value.map_or(Self::Unknown, Into::into)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_stays_apart_from_what_is_unknown() {
        assert_eq!(Value::from("暖"), Value::from("暖".to_owned()));
        assert_eq!(Value::from(Some("暖")), Value::Text("暖".to_owned()));
        assert_eq!(Value::from(None::<&str>), Value::None);
        assert_eq!(Value::from(Err::<Option<&str>, ()>(())), Value::Unknown);
    }
}
