//! The reasons of every golden case: each output has its step, each step its sentence, its articles and what it rests on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use nuan_sdk::Rules;
use nuan_sdk::prelude::Date;
use nuan_sdk::vocabulary::columns::{Batch, Failure, Outputs};
use nuan_sdk::vocabulary::reason::{Step, Value};
use nuan_testkit::{Plugin, cases, document};

static STEPS: Mutex<Vec<(Date, Step)>> = Mutex::new(Vec::new());

/// What the reason for tekun cites of 特困认定办法: the article that decided and no other condition's.
const TEKUN: [(&str, &[&str]); 7] = [
    ("tekun-able", &["4", "5"]),
    ("tekun-income", &["4", "6"]),
    ("tekun-property", &["4", "6", "7"]),
    ("tekun-supported", &["4", "8"]),
    ("tekun-orphan-programme", &["4", "9"]),
    ("tekun-not-resident", &["4", "10"]),
    ("tekun-eligible", &["4", "5", "6", "7", "8", "9", "10"]),
];

/// The rules, explained wherever they are evaluated: a case is one household, as `explain` wants it.
struct Explained;

impl Rules for Explained {
    fn resolved_manifest() -> &'static str {
        basic_living::Plugin::resolved_manifest()
    }

    fn evaluate(batch: &Batch) -> Result<Outputs, Failure> {
        let (steps, outputs) = (Self::explain(batch)?, basic_living::Plugin::evaluate(batch)?);
        let rows: usize = outputs.columns.iter().map(|column| column.values.rows()).sum();
        assert_eq!(steps.len(), rows, "one step a row of every output");
        STEPS.lock().unwrap().extend(steps.into_iter().map(|step| (batch.as_of, step)));
        Ok(outputs)
    }

    fn explain(household: &Batch) -> Result<Vec<Step>, Failure> {
        basic_living::Plugin::explain(household)
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// Every key of a text of `key = …` lines or `key:` lines with what stands behind it.
fn entries<'a>(text: &'a str, indent: &str, separator: &str) -> Vec<(&'a str, &'a str)> {
    let lines = text.lines().filter_map(|line| line.strip_prefix(indent)?.split_once(separator));
    lines.map(|(key, rest)| (key.trim_matches('"'), rest)).filter(|(key, _)| !key.starts_with([' ', '#'])).collect()
}

/// Every message with the arguments that it uses; a message stands on one line.
fn messages() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(folder().join("locales/zh-CN/basic-living.ftl")).unwrap();
    let arguments = |sentence: &str| {
        sentence.split("{ $").skip(1).map(|rest| rest.split(" }").next().unwrap().to_owned()).collect()
    };
    entries(&text, "", " = ").into_iter().map(|(key, sentence)| (key.to_owned(), arguments(sentence))).collect()
}

fn interpretations() -> BTreeSet<String> {
    let text = fs::read_to_string(folder().join("interpretations.yaml")).unwrap();
    entries(&text, "  ", ":").into_iter().map(|(id, _)| format!("interpretation:{id}")).collect()
}

/// What the manifest declares in a table of quoted names.
fn declared(table: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(folder().join("plugin.toml")).unwrap();
    let after = text.split_once(&format!("\n[{table}]\n")).unwrap().1;
    let lines = after.lines().take_while(|line| !line.starts_with('['));
    lines.filter_map(|line| line.strip_prefix('"')?.split_once('"')).map(|(name, _)| name.to_owned()).collect()
}

fn outputs() -> BTreeSet<String> {
    let text = fs::read_to_string(folder().join("plugin.toml")).unwrap();
    text.lines().filter_map(|line| line.strip_prefix("[outputs.\"")?.strip_suffix("\"]").map(str::to_owned)).collect()
}

fn is_in_register(citation: &str) -> bool {
    let (instrument, article) = citation.split_once('#').unwrap();
    entries(&register(instrument), "  ", ":").into_iter().any(|(key, _)| key == article)
}

/// Whether the instrument had come into force; where the register does not know the day, nothing is said against it.
fn had_begun(citation: &str, as_of: Date) -> bool {
    let (instrument, _) = citation.split_once('#').unwrap();
    let text = register(instrument);
    let from = text.lines().find_map(|line| line.strip_prefix("in_force: { from: ")?.get(..10));
    from.is_none_or(|from| Date::parse(from).unwrap() <= as_of)
}

fn register(instrument: &str) -> String {
    fs::read_to_string(folder().join(format!("../../sdk/catalogue/law/{instrument}.yaml"))).unwrap()
}

/// A finding rests on no text before its first day.
fn check_dates(step: &Step, as_of: Date) {
    for citation in step.cites.iter().filter(|_| step.value != Value::Unknown) {
        assert!(had_begun(citation, as_of), "{} on {as_of}: {citation}", step.output);
    }
}

/// Who reads the reason for tekun finds the article that decided.
fn check_tekun(step: &Step) {
    let Some((_, articles)) = TEKUN.iter().find(|(says, _)| step.says == *says) else { return };
    let cited = step.cites.iter().filter_map(|place| place.strip_prefix("national-tekun-recognition-2021#"));
    assert_eq!(cited.collect::<Vec<_>>(), *articles, "{}", step.says);
}

fn check(step: &Step, messages: &BTreeMap<String, BTreeSet<String>>, names: &BTreeSet<String>) {
    let sentence = messages.get(&step.says).unwrap_or_else(|| panic!("no sentence `{}`", step.says));
    let given: BTreeSet<String> = step.arguments.iter().map(|(name, _)| name.clone()).collect();
    assert!(sentence.is_subset(&given), "`{}` of {} needs {sentence:?} and gets {given:?}", step.says, step.output);
    let says_open = ["open", "no-rule-held"].contains(&step.says.as_str());
    assert_eq!(step.value == Value::Unknown, says_open, "{} says `{}`", step.output, step.says);
    for citation in &step.cites {
        assert!(is_in_register(citation), "{}: {citation}", step.output);
    }
    for name in &step.uses {
        assert!(names.contains(name), "{} uses `{name}`", step.output);
    }
}

#[test]
fn every_output_of_every_case_has_its_reason() {
    let plugin = Plugin::native::<Explained>(&folder()).unwrap();
    for case in cases(&folder()).unwrap() {
        let household = document(&case, plugin.schema()).unwrap();
        plugin.answers(&case, &[household]).unwrap();
    }
    let steps = std::mem::take(&mut *STEPS.lock().unwrap());
    let (messages, parameters, inputs) = (messages(), declared("parameters"), declared("inputs"));
    let lists: BTreeSet<String> = inputs.iter().filter_map(|name| Some(name.split_once('.')?.0.to_owned())).collect();
    let readings = interpretations();
    let names = [&parameters, &inputs, &lists, &outputs(), &readings].into_iter().flatten().cloned().collect();
    for (as_of, step) in &steps {
        check(step, &messages, &names);
        check_dates(step, *as_of);
        check_tekun(step);
    }

    let said: BTreeSet<&String> = steps.iter().map(|(_, step)| &step.says).collect();
    assert_eq!(said, messages.keys().collect(), "every sentence is said in some case, and no other");
    let used: BTreeSet<&String> = steps.iter().flat_map(|(_, step)| &step.uses).collect();
    let unused =
        |names: &BTreeSet<String>| names.iter().filter(|name| !used.contains(name)).cloned().collect::<Vec<_>>();
    assert_eq!(unused(&readings), Vec::<String>::new(), "every reading is shown with what rests on it");
    assert_eq!(unused(&parameters), Vec::<String>::new(), "every number is shown with what rests on it");
    let of_list = |name: &String| name.split_once('.').is_some_and(|(list, _)| used.contains(&list.to_owned()));
    let hidden: Vec<String> = unused(&inputs).into_iter().filter(|name| !of_list(name)).collect();
    assert_eq!(hidden, Vec::<String>::new(), "every fact is shown with what rests on it");
}
