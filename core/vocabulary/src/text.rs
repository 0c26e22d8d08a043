//! Text in both languages, and the one spelling of text inside the house.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// A text in Chinese first, English second.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
    /// English.
    pub en: String,
}

impl Bilingual {
    /// The text in a language; anything but `en` is Chinese.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh_cn,
            Language::English => &self.en,
        }
    }
}

/// The two languages of everything that a person reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// zh-CN.
    Chinese,
    /// en.
    English,
}

/// Why a text cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextRefused {
    /// One database refuses it, the other keeps it.
    #[error("the text contains a NUL character")]
    Nul,
    /// Nobody's name or address is that long.
    #[error("the text is longer than 1000 characters")]
    TooLong,
}

/// NFC without NUL: the one form in which text is kept and compared.
pub fn normalized(text: &str) -> Result<String, TextRefused> {
    if text.contains('\0') {
        return Err(TextRefused::Nul);
    }
    if text.chars().nth(1000).is_some() {
        return Err(TextRefused::TooLong);
    }
    Ok(text.nfc().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_in_one_form() {
        assert_eq!(normalized("e\u{301}").as_deref(), Ok("é"));
        assert_eq!(normalized("a\0"), Err(TextRefused::Nul));
        assert_eq!(normalized(&"暖".repeat(1001)), Err(TextRefused::TooLong));
        assert!(normalized(&"暖".repeat(1000)).is_ok());
    }
}
