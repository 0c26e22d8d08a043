//! Holds what a plugin answers against its manifest: types, lengths, ranges, and a gap for every unknown row.
//!
//! INVARIANT: what passes can be read by row without another look. Values of unknown rows are never read.

mod column;
mod gaps;
mod steps;

use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::columns::{Batch, Outputs};
use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::fen::{Fen, Ratio};
use nuan_vocabulary::manifest::{Manifest, OutputRange};
use nuan_vocabulary::parameter::Written;
use nuan_vocabulary::resolved::ResolvedManifest;

use crate::fault::{HostError, WrongOutput};
use crate::limits::Limits;
use crate::shape::Shape;

/// What a plugin's outputs have to be.
pub(crate) struct Expected {
    shape: Shape,
    outputs: Vec<ExpectedOutput>,
    limits: Limits,
}

/// What the rows of one output have to be.
pub(crate) struct ExpectedOutput {
    name: String,
    level: usize,
    value_type: ValueType,
    codes: u32,
    least: i64,
    most: i64,
}

impl Expected {
    /// Reads the ranges of the manifest. All mistakes come at once.
    pub(crate) fn new(
        manifest: &Manifest,
        resolved: &ResolvedManifest,
        limits: &Limits,
    ) -> Result<Self, Vec<Diagnostic>> {
        let shape = Shape::of(resolved);
        let mut mistakes = Vec::new();
        let mut outputs = Vec::with_capacity(resolved.outputs.len());
        for (output, shape) in resolved.outputs.iter().zip(&shape.outputs) {
            let range = manifest.outputs.get(&output.name).and_then(|declared| declared.range.as_ref());
            let (least, most) = range_of(output.value_type, range).unwrap_or_else(|detail| {
                mistakes.push(Diagnostic::new("NU3310", format!("/outputs/{}/range", output.name), detail));
                (0, 0)
            });
            let codes = u32::try_from(output.codes.len()).unwrap_or(u32::MAX);
            let (name, level, value_type) = (output.name.clone(), shape.level, output.value_type);
            outputs.push(ExpectedOutput { name, level, value_type, codes, least, most });
        }
        if mistakes.is_empty() { Ok(Self { shape, outputs, limits: *limits }) } else { Err(mistakes) }
    }

    /// Where outputs and absences stand.
    pub(crate) const fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Whether the outputs are what the manifest promises for this batch.
    pub(crate) fn check(&self, batch: &Batch, outputs: &Outputs) -> Result<(), HostError> {
        if outputs.columns.len() != self.outputs.len() {
            let reason =
                format!("{} columns came back where {} are declared", outputs.columns.len(), self.outputs.len());
            return Err(wrong("outputs", None, reason));
        }
        for (expected, column) in self.outputs.iter().zip(&outputs.columns) {
            let rows = batch.levels.get(expected.level).map_or(0, |level| level.rows);
            column::check(expected, column, rows, self.limits.text_bytes)?;
        }
        gaps::check(self, batch, outputs)
    }
}

fn wrong(output: &str, row: Option<u32>, reason: impl Into<String>) -> HostError {
    HostError::WrongOutput(WrongOutput { output: output.to_owned(), row, reason: reason.into() })
}

/// What the values of a type may be at all, narrowed by what the manifest declares.
fn range_of(value_type: ValueType, declared: Option<&OutputRange>) -> Result<(i64, i64), &'static str> {
    let (least, most) = widest(value_type);
    let Some(declared) = declared else { return Ok((least, most)) };
    let (Some(min), Some(max)) = (bound(value_type, &declared.min), bound(value_type, &declared.max)) else {
        return Err("the range is not written as values of the output's type");
    };
    if min > max {
        return Err("the range ends before it begins");
    }
    Ok((min.max(least), max.min(most)))
}

fn widest(value_type: ValueType) -> (i64, i64) {
    let day = |year, month, day| Date::new(year, month, day).map_or(0, |date| i64::from(date.days()));
    match value_type {
        ValueType::Money => (1 - (1 << 53), (1 << 53) - 1),
        ValueType::Date => (day(1800, 1, 1), day(2200, 12, 31)),
        ValueType::Month => ((1800 - 1970) * 12, (2201 - 1970) * 12 - 1),
        _ => (i64::MIN, i64::MAX),
    }
}

fn bound(value_type: ValueType, written: &Written) -> Option<i64> {
    match (value_type, written) {
        (ValueType::Int, Written::Int(number)) => Some(*number),
        (ValueType::Money, Written::Text(text)) => Fen::parse_yuan(text).ok().map(Fen::get),
        (ValueType::Ratio, Written::Text(text)) => Ratio::parse(text).map(Ratio::millionths),
        (ValueType::Date, Written::Text(text)) => Date::parse(text).ok().map(|date| i64::from(date.days())),
        (ValueType::Month, Written::Text(text)) => Month::parse(text).ok().map(|month| i64::from(month.months())),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
