//! The reason of an answer: what stands in the map that a script gives with it, as a step of the reasoning.

use std::collections::BTreeSet;

use nuan_vocabulary::known::Unknown;
use nuan_vocabulary::reason::{Step, Value};
use nuan_vocabulary::resolved::{ResolvedManifest, ResolvedOutput};
use rhai::{Dynamic, Map};

use crate::answer::Cell;
use crate::value::{Evaluated, fault, missing, shown};

/// The keys that a reason may have; the first three it must have.
pub(crate) const KEYS: [&str; 5] = ["rule", "cites", "says", "arguments", "uses"];

/// What is known of a reason before anything runs: it is given where an unknown condition ends a row before its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct WrittenReason {
    /// The rule's id.
    pub(crate) rule: String,
    /// `instrument#article`.
    pub(crate) cites: Vec<String>,
    /// The key of the message.
    pub(crate) says: String,
    /// The names of the message's arguments.
    pub(crate) with: Vec<String>,
}

/// The place that a step is about.
pub(crate) struct Place<'a> {
    pub(crate) manifest: &'a ResolvedManifest,
    pub(crate) output: &'a ResolvedOutput,
    pub(crate) row: u32,
    /// The inputs that the row has read so far.
    pub(crate) reads: &'a BTreeSet<u32>,
}

/// The step of an answer; `cell` is the answer, unless it is unknown.
pub(crate) fn given(place: &Place<'_>, because: &Map, value: &Dynamic, cell: Option<&Cell>) -> Evaluated<Step> {
    let mut arguments = Vec::new();
    if let Some(with) = because.get("arguments") {
        let Some(with) = with.read_lock::<Map>() else {
            return fault("`arguments` is a map of the message's arguments");
        };
        for (name, value) in with.iter() {
            let Some(shown) = shown(value) else {
                return fault(format!("the argument `{name}` is of a kind that no message can show"));
            };
            arguments.push((name.to_string(), shown));
        }
    }
    let uses = match because.get("uses") {
        Some(uses) => texts(uses)?,
        None => names(place, place.reads.iter().copied()),
    };
    let missing = missing(value).map(|missing| lacking(place, missing.unknown())).unwrap_or_default();
    Ok(Step {
        output: place.output.name.clone(),
        row: place.row,
        rule: text(because, "rule")?,
        cites: texts(because.get("cites").unwrap_or(&Dynamic::UNIT))?,
        says: text(because, "says")?,
        arguments,
        uses,
        missing,
        value: match cell {
            None => Value::Unknown,
            Some(Cell::Code(code)) => Value::Code(*code),
            Some(_) => shown(value).unwrap_or(Value::Unknown),
        },
    })
}

/// The step of an output that a row did not come to answer.
pub(crate) fn ended(place: &Place<'_>, written: &WrittenReason, unknown: &Unknown) -> Step {
    Step {
        output: place.output.name.clone(),
        row: place.row,
        rule: written.rule.clone(),
        cites: written.cites.clone(),
        says: written.says.clone(),
        arguments: written.with.iter().map(|name| (name.clone(), Value::Unknown)).collect(),
        uses: names(place, place.reads.iter().copied()),
        missing: lacking(place, unknown),
        value: Value::Unknown,
    }
}

fn lacking(place: &Place<'_>, unknown: &Unknown) -> Vec<String> {
    let inputs: BTreeSet<u32> = unknown.absences().iter().map(|absence| absence.input).collect();
    names(place, inputs.into_iter())
}

fn names(place: &Place<'_>, inputs: impl Iterator<Item = u32>) -> Vec<String> {
    inputs.filter_map(|input| place.manifest.input_name(input)).map(str::to_owned).collect()
}

fn text(because: &Map, key: &str) -> Evaluated<String> {
    match because.get(key).and_then(|value| value.as_immutable_string_ref().ok()) {
        Some(text) => Ok(text.to_string()),
        None => fault(format!("`{key}` of a reason is a text")),
    }
}

fn texts(value: &Dynamic) -> Evaluated<Vec<String>> {
    let array = value.as_array_ref().ok();
    let texts =
        array.map(|array| array.iter().map(|item| Some(item.as_immutable_string_ref().ok()?.to_string())).collect());
    texts.flatten().map_or_else(|| fault("`cites` and `uses` are arrays of texts"), Ok)
}
