//! An import as it is answered, over HTTP and by the command alike.

use std::collections::BTreeMap;

use nuan_vocabulary::id::HouseholdId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::import::{Done, Mapping, Preview, RowMistake, Summary};

/// What a spreadsheet amounts to, and what became of its households.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImportBody {
    /// The numbers.
    pub summary: Summary,
    /// What is wrong, row by row. A household with a mistake is left out whole.
    pub mistakes: Vec<RowMistake>,
    /// The households that are on the register, by their numbers in the file; none after a preview.
    pub imported: BTreeMap<String, HouseholdId>,
    /// The households that were ready and that the register refused.
    pub refused: Vec<RefusedHousehold>,
    /// Which column was what: as it was given, or as it was guessed from the headers, to be read and completed.
    pub mapping: Mapping,
}

/// A household that the register refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefusedHousehold {
    /// Its number in the file.
    pub household: String,
    /// A stable code, `NU` and four digits; docs/ has a page of all.
    pub code: String,
    /// What is wrong, without personal values.
    pub what: String,
}

impl ImportBody {
    /// The answer after a preview, or after what was done.
    pub fn of(preview: &Preview, done: &BTreeMap<String, Done>, mapping: Mapping) -> Self {
        let (mut imported, mut refused) = (BTreeMap::new(), Vec::new());
        for (number, done) in done {
            match done {
                Done::Imported(id) => drop(imported.insert(number.clone(), *id)),
                Done::Refused { code, what } => {
                    let (household, code, what) = (number.clone(), code.clone(), what.clone());
                    refused.push(RefusedHousehold { household, code, what });
                }
            }
        }
        Self { summary: preview.summary, mistakes: preview.mistakes.clone(), imported, refused, mapping }
    }

    /// Whether nothing was left out and nothing was refused.
    pub fn is_whole(&self) -> bool {
        self.mistakes.is_empty() && self.refused.is_empty()
    }
}
