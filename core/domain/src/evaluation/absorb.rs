//! What a plugin answered becomes part of the batch: columns, what is missing by name, the statutory floor.

use std::collections::BTreeMap;

use nuan_vocabulary::columns::{Bitmap, Column, ColumnValues, Gap, Outputs};
use nuan_vocabulary::known::Absence;
use nuan_vocabulary::resolved::{ColumnSource, ResolvedManifest, ResolvedOutput};

use super::{Evaluation, Fault, Missing, Obstacles, Produced};
use crate::plan::PluginSpec;
use crate::schema::EntityIndex;

/// What an absence of a plugin's manifest stands for in the batch.
enum Input<'a> {
    Fact(&'a str),
    Output(&'a str),
    Parameter(&'a str),
    List(EntityIndex),
}

impl Evaluation<'_> {
    /// Takes the outputs of the plugin at `position`; `faults` are the households for which the machinery failed.
    pub fn absorb(&mut self, position: usize, plugin: &PluginSpec, outputs: Outputs, faults: &BTreeMap<u32, Fault>) {
        let inputs = self.inputs(&plugin.resolved);
        let mut gaps: BTreeMap<u32, Vec<Gap>> = BTreeMap::new();
        for gap in outputs.missing {
            gaps.entry(gap.output).or_default().push(gap);
        }
        for ((number, resolved), column) in (0_u32..).zip(&plugin.resolved.outputs).zip(outputs.columns) {
            let Some(entity) = self.entity_of(&plugin.resolved, resolved) else { continue };
            let mut obstacles = BTreeMap::new();
            for gap in gaps.remove(&number).unwrap_or_default() {
                obstacles.insert(gap.row, self.obstacles(&inputs, gap));
            }
            for (household, fault) in faults {
                for row in self.rows_of(entity, *household) {
                    obstacles.insert(row, Obstacles { faults: vec![fault.clone()], ..Obstacles::default() });
                }
            }
            let mut produced = Produced { plugin: position, entity, column, obstacles };
            if plugin.manifest.raises.contains(&resolved.name) {
                match self.outputs.get(&resolved.name) {
                    Some(current) => hold_floor(current, &mut produced),
                    None => continue,
                }
            }
            self.outputs.insert(resolved.name.clone(), produced);
        }
    }

    fn entity_of(&self, resolved: &ResolvedManifest, output: &ResolvedOutput) -> Option<EntityIndex> {
        let level = resolved.levels.get(usize::try_from(output.level).ok()?)?;
        self.schema.entity(&level.entity)
    }

    fn inputs<'p>(&self, resolved: &'p ResolvedManifest) -> Vec<Input<'p>> {
        let columns = resolved.inputs().map(|(_, column)| match column.from {
            ColumnSource::Fact => Input::Fact(&column.name),
            ColumnSource::Output => Input::Output(&column.name),
            ColumnSource::Parameter => Input::Parameter(&column.name),
        });
        let lists = resolved
            .levels
            .iter()
            .map(|level| Input::List(self.schema.entity(&level.entity).unwrap_or(self.schema.household())));
        columns.chain(lists).collect()
    }

    /// Names what is missing. An output that is missing itself stands for whatever is missing for it.
    fn obstacles(&self, inputs: &[Input<'_>], gap: Gap) -> Obstacles {
        let mut obstacles = Obstacles { missing: Vec::new(), causes: gap.causes, faults: Vec::new() };
        for Absence { input, row } in gap.missing {
            match usize::try_from(input).ok().and_then(|input| inputs.get(input)) {
                Some(Input::Fact(name)) => obstacles.missing.extend(self.missing_fact(name, row)),
                Some(Input::List(entity)) => obstacles.missing.push(Missing::List { entity: *entity, row }),
                Some(Input::Parameter(id)) => obstacles.missing.push(Missing::Parameter { id: (*id).to_owned(), row }),
                Some(Input::Output(name)) => {
                    if let Some(earlier) = self.outputs.get(*name).and_then(|produced| produced.obstacles.get(&row)) {
                        obstacles.missing.extend(earlier.missing.iter().cloned());
                        obstacles.causes.extend(earlier.causes.iter().cloned());
                        obstacles.faults.extend(earlier.faults.iter().cloned());
                    }
                }
                None => {}
            }
        }
        obstacles.missing.sort_unstable();
        obstacles.missing.dedup();
        obstacles.causes.sort_unstable();
        obstacles.causes.dedup();
        obstacles.faults.sort_unstable();
        obstacles.faults.dedup();
        obstacles
    }

    fn missing_fact(&self, name: &str, row: u32) -> Option<Missing> {
        let fact = self.schema.fact(name)?;
        let base = self.schema.fact_shape(fact).and_then(|shape| shape.derived_from);
        Some(Missing::Fact { fact: base.unwrap_or(fact), row })
    }
}

/// A raised output may not fall below what it was, nor be unknown where it was known: then the earlier value stands,
/// and a lower one is a fault of the plugin that lowered it.
fn hold_floor(current: &Produced, raised: &mut Produced) {
    let rows = current.column.values.rows();
    let mut known = Bitmap::clear(rows);
    for row in 0..rows {
        let number = u32::try_from(row).unwrap_or(u32::MAX);
        let was = current.column.is_known(row);
        let is = raised.column.is_known(row);
        if was && (!is || is_lower(&raised.column, &current.column, row)) {
            copy_row(&current.column, &mut raised.column, row);
            if is {
                let detail =
                    "the plugin lowered an amount that it may only raise; the earlier amount stands".to_owned();
                let fault = Fault { code: "NU4006".to_owned(), detail };
                raised.obstacles.insert(number, Obstacles { faults: vec![fault], ..Obstacles::default() });
            } else {
                raised.obstacles.remove(&number);
            }
        }
        if was || is {
            known.set(row);
        }
    }
    raised.column.known = Some(known);
}

fn is_lower(new: &Column, old: &Column, row: usize) -> bool {
    match (&new.values, &old.values) {
        (ColumnValues::Int64(new), ColumnValues::Int64(old)) => new.get(row) < old.get(row),
        (ColumnValues::Flag(new), ColumnValues::Flag(old)) => new.get(row) < old.get(row),
        (ColumnValues::Code(new), ColumnValues::Code(old)) => new.get(row) < old.get(row),
        _ => true,
    }
}

fn copy_row(from: &Column, to: &mut Column, row: usize) {
    match (&from.values, &mut to.values) {
        (ColumnValues::Int64(from), ColumnValues::Int64(to)) => copy(from, to, row),
        (ColumnValues::Flag(from), ColumnValues::Flag(to)) => copy(from, to, row),
        (ColumnValues::Code(from), ColumnValues::Code(to)) => copy(from, to, row),
        _ => {}
    }
}

fn copy<T: Copy>(from: &[T], to: &mut [T], row: usize) {
    if let (Some(from), Some(to)) = (from.get(row), to.get_mut(row)) {
        *to = *from;
    }
}
