//! One column: the type, as many rows as the level has, and every known value in its range.

use nuan_vocabulary::columns::{Bitmap, Column, ColumnValues, TextColumn};

use super::{ExpectedOutput, wrong};
use crate::fault::HostError;
use crate::shape::carries;

/// Whether a column is what the manifest promises.
pub(super) fn check(expected: &ExpectedOutput, column: &Column, rows: u32, text_bytes: usize) -> Result<(), HostError> {
    let name = expected.name.as_str();
    if !carries(&column.values, expected.value_type) {
        return Err(wrong(name, None, "the column is of another type than declared"));
    }
    let wanted = usize::try_from(rows).unwrap_or(usize::MAX);
    if column.values.rows() != wanted {
        return Err(wrong(name, None, format!("{} rows came back where the batch has {rows}", column.values.rows())));
    }
    for bits in [&column.known, &column.none].into_iter().flatten() {
        if bits.as_bytes().len() != wanted.div_ceil(8) {
            return Err(wrong(name, None, "a bitmap is not as long as the column"));
        }
    }
    let bad = match &column.values {
        ColumnValues::Int64(values) => {
            first_bad(column, values, |value| expected.least <= *value && *value <= expected.most)
        }
        ColumnValues::Int32(values) => {
            first_bad(column, values, |value| (expected.least..=expected.most).contains(&i64::from(*value)))
        }
        ColumnValues::Code(values) => first_bad(column, values, |value| *value < expected.codes),
        ColumnValues::Flag(values) => first_bad(column, values, |value| *value <= 1),
        ColumnValues::Text(text) => return check_text(name, column, text, text_bytes),
    };
    let reason = match &column.values {
        ColumnValues::Code(_) => "the code is not in the code list",
        ColumnValues::Flag(_) => "a flag is neither 0 nor 1",
        _ => "the value is outside its range",
    };
    bad.map_or(Ok(()), |row| Err(wrong(name, u32::try_from(row).ok(), reason)))
}

/// The first known row whose value is not good. Values of other rows are not looked at.
fn first_bad<T>(column: &Column, values: &[T], is_good: impl Fn(&T) -> bool) -> Option<usize> {
    // Almost every column is good throughout, unknown rows and all; only where one is not do the bitmaps matter.
    if values.iter().all(&is_good) {
        return None;
    }
    let is_read = |row: usize| column.is_known(row) && !column.is_none(row);
    values.iter().enumerate().position(|(row, value)| is_read(row) && !is_good(value))
}

fn check_text(name: &str, column: &Column, text: &TextColumn, text_bytes: usize) -> Result<(), HostError> {
    let end = text.offsets.last().and_then(|last| usize::try_from(*last).ok());
    if text.offsets.first() != Some(&0) || end != Some(text.bytes.len()) || !text.offsets.is_sorted() {
        return Err(wrong(name, None, "the offsets of the texts are not those of their bytes"));
    }
    for row in 0..text.offsets.len().saturating_sub(1) {
        if !column.is_known(row) || column.is_none(row) {
            continue;
        }
        let reason = match text.get(row) {
            None => "the text is not UTF-8",
            Some(text) if text.len() > text_bytes => "the text is too long",
            Some(_) => continue,
        };
        return Err(wrong(name, u32::try_from(row).ok(), reason));
    }
    Ok(())
}

/// The rows that are not known.
pub(super) fn unknown_rows(known: Option<&Bitmap>, rows: u32) -> u32 {
    let Some(known) = known else { return 0 };
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    let (whole, rest) = known.as_bytes().split_at_checked(rows >> 3).unwrap_or_default();
    let last = rest.first().map_or(0, |byte| (byte & !(0xff << (rows & 7))).count_ones());
    let set = whole.iter().fold(last, |set, byte| set.saturating_add(byte.count_ones()));
    u32::try_from(rows).unwrap_or(u32::MAX).saturating_sub(set)
}
