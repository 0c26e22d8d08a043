//! Excel workbooks: the first visible sheet, cell by cell, so that a sheet with one cell far away costs nothing.
//!
//! INVARIANT: an amount, a date or a number is what the sheet shows, or the cell is refused; no digit is made up.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataType, ExcelDateTime, Reader, Sheet, SheetType, SheetVisible, Xls, Xlsx};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;

use super::number::Decimal;
use super::table::{Builder, Cell, Encoding, Fault, Table, too_much, unreadable};
use super::{limits, unpacked};

/// Reads an .xlsx workbook.
pub fn read_xlsx(bytes: &[u8]) -> Result<Table, Diagnostic> {
    unpacked::check(bytes)?;
    guarded(|| xlsx(bytes))
}

/// Reads an .xls workbook. What a hostile one costs is not bounded.
pub fn read_xls(bytes: &[u8]) -> Result<Table, Diagnostic> {
    guarded(|| xls(bytes))
}

/// A reader that gives up on a damaged file in the middle has found it unreadable, no more.
fn guarded(read: impl FnOnce() -> Result<Table, Diagnostic>) -> Result<Table, Diagnostic> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(unreadable()))
}

fn xlsx(bytes: &[u8]) -> Result<Table, Diagnostic> {
    let book = calamine::open_workbook_from_rs::<Xlsx<_>, _>(Cursor::new(bytes));
    let mut book = book.map_err(|_| unreadable())?;
    let sheet = first_sheet(book.sheets_metadata()).ok_or_else(unreadable)?;
    let mut cells = book.worksheet_cells_reader(&sheet).map_err(|_| unreadable())?;
    let mut builder = Builder::new(Encoding::Excel);
    let mut line = Line::default();
    while let Some(found) = cells.next_cell().map_err(|_| unreadable())? {
        let cell = cell_of(found.get_value());
        if cell.is_blank() {
            continue;
        }
        let (row, column) = found.get_position();
        let number = usize::try_from(row).map_err(|_| unreadable())? + 1;
        if number < line.number {
            return Err(unreadable());
        }
        if number > line.number {
            line.end(&mut builder)?;
            line.number = number;
        }
        line.put(column, cell)?;
    }
    line.end(&mut builder)?;
    builder.finish()
}

fn xls(bytes: &[u8]) -> Result<Table, Diagnostic> {
    let book = calamine::open_workbook_from_rs::<Xls<_>, _>(Cursor::new(bytes));
    let mut book = book.map_err(|_| unreadable())?;
    let sheet = first_sheet(book.sheets_metadata()).ok_or_else(unreadable)?;
    let range = book.worksheet_range(&sheet).map_err(|_| unreadable())?;
    let mut builder = Builder::new(Encoding::Excel);
    let Some((first_row, first_column)) = range.start() else { return builder.finish() };
    let first_row = usize::try_from(first_row).map_err(|_| unreadable())? + 1;
    for (offset, values) in range.rows().enumerate() {
        let mut line = Line { number: first_row + offset, cells: Vec::new() };
        for (column, value) in (first_column..).zip(values) {
            match cell_of(value) {
                Cell::Blank => {}
                cell => line.put(column, cell)?,
            }
        }
        line.end(&mut builder)?;
    }
    builder.finish()
}

/// The sheet that a person sees first.
fn first_sheet(sheets: &[Sheet]) -> Option<String> {
    let is_shown = |sheet: &&Sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible;
    sheets.iter().find(is_shown).map(|sheet| sheet.name.clone())
}

/// A row in the making.
#[derive(Default)]
struct Line {
    number: usize,
    cells: Vec<Cell>,
}

impl Line {
    fn put(&mut self, column: u32, cell: Cell) -> Result<(), Diagnostic> {
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= limits::COLUMNS {
            return Err(too_much(&format!("at most {} columns", limits::COLUMNS)));
        }
        if self.cells.len() <= column {
            self.cells.resize(column + 1, Cell::Blank);
        }
        if let Some(place) = self.cells.get_mut(column) {
            *place = cell;
        }
        Ok(())
    }

    fn end(&mut self, builder: &mut Builder) -> Result<(), Diagnostic> {
        builder.push(self.number, std::mem::take(&mut self.cells))
    }
}

fn cell_of(value: &impl DataType) -> Cell {
    if let Some(text) = value.get_string() {
        return Cell::text(text);
    }
    if let Some(moment) = value.get_datetime() {
        return day(moment);
    }
    if let Some(text) = value.get_datetime_iso() {
        return iso_day(text);
    }
    if let Some(flag) = value.get_bool() {
        return Cell::Flag(flag);
    }
    if let Some(number) = value.get_float() {
        return shown(Decimal::shown(number));
    }
    if let Some(number) = value.get_int() {
        // The width of a spreadsheet's number, whoever wrote the file.
        let digits = number.unsigned_abs().to_string();
        return shown(Decimal::parse(&number.to_string()).filter(|_| digits.len() <= 15));
    }
    if value.is_error() {
        return Cell::Refused(Fault::Formula, String::new());
    }
    if value.is_duration_iso() {
        return Cell::Refused(Fault::NotADay, String::new());
    }
    Cell::Blank
}

fn shown(number: Option<Decimal>) -> Cell {
    number.map_or_else(|| Cell::Refused(Fault::LostDigits, String::new()), |number| Cell::Number(number.to_string()))
}

/// A day without a time. The calendar of spreadsheets begins in 1900 and has a 29 February in that year.
fn day(moment: ExcelDateTime) -> Cell {
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let is_midnight = (hour, minute, second, milli) == (0, 0, 0, 0);
    let is_day = moment.is_datetime() && moment.as_f64() >= 0.0 && is_midnight && year >= 1900;
    let date = || Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let date = if is_day { date() } else { None };
    date.map_or_else(|| Cell::Refused(Fault::NotADay, String::new()), Cell::Date)
}

/// A day as a few programs write it: `2022-09-01T00:00:00`.
fn iso_day(text: &str) -> Cell {
    let (day, time) = text.split_once('T').unwrap_or((text, ""));
    let is_midnight = time.chars().all(|letter| matches!(letter, '0' | ':' | '.' | 'Z'));
    let date = Date::parse(day).ok().filter(|_| is_midnight);
    date.map_or_else(|| Cell::Refused(Fault::NotADay, String::new()), Cell::Date)
}

#[cfg(test)]
mod tests {
    use calamine::{CellErrorType, Data, ExcelDateTimeType};
    use rust_xlsxwriter::{Format, Workbook};

    use super::*;

    fn date(text: &str) -> Cell {
        Cell::Date(Date::parse(text).unwrap())
    }

    fn number(text: &str) -> Cell {
        Cell::Number(text.to_owned())
    }

    #[track_caller]
    fn check(value: Data, expected: &Cell) {
        assert!(cell_of(&value) == *expected, "{value:?} {:?}", cell_of(&value));
    }

    #[test]
    fn cells_are_what_the_sheet_shows() {
        check(Data::String("  ".to_owned()), &Cell::Blank);
        check(Data::String(" 张三".to_owned()), &Cell::Text(" 张三".to_owned()));
        check(Data::Float(1216.3), &number("1216.3"));
        check(Data::Float(0.0), &number("0"));
        check(Data::Int(330_106), &number("330106"));
        check(Data::Bool(true), &Cell::Flag(true));
        check(Data::Error(CellErrorType::Ref), &Cell::Refused(Fault::Formula, String::new()));
        check(Data::DurationIso("PT1H".to_owned()), &Cell::Refused(Fault::NotADay, String::new()));
        check(Data::DateTimeIso("2022-09-01T00:00:00.000".to_owned()), &date("2022-09-01"));
        check(Data::DateTimeIso("2022-09-01T08:00:00".to_owned()), &Cell::Refused(Fault::NotADay, String::new()));
    }

    #[test]
    fn a_document_number_kept_as_a_number_is_refused_and_one_of_15_digits_is_not() {
        check(Data::Float(999_999_800_101_001.0), &number("999999800101001"));
        check(Data::Int(999_999_800_101_001), &number("999999800101001"));
        check(Data::Float(9.999_991_980_010_1e17), &Cell::Refused(Fault::LostDigits, String::new()));
        check(Data::Int(999_999_198_001_010_011), &Cell::Refused(Fault::LostDigits, String::new()));
        check(Data::Int(1_000_000_000_000_000), &Cell::Refused(Fault::LostDigits, String::new()));
    }

    #[test]
    fn serials_are_days_of_the_calendar_or_refused() {
        let serial = |value, kind, is_1904| Data::DateTime(ExcelDateTime::new(value, kind, is_1904));
        let plain = |value| serial(value, ExcelDateTimeType::DateTime, false);
        let refused = Cell::Refused(Fault::NotADay, String::new());
        check(plain(44_805.0), &date("2022-09-01"));
        check(plain(44_805.25), &refused);
        check(plain(59.0), &date("1900-02-28"));
        check(plain(60.0), &refused);
        check(plain(61.0), &date("1900-03-01"));
        check(plain(0.0), &refused);
        check(plain(0.5), &refused);
        check(plain(-1.0), &refused);
        check(plain(9e9), &refused);
        check(serial(1.0, ExcelDateTimeType::TimeDelta, false), &refused);
        check(serial(43_343.0, ExcelDateTimeType::DateTime, true), &date("2022-09-01"));
        check(serial(-1.0, ExcelDateTimeType::DateTime, true), &refused);
    }

    fn written(fill: impl FnOnce(&mut Workbook)) -> Result<Table, Diagnostic> {
        let mut book = Workbook::new();
        fill(&mut book);
        Table::read(&book.save_to_buffer().unwrap())
    }

    #[test]
    fn a_workbook_is_read_back() {
        let table = written(|book| {
            book.add_worksheet().set_hidden(true).write_string(0, 0, "hidden").unwrap();
            let sheet = book.add_worksheet().set_active(true);
            sheet.write_string(0, 0, "某镇困难群众花名册").unwrap();
            for (column, header) in (0..).zip(["户编号", "姓名", "出生日期", "家庭年收入"]) {
                sheet.write_string(2, column, header).unwrap();
            }
            sheet.write_number(4, 0, 1).unwrap().write_string(4, 1, "张三").unwrap();
            let format = Format::new().set_num_format("yyyy\"年\"m\"月\"d\"日\"");
            sheet.write_number_with_format(4, 2, 25_569.0, &format).unwrap();
            sheet.write_number(4, 3, 24_000.55).unwrap();
            sheet.write_string(1_000_000, 0, "2").unwrap();
        })
        .unwrap();
        assert_eq!(table.encoding, Encoding::Excel);
        assert_eq!(table.headers, ["户编号", "姓名", "出生日期", "家庭年收入"]);
        assert_eq!(table.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [5, 1_000_001]);
        let expected = [number("1"), Cell::Text("张三".to_owned()), date("1970-01-01"), number("24000.55")];
        assert!(table.rows[0].cells == expected, "{:?}", table.rows[0]);
    }

    #[test]
    fn a_cell_beyond_the_columns_is_refused_and_an_empty_workbook_has_no_header() {
        let at = |column| {
            written(move |book| {
                let sheet = book.add_worksheet();
                sheet.write_string(0, 0, "a").unwrap().write_string(0, 1, "b").unwrap();
                sheet.write_string(1, column, "x").unwrap();
            })
        };
        assert!(at(199).is_ok());
        assert_eq!(at(200).unwrap_err().code, "NU2400");
        let empty = written(|book| {
            book.add_worksheet();
        });
        assert_eq!(empty.unwrap_err().code, "NU2403");
    }

    #[test]
    fn a_reader_that_gives_up_leaves_an_unreadable_file() {
        let refused = guarded(|| panic!("a damaged file"));
        assert_eq!(refused.unwrap_err().code, "NU2402");
    }
}
