//! That a batch has the shape its resolved manifest gives it. Checked once a batch, so that no cell reads as unknown by mistake.

use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::columns::{Batch, Column, ColumnValues, Level};
use nuan_vocabulary::resolved::{ResolvedColumn, ResolvedManifest};

/// Whether all levels, columns and codes are as the manifest says.
pub(crate) fn fits(batch: &Batch, manifest: &ResolvedManifest) -> bool {
    let parent_rows = |parent: u32| batch.levels.get(usize::try_from(parent).ok()?).map(|level| level.rows);
    batch.levels.len() == manifest.levels.len()
        && batch.levels.iter().zip(&manifest.levels).all(|(level, resolved)| {
            let rooted = match resolved.parent {
                None => true,
                Some(parent) => {
                    level.parent == parent && parent_rows(parent).is_some_and(|rows| offsets_fit(level, rows))
                }
            };
            rooted
                && level.columns.len() == resolved.columns.len()
                && level
                    .columns
                    .iter()
                    .zip(&resolved.columns)
                    .all(|(column, resolved)| column_fits(column, resolved, level.rows))
        })
}

fn offsets_fit(level: &Level, parent_rows: u32) -> bool {
    let ascending = level.offsets.is_sorted();
    let complete = level.offsets.first() == Some(&0) && level.offsets.last() == Some(&level.rows);
    ascending && complete && usize::try_from(parent_rows).is_ok_and(|rows| level.offsets.len() == rows + 1)
}

fn column_fits(column: &Column, resolved: &ResolvedColumn, rows: u32) -> bool {
    let codes = |codes: &[u32], count: usize| {
        let out_of_list = |code: &u32| usize::try_from(*code).map_or(true, |code| code >= count);
        !codes.iter().enumerate().any(|(row, code)| column.is_known(row) && !column.is_none(row) && out_of_list(code))
    };
    let kind_fits = match (resolved.value_type, &column.values) {
        (ValueType::Flag, ColumnValues::Flag(_))
        | (ValueType::Int | ValueType::Money | ValueType::Ratio, ColumnValues::Int64(_))
        | (ValueType::Date | ValueType::Month, ColumnValues::Int32(_))
        | (ValueType::Text, ColumnValues::Text(_)) => true,
        (ValueType::Status, ColumnValues::Code(values)) => codes(values, 2),
        (ValueType::Code, ColumnValues::Code(values)) => codes(values, resolved.codes.len()),
        _ => false,
    };
    kind_fits && usize::try_from(rows).is_ok_and(|rows| column.values.rows() == rows)
}
