//! What a loaded script will do: which function answers which outputs, and from which properties.

use std::collections::BTreeMap;
use std::ops::Range;

use nuan_vocabulary::columns::Batch;
use nuan_vocabulary::resolved::ResolvedManifest;
use rhai::Position;

use crate::reason::WrittenReason;
use crate::row::{self, Row};
use crate::surface::{self, Properties};

/// A function that is called once for each row of its entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its name, which is the entity's.
    pub(crate) function: String,
    /// Where it begins: the place of a fault for which the engine names none.
    pub(crate) begins: Position,
    /// The level of the entity.
    pub(crate) level: u32,
    /// The outputs that it has to answer: those of its entity, and of lists below that have no function of their own.
    pub(crate) outputs: Vec<usize>,
}

/// Everything about a script but its code.
pub(crate) struct Plan {
    /// What host and script agree on.
    pub(crate) manifest: ResolvedManifest,
    /// The properties of rows.
    pub(crate) properties: Properties,
    /// The functions that are called, in the order of levels.
    pub(crate) entries: Vec<Entry>,
    /// The reason that stands first in the script for an output.
    pub(crate) reasons: BTreeMap<usize, WrittenReason>,
}

impl Plan {
    /// The plan of a script that has functions of these names; `Err` names the outputs that none of them answers.
    pub(crate) fn new(manifest: ResolvedManifest, functions: &[String], source: &str) -> Result<Self, Vec<String>> {
        let mut entries: Vec<Entry> = (0_u32..)
            .zip(&manifest.levels)
            .filter(|(_, level)| functions.contains(&level.entity))
            .map(|(level, resolved)| Entry {
                function: resolved.entity.clone(),
                begins: begins(&resolved.entity, source),
                level,
                outputs: Vec::new(),
            })
            .collect();
        let mut orphans = Vec::new();
        for (number, output) in manifest.outputs.iter().enumerate() {
            let lineage = ancestors(&manifest, output.level);
            let nearest = lineage.into_iter().find_map(|level| entries.iter().position(|entry| entry.level == level));
            match nearest.and_then(|at| entries.get_mut(at)) {
                Some(entry) => entry.outputs.push(number),
                None => orphans.push(output.name.clone()),
            }
        }
        if !orphans.is_empty() {
            return Err(orphans);
        }
        let properties = surface::properties(&manifest);
        Ok(Self { manifest, properties, entries, reasons: BTreeMap::new() })
    }

    /// The number of an output.
    pub(crate) fn output(&self, name: &str) -> Option<usize> {
        self.manifest.outputs.iter().position(|output| output.name == name)
    }

    /// The rows of a level that belong to a row of a level above, or that row itself.
    pub(crate) fn rows_below(&self, batch: &Batch, top: Row, level: u32) -> Range<u32> {
        if level == top.level {
            return top.row..top.row + 1;
        }
        let parent = usize::try_from(level).ok().and_then(|level| self.manifest.levels.get(level)?.parent);
        let Some(parents) = parent.map(|parent| self.rows_below(batch, top, parent)) else { return 0..0 };
        let offsets = row::level(batch, level).map(|level| level.offsets.as_slice()).unwrap_or_default();
        let offset = |row: u32| usize::try_from(row).ok().and_then(|row| offsets.get(row)).copied().unwrap_or_default();
        offset(parents.start)..offset(parents.end)
    }

    /// The household that a row belongs to.
    pub(crate) fn household(&self, batch: &Batch, at: Row) -> u32 {
        let parent = usize::try_from(at.level).ok().and_then(|level| self.manifest.levels.get(level)?.parent);
        let above = parent
            .and_then(|parent| Some(Row { level: parent, row: row::parent(row::level(batch, at.level)?, at.row)? }));
        above.map_or(at.row, |above| self.household(batch, above))
    }
}

/// The line in which a function begins.
fn begins(function: &str, source: &str) -> Position {
    let opens = |line: &str| {
        let name =
            line.trim_start().strip_prefix("fn ").map(str::trim_start).and_then(|rest| rest.strip_prefix(function));
        name.is_some_and(|rest| rest.trim_start().starts_with('('))
    };
    let line = (1_u16..).zip(source.lines()).find(|(_, line)| opens(line));
    line.map_or(Position::NONE, |(line, text)| {
        let indent = text.chars().take_while(|c| c.is_whitespace()).count();
        Position::new(line, u16::try_from(indent + 1).unwrap_or(u16::MAX))
    })
}

/// The level and all above it.
fn ancestors(manifest: &ResolvedManifest, level: u32) -> Vec<u32> {
    let parent = |level: &u32| manifest.levels.get(usize::try_from(*level).ok()?)?.parent;
    std::iter::successors(Some(level), parent).take(manifest.levels.len()).collect()
}
