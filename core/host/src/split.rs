//! Evaluates a batch so that a household that makes the plugin fault harms itself alone: the batch is halved until the
//! household stands alone, and only that verdict counts.

use std::collections::BTreeMap;
use std::ops::Range;

use nuan_domain::evaluation::Fault;
use nuan_vocabulary::columns::{Batch, Outputs};

use crate::shape::Shape;
use crate::slices::{self, Piece};

/// What became of every household of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdicts {
    /// The outputs of all households; those of a household with a fault are unknown and have no gap.
    pub outputs: Outputs,
    /// Why households have none, by household.
    pub faults: BTreeMap<u32, Fault>,
}

/// Evaluates a batch, at most `rows_per_call` households at a time.
pub fn evaluate_each(
    batch: &Batch,
    shape: &Shape,
    rows_per_call: u32,
    mut evaluate: impl FnMut(&Batch) -> Result<Outputs, Fault>,
) -> Verdicts {
    let households = batch.levels.first().map_or(0, |level| level.rows);
    let mut todo = chunks(households, rows_per_call.max(1));
    if let [_] = todo.as_slice() {
        // The ordinary way: one call, nothing copied.
        match (evaluate(batch), halves(&(0..households))) {
            (Ok(outputs), _) => return Verdicts { outputs, faults: BTreeMap::new() },
            (Err(_), Some((first, second))) => todo = vec![second, first],
            (Err(fault), None) => {
                let unknown = Piece { rows: slices::rows(batch), outputs: None };
                let outputs = slices::concat(shape, vec![unknown]);
                return Verdicts { outputs, faults: BTreeMap::from([(0, fault)]) };
            }
        }
    }
    let mut pieces = Vec::new();
    let mut faults = BTreeMap::new();
    while let Some(range) = todo.pop() {
        let part = slices::slice(batch, range.clone());
        let outputs = match evaluate(&part) {
            Ok(outputs) => Some(outputs),
            Err(fault) => match halves(&range) {
                Some((first, second)) => {
                    todo.extend([second, first]);
                    continue;
                }
                None => {
                    faults.insert(range.start, fault);
                    None
                }
            },
        };
        pieces.push(Piece { rows: slices::rows(&part), outputs });
    }
    Verdicts { outputs: slices::concat(shape, pieces), faults }
}

/// Both halves; a household alone has none.
fn halves(range: &Range<u32>) -> Option<(Range<u32>, Range<u32>)> {
    let middle = range.start.midpoint(range.end);
    (range.start < middle).then_some((range.start..middle, middle..range.end))
}

/// The last chunk first, as they are taken from the end.
fn chunks(households: u32, size: u32) -> Vec<Range<u32>> {
    let mut chunks = Vec::new();
    let mut end = households;
    while end > 0 {
        let start = (end - 1).div_euclid(size).saturating_mul(size);
        chunks.push(start..end);
        end = start;
    }
    chunks
}

#[cfg(test)]
mod tests {
    use nuan_vocabulary::columns::{Bitmap, ColumnValues};

    use super::*;
    use crate::test_plugin::{households, manifest, resolved};

    /// Answers the flags; fails on any batch with a 2, and counts its calls.
    fn verdicts(flags: &[u8], rows_per_call: u32) -> (Verdicts, Vec<u32>) {
        let mut calls = Vec::new();
        let verdicts = evaluate_each(&households(flags), &Shape::of(&resolved(&manifest())), rows_per_call, |batch| {
            calls.push(batch.levels[0].rows);
            let column = batch.levels[0].columns[0].clone();
            let ColumnValues::Flag(flags) = &column.values else { panic!("flags") };
            if flags.contains(&2) {
                return Err(Fault { code: "NU4002".to_owned(), detail: "trapped".to_owned() });
            }
            Ok(Outputs { columns: vec![column], missing: Vec::new() })
        });
        (verdicts, calls)
    }

    #[test]
    fn a_batch_without_faults_is_one_call() {
        let (verdicts, calls) = verdicts(&[0, 1, 0], 2048);
        assert_eq!((calls, verdicts.faults.len()), (vec![3], 0));
        assert_eq!(verdicts.outputs.columns[0].values, ColumnValues::Flag(vec![0, 1, 0]));
    }

    #[test]
    fn a_fault_harms_its_own_household_alone() {
        let (verdicts, calls) = verdicts(&[0, 1, 0, 0, 2, 1], 2048);
        assert_eq!(calls, [6, 3, 3, 1, 2, 1, 1]);
        assert_eq!(verdicts.faults.keys().collect::<Vec<_>>(), [&4]);
        assert_eq!(verdicts.outputs.columns[0].values, ColumnValues::Flag(vec![0, 1, 0, 0, 0, 1]));
        assert_eq!(verdicts.outputs.columns[0].known, Some(Bitmap::from_bytes(vec![0b10_1111])));
    }

    #[test]
    fn more_households_than_one_call_may_hold_are_several_calls() {
        let (verdicts, calls) = verdicts(&[1, 1, 1, 2, 1], 2);
        assert_eq!(calls, [2, 2, 1, 1, 1]);
        assert_eq!((verdicts.faults.len(), verdicts.outputs.columns[0].is_known(4)), (1, true));
    }

    #[test]
    fn one_household_and_none() {
        let (alone, calls) = verdicts(&[2], 2048);
        assert_eq!((calls, alone.faults.len(), alone.outputs.columns[0].is_known(0)), (vec![1], 1, false));
        let (nobody, calls) = verdicts(&[], 2048);
        assert_eq!((calls.len(), nobody.outputs.columns[0].values.rows()), (0, 0));
    }
}
