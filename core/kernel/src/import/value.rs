//! One cell, read as what the catalogue says of the fact: the value as a household document writes it, or what is wrong.
//!
//! INVARIANT: blank is no value at all; a problem never repeats what the cell holds.

use nuan_domain::schema::FactShape;
use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::fen::Fen;
use serde_json::{Value, json};

use super::mapping::Unit;
use super::number::{Decimal, half_width};
use super::plan::Slot;
use super::table::{Cell, Fault};

/// What is wrong with a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub code: &'static str,
    pub what: &'static str,
    pub hint: String,
}

impl Problem {
    pub fn new(code: &'static str, what: &'static str, hint: impl Into<String>) -> Self {
        Self { code, what, hint: hint.into() }
    }
}

/// The text of a cell without the spaces around it; blank is none.
pub fn text(cell: &Cell) -> Result<Option<String>, Problem> {
    match cell {
        Cell::Blank => Ok(None),
        Cell::Refused(fault, _) => Err(refused(*fault)),
        cell => Ok(Some(cell.shown().trim().to_owned())),
    }
}

/// The value of a cell; blank is none.
pub fn read(cell: &Cell, slot: &Slot<'_>, none: &[String]) -> Result<Option<Value>, Problem> {
    let Some(text) = text(cell)? else { return Ok(None) };
    if let Some(value) = slot.source.values.get(&text) {
        return Ok(Some(value.clone()));
    }
    if none.contains(&text) {
        return Ok(Some(json!({ "none": true })));
    }
    let Some(shape) = slot.fact else { return Ok(Some(Value::String(half_width(&text)))) };
    let unit = slot.source.unit;
    let value = match shape.value_type {
        ValueType::Flag => flag(cell, &text),
        ValueType::Int => whole(&text, unit).map(Value::from),
        ValueType::Money => money(&text, unit).map(Value::from),
        ValueType::Ratio => Decimal::parse(&text).map(|ratio| Value::from(ratio.to_string())),
        ValueType::Date => date(&text).map(Value::from),
        ValueType::Month => month(cell, &text).map(Value::from),
        ValueType::Code | ValueType::Status => code(&text, shape, slot).map(Value::from),
        ValueType::Text => Some(Value::from(text.as_str())),
    };
    value.map(Some).ok_or_else(|| misread(shape))
}

/// What is wrong with a cell that cannot be used.
pub fn refused(fault: Fault) -> Problem {
    match fault {
        Fault::LostDigits => Problem::new(
            "NU2420",
            "a number this long has lost its last digits in the spreadsheet",
            "format the column as text and enter the number again; a spreadsheet keeps 15 digits of a number",
        ),
        Fault::NotADay => Problem::new(
            "NU2423",
            "this is a time or no day of the calendar",
            "write a date without a time, 2022-09-01, or text",
        ),
        Fault::Formula => {
            Problem::new("NU2421", "the formula of this cell ends in an error", "mend the formula, or write the value")
        }
        Fault::TooLong => Problem::new(
            "NU2425",
            "the cell has more than 1000 characters",
            "shorten it; in CSV a quotation mark may not be closed",
        ),
    }
}

fn misread(shape: &FactShape) -> Problem {
    match shape.value_type {
        ValueType::Flag => Problem::new(
            "NU2422",
            "this is neither yes nor no",
            "write 是 or 否, or say under `values` what the texts of the column mean",
        ),
        ValueType::Code | ValueType::Status | ValueType::Text => {
            let codes: Vec<&str> = shape.codes.keys().map(String::as_str).take(20).collect();
            let hint = format!(
                "write a code or its name, or say under `values` what the text means; the codes are {}",
                codes.join(", ")
            );
            Problem::new("NU2422", "this stands for no code of the list", hint)
        }
        ValueType::Date => Problem::new("NU2423", "this is not a date of the calendar", "write 2022-09-01"),
        ValueType::Month => Problem::new("NU2423", "this is not a month", "write 2022-09, as text"),
        ValueType::Money => Problem::new(
            "NU2424",
            "this is not an amount that is exact to the fen",
            "write digits with at most two decimals of a yuan; round a computed amount in the spreadsheet",
        ),
        ValueType::Int => Problem::new("NU2424", "this is not a whole number", "write digits alone"),
        ValueType::Ratio => Problem::new("NU2424", "this is not a ratio", "write a decimal, 0.5"),
    }
}

fn flag(cell: &Cell, text: &str) -> Option<Value> {
    match (cell, text) {
        (Cell::Flag(flag), _) => Some(Value::Bool(*flag)),
        (_, "是" | "true" | "TRUE") => Some(Value::Bool(true)),
        (_, "否" | "false" | "FALSE") => Some(Value::Bool(false)),
        _ => None,
    }
}

/// How many places the point moves from the column's unit to the fact's.
const fn places(unit: Option<Unit>) -> usize {
    match unit {
        None | Some(Unit::Yuan) => 0,
        Some(Unit::SquareMetre) => 2,
        Some(Unit::WanYuan) => 4,
    }
}

fn whole(text: &str, unit: Option<Unit>) -> Option<i64> {
    Decimal::parse(text)?.shifted(places(unit)).integer()
}

/// Yuan with two decimals. A sign of the currency or 元 may stand with the digits.
fn money(text: &str, unit: Option<Unit>) -> Option<String> {
    let text = text.trim_start_matches(['¥', '￥']).trim_end_matches('元');
    let yuan = Decimal::parse(text)?.shifted(places(unit));
    Fen::parse_yuan(&yuan.to_string()).ok().map(|fen| fen.to_string())
}

/// `2022-09-01`, `2022/9/1`, `2022.9.1`, `2022年9月1日`, `20220901`, each also with a midnight behind it.
fn date(text: &str) -> Option<String> {
    let text = half_width(text);
    let text = text.split_once([' ', 'T']).map_or(text.as_str(), |(day, time)| {
        let is_midnight = time.chars().all(|letter| matches!(letter, '0' | ':' | '.'));
        if is_midnight { day } else { "" }
    });
    let parts: Vec<&str> = match (text.get(..4), text.get(4..6), text.get(6..)) {
        (Some(year), Some(month), Some(day)) if is_digits(text, 8) => vec![year, month, day],
        _ => text.strip_suffix('日').unwrap_or(text).split(['-', '/', '.', '年', '月']).collect(),
    };
    let [year, month, day] = parts.as_slice() else { return None };
    Date::parse(&format!("{year}-{month:0>2}-{day:0>2}")).ok().map(|date| date.to_string())
}

/// `2022-09`, `2022/9`, `2022年9月`, `202209`, or a day of the month. Not `2022.1`, which is October as often as January.
fn month(cell: &Cell, text: &str) -> Option<String> {
    if let Cell::Date(date) = cell {
        return Some(date.month().to_string());
    }
    let text = half_width(text);
    let parts: Vec<&str> = match (text.get(..4), text.get(4..)) {
        (Some(year), Some(month)) if is_digits(&text, 6) => vec![year, month],
        _ => text.strip_suffix('月').unwrap_or(&text).split(['-', '/', '年']).collect(),
    };
    let [year, month] = parts.as_slice() else { return None };
    Month::parse(&format!("{year}-{month:0>2}")).ok().map(|month| month.to_string())
}

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A code, its name, or a code whose leading zero a spreadsheet has dropped.
fn code(text: &str, shape: &FactShape, slot: &Slot<'_>) -> Option<String> {
    let narrow = half_width(text);
    let known = |code: &str| shape.codes.contains_key(code).then(|| code.to_owned());
    let named = slot.titles.get(text).map(|code| (*code).to_owned());
    known(&narrow).or(named).or_else(|| known(&format!("{narrow:0>2}")))
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::super::plan;
    use super::*;
    use crate::import::Mapping;

    /// What a cell of one fact's column becomes, as JSON text; a code where it is refused.
    fn outcome(fact: &str, cell: &Cell, more: &str) -> String {
        let schema = fixture::schema();
        let header = "household: h\ndivision: { is: \"999901\" }\nname: n\nnone: [无]";
        let text = format!("version: 1\n{header}\nfacts:\n  {fact}: {{ column: c{more} }}\n");
        let mapping = Mapping::from_yaml("m", &text).unwrap();
        let plan =
            plan::plan(&mapping, &["h", "n", "c"].map(str::to_owned), &schema).unwrap_or_else(|m| panic!("{m:?}"));
        let slot = plan.of_household.facts.first().or(plan.of_member.facts.first()).unwrap();
        match read(cell, slot, &mapping.none) {
            Ok(value) => value.map_or_else(|| "unknown".to_owned(), |value| value.to_string()),
            Err(problem) => problem.code.to_owned(),
        }
    }

    #[track_caller]
    fn check(fact: &str, written: &str, expected: &str) {
        assert_eq!(outcome(fact, &Cell::text(written), ""), expected, "{written}");
    }

    const MONEY: &str = "household.income_12_months";

    #[test]
    fn blank_is_unknown_and_zero_is_zero() {
        for fact in [MONEY, "member.birth_date", "member.local_hukou", "member.disability_grade"] {
            check(fact, "", "unknown");
            check(fact, " 　", "unknown");
        }
        check(MONEY, "0", "\"0.00\"");
        assert_eq!(outcome(MONEY, &Cell::Number("0".to_owned()), ""), "\"0.00\"");
        check(MONEY, "无", "{\"none\":true}");
    }

    #[test]
    fn amounts_are_exact_to_the_fen_or_refused() {
        for written in ["24000.5", "24,000.50", "￥24000.5", "24000.50元", "２４０００．５"] {
            check(MONEY, written, "\"24000.50\"");
        }
        for written in ["24000.505", "约24000", "2.4万", "24 000", "1e4", "99999999999999999999"] {
            check(MONEY, written, "NU2424");
        }
        let wan = |written: &str| outcome(MONEY, &Cell::text(written), ", unit: wan_yuan");
        assert_eq!(wan("2.4"), "\"24000.00\"");
        assert_eq!(wan("2.400001"), "\"24000.01\"");
        assert_eq!(wan("2.4000001"), "NU2424");
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        for written in ["1970-03-12", "1970/3/12", "1970.3.12", "1970年3月12日", "19700312", "1970-03-12 00:00:00"] {
            check("member.birth_date", written, "\"1970-03-12\"");
        }
        for written in ["1970-02-30", "12/3/1970", "70-03-12", "1970-3", "1970-03-12 08:00", "1970", "三月"] {
            check("member.birth_date", written, "NU2423");
        }
        let day = Cell::Date(Date::parse("1970-03-12").unwrap());
        assert_eq!(outcome("member.birth_date", &day, ""), "\"1970-03-12\"");
    }

    #[test]
    fn a_month_is_never_guessed_from_a_decimal() {
        let fact = "record.dibao.last_month";
        for written in ["2022-09", "2022/9", "2022年9月", "202209"] {
            check(fact, written, "\"2022-09\"");
        }
        for written in ["2022.1", "2022-13", "2022", "9月", "20229"] {
            check(fact, written, "NU2423");
        }
        assert_eq!(outcome(fact, &Cell::Date(Date::parse("2022-09-30").unwrap()), ""), "\"2022-09\"");
    }

    #[test]
    fn codes_are_read_by_number_name_and_mapping() {
        let fact = "member.disability_grade";
        check(fact, "一级", "\"1\"");
        check(fact, "1", "\"1\"");
        check(fact, "五级", "NU2422");
        assert_eq!(outcome(fact, &Cell::text("重度"), ", values: { 重度: \"2\" }"), "\"2\"");
        assert_eq!(outcome("member.relation", &Cell::Number("2".to_owned()), ""), "\"02\"");
        check("member.relation", "户主", "\"02\"");
        check("member.relation", "邻居", "NU2422");
    }

    #[test]
    fn yes_and_no_are_read_and_a_digit_is_not() {
        let fact = "member.local_hukou";
        check(fact, "是", "true");
        check(fact, "否", "false");
        check(fact, "1", "NU2422");
        assert_eq!(outcome(fact, &Cell::Flag(false), ""), "false");
        assert_eq!(outcome(fact, &Cell::text("1"), ", values: { \"1\": true }"), "true");
    }

    #[test]
    fn areas_are_whole_square_decimetres() {
        let area = |written: &str| whole(written, Some(Unit::SquareMetre));
        assert_eq!((area("59.99"), area("60"), area("59.995")), (Some(5999), Some(6000), None));
    }

    #[test]
    fn every_fault_of_a_cell_has_its_code() {
        let faults = [Fault::LostDigits, Fault::Formula, Fault::NotADay, Fault::TooLong];
        let codes = faults.map(|fault| outcome(MONEY, &Cell::Refused(fault, "9".to_owned()), ""));
        assert_eq!(codes, ["NU2420", "NU2421", "NU2423", "NU2425"]);
    }
}
