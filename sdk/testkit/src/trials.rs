//! Every case and every property as a test of its own, by name, with everything that differs in the message.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use nuan_sdk::Rules;
use serde_json::Value;

use crate::case::{self, Case, CaseFile, Place};
use crate::expect::{self, Difference};
use crate::given::document;
use crate::mistakes::Mistakes;
use crate::plugin::Plugin;
use crate::properties::Property;

/// How the rules are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As an ordinary function.
    Native,
    /// As a component.
    Sandbox,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "native",
            Self::Sandbox => "sandbox",
        })
    }
}

/// Runs the golden cases of a Rust plugin natively: the `main` of its `tests/golden.rs`.
pub fn run_native<P: Rules>(folder: &str) -> ExitCode {
    let folder = Path::new(folder);
    run(trials(Plugin::native::<P>(folder), folder, Kind::Native))
}

/// Runs the golden cases of a plugin in the sandbox; its component must have been built.
pub fn run_sandbox(folder: &str) -> ExitCode {
    let folder = Path::new(folder);
    run(trials(Plugin::open(folder), folder, Kind::Sandbox))
}

fn run(trials: Vec<Trial>) -> ExitCode {
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// All cases and properties of a plugin as tests. What cannot be read is one test that fails and says why.
pub fn trials(plugin: Result<Plugin, Mistakes>, folder: &Path, kind: Kind) -> Vec<Trial> {
    let (plugin, files) = match (plugin, case::files(folder)) {
        (Ok(plugin), Ok(files)) => (Arc::new(plugin), files),
        (plugin, files) => {
            let mistakes: Vec<Mistakes> = [plugin.err(), files.err()].into_iter().flatten().collect();
            let text = mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
            let name = format!("{} can be read", crate::folder::shown(folder));
            return vec![Trial::test(name, move || Err(text.into())).with_kind(kind.to_string())];
        }
    };
    let mut trials = vec![batch_trial(&plugin, &files, folder, kind)];
    for CaseFile { path, cases, properties } in files {
        let cases: Arc<[Case]> = cases.into();
        for number in 0..cases.len() {
            trials.extend(case_trial(&plugin, &cases, number, kind));
        }
        trials.extend(
            properties
                .into_iter()
                .map(|(place, property)| property_trial(&plugin, &cases, &path, place, property, kind)),
        );
    }
    trials
}

fn case_trial(plugin: &Arc<Plugin>, cases: &Arc<[Case]>, number: usize, kind: Kind) -> Option<Trial> {
    let name = cases.get(number).map(|case| format!("{} {}", case.place.file, case.name))?;
    let (plugin, cases) = (Arc::clone(plugin), Arc::clone(cases));
    let run = move || cases.get(number).map_or(Ok(()), |case| check(&plugin, case));
    Some(Trial::test(name, run).with_kind(kind.to_string()))
}

fn check(plugin: &Plugin, case: &Case) -> Result<(), Failed> {
    let expectations = expect::expectations(case, &plugin.output_names())?;
    let household = document(case, plugin.schema())?;
    let answers = plugin.answers(case, &[household])?;
    let differences =
        answers.iter().flat_map(|answers| expect::differences(&expectations, answers)).collect::<Vec<_>>();
    report(case, &differences)
}

/// A case fails with its place, its name and every difference.
fn report(case: &Case, differences: &[Difference]) -> Result<(), Failed> {
    if differences.is_empty() {
        return Ok(());
    }
    let lines = differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    Err(format!("{} {}\n{lines}", case.place, case.name).into())
}

fn property_trial(
    plugin: &Arc<Plugin>,
    cases: &Arc<[Case]>,
    path: &str,
    place: Place,
    property: Property,
    kind: Kind,
) -> Trial {
    let (plugin, cases) = (Arc::clone(plugin), Arc::clone(cases));
    let name = format!("{path} line {}: {}", place.line, title(&property));
    let run = move || {
        let tried = property.try_on(&cases, &plugin).map_err(|mistakes| mistakes.inside(&place.to_string()))?;
        if !tried.violations.is_empty() {
            return Err(tried
                .violations
                .iter()
                .take(20)
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
                .into());
        }
        if tried.compared == 0 {
            return Err(
                format!("{place} the property was never tried: no case of the file states what it is about").into()
            );
        }
        Ok(())
    };
    Trial::test(name, run).with_kind(kind.to_string())
}

fn title(property: &Property) -> String {
    match property {
        Property::Monotone { output, by, .. } => format!("monotone {output} by {by}"),
        Property::PermutationInvariant(entity) => format!("permutation_invariant {entity}"),
        Property::NoCliff { output, by } => format!("no_cliff {output} by {by}"),
        Property::NeverBelow { output, floor, .. } => format!("never_below {output} {floor}"),
    }
}

/// Every household gets the same alone and in a shuffled batch of all of them.
fn batch_trial(plugin: &Arc<Plugin>, files: &[CaseFile], folder: &Path, kind: Kind) -> Trial {
    let plugin = Arc::clone(plugin);
    let cases: Vec<Case> = files.iter().flat_map(|file| &file.cases).cloned().collect();
    let name = format!("{} a household is answered alike alone and among others", crate::folder::shown(folder));
    Trial::test(name, move || moments(&cases).into_iter().try_for_each(|moment| check_batch(&plugin, moment, &cases)))
        .with_kind(kind.to_string())
}

/// The first, the middle and the last date of the cases, with the numbers of the law as they stand.
fn moments(cases: &[Case]) -> Vec<&Case> {
    let mut plain: Vec<&Case> = cases.iter().filter(|case| case.parameters.is_empty()).collect();
    plain.sort_by_key(|case| case.as_of);
    plain.dedup_by_key(|case| case.as_of);
    let last = plain.len().saturating_sub(1);
    let mut chosen = vec![0, last.div_euclid(2), last];
    chosen.dedup();
    chosen.into_iter().filter_map(|number| plain.get(number).copied()).collect()
}

fn check_batch(plugin: &Plugin, moment: &Case, cases: &[Case]) -> Result<(), Failed> {
    let mut households = cases.iter().map(|case| document(case, plugin.schema())).collect::<Result<Vec<Value>, _>>()?;
    let mut alone = Vec::with_capacity(households.len());
    for household in &households {
        alone.extend(plugin.answers(moment, std::slice::from_ref(household))?);
    }
    // Every other one from the front, the rest from the back: neighbours change for everybody.
    let mut order: Vec<usize> = (0..households.len()).collect();
    order.sort_by_key(|number| {
        (number.rem_euclid(2), if number.rem_euclid(2) == 0 { *number } else { usize::MAX - number })
    });
    households = order.iter().filter_map(|number| households.get(*number).cloned()).collect();
    let together = plugin.answers(moment, &households)?;
    let differing = order.iter().zip(&together).find(|(number, answers)| alone.get(**number) != Some(*answers));
    let case = differing.and_then(|(number, _)| cases.get(*number));
    case.map_or(Ok(()), |case| {
        Err(format!("{} {}: answered otherwise in a batch as of {}", case.place, case.name, moment.as_of).into())
    })
}
