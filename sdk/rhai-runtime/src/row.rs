//! Rows and lists of rows as scripts hold them: positions in the batch, never copies of it.

use std::ops::Range;
use std::rc::Rc;

use nuan_vocabulary::columns::{Batch, Column, ColumnValues, Level};
use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::fen::{Fen, Ratio};
use rhai::Dynamic;

use crate::surface::{Reading, Target};
use crate::value::Missing;

/// One row of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its level.
    pub(crate) level: u32,
    /// Its place in the level.
    pub(crate) row: u32,
}

/// Some rows of one level.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    level: u32,
    rows: Chosen,
}

#[derive(Clone, Debug)]
enum Chosen {
    All(Range<u32>),
    Some(Rc<[u32]>),
}

impl Rows {
    /// The rows of a level that stand in a range.
    pub(crate) const fn all(level: u32, rows: Range<u32>) -> Self {
        Self { level, rows: Chosen::All(rows) }
    }

    /// Those of the rows whose mark is set, in their order.
    pub(crate) fn picked(&self, marks: &[bool]) -> Self {
        let picked = self.iter().zip(marks).filter(|(_, mark)| **mark).map(|(row, _)| row.row);
        Self { level: self.level, rows: Chosen::Some(picked.collect()) }
    }

    /// One after the other.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Row> + use<> {
        let (range, picked) = match &self.rows {
            Chosen::All(range) => (range.clone(), None),
            Chosen::Some(rows) => (0..u32::try_from(rows.len()).unwrap_or(u32::MAX), Some(Rc::clone(rows))),
        };
        let level = self.level;
        range.filter_map(move |at| {
            let row = match &picked {
                None => at,
                Some(rows) => *rows.get(usize::try_from(at).ok()?)?,
            };
            Some(Row { level, row })
        })
    }
}

impl IntoIterator for Rows {
    type Item = Row;
    type IntoIter = Box<dyn Iterator<Item = Row>>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

/// The level's part of a batch.
pub(crate) fn level(batch: &Batch, level: u32) -> Option<&Level> {
    batch.levels.get(usize::try_from(level).ok()?)
}

/// The rows at a list's level that belong to a row of its parent.
pub(crate) fn children(list: &Level, parent: u32) -> Option<Range<u32>> {
    let parent = usize::try_from(parent).ok()?;
    Some(*list.offsets.get(parent)?..*list.offsets.get(parent + 1)?)
}

/// The row that a row of a list belongs to.
pub(crate) fn parent(list: &Level, row: u32) -> Option<u32> {
    let after = list.offsets.partition_point(|offset| *offset <= row);
    u32::try_from(after.checked_sub(1)?).ok()
}

/// What a property of a row is; `None` where the batch does not fit the manifest.
pub(crate) fn read(batch: &Batch, row: Row, target: &Target) -> Option<Dynamic> {
    match target {
        Target::Column { column, input, reading } => {
            let found = level(batch, row.level)?.columns.get(*column)?;
            cell(found, row.row, reading).or_else(|| Some(Dynamic::from(Missing::input(*input, row.row))))
        }
        Target::List { level: list, input } => {
            let found = level(batch, *list)?;
            let at = usize::try_from(row.row).ok()?;
            if found.listed.as_ref().is_some_and(|listed| !listed.get(at)) {
                return Some(Dynamic::from(Missing::input(*input, row.row)));
            }
            Some(Dynamic::from(Rows::all(*list, children(found, row.row)?)))
        }
        Target::Parent { level: above } => {
            let row = parent(level(batch, row.level)?, row.row)?;
            Some(Dynamic::from(Row { level: *above, row }))
        }
        Target::AsOf => Some(Dynamic::from(batch.as_of)),
    }
}

/// The value of a cell; `None` if it is unknown.
fn cell(column: &Column, row: u32, reading: &Reading) -> Option<Dynamic> {
    let row = usize::try_from(row).ok()?;
    if !column.is_known(row) {
        return None;
    }
    if column.is_none(row) {
        return Some(Dynamic::UNIT);
    }
    match (reading, &column.values) {
        (Reading::Flag, ColumnValues::Flag(values)) => values.get(row).map(|flag| Dynamic::from(*flag != 0)),
        (Reading::Status, ColumnValues::Code(values)) => values.get(row).map(|code| Dynamic::from(*code != 0)),
        (Reading::Int, ColumnValues::Int64(values)) => values.get(row).map(|number| Dynamic::from(*number)),
        (Reading::Money, ColumnValues::Int64(values)) => values.get(row).map(|fen| Dynamic::from(Fen::new(*fen))),
        (Reading::Ratio, ColumnValues::Int64(values)) => {
            values.get(row).map(|parts| Dynamic::from(Ratio::from_millionths(*parts)))
        }
        (Reading::Date, ColumnValues::Int32(values)) => {
            values.get(row).map(|days| Dynamic::from(Date::from_days(*days)))
        }
        (Reading::Month, ColumnValues::Int32(values)) => {
            values.get(row).map(|months| Dynamic::from(Month::from_months(*months)))
        }
        (Reading::Code(codes), ColumnValues::Code(values)) => {
            let code = codes.get(usize::try_from(*values.get(row)?).ok()?)?;
            Some(Dynamic::from(code.clone()))
        }
        (Reading::Text, ColumnValues::Text(values)) => values.get(row).map(|text| Dynamic::from(text.to_owned())),
        _ => None,
    }
}
