//! Reasons: a rule states its steps, `explain` keeps them, `evaluate` never even builds them.

use nuan_vocabulary::columns::Failure;
use nuan_vocabulary::diagnostic::closest;
use nuan_vocabulary::known::{Absence, Known, Unknown};
use nuan_vocabulary::reason::{Step, Value};

use crate::cells::place;
use crate::list::At;

/// How `uses` begins for a reading of what the law leaves open, which no manifest lists.
const READING: &str = "interpretation:";

/// Where steps go.
pub trait Trace {
    /// Whether anybody listens.
    const ON: bool;
    /// States a step; the closure runs only if somebody listens.
    fn step(&mut self, step: impl FnOnce() -> Stated);
}

/// Nobody listens: `evaluate`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Trace for Silent {
    const ON: bool = false;
    #[inline]
    fn step(&mut self, _: impl FnOnce() -> Stated) {}
}

/// Keeps every step: `explain`.
#[derive(Clone, Debug)]
pub struct Record {
    inputs: &'static [&'static str],
    outputs: &'static [&'static str],
    steps: Vec<Step>,
}

impl Record {
    /// An empty record; `inputs` are the names as absences count them.
    pub const fn new(inputs: &'static [&'static str], outputs: &'static [&'static str]) -> Self {
        Self { inputs, outputs, steps: Vec::new() }
    }

    /// The steps, in the order in which they were stated. A failure if one uses what the manifest does not name: nobody
    /// could look it up.
    pub fn into_steps(self) -> Result<Vec<Step>, Failure> {
        let unnamed = self.steps.iter().find_map(|step| self.unnamed(step));
        match unnamed {
            Some(message) => Err(Failure { code: "NU4013".to_owned(), message, row: None }),
            None => Ok(self.steps),
        }
    }

    /// What is wrong with the names that a step uses, if anything is.
    fn unnamed(&self, step: &Step) -> Option<String> {
        let names = || self.inputs.iter().chain(self.outputs).copied();
        let is_unnamed = |name: &&String| !name.starts_with(READING) && !names().any(|known| known == name.as_str());
        let name = step.uses.iter().find(is_unnamed)?;
        let rule = &step.rule;
        let hint = closest(name, names()).map(|known| format!(" (did you mean `{known}`?)")).unwrap_or_default();
        Some(format!("`{rule}` uses `{name}`, which is neither an input nor an output of the plugin{hint}"))
    }

    /// Absences are sorted by input: the same input stands together.
    fn names(&self, absences: &[Absence]) -> Vec<String> {
        let mut inputs: Vec<u32> = absences.iter().map(|absence| absence.input).collect();
        inputs.dedup();
        let name = |input: u32| self.inputs.get(place(input)).map(|name| (*name).to_owned());
        inputs.into_iter().filter_map(name).collect()
    }
}

impl Trace for Record {
    const ON: bool = true;
    fn step(&mut self, step: impl FnOnce() -> Stated) {
        let Stated { mut step, absences } = step();
        step.missing = self.names(&absences);
        self.steps.push(step);
    }
}

/// An output's name together with the level it stands at.
#[derive(Clone, Copy, Debug)]
pub struct Output<const LEVEL: u32>(pub &'static str);

/// Begins a step of the rule with this id: `step(rule).for_output(…).cites(…)`, then what it says, then what it gives.
pub const fn step(rule: &str) -> Begun<'_> {
    Begun { rule }
}

/// A step that does not say yet which output it leads to.
#[derive(Clone, Copy, Debug)]
pub struct Begun<'r> {
    rule: &'r str,
}

/// A step that does not say yet which article it follows.
#[derive(Clone, Copy, Debug)]
pub struct Uncited<'r> {
    rule: &'r str,
    output: &'static str,
    row: u32,
}

/// A step while it is stated.
#[derive(Clone, Debug)]
pub struct StepDraft {
    step: Step,
}

/// A whole step.
#[derive(Clone, Debug)]
pub struct Stated {
    step: Step,
    absences: Vec<Absence>,
}

impl<'r> Begun<'r> {
    /// The output that the step leads to, and whose it is.
    #[must_use]
    pub fn for_output<const LEVEL: u32>(self, output: Output<LEVEL>, at: &impl At<LEVEL>) -> Uncited<'r> {
        Uncited { rule: self.rule, output: output.0, row: at.row() }
    }
}

impl Uncited<'_> {
    /// The article that says so.
    #[must_use]
    pub fn cites(self, instrument: &str, article: &str) -> StepDraft {
        let step = Step {
            output: self.output.to_owned(),
            row: self.row,
            rule: self.rule.to_owned(),
            cites: Vec::new(),
            says: String::new(),
            arguments: Vec::new(),
            uses: Vec::new(),
            missing: Vec::new(),
            value: Value::Unknown,
        };
        StepDraft { step }.cites(instrument, article)
    }
}

impl StepDraft {
    /// One more article that says so.
    #[must_use]
    pub fn cites(mut self, instrument: &str, article: &str) -> Self {
        self.step.cites.push(format!("{instrument}#{article}"));
        self
    }

    /// The key of the message in `locales/`.
    #[must_use]
    pub fn says(mut self, key: &str) -> Self {
        key.clone_into(&mut self.step.says);
        self
    }

    /// An argument of the message.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.step.arguments.push((name.to_owned(), value.into()));
        self
    }

    /// The facts, parameters and outputs that the step rests on, by the names of the manifest, or `interpretation:` and the
    /// id of a reading.
    #[must_use]
    pub fn uses<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
        self.step.uses.extend(names.into_iter().map(str::to_owned));
        self
    }

    /// What the step yields, or what is missing for it.
    #[must_use]
    pub fn gives<T: Clone + Into<Value>>(mut self, value: &Known<T>) -> Stated {
        self.step.value = value.as_ref().map_or(Value::Unknown, |value| value.clone().into());
        let absences = value.as_ref().err().map(Unknown::absences).unwrap_or_default().to_vec();
        Stated { step: self.step, absences }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Home;

    impl At<0> for Home {
        fn row(&self) -> u32 {
            0
        }
    }

    #[track_caller]
    fn check(uses: &str, refused: Option<&str>) {
        let mut record = Record::new(&["household.local_hukou", "vehicle"], &["coal.amount"]);
        let stated = step("coal").for_output(Output::<0>("coal.amount"), &Home).cites("notice", "3").uses([uses]);
        record.step(|| stated.gives(&Ok(1_i64)));
        let message = record.into_steps().err().map(|failure| failure.message);
        assert_eq!(message.as_deref(), refused);
    }

    #[test]
    fn a_step_uses_what_the_manifest_names() {
        for named in ["household.local_hukou", "vehicle", "coal.amount", "interpretation:local-is-county"] {
            check(named, None);
        }
        let misspelt = "`coal` uses `household.local_hukuo`, which is neither an input nor an output of the plugin";
        check("household.local_hukuo", Some(&format!("{misspelt} (did you mean `household.local_hukou`?)")));
        let unknown = "`coal` uses `x`, which is neither an input nor an output of the plugin";
        check("x", Some(unknown));
    }
}
