//! What passes as an output, and what each broken promise is called.

use nuan_vocabulary::columns::{Bitmap, Column, ColumnValues, Gap, Level, TextColumn};
use nuan_vocabulary::known::{Absence, Cause};

use super::*;
use crate::test_plugin;

/// Input 0 is the household's flag; 1, 2 and 3 are the lists of households, members and vehicles.
const VEHICLES: u32 = 3;

/// Two households; the first has one member and two vehicles, the second two members and one vehicle.
fn batch() -> Batch {
    let flags = Column { values: ColumnValues::Flag(vec![0, 1]), known: None, none: None };
    let level = |parent, offsets: &[u32], rows| Level {
        parent,
        offsets: offsets.to_vec(),
        listed: None,
        rows,
        columns: vec![],
    };
    let household = Level { columns: vec![flags], ..level(0, &[], 2) };
    let levels = vec![household, level(0, &[0, 1, 3], 3), level(1, &[0, 2, 2, 3], 3)];
    Batch { as_of: Date::new(2025, 1, 1).unwrap(), levels }
}

fn expected() -> Expected {
    let manifest = test_plugin::rich_manifest();
    let resolved = test_plugin::resolved(&manifest);
    let names: Vec<&str> = resolved.outputs.iter().map(|output| output.name.as_str()).collect();
    assert_eq!(names, ["test.amount", "test.flag", "test.note", "test.status", "test.until"]);
    Expected::new(&manifest, &resolved, &Limits { output_bytes_per_household: 100, ..Limits::START }).unwrap()
}

fn all(values: ColumnValues) -> Column {
    Column { values, known: None, none: None }
}

fn outputs() -> Outputs {
    let notes = TextColumn { offsets: vec![0, 3, 3], bytes: "暖".into() };
    let columns = vec![
        all(ColumnValues::Int64(vec![0, 200_000])),
        all(ColumnValues::Flag(vec![0, 1])),
        all(ColumnValues::Text(notes)),
        all(ColumnValues::Code(vec![0, 1, 0])),
        all(ColumnValues::Int32(vec![0, 1, 2])),
    ];
    Outputs { columns, missing: Vec::new() }
}

/// The amount of the second household is unknown, because its vehicle is.
fn with_gap() -> Outputs {
    let mut outputs = outputs();
    outputs.columns[0].known = Some(Bitmap::from_bytes(vec![0b1111_1101]));
    outputs.missing =
        vec![Gap { output: 0, row: 1, missing: vec![Absence { input: VEHICLES, row: 1 }], causes: vec![] }];
    outputs
}

#[track_caller]
fn check(change: impl FnOnce(&mut Outputs), expected_error: &str) {
    let mut changed = with_gap();
    change(&mut changed);
    let said = expected().check(&batch(), &changed).map_or_else(|error| error.to_string(), |()| String::new());
    assert_eq!(said.strip_prefix("wrong output: ").unwrap_or(&said), expected_error);
}

#[test]
fn what_the_manifest_promises_passes() {
    assert_eq!(expected().check(&batch(), &outputs()), Ok(()));
    check(|_| (), "");
    check(|outputs| outputs.columns[3].none = Some(Bitmap::full(3)), "");
}

#[test]
fn columns_have_the_declared_types_and_lengths() {
    check(|outputs| drop(outputs.columns.pop()), "output `outputs`: 4 columns came back where 5 are declared");
    check(|outputs| outputs.columns.swap(0, 1), "output `test.amount`: the column is of another type than declared");
    let short = |outputs: &mut Outputs| outputs.columns[4].values = ColumnValues::Int32(vec![0, 1]);
    check(short, "output `test.until`: 2 rows came back where the batch has 3");
    let bits = |outputs: &mut Outputs| outputs.columns[3].known = Some(Bitmap::clear(9));
    check(bits, "output `test.status`: a bitmap is not as long as the column");
}

#[test]
fn known_values_lie_in_their_ranges() {
    let amounts = |amounts: [i64; 2]| {
        move |outputs: &mut Outputs| outputs.columns[0].values = ColumnValues::Int64(amounts.to_vec())
    };
    check(amounts([200_001, 0]), "output `test.amount`, row 0: the value is outside its range");
    check(amounts([-1, 0]), "output `test.amount`, row 0: the value is outside its range");
    check(amounts([0, i64::MIN]), "");
    let flag = |outputs: &mut Outputs| outputs.columns[1].values = ColumnValues::Flag(vec![1, 2]);
    check(flag, "output `test.flag`, row 1: a flag is neither 0 nor 1");
    let code = |outputs: &mut Outputs| outputs.columns[3].values = ColumnValues::Code(vec![0, 0, 2]);
    check(code, "output `test.status`, row 2: the code is not in the code list");
    let date = |outputs: &mut Outputs| outputs.columns[4].values = ColumnValues::Int32(vec![i32::MAX, 0, 0]);
    check(date, "output `test.until`, row 0: the value is outside its range");
}

#[test]
fn texts_are_texts() {
    let text = |offsets: &[u32], bytes: &[u8]| {
        let column = TextColumn { offsets: offsets.to_vec(), bytes: bytes.to_vec() };
        move |outputs: &mut Outputs| outputs.columns[2].values = ColumnValues::Text(column)
    };
    for forged in [&[1, 1, 3][..], &[0, 9, 3], &[0, 1, 4], &[0, 1, 2]] {
        check(text(forged, b"abc"), "output `test.note`: the offsets of the texts are not those of their bytes");
    }
    check(text(&[], b""), "output `test.note`: 0 rows came back where the batch has 2");
    check(text(&[0, 1, 2], &[b'a', 0xff]), "output `test.note`, row 1: the text is not UTF-8");
    check(text(&[0, 5000, 5000], &[b'a'; 5000]), "output `test.note`, row 0: the text is too long");
}

#[test]
fn every_unknown_row_has_one_gap_and_no_other_has() {
    check(|outputs| outputs.missing.clear(), "output `test.amount`: 1 rows are unknown, but 0 gaps say why");
    let known = "a gap is for a row that is known or that there is not";
    check(|outputs| outputs.missing[0].row = 0, &format!("output `test.amount`, row 0: {known}"));
    check(|outputs| outputs.missing[0].row = 2, &format!("output `test.amount`, row 2: {known}"));
    check(|outputs| outputs.missing[0].output = 9, "output `outputs`, row 1: a gap is for an output that there is not");
    check(|outputs| outputs.missing[0].missing.clear(), "output `test.amount`, row 1: a gap does not say why");
    let twice = |outputs: &mut Outputs| outputs.missing.push(outputs.missing[0].clone());
    check(twice, "output `test.amount`, row 1: the row has two gaps");
}

#[test]
fn a_gap_asks_only_for_what_its_own_household_lacks() {
    let ask = |input, row| move |outputs: &mut Outputs| outputs.missing[0].missing = vec![Absence { input, row }];
    let others = "output `test.amount`, row 1: a gap asks for a row of another household, or for one that there is not";
    check(ask(VEHICLES, 2), "");
    check(ask(VEHICLES, 0), others);
    check(ask(VEHICLES, 3), others);
    check(ask(0, 0), others);
    check(ask(0, 1), "");
    check(ask(9, 1), "output `test.amount`, row 1: a gap asks for an input that there is not");
}

#[test]
fn one_household_does_not_take_it_all() {
    let long = |outputs: &mut Outputs| outputs.missing[0].causes = vec![Cause::NoRuleHeld("r".repeat(60))];
    check(long, "the plugin handed back more than 100 bytes of gaps a household");
}

#[test]
fn a_range_is_written_as_values_of_its_type() {
    for (min, max) in [("\"5.00\"", "\"4.00\""), ("0", "\"4.00\""), ("\"x\"", "\"y\"")] {
        let mut manifest = test_plugin::rich_manifest();
        let range: OutputRange = toml::from_str(&format!("min = {min}\nmax = {max}")).unwrap();
        manifest.outputs.get_mut("test.amount").unwrap().range = Some(range);
        let mistakes = Expected::new(&manifest, &test_plugin::resolved(&manifest), &Limits::START).err().unwrap();
        assert_eq!((mistakes[0].code.as_str(), mistakes[0].path.as_str()), ("NU3310", "/outputs/test.amount/range"));
    }
}
