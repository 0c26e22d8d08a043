//! The answers of a call, collected row by row and handed back as columns.

use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::columns::{Batch, Bitmap, Column, ColumnValues, Gap, Outputs, TextColumn};
use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::fen::{Exact, Fen, Ratio};
use nuan_vocabulary::known::{Cause, Unknown};
use nuan_vocabulary::reason::Step;
use nuan_vocabulary::resolved::{ResolvedManifest, ResolvedOutput};
use rhai::Dynamic;

use crate::row;
use crate::value::{Evaluated, fault, missing};

/// All outputs of a batch, some of them answered.
#[derive(Default)]
pub(crate) struct Answers {
    rows: Vec<OutputRows>,
    /// The reasons, where they are asked for.
    pub(crate) steps: Vec<Step>,
}

struct OutputRows {
    cells: Cells,
    answered: Bitmap,
    known: Bitmap,
    gaps: Vec<Gap>,
}

/// The values so far; text is joined at the end, since its rows may come in any order.
enum Cells {
    Int64(Vec<i64>),
    Int32(Vec<i32>),
    Code(Vec<u32>),
    Flag(Vec<u8>),
    Text(Vec<String>),
}

/// One known value in the form of its column.
pub(crate) enum Cell {
    /// A whole number, money or a ratio.
    Int64(i64),
    /// A date or a month.
    Int32(i32),
    /// A code or a status.
    Code(u32),
    /// Yes or no.
    Flag(bool),
    /// Text.
    Text(String),
}

impl Answers {
    /// Nothing answered yet.
    pub(crate) fn none(manifest: &ResolvedManifest, batch: &Batch) -> Self {
        let rows = |output: &ResolvedOutput| {
            let rows = row::level(batch, output.level).and_then(|level| usize::try_from(level.rows).ok());
            OutputRows::none(output.value_type, rows.unwrap_or_default())
        };
        Self { rows: manifest.outputs.iter().map(rows).collect(), steps: Vec::new() }
    }

    /// Whether the row of the output has its answer.
    pub(crate) fn has(&self, output: usize, row: u32) -> bool {
        self.rows.get(output).is_some_and(|rows| usize::try_from(row).is_ok_and(|row| rows.answered.get(row)))
    }

    /// Answers a row with a known value.
    pub(crate) fn know(&mut self, output: usize, row: u32, cell: Cell) {
        if let Some(rows) = self.rows.get_mut(output)
            && let Ok(at) = usize::try_from(row)
        {
            rows.answered.set(at);
            rows.cells.set(at, cell);
        }
    }

    /// Answers a row as undetermined.
    pub(crate) fn lack(&mut self, output: usize, row: u32, unknown: Unknown, rule: &str) {
        let number = u32::try_from(output).unwrap_or(u32::MAX);
        if let Some(rows) = self.rows.get_mut(output)
            && let Ok(at) = usize::try_from(row)
        {
            rows.answered.set(at);
            rows.known.unset(at);
            let (missing, causes) = unknown.into_parts();
            let causes = causes.into_iter().map(|cause| named(cause, rule)).collect();
            rows.gaps.push(Gap { output: number, row, missing, causes });
        }
    }

    /// The columns, in the order of the manifest.
    pub(crate) fn into_outputs(self) -> Outputs {
        let mut outputs = Outputs::default();
        for mut rows in self.rows {
            rows.gaps.sort_unstable_by_key(|gap| gap.row);
            let known = (!rows.gaps.is_empty()).then_some(rows.known);
            outputs.columns.push(Column { values: rows.cells.into_values(), known, none: None });
            outputs.missing.append(&mut rows.gaps);
        }
        outputs
    }
}

/// Arithmetic does not know for whom it is done; the answer does.
fn named(cause: Cause, rule: &str) -> Cause {
    match cause {
        Cause::OutOfRange(unnamed) if unnamed.is_empty() => Cause::OutOfRange(rule.to_owned()),
        cause => cause,
    }
}

impl OutputRows {
    fn none(value_type: ValueType, rows: usize) -> Self {
        let cells = match value_type {
            ValueType::Int | ValueType::Money | ValueType::Ratio => Cells::Int64(vec![0; rows]),
            ValueType::Date | ValueType::Month => Cells::Int32(vec![0; rows]),
            ValueType::Code | ValueType::Status => Cells::Code(vec![0; rows]),
            ValueType::Flag => Cells::Flag(vec![0; rows]),
            ValueType::Text => Cells::Text(vec![String::new(); rows]),
        };
        Self { cells, answered: Bitmap::clear(rows), known: Bitmap::full(rows), gaps: Vec::new() }
    }
}

impl Cells {
    fn set(&mut self, row: usize, cell: Cell) {
        fn put<T>(cells: &mut [T], row: usize, value: T) {
            if let Some(cell) = cells.get_mut(row) {
                *cell = value;
            }
        }
        match (self, cell) {
            (Self::Int64(cells), Cell::Int64(value)) => put(cells, row, value),
            (Self::Int32(cells), Cell::Int32(value)) => put(cells, row, value),
            (Self::Code(cells), Cell::Code(value)) => put(cells, row, value),
            (Self::Flag(cells), Cell::Flag(value)) => put(cells, row, u8::from(value)),
            (Self::Text(cells), Cell::Text(value)) => put(cells, row, value),
            _ => {}
        }
    }

    fn into_values(self) -> ColumnValues {
        match self {
            Self::Int64(cells) => ColumnValues::Int64(cells),
            Self::Int32(cells) => ColumnValues::Int32(cells),
            Self::Code(cells) => ColumnValues::Code(cells),
            Self::Flag(cells) => ColumnValues::Flag(cells),
            Self::Text(cells) => {
                let mut column = TextColumn::default();
                cells.iter().for_each(|text| column.push(text));
                ColumnValues::Text(column)
            }
        }
    }
}

/// The known value in the form of the output's column. The value is not unknown.
pub(crate) fn cell(output: &ResolvedOutput, value: &Dynamic) -> Evaluated<Cell> {
    debug_assert!(missing(value).is_none());
    let wanted = output.value_type;
    let found = match wanted {
        ValueType::Flag => value.as_bool().ok().map(Cell::Flag),
        ValueType::Status => value.as_bool().ok().map(|eligible| Cell::Code(u32::from(eligible))),
        ValueType::Int => value.as_int().ok().map(Cell::Int64),
        ValueType::Money => value.read_lock::<Fen>().map(|amount| Cell::Int64(amount.get())),
        ValueType::Ratio => value.read_lock::<Ratio>().map(|ratio| Cell::Int64(ratio.millionths())),
        ValueType::Date => value.read_lock::<Date>().map(|date| Cell::Int32(date.days())),
        ValueType::Month => value.read_lock::<Month>().map(|month| Cell::Int32(month.months())),
        ValueType::Code => {
            let text = value.as_immutable_string_ref().ok();
            let code = text.and_then(|text| (0..).zip(&output.codes).find(|(_, code)| **code == *text).map(|(n, _)| n));
            code.map(Cell::Code)
        }
        ValueType::Text => value.as_immutable_string_ref().ok().map(|text| Cell::Text(text.to_string())),
    };
    match found {
        Some(cell) => Ok(cell),
        None if value.is::<Exact>() => {
            fault(format!("`{}` is answered with unrounded money; round it first", output.name))
        }
        None => fault(format!("`{}` takes {}, but is answered with something else", output.name, words(wanted))),
    }
}

const fn words(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::Flag => "true or false",
        ValueType::Status => "true (eligible) or false (not eligible)",
        ValueType::Int => "a whole number",
        ValueType::Money => "money",
        ValueType::Ratio => "a ratio",
        ValueType::Date => "a date",
        ValueType::Month => "a month",
        ValueType::Code => "one of its codes",
        ValueType::Text => "text",
    }
}
