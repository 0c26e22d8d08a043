//! Cuts households out of a batch, and joins the outputs of the pieces again. Pure; rows of every level move along.

use std::ops::Range;

use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::columns::{Batch, Bitmap, Column, ColumnValues, Gap, Level, Outputs, TextColumn};
use nuan_vocabulary::known::Absence;

use crate::shape::{OutputShape, Shape};

/// What became of some consecutive households.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// How many rows they have at each level.
    pub rows: Vec<u32>,
    /// Their outputs; `None`: unknown, and the reason stands elsewhere.
    pub outputs: Option<Outputs>,
}

/// How many rows a batch has at each level.
pub fn rows(batch: &Batch) -> Vec<u32> {
    batch.levels.iter().map(|level| level.rows).collect()
}

/// The rows of some consecutive households, level by level.
pub fn row_ranges(batch: &Batch, households: Range<u32>) -> Vec<Range<u32>> {
    let mut ranges: Vec<Option<Range<u32>>> = vec![None; batch.levels.len()];
    if let Some(first) = ranges.first_mut() {
        *first = Some(households);
    }
    // A list may stand before the list that it belongs to, so go round until every level has its parent's range.
    for _ in 1..batch.levels.len() {
        for (index, level) in batch.levels.iter().enumerate().skip(1) {
            let parent = ranges.get(to_usize(level.parent)).cloned().flatten();
            if let (Some(parent), Some(place @ None)) = (parent, ranges.get_mut(index)) {
                *place = Some(offset(level, parent.start)..offset(level, parent.end));
            }
        }
    }
    ranges.into_iter().map(Option::unwrap_or_default).collect()
}

/// By level, the first row of each household, and the number of rows at the end.
pub(crate) fn first_rows(batch: &Batch) -> Vec<Vec<u32>> {
    let mut firsts: Vec<Option<Vec<u32>>> = vec![None; batch.levels.len()];
    if let (Some(first), Some(level)) = (firsts.first_mut(), batch.levels.first()) {
        *first = Some((0..=level.rows).collect());
    }
    for _ in 1..batch.levels.len() {
        for (index, level) in batch.levels.iter().enumerate().skip(1) {
            let parent = firsts.get(to_usize(level.parent)).and_then(Option::as_ref);
            let rows = parent.map(|parent| parent.iter().map(|row| offset(level, *row)).collect());
            if let Some(place @ None) = firsts.get_mut(index) {
                *place = rows;
            }
        }
    }
    firsts.into_iter().map(Option::unwrap_or_default).collect()
}

/// The batch of some of its households.
pub fn slice(batch: &Batch, households: Range<u32>) -> Batch {
    let ranges = row_ranges(batch, households);
    let levels = batch.levels.iter().zip(&ranges).enumerate().map(|(index, (level, rows))| {
        let parent_rows =
            if index == 0 { 0..0 } else { ranges.get(to_usize(level.parent)).cloned().unwrap_or_default() };
        slice_level(level, rows, &parent_rows, index == 0)
    });
    Batch { as_of: batch.as_of, levels: levels.collect() }
}

/// The outputs of all pieces, in order.
pub fn concat(shape: &Shape, pieces: Vec<Piece>) -> Outputs {
    let mut columns: Vec<Joined> = shape.outputs.iter().map(Joined::new).collect();
    let mut missing = Vec::new();
    let mut before: Vec<u32> = Vec::new();
    for Piece { rows, outputs } in pieces {
        before.resize(before.len().max(rows.len()), 0);
        let Outputs { columns: of_piece, missing: gaps } = outputs.unwrap_or_default();
        let mut of_piece = of_piece.into_iter();
        for (joined, output) in columns.iter_mut().zip(&shape.outputs) {
            joined.push(of_piece.next(), rows.get(output.level).copied().unwrap_or(0));
        }
        missing.extend(gaps.into_iter().map(|gap| moved(gap, shape, &before)));
        before.iter_mut().zip(&rows).for_each(|(before, rows)| *before = before.saturating_add(*rows));
    }
    missing.sort_unstable_by_key(|gap: &Gap| (gap.output, gap.row));
    Outputs { columns: columns.into_iter().map(Joined::finish).collect(), missing }
}

fn to_usize(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

fn offset(level: &Level, parent_row: u32) -> u32 {
    level.offsets.get(to_usize(parent_row)).copied().unwrap_or(level.rows).min(level.rows)
}

fn slice_level(level: &Level, rows: &Range<u32>, parents: &Range<u32>, is_household: bool) -> Level {
    let offsets = if is_household {
        Vec::new()
    } else {
        (parents.start..=parents.end).map(|parent| offset(level, parent).saturating_sub(rows.start)).collect()
    };
    let (first, last) = (to_usize(rows.start), to_usize(rows.end));
    Level {
        parent: level.parent,
        offsets,
        listed: level.listed.as_ref().map(|bits| slice_bits(bits, to_usize(parents.start)..to_usize(parents.end))),
        rows: rows.end.saturating_sub(rows.start),
        columns: level.columns.iter().map(|column| slice_column(column, first..last)).collect(),
    }
}

fn slice_column(column: &Column, rows: Range<usize>) -> Column {
    let values = match &column.values {
        ColumnValues::Int64(values) => ColumnValues::Int64(slice_values(values, &rows)),
        ColumnValues::Int32(values) => ColumnValues::Int32(slice_values(values, &rows)),
        ColumnValues::Code(values) => ColumnValues::Code(slice_values(values, &rows)),
        ColumnValues::Flag(values) => ColumnValues::Flag(slice_values(values, &rows)),
        ColumnValues::Text(text) => {
            let mut part = TextColumn::default();
            rows.clone().for_each(|row| part.push(text.get(row).unwrap_or_default()));
            ColumnValues::Text(part)
        }
    };
    let bits = |bits: &Option<Bitmap>| bits.as_ref().map(|bits| slice_bits(bits, rows.clone()));
    Column { values, known: bits(&column.known), none: bits(&column.none) }
}

fn slice_values<T: Copy>(values: &[T], rows: &Range<usize>) -> Vec<T> {
    values.get(rows.clone()).unwrap_or_default().to_vec()
}

fn slice_bits(bits: &Bitmap, rows: Range<usize>) -> Bitmap {
    let mut part = Bitmap::clear(rows.len());
    for (to, from) in rows.enumerate() {
        if bits.get(from) {
            part.set(to);
        }
    }
    part
}

/// The gap as it stands in the joined batch.
fn moved(gap: Gap, shape: &Shape, before: &[u32]) -> Gap {
    let at = |level: Option<usize>, row: u32| {
        row.saturating_add(level.and_then(|level| before.get(level)).copied().unwrap_or(0))
    };
    let level = shape.outputs.get(to_usize(gap.output)).map(|output| output.level);
    let absence = |absence: Absence| {
        let level = shape.inputs.get(to_usize(absence.input)).copied();
        Absence { input: absence.input, row: at(level, absence.row) }
    };
    Gap { row: at(level, gap.row), missing: gap.missing.into_iter().map(absence).collect(), ..gap }
}

/// A column that grows piece by piece.
struct Joined {
    values: ColumnValues,
    known: Vec<bool>,
    none: Vec<bool>,
}

impl Joined {
    fn new(output: &OutputShape) -> Self {
        let values = match output.value_type {
            ValueType::Int | ValueType::Money | ValueType::Ratio => ColumnValues::Int64(Vec::new()),
            ValueType::Date | ValueType::Month => ColumnValues::Int32(Vec::new()),
            ValueType::Code | ValueType::Status => ColumnValues::Code(Vec::new()),
            ValueType::Flag => ColumnValues::Flag(Vec::new()),
            ValueType::Text => ColumnValues::Text(TextColumn::default()),
        };
        Self { values, known: Vec::new(), none: Vec::new() }
    }

    /// Adds the rows of a piece; a piece without outputs adds unknown rows.
    fn push(&mut self, column: Option<Column>, rows: u32) {
        let rows = to_usize(rows);
        let length = self.known.len().saturating_add(rows);
        if let Some(column) = column {
            self.known.extend((0..rows).map(|row| column.is_known(row)));
            self.none.extend((0..rows).map(|row| column.is_none(row)));
            match (&mut self.values, column.values) {
                (ColumnValues::Int64(all), ColumnValues::Int64(more)) => all.extend(more),
                (ColumnValues::Int32(all), ColumnValues::Int32(more)) => all.extend(more),
                (ColumnValues::Code(all), ColumnValues::Code(more)) => all.extend(more),
                (ColumnValues::Flag(all), ColumnValues::Flag(more)) => all.extend(more),
                (ColumnValues::Text(all), ColumnValues::Text(more)) => {
                    (0..rows).for_each(|row| all.push(more.get(row).unwrap_or_default()));
                }
                _ => {}
            }
        }
        self.known.resize(length, false);
        self.none.resize(length, false);
        match &mut self.values {
            ColumnValues::Int64(all) => all.resize(length, 0),
            ColumnValues::Int32(all) => all.resize(length, 0),
            ColumnValues::Code(all) => all.resize(length, 0),
            ColumnValues::Flag(all) => all.resize(length, 0),
            ColumnValues::Text(all) => (all.offsets.len()..=length).for_each(|_| all.push("")),
        }
    }

    fn finish(self) -> Column {
        let bits = |flags: &[bool]| {
            let mut bits = Bitmap::clear(flags.len());
            flags.iter().enumerate().filter(|(_, flag)| **flag).for_each(|(row, _)| bits.set(row));
            bits
        };
        let known = (!self.known.iter().all(|known| *known)).then(|| bits(&self.known));
        let none = self.none.iter().any(|none| *none).then(|| bits(&self.none));
        Column { values: self.values, known, none }
    }
}

#[cfg(test)]
mod tests;
