//! What people read: a table of many determinations, a table of what changed, one household with its reasons, and tables of
//! what the register holds.

mod changes;
mod household;
pub mod table;
mod tally;
pub mod word;

use clap::ValueEnum;
use nuan_vocabulary::text;

pub use self::changes::changes;
pub use self::household::household;
pub use self::tally::Tally;

/// How a command answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// For machines, one JSON value a line.
    Json,
}

/// The language of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// 简体中文.
    #[value(name = "zh-CN")]
    Chinese,
    /// English.
    #[value(name = "en")]
    English,
}

impl Language {
    /// One of two words.
    pub const fn choose<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}

impl From<Language> for text::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::Chinese => Self::Chinese,
            Language::English => Self::English,
        }
    }
}
