//! A spreadsheet as rows of cells, whatever file it came in. What a cell holds is kept exactly or refused, never guessed.
//!
//! Not here: what a column means. The header is the first row with two cells or more, so that a title above it is passed over.
//! INVARIANT: a row's number is the one that the spreadsheet shows; no kept row is blank.

use std::borrow::Cow;
use std::fmt;

use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{limits, text_file, workbook};

/// How the file was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Text in UTF-8.
    Utf8,
    /// Text in GB 18030, as Excel writes CSV on a Chinese system.
    Gb18030,
    /// Text in UTF-16 with a byte order mark, Excel's “Unicode text”.
    Utf16,
    /// An Excel workbook; its first visible sheet.
    Excel,
}

/// Why a cell cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A number of sixteen digits or more: the spreadsheet has thrown the last ones away.
    LostDigits,
    /// A time, a duration, or a day that the calendar does not have.
    NotADay,
    /// An error of a formula, such as a missing reference.
    Formula,
    /// More than a thousand characters.
    TooLong,
}

/// What stands in one place. It may be personal: `Debug` says what kind it is and no more.
#[derive(Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing, or spaces.
    Blank,
    /// Text, exactly as it stands there.
    Text(String),
    /// A number in the digits that the spreadsheet shows.
    Number(String),
    /// Yes or no.
    Flag(bool),
    /// A day.
    Date(Date),
    /// What cannot be used, and what of it can be shown.
    Refused(Fault, String),
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number, counted from 1 as the spreadsheet shows it.
    pub number: usize,
    /// The cells up to the last that is not blank.
    pub cells: Vec<Cell>,
}

/// A spreadsheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// How the file was written.
    pub encoding: Encoding,
    /// What stands above each column; empty where nothing does.
    pub headers: Vec<String>,
    /// The rows below that are not blank.
    pub rows: Vec<Row>,
}

static BLANK: Cell = Cell::Blank;

impl Cell {
    /// Text as a file gives it.
    pub(super) fn text(text: &str) -> Self {
        if text.trim().is_empty() {
            return Self::Blank;
        }
        match text.char_indices().nth(limits::CELL_CHARS) {
            Some((end, _)) => Self::Refused(Fault::TooLong, text.get(..end).unwrap_or_default().to_owned()),
            None => Self::Text(text.to_owned()),
        }
    }

    /// What the spreadsheet shows. It may be personal.
    pub fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Blank => Cow::Borrowed(""),
            Self::Text(text) | Self::Number(text) | Self::Refused(_, text) => Cow::Borrowed(text),
            Self::Flag(true) => Cow::Borrowed("TRUE"),
            Self::Flag(false) => Cow::Borrowed("FALSE"),
            Self::Date(date) => Cow::Owned(date.to_string()),
        }
    }

    /// Whether nothing stands there.
    pub const fn is_blank(&self) -> bool {
        matches!(self, Self::Blank)
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => f.write_str("Blank"),
            Self::Text(_) => f.write_str("Text(*)"),
            Self::Number(_) => f.write_str("Number(*)"),
            Self::Flag(_) => f.write_str("Flag(*)"),
            Self::Date(_) => f.write_str("Date(*)"),
            Self::Refused(fault, _) => write!(f, "Refused({fault:?})"),
        }
    }
}

impl Row {
    /// The cell of a column; beyond the end it is blank.
    pub fn cell(&self, column: usize) -> &Cell {
        self.cells.get(column).unwrap_or(&BLANK)
    }
}

impl Table {
    /// Reads CSV or an Excel workbook (.xlsx). For files that others send: an .xls file is refused (`NU2404`), since its
    /// reader can be made to ask for any amount of memory.
    pub fn read(bytes: &[u8]) -> Result<Self, Diagnostic> {
        if bytes.starts_with(COMPOUND_FILE) {
            let hint = "save it as .xlsx and remove its password if it has one";
            return Err(Diagnostic::new("NU2404", "", "this is an Excel file of the old format").with_hint(hint));
        }
        Self::read_local(bytes)
    }

    /// Reads what `read` does, and .xls too. Only for a command on the operator's own machine, which may fail alone.
    pub fn read_local(bytes: &[u8]) -> Result<Self, Diagnostic> {
        if bytes.len() > limits::FILE_BYTES {
            return Err(too_much(&format!("at most {} MiB", limits::FILE_BYTES >> 20)));
        }
        if bytes.starts_with(COMPOUND_FILE) {
            workbook::read_xls(bytes)
        } else if bytes.starts_with(ZIP) {
            workbook::read_xlsx(bytes)
        } else {
            text_file::read(bytes)
        }
    }
}

const ZIP: &[u8] = b"PK\x03\x04";
const COMPOUND_FILE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// A file that goes beyond a limit.
pub(super) fn too_much(limit: &str) -> Diagnostic {
    let hint = format!("split the file: {limit}");
    Diagnostic::new("NU2400", "", "the file holds more than one import may").with_hint(hint)
}

/// A file that is not what it seems to be.
pub(super) fn unreadable() -> Diagnostic {
    let hint = "open it in a spreadsheet program and save it as .xlsx or as CSV, without a password";
    Diagnostic::new("NU2402", "", "the spreadsheet cannot be opened").with_hint(hint)
}

/// A table in the making: limits, blank rows and the header are seen to here, for every format alike.
pub(super) struct Builder {
    encoding: Encoding,
    headers: Option<Vec<String>>,
    rows: Vec<Row>,
    cells: usize,
}

impl Builder {
    pub const fn new(encoding: Encoding) -> Self {
        Self { encoding, headers: None, rows: Vec::new(), cells: 0 }
    }

    /// Adds the row with this number.
    pub fn push(&mut self, number: usize, mut cells: Vec<Cell>) -> Result<(), Diagnostic> {
        let width = cells.iter().rposition(|cell| !cell.is_blank()).map_or(0, |last| last + 1);
        if width > limits::COLUMNS {
            return Err(too_much(&format!("at most {} columns", limits::COLUMNS)));
        }
        if width == 0 {
            return Ok(());
        }
        cells.truncate(width);
        cells.shrink_to_fit();
        if self.headers.is_none() {
            if cells.iter().filter(|cell| !cell.is_blank()).count() >= 2 {
                self.headers = Some(cells.iter().map(|cell| cell.shown().into_owned()).collect());
            }
            return Ok(());
        }
        self.cells += cells.len();
        self.rows.push(Row { number, cells });
        if self.rows.len() > limits::ROWS || self.cells > limits::CELLS {
            return Err(too_much(&format!("at most {} rows and {} cells", limits::ROWS, limits::CELLS)));
        }
        Ok(())
    }

    pub fn finish(self) -> Result<Table, Diagnostic> {
        match self.headers {
            Some(headers) if !self.rows.is_empty() => Ok(Table { encoding: self.encoding, headers, rows: self.rows }),
            _ => {
                let hint = "the first row names the columns, and below it stands one person a row";
                Err(Diagnostic::new("NU2403", "", "the spreadsheet has no header with rows below it").with_hint(hint))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell {
        Cell::text(text)
    }

    #[test]
    fn a_title_above_the_header_and_blank_rows_are_passed_over() {
        let mut builder = Builder::new(Encoding::Utf8);
        for (number, cells) in [
            (1, vec![text("某镇名单")]),
            (2, vec![text("户"), text("姓名")]),
            (3, vec![]),
            (5, vec![text("1"), text(" ")]),
        ] {
            builder.push(number, cells).unwrap();
        }
        let table = builder.finish().unwrap();
        assert_eq!(table.headers, ["户", "姓名"]);
        assert_eq!(table.rows, [Row { number: 5, cells: vec![text("1")] }]);
        assert!(table.rows[0].cell(1).is_blank() && table.rows[0].cell(9).is_blank());
    }

    #[test]
    fn a_header_alone_is_no_table() {
        let mut builder = Builder::new(Encoding::Utf8);
        builder.push(1, vec![text("a"), text("b")]).unwrap();
        assert_eq!(builder.finish().unwrap_err().code, "NU2403");
    }

    #[test]
    fn limits_come_in_pairs() {
        let row = |width| vec![text("x"); width];
        let mut builder = Builder::new(Encoding::Utf8);
        builder.push(1, row(limits::COLUMNS)).unwrap();
        assert_eq!(builder.push(2, row(limits::COLUMNS + 1)).unwrap_err().code, "NU2400");
        for number in 0..limits::ROWS {
            builder.push(number, row(1)).unwrap();
        }
        assert_eq!(builder.push(0, row(1)).unwrap_err().code, "NU2400");
        assert_eq!(text(&"暖".repeat(1000)), Cell::Text("暖".repeat(1000)));
        assert_eq!(text(&"暖".repeat(1001)), Cell::Refused(Fault::TooLong, "暖".repeat(1000)));
        assert_eq!(Table::read(&vec![b'a'; limits::FILE_BYTES + 1]).unwrap_err().code, "NU2400");
    }

    #[test]
    fn the_old_format_is_refused_from_others_and_a_broken_one_everywhere() {
        assert_eq!(Table::read(COMPOUND_FILE).unwrap_err().code, "NU2404");
        assert_eq!(Table::read_local(COMPOUND_FILE).unwrap_err().code, "NU2402");
        assert_eq!(Table::read(ZIP).unwrap_err().code, "NU2402");
    }

    #[test]
    fn debug_shows_no_value() {
        let row = Row { number: 2, cells: vec![text("张三"), Cell::Number("12345".to_owned()), Cell::Flag(true)] };
        assert_eq!(format!("{row:?}"), "Row { number: 2, cells: [Text(*), Number(*), Flag(*)] }");
    }
}
