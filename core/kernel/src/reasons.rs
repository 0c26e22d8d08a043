//! From the steps that plugins state to reasons that a citizen can read: sentences, articles, numbers with their dates.

use nuan_domain::document::HouseholdDocument;
use nuan_domain::evaluation::Evaluation;
use nuan_domain::plan::PluginSpec;
use nuan_vocabulary::citation::Citation;
use nuan_vocabulary::determination::{CitedPlace, Reason};
use nuan_vocabulary::reason::{Step, Value};

use crate::answer::Subject;
use crate::installed::Installed;

/// The reasons of one plugin for the one household of an evaluation.
pub fn of_steps(
    installed: &Installed,
    evaluation: &Evaluation<'_>,
    document: &HouseholdDocument,
    position: usize,
    steps: Vec<Step>,
) -> Vec<Reason> {
    let subject = Subject { installed, evaluation, row: 0, document };
    let Some(plugin) = installed.specs.get(position) else { return Vec::new() };
    steps.into_iter().map(|step| reason(&subject, plugin, position, step)).collect()
}

fn reason(subject: &Subject<'_>, plugin: &PluginSpec, position: usize, step: Step) -> Reason {
    let output = plugin.resolved.outputs.iter().find(|output| output.name == step.output);
    let entity = output
        .and_then(|output| plugin.resolved.levels.get(usize::try_from(output.level).ok()?))
        .and_then(|level| subject.evaluation.schema.entity(&level.entity));
    let (member, index) = entity.map_or((None, None), |entity| subject.place(entity, step.row));
    let codes = output.map(|output| output.codes.as_slice()).unwrap_or_default();
    let arguments: Vec<(String, String)> = step
        .arguments
        .into_iter()
        .map(|(name, value)| (name, shown(&value, codes).unwrap_or_else(|| "—".to_owned())))
        .collect();
    let messages = subject.installed.messages.get(position);
    Reason {
        says: messages.map(|messages| messages.say(&step.says, &arguments)).unwrap_or_default(),
        value: shown(&step.value, codes),
        cites: step.cites.iter().map(|place| cited(subject.installed, position, place)).collect(),
        uses: step.uses.iter().map(|name| used(subject, plugin, name)).collect(),
        output: step.output,
        member,
        index,
        rule: step.rule,
        missing: step.missing,
    }
}

/// A place that a plugin cites, with the title and article as a Chinese reader writes them.
pub fn cited(installed: &Installed, plugin: usize, place: &str) -> CitedPlace {
    let citation = Citation::parse(place);
    let instrument = installed.instrument(plugin, &citation.instrument);
    let text = instrument.map_or_else(|| place.to_owned(), |found| found.place(citation.article.as_ref()));
    CitedPlace { instrument: citation.instrument, article: citation.article, text }
}

/// `parameter:id@division[from]` and `output:name`; facts and readings as they are.
fn used(subject: &Subject<'_>, plugin: &PluginSpec, name: &str) -> String {
    if let Some(history) = plugin.parameters.get(name) {
        let found = history.in_force(subject.document.division, subject.evaluation.facts.as_of);
        return match found {
            Some(found) => format!("parameter:{name}@{}[{}]", found.row.division, found.row.from),
            None => format!("parameter:{name}"),
        };
    }
    let is_own = plugin.manifest.outputs.contains_key(name);
    if is_own || subject.evaluation.outputs.contains_key(name) { format!("output:{name}") } else { name.to_owned() }
}

fn shown(value: &Value, codes: &[String]) -> Option<String> {
    Some(match value {
        Value::Unknown => return None,
        Value::None => "none".to_owned(),
        Value::Flag(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Money(fen) => fen.to_string(),
        Value::Ratio(ratio) => ratio.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Month(month) => month.to_string(),
        Value::Code(code) => usize::try_from(*code).ok().and_then(|code| codes.get(code)).cloned()?,
        Value::Text(text) => text.clone(),
    })
}
