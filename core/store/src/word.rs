//! Words that a column holds: a closed list, the same in the database's own check.

/// The text is none of the words of its column.
#[derive(Debug, thiserror::Error)]
#[error("not one of the words that the store writes here")]
pub struct UnknownWord;

/// An enum whose values the store writes as words: `stored_words! { /// Its state. State { /// Asked. Asked => "asked" } }`.
macro_rules! stored_words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $value:ident => $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$word_doc])* $value),+
        }

        impl $name {
            /// The word as the store writes it.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$value => $word),+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::word::UnknownWord;
            fn from_str(text: &str) -> Result<Self, $crate::word::UnknownWord> {
                match text {
                    $($word => Ok(Self::$value),)+
                    _ => Err($crate::word::UnknownWord),
                }
            }
        }
    };
}
pub(crate) use stored_words;

#[cfg(test)]
mod tests {
    stored_words! {
        /// Where a request stands.
        State {
            /// It was asked.
            Asked => "asked",
            /// It was answered.
            Answered => "answered",
        }
    }

    #[test]
    fn a_word_is_read_back_and_no_other() {
        for state in [State::Asked, State::Answered] {
            assert_eq!(state.to_string().parse::<State>().unwrap(), state);
        }
        assert_eq!(State::Answered.word(), "answered");
        assert!("Asked".parse::<State>().is_err());
        assert!("".parse::<State>().is_err());
    }
}
