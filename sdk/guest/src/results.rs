//! The columns that a rule fills. A row that it never sets is unknown: no rule was held for it.

use nuan_vocabulary::columns::{Bitmap, Column, ColumnValues, Gap, Outputs, TextColumn};
use nuan_vocabulary::known::{Cause, Known, Unknown};

use crate::cells::{Carried, Stored, place};

/// Which output a column is.
#[derive(Clone, Copy, Debug)]
pub struct OutputId {
    /// Its number in the resolved manifest.
    pub number: u32,
    /// Its name.
    pub name: &'static str,
}

/// An output column while it is filled.
#[derive(Clone, Debug)]
pub struct OutputCells<V: Carried> {
    values: Vec<V::Stored>,
    filled: Filled,
}

impl<V: Carried> OutputCells<V> {
    /// A column of so many unknown rows.
    pub fn new(rows: u32) -> Self {
        Self { values: vec![V::Stored::default(); place(rows)], filled: Filled::new(rows) }
    }

    /// Sets a row; the last word on a row counts.
    #[inline]
    pub fn set(&mut self, row: u32, value: Known<V>) {
        match value {
            Ok(value) => {
                if let Some(cell) = self.values.get_mut(place(row)) {
                    *cell = value.into_stored();
                    self.filled.known.set(place(row));
                }
            }
            Err(unknown) => self.filled.leave_open(row, self.values.len(), unknown),
        }
    }

    /// Adds the column to the outputs.
    pub fn finish(self, output: OutputId, outputs: &mut Outputs) {
        let known = self.filled.finish(self.values.len(), output, &mut outputs.missing);
        outputs.columns.push(Column { values: V::Stored::column(self.values), known, none: None });
    }
}

/// An output column of texts while it is filled.
#[derive(Clone, Debug)]
pub struct OutputTexts {
    values: Vec<String>,
    filled: Filled,
}

impl OutputTexts {
    /// A column of so many unknown rows.
    pub fn new(rows: u32) -> Self {
        Self { values: vec![String::new(); place(rows)], filled: Filled::new(rows) }
    }

    /// Sets a row; the last word on a row counts.
    pub fn set(&mut self, row: u32, value: Known<String>) {
        match value {
            Ok(value) => {
                if let Some(text) = self.values.get_mut(place(row)) {
                    *text = value;
                    self.filled.known.set(place(row));
                }
            }
            Err(unknown) => self.filled.leave_open(row, self.values.len(), unknown),
        }
    }

    /// Adds the column to the outputs.
    pub fn finish(self, output: OutputId, outputs: &mut Outputs) {
        let known = self.filled.finish(self.values.len(), output, &mut outputs.missing);
        let mut texts = TextColumn::default();
        self.values.iter().for_each(|text| texts.push(text));
        outputs.columns.push(Column { values: ColumnValues::Text(texts), known, none: None });
    }
}

/// Which rows have been set, and why others are open.
#[derive(Clone, Debug)]
struct Filled {
    known: Bitmap,
    /// Empty until the first row is left open, then one entry a row.
    open: Vec<Option<Unknown>>,
}

impl Filled {
    fn new(rows: u32) -> Self {
        Self { known: Bitmap::clear(place(rows)), open: Vec::new() }
    }

    #[cold]
    fn leave_open(&mut self, row: u32, rows: usize, unknown: Unknown) {
        self.known.unset(place(row));
        self.open.resize(rows, None);
        if let Some(open) = self.open.get_mut(place(row)) {
            *open = Some(unknown);
        }
    }

    /// The validity of the column, and a gap for each row that is not known, in the order of rows.
    fn finish(mut self, rows: usize, output: OutputId, gaps: &mut Vec<Gap>) -> Option<Bitmap> {
        let set: usize = self.known.as_bytes().iter().map(|byte| place(byte.count_ones())).sum();
        if set == rows {
            return None;
        }
        for row in (0_u32..).take(rows).filter(|row| !self.known.get(place(*row))) {
            let open = self.open.get_mut(place(row)).and_then(Option::take);
            gaps.push(gap(output, row, open.unwrap_or_else(|| Unknown::no_rule_held(output.name))));
        }
        Some(self.known)
    }
}

/// Arithmetic does not know which rule it served: the output does.
fn gap(output: OutputId, row: u32, unknown: Unknown) -> Gap {
    let (missing, mut causes) = unknown.into_parts();
    for cause in &mut causes {
        if let Cause::OutOfRange(rule) = cause
            && rule.is_empty()
        {
            output.name.clone_into(rule);
        }
    }
    causes.sort_unstable();
    causes.dedup();
    Gap { output: output.number, row, missing, causes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nuan_vocabulary::fen::{Fen, OutOfRange};
    use nuan_vocabulary::known::Absence;

    const AMOUNT: OutputId = OutputId { number: 3, name: "dibao.amount" };

    fn finished(cells: OutputCells<Fen>) -> Outputs {
        let mut outputs = Outputs::default();
        cells.finish(AMOUNT, &mut outputs);
        outputs
    }

    #[test]
    fn a_full_column_carries_no_bitmap() {
        let mut cells = OutputCells::new(2);
        cells.set(0, Ok(Fen::new(5)));
        cells.set(1, Err(Unknown::missing(0, 1)));
        cells.set(1, Ok(Fen::new(7)));
        let outputs = finished(cells);
        assert_eq!(outputs.missing, []);
        assert_eq!(outputs.columns, [Column { values: ColumnValues::Int64(vec![5, 7]), known: None, none: None }]);
    }

    #[test]
    fn every_open_row_has_one_gap() {
        let mut cells = OutputCells::new(4);
        cells.set(2, Err(OutOfRange.into()));
        cells.set(0, Err(Unknown::missing(8, 0)));
        cells.set(0, Err(Unknown::missing(9, 0)));
        cells.set(3, Ok(Fen::ZERO));
        let outputs = finished(cells);
        let rule = || AMOUNT.name.to_owned();
        let gap = |row, missing, causes| Gap { output: 3, row, missing, causes };
        let expected = [
            gap(0, vec![Absence { input: 9, row: 0 }], vec![]),
            gap(1, vec![], vec![Cause::NoRuleHeld(rule())]),
            gap(2, vec![], vec![Cause::OutOfRange(rule())]),
        ];
        assert_eq!(outputs.missing, expected);
        assert_eq!(outputs.columns[0].known.as_ref().map(Bitmap::as_bytes), Some([0b1000].as_slice()));
    }

    #[test]
    fn texts_may_be_set_in_any_order() {
        let mut texts = OutputTexts::new(2);
        texts.set(1, Ok("暖".to_owned()));
        let mut outputs = Outputs::default();
        texts.finish(AMOUNT, &mut outputs);
        let ColumnValues::Text(column) = &outputs.columns[0].values else { panic!("a column of texts") };
        assert_eq!((column.get(0), column.get(1)), (Some(""), Some("暖")));
        assert_eq!(outputs.missing.len(), 1);
    }
}
