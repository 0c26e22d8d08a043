//! What a plugin's batches and outputs look like: which level each column stands at. Fixed by the resolved manifest.

use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::columns::ColumnValues;
use nuan_vocabulary::resolved::ResolvedManifest;

/// Levels of outputs and of absences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    pub(crate) outputs: Vec<OutputShape>,
    /// The level that the row of an absence counts at, by input: the column's own, for a list its parent's.
    pub(crate) inputs: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutputShape {
    pub(crate) level: usize,
    pub(crate) value_type: ValueType,
}

impl Shape {
    /// The shape that a resolved manifest fixes.
    pub fn of(resolved: &ResolvedManifest) -> Self {
        let index = |level: u32| usize::try_from(level).unwrap_or(usize::MAX);
        let outputs = resolved.outputs.iter();
        let outputs = outputs.map(|output| OutputShape { level: index(output.level), value_type: output.value_type });
        let columns = resolved.inputs().map(|(level, _)| index(level));
        let lists = resolved.levels.iter().map(|level| index(level.parent.unwrap_or(0)));
        Self { outputs: outputs.collect(), inputs: columns.chain(lists).collect() }
    }
}

/// Whether a column of these values carries this type.
pub(crate) const fn carries(values: &ColumnValues, value_type: ValueType) -> bool {
    match value_type {
        ValueType::Int | ValueType::Money | ValueType::Ratio => matches!(values, ColumnValues::Int64(_)),
        ValueType::Date | ValueType::Month => matches!(values, ColumnValues::Int32(_)),
        ValueType::Code | ValueType::Status => matches!(values, ColumnValues::Code(_)),
        ValueType::Flag => matches!(values, ColumnValues::Flag(_)),
        ValueType::Text => matches!(values, ColumnValues::Text(_)),
    }
}
