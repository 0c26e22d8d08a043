//! The columns that a plugin's manifest declares, taken from facts, parameters and earlier outputs.

use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::columns::{Batch, Bitmap, Column, ColumnValues, Level, TextColumn};
use nuan_vocabulary::resolved::{ColumnSource, ResolvedColumn, ResolvedLevel};

use super::Evaluation;
use crate::document::FactValue;
use crate::plan::PluginSpec;

/// The batch as this plugin sees it: nothing that it does not declare.
pub fn batch_for(evaluation: &Evaluation<'_>, plugin: &PluginSpec) -> Batch {
    let levels = plugin.resolved.levels.iter().map(|level| level_for(evaluation, plugin, level)).collect();
    Batch { as_of: evaluation.facts.as_of, levels }
}

fn level_for(evaluation: &Evaluation<'_>, plugin: &PluginSpec, level: &ResolvedLevel) -> Level {
    let entity = evaluation.schema.entity(&level.entity);
    let rows = entity.and_then(|entity| evaluation.facts.entity(entity));
    let count = rows.map_or(0, |rows| rows.rows);
    let columns = level.columns.iter().map(|column| column_for(evaluation, plugin, column, count)).collect();
    let is_root = level.parent.is_none();
    Level {
        parent: level.parent.unwrap_or(0),
        offsets: rows.filter(|_| !is_root).map(|rows| rows.offsets.clone()).unwrap_or_default(),
        listed: rows.and_then(|rows| rows.listed.clone()),
        rows: u32::try_from(count).unwrap_or(u32::MAX),
        columns,
    }
}

fn column_for(evaluation: &Evaluation<'_>, plugin: &PluginSpec, column: &ResolvedColumn, rows: usize) -> Column {
    let found = match column.from {
        ColumnSource::Fact => {
            evaluation.schema.fact(&column.name).and_then(|fact| evaluation.facts.column(fact)).cloned()
        }
        ColumnSource::Output => evaluation.outputs.get(&column.name).map(|produced| produced.column.clone()),
        ColumnSource::Parameter => Some(parameter_column(evaluation, plugin, column, rows)),
    };
    found.unwrap_or_else(|| unknown_column(column.value_type, rows))
}

/// A column that nobody has supplied.
pub fn unknown_column(value_type: ValueType, rows: usize) -> Column {
    let values = match value_type {
        ValueType::Flag => ColumnValues::Flag(vec![0; rows]),
        ValueType::Int | ValueType::Money | ValueType::Ratio => ColumnValues::Int64(vec![0; rows]),
        ValueType::Date | ValueType::Month => ColumnValues::Int32(vec![0; rows]),
        ValueType::Code | ValueType::Status => ColumnValues::Code(vec![0; rows]),
        ValueType::Text => ColumnValues::Text(TextColumn { offsets: vec![0; rows + 1], bytes: Vec::new() }),
    };
    Column { values, known: Some(Bitmap::clear(rows)), none: None }
}

/// The parameter for the division of each household; neighbours of one division share one look-up.
fn parameter_column(evaluation: &Evaluation<'_>, plugin: &PluginSpec, column: &ResolvedColumn, rows: usize) -> Column {
    let mut made = unknown_column(column.value_type, rows);
    let Some(history) = plugin.parameters.get(&column.name) else { return made };
    let mut known = Bitmap::clear(rows);
    let mut none = Bitmap::clear(rows);
    let mut last = None;
    for (row, division) in evaluation.divisions.iter().enumerate() {
        if last.as_ref().is_none_or(|(place, _)| place != division) {
            last = Some((*division, history.in_force(*division, evaluation.facts.as_of)));
        }
        let Some((_, Some(found))) = &last else { continue };
        known.set(row);
        match (&mut made.values, found.value) {
            (_, FactValue::None) => none.set(row),
            (ColumnValues::Flag(values), FactValue::Flag(flag)) => put(values, row, u8::from(*flag)),
            (ColumnValues::Int64(values), FactValue::Number(number)) => put(values, row, *number),
            (ColumnValues::Int32(values), FactValue::Day(day)) => put(values, row, *day),
            (ColumnValues::Code(values), FactValue::Code(code)) => put(values, row, *code),
            _ => known.unset(row),
        }
    }
    Column { values: made.values, known: Some(known), none: column.optional.then_some(none) }
}

fn put<T>(values: &mut [T], row: usize, value: T) {
    if let Some(slot) = values.get_mut(row) {
        *slot = value;
    }
}
