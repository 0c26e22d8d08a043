//! The report file: the rows as they came, and behind each what became of it, in Chinese and in English.
//!
//! It holds what the spreadsheet held and goes back to whoever sent that. Not here: who may have it.
//! INVARIANT: no cell of the report is a formula, whatever text a cell of the spreadsheet begins with.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use nuan_vocabulary::id::HouseholdId;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::rows::{Preview, RowMistake};
use super::table::{Cell, Row, Table};
use super::wording;

/// What became of a household that could be put on the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is on the register.
    Imported(HouseholdId),
    /// The act refused it.
    Refused {
        /// The stable code.
        code: String,
        /// What is wrong, without personal values.
        what: String,
    },
}

/// What a report is made from. Without anything done it is the report of a dry run.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The spreadsheet.
    pub table: &'a Table,
    /// What its rows amount to.
    pub preview: &'a Preview,
    /// What became of the households, by their numbers in the file.
    pub done: &'a BTreeMap<String, Done>,
}

/// The report cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// As CSV.
    #[error("failed to write the report as CSV")]
    Csv(#[source] csv::Error),
    /// As a workbook.
    #[error("failed to write the report as a workbook")]
    Workbook(#[source] XlsxError),
}

/// What stands above the columns that the report adds.
const ADDED: [&str; 6] = ["结果", "result", "代码 code", "原因", "reason", "家庭标识 household id"];

/// A code, and why in both languages.
struct Reason {
    code: String,
    zh_cn: String,
    en: String,
}

/// What became of one row: the columns that the report adds.
type Outcome = [String; 6];

impl Report<'_> {
    /// CSV in UTF-8 with a byte order mark, so that Excel opens it as it is.
    pub fn csv(&self) -> Result<Vec<u8>, ReportError> {
        let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
        let headers = self.table.headers.iter().map(|header| as_text(header));
        let headers = headers.chain(ADDED.into_iter().map(Cow::Borrowed));
        writer.write_record(headers.map(bytes)).map_err(ReportError::Csv)?;
        let width = self.table.headers.len();
        self.each_row(|_, row, outcome| {
            let cells = (0..width).map(|column| csv_cell(row.cell(column)));
            let added = outcome.iter().map(|text| as_text(text));
            writer.write_record(cells.chain(added).map(bytes)).map_err(ReportError::Csv)
        })?;
        writer.into_inner().map_err(|error| ReportError::Csv(error.into_error().into()))
    }

    /// An Excel workbook. Every cell is text, so that long numbers keep their digits.
    pub fn xlsx(&self) -> Result<Vec<u8>, ReportError> {
        let mut book = Workbook::new();
        // The same report is the same bytes whenever it is written.
        let epoch = ExcelDateTime::from_ymd(2000, 1, 1).map_err(ReportError::Workbook)?;
        book.set_properties(&DocProperties::new().set_creation_datetime(&epoch));
        let sheet = book.add_worksheet();
        let bold = Format::new().set_bold();
        let width = self.table.headers.len();
        for (column, header) in (0..).zip(self.table.headers.iter().map(String::as_str).chain(ADDED)) {
            sheet.write_string_with_format(0, column, header, &bold).map_err(ReportError::Workbook)?;
        }
        sheet.set_freeze_panes(1, 0).map_err(ReportError::Workbook)?;
        self.each_row(|line, row, outcome| {
            let cells = (0..width).map(|column| row.cell(column).shown());
            let added = outcome.iter().map(|text| Cow::Borrowed(text.as_str()));
            for (column, text) in (0..).zip(cells.chain(added)).filter(|(_, text)| !text.is_empty()) {
                sheet.write_string(line, column, text).map_err(ReportError::Workbook)?;
            }
            Ok(())
        })?;
        book.save_to_buffer().map_err(ReportError::Workbook)
    }

    /// Every row with its line in the report below the header, and with what became of it.
    fn each_row(
        &self,
        mut write: impl FnMut(u32, &Row, Outcome) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let mut mistakes: HashMap<usize, Vec<&RowMistake>> = HashMap::new();
        for mistake in &self.preview.mistakes {
            mistakes.entry(mistake.row).or_default().push(mistake);
        }
        let mut numbers: HashMap<usize, &str> = HashMap::new();
        for household in &self.preview.households {
            numbers.extend(household.rows.iter().map(|row| (*row, household.household_number.as_str())));
        }
        for (line, row) in (1..).zip(&self.table.rows) {
            let outcome = match (mistakes.get(&row.number), numbers.get(&row.number)) {
                (Some(mistakes), _) => left_out(mistakes.iter().map(|mistake| reason(mistake)).collect()),
                (None, Some(number)) => ready(self.done.get(*number)),
                (None, None) => left_out(vec![said("NU2434", "another row of the household has a mistake")]),
            };
            write(line, row, outcome)?;
        }
        Ok(())
    }
}

fn ready(done: Option<&Done>) -> Outcome {
    let plain = |zh_cn: &str, en: &str, id: String| {
        [zh_cn.to_owned(), en.to_owned(), String::new(), String::new(), String::new(), id]
    };
    match done {
        None => plain("可以导入", "ready", String::new()),
        Some(Done::Imported(id)) => plain("已导入", "imported", id.to_string()),
        Some(Done::Refused { code, what }) => left_out(vec![said(code, what)]),
    }
}

fn left_out(reasons: Vec<Reason>) -> Outcome {
    let join = |part: fn(&Reason) -> &str, between: &str| reasons.iter().map(part).collect::<Vec<_>>().join(between);
    [
        "未导入".to_owned(),
        "left out".to_owned(),
        join(|one| one.code.as_str(), " "),
        join(|one| one.zh_cn.as_str(), "；"),
        join(|one| one.en.as_str(), "; "),
        String::new(),
    ]
}

fn reason(mistake: &RowMistake) -> Reason {
    let Reason { code, zh_cn, mut en } = said(&mistake.code, &mistake.what);
    if let Some(hint) = &mistake.hint {
        en = format!("{en} ({hint})");
    }
    match &mistake.column {
        Some(column) => Reason { code, zh_cn: format!("{column}：{zh_cn}"), en: format!("{column}: {en}") },
        None => Reason { code, zh_cn, en },
    }
}

/// The register's words in Chinese, and the sentence itself in English.
fn said(code: &str, what: &str) -> Reason {
    let zh_cn = wording::of(code).map_or_else(
        || code.to_owned(),
        |wording| format!("{}，{}", wording.title.zh_cn, wording.fix.zh_cn.trim_end_matches('。')),
    );
    Reason { code: code.to_owned(), zh_cn, en: what.to_owned() }
}

/// A cell as CSV can hold it without harm.
fn csv_cell(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Text(text) | Cell::Refused(_, text) => as_text(text),
        cell => long_number(cell.shown()),
    }
}

/// What a formula can begin with. Programs for Chinese take the wide signs for the narrow ones.
const BEGINS_A_FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A text that a spreadsheet program takes for no formula. It would run one that begins so, in the name of whoever opens it; some
/// programs pass over what is blank before it.
fn as_text(text: &str) -> Cow<'_, str> {
    let begin = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
    let is_hidden = text.starts_with(['\t', '\r', '\n']);
    if (is_hidden || begin.starts_with(BEGINS_A_FORMULA)) && !is_number(text) {
        return Cow::Owned(format!("'{text}"));
    }
    long_number(Cow::Borrowed(text))
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// A long number with a tab behind it, which keeps a spreadsheet program from throwing its last digits away.
fn long_number(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_long = text.len() > 11 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_long { Cow::Owned(format!("{text}\t")) } else { text }
}

fn bytes(text: Cow<'_, str>) -> Vec<u8> {
    text.into_owned().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    /// The cells that the report adds to a row of the spreadsheet, read back from both files.
    fn added(table: &Table, done: &BTreeMap<String, Done>, row: usize) -> Vec<String> {
        let preview = Preview::of(table, &fixture::mapping(), &fixture::schema()).unwrap();
        let report = Report { table, preview: &preview, done };
        let csv = report.csv().unwrap();
        assert!(csv.starts_with(b"\xef\xbb\xbf"));
        let files = [csv, report.xlsx().unwrap()].map(|bytes| {
            let found = Table::read(&bytes).unwrap();
            assert_eq!(found.headers[13..], ADDED);
            let row = &found.rows[row - 2];
            (0..19).map(|column| row.cell(column).shown().trim().to_owned()).collect::<Vec<_>>()
        });
        assert_eq!(files[0], files[1]);
        assert_eq!(files[0][2], table.rows[row - 2].cell(2).shown());
        files[0][13..].to_vec()
    }

    #[test]
    fn every_row_says_what_became_of_it() {
        let table = fixture::township("户编号", "户编号");
        let id: HouseholdId = "hh_01890a5dac96774bbcceb302099a8057".parse().unwrap();
        let refused = Done::Refused { code: "NU2122".to_owned(), what: "refused".to_owned() };
        let done = BTreeMap::from([("1".to_owned(), Done::Imported(id)), ("2".to_owned(), refused)]);
        assert_eq!(added(&table, &done, 2), ["已导入", "imported", "", "", "", id.to_string().as_str()]);
        assert_eq!(added(&table, &done, 5)[..3], ["未导入", "left out", "NU2122"]);
        assert_eq!(added(&table, &done, 6)[..3], ["可以导入", "ready", ""]);
        let wrong = added(&table, &done, 9);
        assert_eq!(wrong[..3], ["未导入", "left out", "NU2422"]);
        assert!(wrong[3].starts_with("与户主关系：") && wrong[4].starts_with("与户主关系: this stands for no code"));
        assert_eq!(added(&table, &done, 8)[..3], ["未导入", "left out", "NU2434"]);
    }

    #[test]
    fn two_mistakes_of_a_row_stand_together() {
        let table = fixture::township("2.4,2000.00", "约2,约2");
        assert_eq!(added(&table, &BTreeMap::new(), 2)[2], "NU2424 NU2424");
    }

    #[test]
    fn a_text_is_never_a_formula() {
        for text in ["=1+1", "+cmd", "-2+3", "@sum", "\t=1", " =1", "\u{3000}＝1", "＋1+1", "\u{feff}@sum", "\ra"] {
            assert_eq!(as_text(text), format!("'{text}"));
        }
        for text in ["张三", "-5", "+86", "2.40", "a=b", "", " 张三"] {
            assert_eq!(as_text(text), text);
        }
    }

    #[test]
    fn a_long_number_keeps_its_digits() {
        assert_eq!(as_text("999999197003120017"), "999999197003120017\t");
        assert_eq!(as_text("13800000000"), "13800000000");
        assert_eq!(as_text("99999919700312001X"), "99999919700312001X");
    }

    #[test]
    fn the_same_report_is_the_same_bytes() {
        let table = fixture::township("户编号", "户编号");
        let preview = Preview::of(&table, &fixture::mapping(), &fixture::schema()).unwrap();
        let done = BTreeMap::new();
        let report = Report { table: &table, preview: &preview, done: &done };
        assert_eq!(report.xlsx().unwrap(), report.xlsx().unwrap());
        assert_eq!(report.csv().unwrap(), report.csv().unwrap());
    }
}
