//! The number of a mainland travel permit: 回乡证 for residents of Hong Kong and Macao, 台胞证 for those of Taiwan.
//!
//! There is no check character and no date in it, so only the form can be verified.

use std::str::FromStr;

use super::number_text::{half_width, masked, personal_number};

/// `H` or `M` with 8 digits, or 10 where the issue is counted; or 8 digits. Personal: shown masked, serialized whole.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TravelPermit(String);

/// The text has not the form of a travel permit's number. Never holds the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a travel permit's number is H or M with 8 or 10 digits (回乡证), or 8 digits (台胞证)")]
pub struct TravelPermitError;

impl TravelPermit {
    /// The number itself. Calling this is a deliberate act: nothing that is logged or shown in lists may do it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The number with its first and its last two characters only.
    pub fn masked(&self) -> String {
        masked(&self.0, 1, 2)
    }
}

impl FromStr for TravelPermit {
    type Err = TravelPermitError;

    /// Reads a number as people type it: full-width characters, small letters, spaces around it.
    fn from_str(text: &str) -> Result<Self, TravelPermitError> {
        let number = half_width(text);
        let digits = number.strip_prefix(['H', 'M']);
        let has_form = match digits {
            Some(digits) => is_digits(digits, 8) || is_digits(digits, 10),
            None => is_digits(&number, 8),
        };
        if has_form { Ok(Self(number)) } else { Err(TravelPermitError) }
    }
}

personal_number!(
    TravelPermit,
    "^([HMhm]([0-9]{8}|[0-9]{10})|[0-9]{8})$",
    "The number of a mainland travel permit: H or M with 8 or 10 digits (回乡证), or 8 digits (台胞证)."
);

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let permit = text.parse::<TravelPermit>().ok();
        assert_eq!(permit.as_ref().map(TravelPermit::reveal), expected, "{text}");
    }

    #[test]
    fn the_form_is_verified() {
        check("H99999901", Some("H99999901"));
        check(" ｍ9999990102", Some("M9999990102"));
        check("99999901", Some("99999901"));
        check("H999999011", None);
        check("H9999990", None);
        check("K99999901", None);
        check("9999990102", None);
        check("H9999990a", None);
        check("", None);
    }

    #[test]
    fn it_is_shown_masked() {
        let permit: TravelPermit = "H99999901".parse().unwrap();
        assert_eq!(format!("{permit} {permit:?}"), "H******01 TravelPermit(H******01)");
    }
}
