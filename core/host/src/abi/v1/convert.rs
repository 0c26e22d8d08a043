//! Between the words of the interface and our own: inputs are borrowed, outputs are moved, numbers are never copied.

use nuan_vocabulary::columns::{self, Bitmap};
use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::diagnostic;
use nuan_vocabulary::fen::{Fen, Ratio};
use nuan_vocabulary::known;
use nuan_vocabulary::reason;

use super::bindings::exports::nuan::plugin::rules;
use super::bindings::nuan::plugin::types;

/// Shows a batch to a guest; only the lists of columns are built anew.
pub(super) fn with_batch<T>(batch: &columns::Batch, call: impl FnOnce(types::Batch<'_>) -> T) -> T {
    let columns: Vec<Vec<types::ColumnParam<'_>>> =
        batch.levels.iter().map(|level| level.columns.iter().map(column_in).collect()).collect();
    let levels: Vec<types::Level<'_>> =
        batch.levels.iter().zip(&columns).map(|(level, columns)| level_in(level, columns)).collect();
    call(types::Batch { as_of: batch.as_of.days(), levels: &levels })
}

fn level_in<'a>(level: &'a columns::Level, columns: &'a [types::ColumnParam<'a>]) -> types::Level<'a> {
    let listed = level.listed.as_ref().map(Bitmap::as_bytes);
    types::Level { parent: level.parent, offsets: &level.offsets, listed, rows: level.rows, columns }
}

fn column_in(column: &columns::Column) -> types::ColumnParam<'_> {
    let values = match &column.values {
        columns::ColumnValues::Int64(values) => types::ColumnValuesParam::Int64(values),
        columns::ColumnValues::Int32(values) => types::ColumnValuesParam::Int32(values),
        columns::ColumnValues::Code(values) => types::ColumnValuesParam::Code(values),
        columns::ColumnValues::Flag(values) => types::ColumnValuesParam::Flag(values),
        columns::ColumnValues::Text(text) => {
            types::ColumnValuesParam::Text(types::TextColumnParam { offsets: &text.offsets, bytes: &text.bytes })
        }
    };
    let (known, none) = (column.known.as_ref().map(Bitmap::as_bytes), column.none.as_ref().map(Bitmap::as_bytes));
    types::ColumnParam { values, known, none }
}

pub(super) fn named_values(settings: &[(String, reason::Value)]) -> Vec<types::NamedValueParam<'_>> {
    settings.iter().map(|(name, value)| types::NamedValueParam { name, value: value_in(value) }).collect()
}

fn value_in(value: &reason::Value) -> types::ValueParam<'_> {
    match value {
        reason::Value::Unknown => types::ValueParam::Unknown,
        reason::Value::None => types::ValueParam::None,
        reason::Value::Flag(flag) => types::ValueParam::Flag(*flag),
        reason::Value::Int(int) => types::ValueParam::Int(*int),
        reason::Value::Money(fen) => types::ValueParam::Fen(fen.get()),
        reason::Value::Ratio(ratio) => types::ValueParam::Ratio(ratio.millionths()),
        reason::Value::Date(date) => types::ValueParam::Date(date.days()),
        reason::Value::Month(month) => types::ValueParam::Month(month.months()),
        reason::Value::Code(code) => types::ValueParam::Code(*code),
        reason::Value::Text(text) => types::ValueParam::Text(text),
    }
}

fn value_out(value: types::ValueResult) -> reason::Value {
    match value {
        types::ValueResult::Unknown => reason::Value::Unknown,
        types::ValueResult::None => reason::Value::None,
        types::ValueResult::Flag(flag) => reason::Value::Flag(flag),
        types::ValueResult::Int(int) => reason::Value::Int(int),
        types::ValueResult::Fen(fen) => reason::Value::Money(Fen::new(fen)),
        types::ValueResult::Ratio(parts) => reason::Value::Ratio(Ratio::from_millionths(parts)),
        types::ValueResult::Date(days) => reason::Value::Date(Date::from_days(days)),
        types::ValueResult::Month(months) => reason::Value::Month(Month::from_months(months)),
        types::ValueResult::Code(code) => reason::Value::Code(code),
        types::ValueResult::Text(text) => reason::Value::Text(text),
    }
}

pub(super) fn outputs(outputs: rules::Outputs) -> columns::Outputs {
    columns::Outputs {
        columns: outputs.columns.into_iter().map(column_out).collect(),
        missing: outputs.missing.into_iter().map(gap_out).collect(),
    }
}

fn column_out(column: types::ColumnResult) -> columns::Column {
    let values = match column.values {
        types::ColumnValuesResult::Int64(values) => columns::ColumnValues::Int64(values),
        types::ColumnValuesResult::Int32(values) => columns::ColumnValues::Int32(values),
        types::ColumnValuesResult::Code(values) => columns::ColumnValues::Code(values),
        types::ColumnValuesResult::Flag(values) => columns::ColumnValues::Flag(values),
        types::ColumnValuesResult::Text(types::TextColumnResult { offsets, bytes }) => {
            columns::ColumnValues::Text(columns::TextColumn { offsets, bytes })
        }
    };
    let (known, none) = (column.known.map(Bitmap::from_bytes), column.none.map(Bitmap::from_bytes));
    columns::Column { values, known, none }
}

fn gap_out(gap: types::Gap) -> columns::Gap {
    let absence = |absence: types::Absence| known::Absence { input: absence.input, row: absence.row };
    let cause = |cause| match cause {
        types::Cause::NoRuleHeld(rule) => known::Cause::NoRuleHeld(rule),
        types::Cause::OutOfRange(rule) => known::Cause::OutOfRange(rule),
    };
    columns::Gap {
        output: gap.output,
        row: gap.row,
        missing: gap.missing.into_iter().map(absence).collect(),
        causes: gap.causes.into_iter().map(cause).collect(),
    }
}

pub(super) fn failure(failure: types::Failure) -> columns::Failure {
    columns::Failure { code: failure.code, message: failure.message, row: failure.row }
}

pub(super) fn steps(steps: Vec<rules::Step>) -> Vec<reason::Step> {
    steps.into_iter().map(step_out).collect()
}

fn step_out(step: rules::Step) -> reason::Step {
    reason::Step {
        output: step.output,
        row: step.row,
        rule: step.rule,
        cites: step.cites,
        says: step.says,
        arguments: step.arguments.into_iter().map(|argument| (argument.name, value_out(argument.value))).collect(),
        uses: step.uses,
        missing: step.missing,
        value: value_out(step.value),
    }
}

pub(super) fn diagnostics(mistakes: Vec<types::Diagnostic>) -> Vec<diagnostic::Diagnostic> {
    let one = |mistake: types::Diagnostic| diagnostic::Diagnostic {
        path: mistake.path,
        code: mistake.code,
        detail: mistake.message,
        hint: mistake.hint,
    };
    mistakes.into_iter().map(one).collect()
}
