//! The reasons for one household: not endless, each for an output that there is, amounts in range.

use nuan_vocabulary::columns::Batch;
use nuan_vocabulary::fen::Fen;
use nuan_vocabulary::reason::{Step, Value};

use super::{Expected, wrong};
use crate::fault::HostError;

/// What a step takes without its texts.
const STEP_BYTES: usize = 64;

impl Expected {
    /// Whether the reasons can be shown.
    pub(crate) fn check_steps(&self, household: &Batch, steps: &[Step]) -> Result<(), HostError> {
        if steps.len() > self.limits.explain_steps {
            return Err(HostError::OutputTooLarge { limit: self.limits.explain_steps, unit: "steps" });
        }
        let mut bytes: usize = 0;
        for step in steps {
            let output = self.outputs.iter().find(|output| output.name == step.output);
            let Some(output) = output else {
                return Err(wrong("explain", None, "a step leads to an output that there is not"));
            };
            let rows = household.levels.get(output.level).map_or(0, |level| level.rows);
            if step.row >= rows {
                return Err(wrong(&output.name, Some(step.row), "a step is for a row that there is not"));
            }
            for value in step.arguments.iter().map(|(_, value)| value).chain([&step.value]) {
                if let Value::Money(fen) = value
                    && Fen::checked(fen.get()).is_err()
                {
                    return Err(wrong(&output.name, Some(step.row), "an amount in a step is out of range"));
                }
            }
            for text in texts(step) {
                if text.len() > self.limits.text_bytes {
                    return Err(wrong(&output.name, Some(step.row), "a text in a step is too long"));
                }
                bytes = bytes.saturating_add(text.len());
            }
            bytes = bytes.saturating_add(STEP_BYTES);
        }
        if bytes > self.limits.explain_bytes {
            return Err(HostError::OutputTooLarge { limit: self.limits.explain_bytes, unit: "bytes of reasons" });
        }
        Ok(())
    }
}

fn texts(step: &Step) -> impl Iterator<Item = &str> {
    let values = step.arguments.iter().map(|(_, value)| value).chain([&step.value]);
    let in_values = values.filter_map(|value| if let Value::Text(text) = value { Some(text.as_str()) } else { None });
    let names = step.arguments.iter().map(|(name, _)| name.as_str());
    let lists = [&step.cites, &step.uses, &step.missing].into_iter().flatten().map(String::as_str);
    [step.output.as_str(), &step.rule, &step.says].into_iter().chain(in_values).chain(names).chain(lists)
}
