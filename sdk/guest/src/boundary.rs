//! The component's side of the interface: transport types become the vocabulary's and back, by moving their vectors, and
//! panics go to the log.
//!
//! Every world has bindings, and so types, of its own. This file is a module of the SDK and, by its path, of the script
//! runtime too: `super::bindings` is the world that it is compiled for, and no conversion is written twice.

use std::panic;
use std::sync::Once;

use nuan_vocabulary::columns;
use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::fen::{Fen, Ratio};
use nuan_vocabulary::known::Cause;
use nuan_vocabulary::reason;

use super::bindings::exports::nuan::plugin::rules::{Outputs, Step};
use super::bindings::nuan::plugin::{log, types};

/// A panic ends in `unreachable`, which says nothing: message and place go to the log first.
pub(super) fn log_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        panic::set_hook(Box::new(|panic| log::write(log::Level::Error, &panic.to_string())));
    });
}

/// The operator's settings.
pub(super) fn settings_in(settings: Vec<types::NamedValue>) -> Vec<(String, reason::Value)> {
    settings.into_iter().map(|setting| (setting.name, value_in(setting.value))).collect()
}

/// A batch as it came.
pub(super) fn batch_in(batch: types::Batch) -> columns::Batch {
    let levels = batch.levels.into_iter().map(level_in).collect();
    columns::Batch { as_of: Date::from_days(batch.as_of), levels }
}

fn level_in(level: types::Level) -> columns::Level {
    columns::Level {
        parent: level.parent,
        offsets: level.offsets,
        listed: level.listed.map(columns::Bitmap::from_bytes),
        rows: level.rows,
        columns: level.columns.into_iter().map(column_in).collect(),
    }
}

fn column_in(column: types::Column) -> columns::Column {
    let values = match column.values {
        types::ColumnValues::Int64(values) => columns::ColumnValues::Int64(values),
        types::ColumnValues::Int32(values) => columns::ColumnValues::Int32(values),
        types::ColumnValues::Code(values) => columns::ColumnValues::Code(values),
        types::ColumnValues::Flag(values) => columns::ColumnValues::Flag(values),
        types::ColumnValues::Text(types::TextColumn { offsets, bytes }) => {
            columns::ColumnValues::Text(columns::TextColumn { offsets, bytes })
        }
    };
    let bitmap = |bytes: Option<Vec<u8>>| bytes.map(columns::Bitmap::from_bytes);
    columns::Column { values, known: bitmap(column.known), none: bitmap(column.none) }
}

fn value_in(value: types::Value) -> reason::Value {
    match value {
        types::Value::Unknown => reason::Value::Unknown,
        types::Value::None => reason::Value::None,
        types::Value::Flag(flag) => reason::Value::Flag(flag),
        types::Value::Int(number) => reason::Value::Int(number),
        types::Value::Fen(fen) => reason::Value::Money(Fen::new(fen)),
        types::Value::Ratio(parts) => reason::Value::Ratio(Ratio::from_millionths(parts)),
        types::Value::Date(days) => reason::Value::Date(Date::from_days(days)),
        types::Value::Month(months) => reason::Value::Month(Month::from_months(months)),
        types::Value::Code(code) => reason::Value::Code(code),
        types::Value::Text(text) => reason::Value::Text(text),
    }
}

/// The answers.
pub(super) fn outputs_out(outputs: columns::Outputs) -> Outputs {
    Outputs {
        columns: outputs.columns.into_iter().map(column_out).collect(),
        missing: outputs.missing.into_iter().map(gap_out).collect(),
    }
}

fn column_out(column: columns::Column) -> types::Column {
    let values = match column.values {
        columns::ColumnValues::Int64(values) => types::ColumnValues::Int64(values),
        columns::ColumnValues::Int32(values) => types::ColumnValues::Int32(values),
        columns::ColumnValues::Code(values) => types::ColumnValues::Code(values),
        columns::ColumnValues::Flag(values) => types::ColumnValues::Flag(values),
        columns::ColumnValues::Text(columns::TextColumn { offsets, bytes }) => {
            types::ColumnValues::Text(types::TextColumn { offsets, bytes })
        }
    };
    let bytes = |bitmap: Option<columns::Bitmap>| bitmap.map(columns::Bitmap::into_bytes);
    types::Column { values, known: bytes(column.known), none: bytes(column.none) }
}

fn gap_out(gap: columns::Gap) -> types::Gap {
    let absences = gap.missing.into_iter().map(|absence| types::Absence { input: absence.input, row: absence.row });
    let causes = gap.causes.into_iter().map(|cause| match cause {
        Cause::NoRuleHeld(rule) => types::Cause::NoRuleHeld(rule),
        Cause::OutOfRange(rule) => types::Cause::OutOfRange(rule),
    });
    types::Gap { output: gap.output, row: gap.row, missing: absences.collect(), causes: causes.collect() }
}

/// The reasons.
pub(super) fn steps_out(steps: Vec<reason::Step>) -> Vec<Step> {
    steps.into_iter().map(step_out).collect()
}

fn step_out(step: reason::Step) -> Step {
    let argument = |(name, value)| types::NamedValue { name, value: value_out(value) };
    Step {
        output: step.output,
        row: step.row,
        rule: step.rule,
        cites: step.cites,
        says: step.says,
        arguments: step.arguments.into_iter().map(argument).collect(),
        uses: step.uses,
        missing: step.missing,
        value: value_out(step.value),
    }
}

fn value_out(value: reason::Value) -> types::Value {
    match value {
        reason::Value::Unknown => types::Value::Unknown,
        reason::Value::None => types::Value::None,
        reason::Value::Flag(flag) => types::Value::Flag(flag),
        reason::Value::Int(number) => types::Value::Int(number),
        reason::Value::Money(amount) => types::Value::Fen(amount.get()),
        reason::Value::Ratio(ratio) => types::Value::Ratio(ratio.millionths()),
        reason::Value::Date(date) => types::Value::Date(date.days()),
        reason::Value::Month(month) => types::Value::Month(month.months()),
        reason::Value::Code(code) => types::Value::Code(code),
        reason::Value::Text(text) => types::Value::Text(text),
    }
}

/// Why there is no answer.
pub(super) fn failure_out(failure: columns::Failure) -> types::Failure {
    types::Failure { code: failure.code, message: failure.message, row: failure.row }
}

/// All mistakes at once.
pub(super) fn diagnostics_out(mistakes: Vec<Diagnostic>) -> Vec<types::Diagnostic> {
    let out = |Diagnostic { code, path, detail, hint }| types::Diagnostic { code, path, message: detail, hint };
    mistakes.into_iter().map(out).collect()
}
