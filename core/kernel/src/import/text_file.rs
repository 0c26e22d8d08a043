//! CSV as townships have it: UTF-8 or GB 18030, with commas, tabs or semicolons.

use std::borrow::Cow;

use encoding_rs::GB18030;
use nuan_vocabulary::diagnostic::Diagnostic;

use super::limits;
use super::table::{Builder, Cell, Encoding, Table, too_much, unreadable};

const SEPARATORS: [u8; 3] = [b',', b'\t', b';'];
/// The separator is the one that stands most often in the first lines.
const LINES_SNIFFED: usize = 10;
/// A record with more fields than this is refused before it is taken apart.
const MOST_FIELDS: usize = limits::COLUMNS * 5;

/// Reads a file of separated values.
pub fn read(bytes: &[u8]) -> Result<Table, Diagnostic> {
    let (encoding, text) = decode(bytes)?;
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.push('\n');
    let separator = sniff(&text);
    if widest(&text, separator) > MOST_FIELDS {
        return Err(too_much(&format!("at most {} columns", limits::COLUMNS)));
    }
    let mut builder = Builder::new(encoding);
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let (mut number, mut line) = (0, reader.position().line());
    while reader.read_record(&mut record).map_err(|_| unreadable())? {
        // The reader passes over blank lines, which the spreadsheet shows as rows.
        let next_line = reader.position().line();
        let lines = usize::try_from(next_line.saturating_sub(line)).unwrap_or(1);
        let breaks: usize = record.iter().map(|field| field.matches('\n').count()).sum();
        number += lines.saturating_sub(breaks).max(1);
        line = next_line;
        builder.push(number, record.iter().map(Cell::text).collect())?;
    }
    builder.finish()
}

/// The text of a file. What is not UTF-8 is GB 18030, if that can be read without a single mistake.
fn decode(bytes: &[u8]) -> Result<(Encoding, Cow<'_, str>), Diagnostic> {
    if let Some((marked, length)) = encoding_rs::Encoding::for_bom(bytes) {
        let rest = bytes.get(length..).unwrap_or_default();
        let encoding = if marked == encoding_rs::UTF_8 { Encoding::Utf8 } else { Encoding::Utf16 };
        let text = marked.decode_without_bom_handling_and_without_replacement(rest);
        return text.map(|text| (encoding, text)).ok_or_else(no_encoding);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok((Encoding::Utf8, Cow::Borrowed(text)));
    }
    let text = GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(|text| (Encoding::Gb18030, text)).ok_or_else(no_encoding)
}

fn no_encoding() -> Diagnostic {
    let hint = "save it as .xlsx, or as CSV in UTF-8";
    Diagnostic::new("NU2401", "", "the text is neither UTF-8 nor GB 18030").with_hint(hint)
}

/// The separator that stands most often outside quotation marks; the comma where none does.
fn sniff(text: &str) -> u8 {
    let count = |separator: u8| {
        let mut is_quoted = false;
        let lines = text.lines().filter(|line| !line.trim().is_empty()).take(LINES_SNIFFED);
        let outside = |byte: &u8| {
            is_quoted ^= *byte == b'"';
            !is_quoted && *byte == separator
        };
        lines.flat_map(str::bytes).filter(outside).count()
    };
    SEPARATORS.into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

/// How many fields the widest record has, by the rules of the CSV reader. Counting needs no memory, reading does.
fn widest(text: &str, separator: u8) -> usize {
    enum At {
        Start,
        Plain,
        Quoted,
        AfterQuote,
    }
    let (mut at, mut fields, mut most) = (At::Start, 1, 0);
    for byte in text.bytes() {
        at = match (at, byte) {
            (At::Start, b'"') | (At::AfterQuote, b'"') => At::Quoted,
            (At::Quoted, b'"') => At::AfterQuote,
            (At::Quoted, _) => At::Quoted,
            (_, b'\n') => {
                fields = 1;
                At::Start
            }
            (_, byte) if byte == separator => {
                fields += 1;
                most = most.max(fields);
                At::Start
            }
            _ => At::Plain,
        };
    }
    most
}

#[cfg(test)]
mod tests {
    use super::super::table::{Fault, Row};
    use super::*;

    const TEXT: &str = "户编号,姓名\n1,张三\n2,\"李，四,五\"\n";

    fn cells(row: &Row) -> Vec<String> {
        row.cells.iter().map(|cell| cell.shown().into_owned()).collect()
    }

    #[track_caller]
    fn check(bytes: &[u8], encoding: Encoding) {
        let table = read(bytes).unwrap();
        assert_eq!((table.encoding, table.headers.join("|").as_str()), (encoding, "户编号|姓名"));
        assert_eq!(cells(&table.rows[1]), ["2", "李，四,五"]);
    }

    #[test]
    fn every_encoding_of_a_township_is_read() {
        check(TEXT.as_bytes(), Encoding::Utf8);
        check(format!("\u{feff}{TEXT}").as_bytes(), Encoding::Utf8);
        let (gb18030, _, had_errors) = GB18030.encode(TEXT);
        assert!(!had_errors && std::str::from_utf8(&gb18030).is_err());
        check(&gb18030, Encoding::Gb18030);
        let utf16: Vec<u8> = format!("\u{feff}{TEXT}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&utf16, Encoding::Utf16);
    }

    #[test]
    fn a_rare_character_of_four_bytes_is_read() {
        let (bytes, _, had_errors) = GB18030.encode("户编号,姓名\n1,𠮷㛃\n");
        assert!(!had_errors);
        assert_eq!(cells(&read(&bytes).unwrap().rows[0]), ["1", "𠮷㛃"]);
    }

    #[test]
    fn bytes_of_no_encoding_are_refused() {
        assert_eq!(read(b"a,b\n1,\xff\xff\n").unwrap_err().code, "NU2401");
        assert_eq!(read(b"\xef\xbb\xbfa,b\n1,\xd5\n").unwrap_err().code, "NU2401");
    }

    #[test]
    fn the_separator_is_found() {
        for separator in [',', '\t', ';'] {
            let text = TEXT.replace("号,姓", &format!("号{separator}姓")).replace("1,", &format!("1{separator}"));
            let table = read(text.replace("2,", &format!("2{separator}")).as_bytes()).unwrap();
            assert_eq!(cells(&table.rows[0]), ["1", "张三"], "{separator:?}");
        }
    }

    #[test]
    fn rows_have_the_numbers_of_the_spreadsheet() {
        let text = "\n某镇\r\n\r\na,b\r\n1,\"two\r\nlines\"\r\n\r\n\r\n2,x\r\n3,y";
        let table = read(text.as_bytes()).unwrap();
        assert_eq!(table.headers, ["a", "b"]);
        assert_eq!(table.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [5, 8, 9]);
        assert_eq!(cells(&table.rows[0]), ["1", "two\nlines"]);
    }

    #[test]
    fn short_rows_end_in_blanks_and_an_open_quotation_mark_makes_a_cell_too_long() {
        let table = read(b"a,b,c\n1\n,,3\n").unwrap();
        assert_eq!((table.rows[0].cells.len(), cells(&table.rows[1]).join("|").as_str()), (1, "||3"));
        let text = format!("a,b\n1,\"x{}", "\n2,y".repeat(400));
        let table = read(text.as_bytes()).unwrap();
        assert!(matches!(table.rows[0].cell(1), Cell::Refused(Fault::TooLong, _)));
        assert_eq!(table.rows.len(), 1);
    }

    #[test]
    fn a_record_of_separators_alone_is_refused_before_it_is_read() {
        let line = |fields: usize| format!("a,b\n1{}\n", ",".repeat(fields - 1));
        assert!(read(line(MOST_FIELDS).as_bytes()).is_ok());
        assert_eq!(read(line(MOST_FIELDS + 1).as_bytes()).unwrap_err().code, "NU2400");
        assert_eq!(widest("a,\"b,c\",\"d\"\"e,\"\n1,2\n", b','), 3);
    }
}
