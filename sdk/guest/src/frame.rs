//! A batch held against the resolved manifest, once: afterwards every row of every column can be read.

use nuan_vocabulary::columns::{Batch, Bitmap, Column, ColumnValues, Failure, Level};
use nuan_vocabulary::date::Date;

use crate::cells::{Carried, Cells, Stored, TextCells, Validity, place};
use crate::list::List;

/// What the resolved manifest says of a level.
#[derive(Clone, Copy, Debug)]
pub struct LevelShape {
    /// The level of its parent; 0 for level 0 itself.
    pub parent: u32,
    /// How many columns it has.
    pub columns: usize,
}

/// A batch whose levels, lists and lengths are those of the resolved manifest.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    batch: &'a Batch,
}

impl<'a> Frame<'a> {
    /// Holds the levels of a batch against the manifest's; [`Frame::cells`] does the same for columns.
    pub fn of(batch: &'a Batch, shapes: &[LevelShape]) -> Result<Self, Failure> {
        if batch.levels.len() != shapes.len() {
            return Err(misshapen(format!("the batch has {} levels, not {}", batch.levels.len(), shapes.len())));
        }
        for (number, (level, shape)) in batch.levels.iter().zip(shapes).enumerate() {
            let parents =
                if number == 0 { None } else { batch.levels.get(place(shape.parent)).map(|parent| parent.rows) };
            check_level(level, *shape, parents).map_err(|what| misshapen(format!("level {number}: {what}")))?;
        }
        Ok(Self { batch })
    }

    /// The date of the law and of all ages.
    pub const fn as_of(&self) -> Date {
        self.batch.as_of
    }

    /// How many rows a level has.
    pub fn rows(&self, level: usize) -> u32 {
        self.batch.levels.get(level).map_or(0, |level| level.rows)
    }

    /// Which rows of a level belong to which parent.
    pub fn list(&self, level: usize) -> List<'a> {
        let found = self.batch.levels.get(level);
        List {
            offsets: found.map_or(&[], |level| level.offsets.as_slice()),
            listed: found.and_then(|level| level.listed.as_ref()).map(Bitmap::as_bytes),
        }
    }

    /// A column; `optional` ones may say that a row has no value.
    pub fn cells<V: Carried>(&self, level: usize, column: usize, optional: bool) -> Result<Cells<'a, V>, Failure> {
        let (found, validity) = self.column(level, column, optional)?;
        let values = V::Stored::of(&found.values).ok_or_else(|| wrong_type(level, column))?;
        let false_code = (0_u32..)
            .zip(values)
            .find(|(row, stored)| !V::is_valid(**stored) && validity.is_known(*row) && !validity.is_none(*row));
        match false_code {
            Some(_) => Err(misshapen(format!("level {level}, column {column}: a code beyond the code list"))),
            None => Ok(Cells { values, validity }),
        }
    }

    /// A column of texts.
    pub fn texts(&self, level: usize, column: usize, optional: bool) -> Result<TextCells<'a>, Failure> {
        let (found, validity) = self.column(level, column, optional)?;
        let ColumnValues::Text(values) = &found.values else { return Err(wrong_type(level, column)) };
        if (0..values.offsets.len().saturating_sub(1)).any(|row| values.get(row).is_none()) {
            return Err(misshapen(format!("level {level}, column {column}: offsets or bytes that are no text")));
        }
        Ok(TextCells { values, validity })
    }

    fn column(&self, level: usize, column: usize, optional: bool) -> Result<(&'a Column, Validity<'a>), Failure> {
        let rows = place(self.rows(level));
        let found = self.batch.levels.get(level).and_then(|level| level.columns.get(column));
        let found = found.ok_or_else(|| misshapen(format!("level {level} has no column {column}")))?;
        let (known, none) = (found.known.as_ref().map(Bitmap::as_bytes), found.none.as_ref().map(Bitmap::as_bytes));
        let wrong = if found.values.rows() != rows {
            "not one value a row"
        } else if [known, none].into_iter().flatten().any(|bits| bits.len() != rows.div_ceil(8)) {
            "not one bit a row"
        } else if none.is_some() && !optional {
            "rows without a value, although the column is not optional"
        } else {
            return Ok((found, Validity { known, none }));
        };
        Err(misshapen(format!("level {level}, column {column}: {wrong}")))
    }
}

fn check_level(level: &Level, shape: LevelShape, parents: Option<u32>) -> Result<(), String> {
    if level.columns.len() != shape.columns {
        return Err(format!("{} columns, not {}", level.columns.len(), shape.columns));
    }
    let Some(parents) = parents else { return Ok(()) };
    let offsets = level.offsets.as_slice();
    let ascending = offsets.first() == Some(&0) && offsets.is_sorted() && offsets.last() == Some(&level.rows);
    if level.parent != shape.parent {
        Err(format!("it belongs to level {}, not {}", level.parent, shape.parent))
    } else if offsets.len() != place(parents) + 1 || !ascending {
        Err("offsets that do not fit its parents and rows".to_owned())
    } else if level.listed.as_ref().is_some_and(|listed| listed.as_bytes().len() != place(parents).div_ceil(8)) {
        Err("not one bit a parent".to_owned())
    } else {
        Ok(())
    }
}

fn wrong_type(level: usize, column: usize) -> Failure {
    misshapen(format!("level {level}, column {column}: a column of another type"))
}

#[cold]
fn misshapen(message: String) -> Failure {
    Failure { code: "NU4011".to_owned(), message, row: None }
}
