//! One batch of households on its way through the graph: the columns each plugin gets, and what each has answered.
//!
//! INVARIANT: a plugin gets exactly the columns of its resolved manifest; a lower value for a raised output is a fault,
//! and the value of the province stands.

mod absorb;
mod inputs;

use std::collections::BTreeMap;

use nuan_vocabulary::columns::Column;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::known::Cause;

pub use self::inputs::batch_for;
use crate::facts::FactTable;
use crate::schema::{EntityIndex, FactIndex, Schema};

/// Something that somebody has to supply, named for people.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// A fact of a row.
    Fact {
        /// The fact; of a derived one, the fact it is derived from.
        fact: FactIndex,
        /// The row at its entity.
        row: u32,
    },
    /// A whole list of a parent's row.
    List {
        /// The entity.
        entity: EntityIndex,
        /// The row at its parent.
        row: u32,
    },
    /// A number of the law, for the household's division and date.
    Parameter {
        /// Its id.
        id: String,
        /// The household.
        row: u32,
    },
}

/// The machinery failed for one household; never an answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// `NU4…`.
    pub code: String,
    /// What failed, without personal values.
    pub detail: String,
}

/// Why one row of an output is undetermined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Obstacles {
    /// What somebody has to supply, sorted.
    pub missing: Vec<Missing>,
    /// What the plugin says stands in the way.
    pub causes: Vec<Cause>,
    /// What failed.
    pub faults: Vec<Fault>,
}

/// One output of the batch.
#[derive(Clone, Debug)]
pub struct Produced {
    /// The plugin that answered last, as a position in the plan's list.
    pub plugin: usize,
    /// What it is about.
    pub entity: EntityIndex,
    /// The values.
    pub column: Column,
    /// Why rows are unknown, by row.
    pub obstacles: BTreeMap<u32, Obstacles>,
}

/// A batch of households of one plan and one date.
pub struct Evaluation<'a> {
    /// The catalogue.
    pub schema: &'a Schema,
    /// The facts.
    pub facts: FactTable,
    /// Where each household applies.
    pub divisions: Vec<DivisionCode>,
    /// What has been answered so far, by name.
    pub outputs: BTreeMap<String, Produced>,
}

impl<'a> Evaluation<'a> {
    /// Nothing answered yet.
    pub const fn new(schema: &'a Schema, facts: FactTable, divisions: Vec<DivisionCode>) -> Self {
        Self { schema, facts, divisions, outputs: BTreeMap::new() }
    }

    /// The household that a row belongs to.
    pub fn household_of(&self, entity: EntityIndex, row: u32) -> u32 {
        let mut at = (entity, row);
        while let Some(parent) = self.schema.entity_shape(at.0).and_then(|shape| shape.parent) {
            at = (parent, self.parent_row(at.0, at.1));
        }
        at.1
    }

    /// The row of the parent that a row belongs to.
    pub fn parent_row(&self, entity: EntityIndex, row: u32) -> u32 {
        let offsets = self.facts.entity(entity).map(|rows| rows.offsets.as_slice()).unwrap_or_default();
        let after = offsets.partition_point(|first| *first <= row);
        u32::try_from(after.saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// The rows of an entity that belong to a household.
    pub fn rows_of(&self, entity: EntityIndex, household: u32) -> std::ops::Range<u32> {
        let Some(parent) = self.schema.entity_shape(entity).and_then(|shape| shape.parent) else {
            return household..household.saturating_add(1);
        };
        let parents = self.rows_of(parent, household);
        let offsets = self.facts.entity(entity).map(|rows| rows.offsets.as_slice()).unwrap_or_default();
        let at = |row: u32| usize::try_from(row).ok().and_then(|row| offsets.get(row)).copied().unwrap_or(0);
        at(parents.start)..at(parents.end)
    }
}
