//! The keys by which a name is found: the name, its pinyin (拼音) and its initials (首字母).
//!
//! Terms are clear text on their way into a keyed hash, and are personal. The index finds candidates; it decides nothing.
//!
//! INVARIANT: what [`search_terms`] files a name under and what [`query_terms`] looks up are written by the same functions,
//! so a name typed in full, in pinyin or in initials is always among its own terms.

mod surname;
mod syllable;

use std::fmt;

use nuan_vocabulary::person_name::{PersonName, PersonNameError};
use pinyin::ToPinyin;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// One way to read a name aloud. Personal: `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Reading {
    /// Lower-case ASCII without tones and spaces: `zhangsanfeng`. Never empty; ü is written u.
    pub pinyin: String,
    /// The first letter of each syllable or foreign word: `zsf`.
    pub initials: String,
    /// How many characters nobody has a reading for; they are in neither text.
    pub skipped: usize,
}

/// What kind of key a term is; the same text of two kinds is two keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TermKind {
    /// The whole name.
    Name,
    /// The whole name in pinyin.
    Pinyin,
    /// Its initials, or the first two or more of them.
    Initials,
}

/// Why a text cannot be looked up as a name. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameQueryError {
    /// It is no name, whatever the script.
    #[error("the text cannot be looked up as a name")]
    NoName {
        /// What is wrong with it.
        source: PersonNameError,
    },
    /// One letter would find everybody.
    #[error("a name is looked up by at least two letters")]
    OneLetter,
}

impl TermKind {
    /// The kind as JSON writes it, and as a keyed hash separates it from the others.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Pinyin => "pinyin",
            Self::Initials => "initials",
        }
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reading(…)")
    }
}

/// Every reading of a name, the most likely first, at most four; none where no character has one.
///
/// A surname with several readings (单, 曾, 尉迟) has all of them, as people type what they believe; every other character
/// has its ordinary one, since all combinations would file a name under strangers.
pub fn readings(name: &PersonName) -> Vec<Reading> {
    let (heads, rest) = surname::read(name.reveal());
    let (given, skipped) = units(rest);
    let mut readings = Vec::new();
    for head in heads {
        let syllables = || head.split_whitespace().chain(given.iter().map(String::as_str));
        let pinyin = spelling(&syllables().collect::<String>());
        let initials = syllables().filter_map(|syllable| syllable.chars().next()).collect();
        let reading = Reading { pinyin, initials, skipped };
        if !reading.pinyin.is_empty() && readings.len() < MOST_READINGS && !readings.contains(&reading) {
            readings.push(reading);
        }
    }
    readings
}

/// What a name is filed under: itself, each pinyin, and the initials cut off at two letters or later. Each once.
pub fn search_terms(name: &PersonName) -> Vec<(TermKind, String)> {
    let mut terms = vec![(TermKind::Name, written(name))];
    let mut add = |kind, text: String| {
        let term = (kind, text);
        if !terms.contains(&term) {
            terms.push(term);
        }
    };
    for reading in readings(name) {
        add(TermKind::Pinyin, reading.pinyin);
        let letters = reading.initials.chars().count().min(MOST_INITIALS);
        for length in FEWEST_LETTERS..=letters {
            add(TermKind::Initials, reading.initials.chars().take(length).collect());
        }
    }
    terms
}

/// What a caseworker's text may stand for, to be looked up together; never empty.
///
/// Anything but Latin letters is a name. Latin letters are
/// - pinyin, where they divide into syllables or contain a vowel, as a foreign name does;
/// - initials, where they do not divide, or are at most four that can each begin a syllable: `an` is 安 or 阿娜, while
///   `zhangsan` is nobody's eight initials and no syllable begins with the i of `li`.
pub fn query_terms(text: &str) -> Result<Vec<(TermKind, String)>, NameQueryError> {
    let name: PersonName = text.parse().map_err(|source| NameQueryError::NoName { source })?;
    let Some(words) = latin_words(name.reveal()) else {
        return Ok(vec![(TermKind::Name, written(&name))]);
    };
    let typed = words.concat();
    if typed.len() < FEWEST_LETTERS {
        return Err(NameQueryError::OneLetter);
    }
    let divides = words.iter().all(|word| syllable::divides(&spelling(word)));
    let can_all_begin = typed.len() <= AMBIGUOUS_LETTERS && typed.chars().all(syllable::can_begin);
    let mut terms = Vec::new();
    if divides || typed.contains(VOWELS) {
        terms.push((TermKind::Pinyin, spelling(&typed)));
    }
    if !divides || can_all_begin {
        terms.push((TermKind::Initials, typed.chars().take(MOST_INITIALS).collect()));
    }
    Ok(terms)
}

/// The name as it is compared: in lower case, and without what people leave out, 阿卜杜拉买买提 for 阿卜杜拉·买买提.
pub(crate) fn written(name: &PersonName) -> String {
    name.reveal().chars().filter(|character| !is_separator(*character)).collect::<String>().to_lowercase()
}

/// A name has so many readings at most.
const MOST_READINGS: usize = 4;

/// Initials are filed and looked up to this length: no Chinese name is longer, foreign ones are cut.
const MOST_INITIALS: usize = 12;

/// Fewer letters would find everybody.
const FEWEST_LETTERS: usize = 2;

/// So many syllables a Chinese name has at most, and so many letters that form a syllable can be initials as well.
const AMBIGUOUS_LETTERS: usize = 4;

const VOWELS: [char; 5] = ['a', 'e', 'i', 'o', 'u'];

/// The syllables and foreign words of a text, and how many characters have no reading.
fn units(text: &str) -> (Vec<String>, usize) {
    let mut units: Vec<String> = Vec::new();
    let (mut skipped, mut is_in_word) = (0, false);
    for character in text.chars().filter(|character| !is_combining_mark(*character)) {
        let reading = character.to_pinyin();
        let letters = reading.map_or_else(|| ascii_of(character), |reading| ascii(reading.plain()));
        let is_of_word = reading.is_none() && !letters.is_empty();
        if letters.is_empty() {
            skipped += usize::from(!is_separator(character));
        } else if is_of_word
            && is_in_word
            && let Some(word) = units.last_mut()
        {
            word.push_str(&letters);
        } else {
            units.push(letters);
        }
        is_in_word = is_of_word;
    }
    (units, skipped)
}

/// The words of a text in Latin letters; `None` where it contains anything else.
fn latin_words(text: &str) -> Option<Vec<String>> {
    let is_latin =
        |character| is_separator(character) || is_combining_mark(character) || !ascii_of(character).is_empty();
    let words = text.split(is_separator).map(ascii).filter(|word| !word.is_empty());
    text.chars().all(is_latin).then(|| words.collect())
}

/// Lower-case ASCII letters and digits without their accents: `lǚ` and `Lü` are `lu`.
fn ascii(text: &str) -> String {
    text.nfd().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

fn ascii_of(character: char) -> String {
    ascii(character.encode_utf8(&mut [0; 4]))
}

/// ü is typed `v`, stands in passports as `yu`, and is left out by many: all become `u` after l, and after n but for `yu`,
/// since `chenyu` is 陈宇.
fn spelling(letters: &str) -> String {
    letters.replace("lyu", "lu").replace("lv", "lu").replace("nv", "nu")
}

/// What stands between the parts of a name and is left out of its keys.
fn is_separator(character: char) -> bool {
    matches!(character, ' ' | '\u{B7}' | '\'' | '\u{2019}' | '-' | '.')
}

#[cfg(test)]
mod tests;
