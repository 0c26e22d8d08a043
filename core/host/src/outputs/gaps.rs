//! Every unknown row has one gap, every gap stands for an unknown row, and what it asks for lies in the same household.

use nuan_vocabulary::columns::{Batch, Gap, Outputs};
use nuan_vocabulary::known::{Absence, Cause};

use super::{Expected, column, wrong};
use crate::fault::HostError;
use crate::slices::first_rows;

/// What a gap takes where it crosses, without its lists.
const GAP_BYTES: usize = 24;
/// What an absence takes.
const ABSENCE_BYTES: usize = 8;

/// Whether the gaps are those of the unknown rows.
pub(super) fn check(expected: &Expected, batch: &Batch, outputs: &Outputs) -> Result<(), HostError> {
    let mut unknown: Vec<u32> = Vec::with_capacity(expected.outputs.len());
    for (output, column) in expected.outputs.iter().zip(&outputs.columns) {
        let rows = batch.levels.get(output.level).map_or(0, |level| level.rows);
        unknown.push(column::unknown_rows(column.known.as_ref(), rows));
    }
    if outputs.missing.is_empty() && unknown.iter().all(|unknown| *unknown == 0) {
        return Ok(());
    }
    let mut places: Vec<(u32, u32)> = outputs.missing.iter().map(|gap| (gap.output, gap.row)).collect();
    places.sort_unstable();
    let mut households = Households::of(batch);
    for gap in &outputs.missing {
        check_gap(expected, batch, outputs, gap, &mut households)?;
    }
    for pair in places.windows(2) {
        if let &[(output, row), next] = pair
            && (output, row) == next
        {
            return Err(wrong(name(expected, output), Some(row), "the row has two gaps"));
        }
    }
    for (index, (output, unknown)) in (0_u32..).zip(expected.outputs.iter().zip(unknown)) {
        let of_output =
            places.partition_point(|place| place.0 <= index) - places.partition_point(|place| place.0 < index);
        if u32::try_from(of_output).ok() != Some(unknown) {
            let reason = format!("{unknown} rows are unknown, but {of_output} gaps say why");
            return Err(wrong(&output.name, None, reason));
        }
    }
    households.check_sizes(expected.limits.output_bytes_per_household)
}

fn name(expected: &Expected, output: u32) -> &str {
    let found = usize::try_from(output).ok().and_then(|output| expected.outputs.get(output));
    found.map_or("outputs", |output| output.name.as_str())
}

fn check_gap(
    expected: &Expected,
    batch: &Batch,
    outputs: &Outputs,
    gap: &Gap,
    households: &mut Households,
) -> Result<(), HostError> {
    let index = usize::try_from(gap.output).unwrap_or(usize::MAX);
    let (Some(output), Some(column)) = (expected.outputs.get(index), outputs.columns.get(index)) else {
        return Err(wrong("outputs", Some(gap.row), "a gap is for an output that there is not"));
    };
    let refuse = |reason: &str| Err(wrong(&output.name, Some(gap.row), reason));
    let rows = batch.levels.get(output.level).map_or(0, |level| level.rows);
    if gap.row >= rows || column.is_known(usize::try_from(gap.row).unwrap_or(usize::MAX)) {
        return refuse("a gap is for a row that is known or that there is not");
    }
    if gap.missing.is_empty() && gap.causes.is_empty() {
        return refuse("a gap does not say why");
    }
    let Some(household) = households.household_of(output.level, gap.row) else {
        return refuse("a gap is for a row of no household");
    };
    for Absence { input, row } in &gap.missing {
        let level = usize::try_from(*input).ok().and_then(|input| expected.shape.inputs.get(input));
        let Some(level) = level else { return refuse("a gap asks for an input that there is not") };
        if households.household_of(*level, *row) != Some(household) {
            return refuse("a gap asks for a row of another household, or for one that there is not");
        }
    }
    let mut bytes = gap.missing.len().saturating_mul(ABSENCE_BYTES).saturating_add(GAP_BYTES);
    for Cause::NoRuleHeld(rule) | Cause::OutOfRange(rule) in &gap.causes {
        if rule.len() > expected.limits.text_bytes {
            return refuse("the name of a rule is too long");
        }
        bytes = bytes.saturating_add(rule.len()).saturating_add(GAP_BYTES);
    }
    households.add(household, bytes);
    Ok(())
}

/// Which rows belong to which household, and what its gaps take.
struct Households {
    /// By level, the first row of each household, and the end.
    firsts: Vec<Vec<u32>>,
    bytes: Vec<usize>,
}

impl Households {
    fn of(batch: &Batch) -> Self {
        let households = batch.levels.first().map_or(0, |level| level.rows);
        Self { firsts: first_rows(batch), bytes: vec![0; usize::try_from(households).unwrap_or(0)] }
    }

    fn household_of(&self, level: usize, row: u32) -> Option<usize> {
        let firsts = self.firsts.get(level)?;
        if firsts.last().is_none_or(|rows| row >= *rows) {
            return None;
        }
        firsts.partition_point(|first| *first <= row).checked_sub(1)
    }

    fn add(&mut self, household: usize, bytes: usize) {
        if let Some(sum) = self.bytes.get_mut(household) {
            *sum = sum.saturating_add(bytes);
        }
    }

    fn check_sizes(&self, limit: usize) -> Result<(), HostError> {
        let too_large = self.bytes.iter().any(|bytes| *bytes > limit);
        if too_large { Err(HostError::OutputTooLarge { limit, unit: "bytes of gaps a household" }) } else { Ok(()) }
    }
}
