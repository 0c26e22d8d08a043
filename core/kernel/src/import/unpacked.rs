//! What an Excel file weighs once it is unpacked, found out before anything keeps a byte of it.
//!
//! A small archive can hold any number of bytes, and can promise its reader more texts than there is memory; an allocation that
//! fails ends the process, so neither may reach the reader of workbooks.

use std::io::{Cursor, Read};

use nuan_vocabulary::diagnostic::Diagnostic;
use zip::ZipArchive;

use super::limits;
use super::table::{too_much, unreadable};

/// The part that holds the texts of all cells, and the attribute by which it promises how many there are.
const TEXTS: &str = "sharedstrings.xml";
const PROMISE: &[u8] = b"uniqueCount";
/// Longer than the promise can be: as much of what was read before is looked at again.
const OVERLAP: usize = 64;

/// Refuses an archive that is too heavy or promises too much.
pub fn check(bytes: &[u8]) -> Result<(), Diagnostic> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| unreadable())?;
    if archive.len() > limits::PARTS {
        return Err(unreadable());
    }
    let mut left = limits::UNPACKED_BYTES;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_| unreadable())?;
        let holds_texts = part.name().map_err(|_| unreadable())?.to_lowercase().ends_with(TEXTS);
        left = weigh(part, holds_texts, left)?;
    }
    Ok(())
}

/// What is left of the limit after one part.
fn weigh(mut part: impl Read, holds_texts: bool, mut left: u64) -> Result<u64, Diagnostic> {
    let mut buffer = vec![0_u8; 1 << 16];
    let mut window: Vec<u8> = Vec::new();
    loop {
        let count = part.read(&mut buffer).map_err(|_| unreadable())?;
        if count == 0 {
            return Ok(left);
        }
        let weight = u64::try_from(count).unwrap_or(u64::MAX);
        let limit = || too_much(&format!("at most {} MiB unpacked", limits::UNPACKED_BYTES >> 20));
        left = left.checked_sub(weight).ok_or_else(limit)?;
        if holds_texts {
            window.extend_from_slice(buffer.get(..count).unwrap_or_default());
            if !promises_little(&window) {
                return Err(unreadable());
            }
            window.drain(..window.len().saturating_sub(OVERLAP));
        }
    }
}

/// Whether every promise in the bytes is a plain one and within the limits. A promise cut off at the end is looked at later.
fn promises_little(bytes: &[u8]) -> bool {
    // A text of two bytes a letter would hide its promises; no spreadsheet program writes one.
    !bytes.contains(&0)
        && bytes.windows(PROMISE.len()).enumerate().filter(|(_, window)| *window == PROMISE).all(|(at, _)| {
            let rest = bytes.get(at + PROMISE.len()..).unwrap_or_default();
            is_small_count(rest.get(..OVERLAP - PROMISE.len()).unwrap_or(rest))
        })
}

/// Whether this is `="123"` with a number of texts that a file may hold, or the beginning of it.
fn is_small_count(text: &[u8]) -> bool {
    let Some((equals, rest)) = text.split_first() else { return true };
    let Some((quote, rest)) = rest.split_first() else { return *equals == b'=' };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = rest.get(..digits).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default();
    let is_small = number.is_empty() || number.parse::<usize>().is_ok_and(|count| count <= limits::CELLS);
    let is_closed = rest.get(digits).is_none_or(|end| end == quote);
    *equals == b'=' && matches!(quote, b'"' | b'\'') && is_small && is_closed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workbook_is_weighed_to_the_byte() {
        assert_eq!(weigh(&[7_u8; 100][..], false, 100), Ok(0));
        assert_eq!(weigh(&[7_u8; 101][..], false, 100).unwrap_err().code, "NU2400");
    }

    #[test]
    fn a_promise_of_too_many_texts_is_refused() {
        let texts = |promise: &str| format!("{}<sst {promise}><si>", " ".repeat(65_530)).into_bytes();
        let refused = |promise: &str| weigh(&texts(promise)[..], true, limits::UNPACKED_BYTES).is_err();
        assert!(!refused("count=\"9\" uniqueCount=\"4000000\""));
        assert!(!refused("uniqueCount='0'") && !refused("uniqueCount=\"\"") && !refused(""));
        assert!(refused("uniqueCount=\"4000001\""));
        assert!(refused("uniqueCount=\"99999999999999999999999999\""));
        assert!(refused("uniqueCount = \"1\"") && refused("uniqueCount=\"1 \"") && refused("uniqueCount\0"));
        assert!(weigh(&texts("uniqueCount=\"4000001\"")[..], false, limits::UNPACKED_BYTES).is_ok());
    }

    #[test]
    fn a_promise_across_two_readings_is_seen() {
        for before in 65_500..65_540 {
            let text = format!("{}uniqueCount=\"4000001\"><si>", " ".repeat(before));
            assert!(weigh(text.as_bytes(), true, limits::UNPACKED_BYTES).is_err(), "{before}");
        }
    }

    #[test]
    fn a_real_workbook_passes_and_a_cut_one_does_not() {
        let mut book = rust_xlsxwriter::Workbook::new();
        book.add_worksheet().write_string(0, 0, "户编号").unwrap();
        let bytes = book.save_to_buffer().unwrap();
        assert_eq!(check(&bytes), Ok(()));
        assert_eq!(check(&bytes[..bytes.len() - 30]).unwrap_err().code, "NU2402");
        assert_eq!(check(b"PK\x03\x04").unwrap_err().code, "NU2402");
    }
}
