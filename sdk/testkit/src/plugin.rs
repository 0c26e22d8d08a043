//! A plugin under test, with all that it requires: the same graph, columns and parameters as in the kernel.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use nuan_domain::document::HouseholdDocument;
use nuan_domain::evaluation::Evaluation;
use nuan_domain::facts::{FactTable, Wanted};
use nuan_domain::parameters::ParameterHistory;
use nuan_domain::plan::{self, Plan, PluginSpec};
use nuan_domain::schema::Schema;
use nuan_host::plugin::LoadedPlugin;
use nuan_host::run::run;
use nuan_host::split::Verdicts;
use nuan_sdk::Rules;
use nuan_vocabulary::columns::Batch;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::manifest::{Manifest, Output};
use nuan_vocabulary::parameter::{Parameter, Written};
use nuan_vocabulary::resolved::{ColumnSource, Names, ResolvedManifest, resolve};
use serde_json::Value;

use crate::answers::Answers;
use crate::case::Case;
use crate::folder::{self, Declared};
use crate::mistakes::Mistakes;
use crate::native::Native;
use crate::parameters::{no_such_parameter, overridden};
use crate::sandbox;

/// A plugin and its graph, ready to be asked.
pub struct Plugin {
    schema: Schema,
    wanted: Wanted,
    parts: Vec<Part>,
    specs: Vec<PluginSpec>,
    outputs: BTreeMap<String, Output>,
}

/// One plugin of the graph.
struct Part {
    manifest: Manifest,
    resolved: ResolvedManifest,
    parameters: BTreeMap<String, Parameter>,
    runner: Runner,
}

enum Runner {
    Native(Native),
    Sandbox(Arc<LoadedPlugin>),
}

impl Plugin {
    /// A plugin in the sandbox.
    pub fn open(folder: &Path) -> Result<Self, Mistakes> {
        Self::build(folder, None)
    }

    /// A plugin in Rust, natively; what it requires runs in the sandbox.
    pub fn native<P: Rules>(folder: &Path) -> Result<Self, Mistakes> {
        Self::build(folder, Some(Native::of::<P>()))
    }

    fn build(folder: &Path, mut native: Option<Native>) -> Result<Self, Mistakes> {
        let schema = folder::schema()?;
        let declared = folder::declared(folder)?;
        let manifests: Vec<&Manifest> = declared.iter().map(|plugin| &plugin.manifest).collect();
        let outputs = plan::producers(&manifests)?;
        let mut wanted = Wanted::none(&schema);
        let mut parts = Vec::with_capacity(declared.len());
        for plugin in declared {
            let part = part(plugin, native.take(), &schema, &outputs)?;
            let facts = part.resolved.inputs().filter(|(_, column)| column.from == ColumnSource::Fact);
            facts.filter_map(|(_, column)| schema.fact(&column.name)).for_each(|fact| wanted.add(fact, &schema));
            parts.push(part);
        }
        let specs = parts.iter().map(|part| part.spec(&BTreeMap::new())).collect::<Result<_, _>>()?;
        Ok(Self { schema, wanted, parts, specs, outputs })
    }

    /// The fact catalogue.
    pub const fn schema(&self) -> &Schema {
        &self.schema
    }

    /// What the graph answers, by name.
    pub const fn outputs(&self) -> &BTreeMap<String, Output> {
        &self.outputs
    }

    /// The names of what the graph answers.
    pub fn output_names(&self) -> BTreeSet<String> {
        self.outputs.keys().cloned().collect()
    }

    /// The answers for households as of a case's date, known at its instant and with its parameters.
    pub fn answers(&self, case: &Case, households: &[Value]) -> Result<Vec<Answers>, Mistakes> {
        let parse =
            |household| HouseholdDocument::from_value(household, &self.schema).map_err(|refused| Mistakes(refused.0));
        let documents: Vec<HouseholdDocument> = households
            .iter()
            .map(parse)
            .collect::<Result<_, _>>()
            .map_err(|mistakes| mistakes.inside(&case.place.to_string()))?;
        let known_at = case.known_at.unwrap_or(Timestamp::MAX);
        if case.parameters.is_empty() {
            return self.run(&self.specs, &documents, case.as_of, known_at);
        }
        let specs = self.overridden(&case.parameters).map_err(|mistakes| mistakes.inside(&case.place.to_string()))?;
        self.run(&specs, &documents, case.as_of, known_at)
    }

    fn overridden(&self, parameters: &BTreeMap<String, Written>) -> Result<Vec<PluginSpec>, Mistakes> {
        let is_declared = |id: &String| self.parts.iter().any(|part| part.parameters.contains_key(id));
        let unknown: Vec<Diagnostic> =
            parameters.keys().filter(|id| !is_declared(id)).map(|id| no_such_parameter(id)).collect();
        if unknown.is_empty() {
            self.parts.iter().map(|part| part.spec(parameters)).collect()
        } else {
            Err(Mistakes(unknown))
        }
    }

    /// Households of one plan share a batch, whatever their divisions.
    fn run(
        &self,
        specs: &[PluginSpec],
        documents: &[HouseholdDocument],
        as_of: Date,
        known_at: Timestamp,
    ) -> Result<Vec<Answers>, Mistakes> {
        let mut groups: Vec<(Plan, Vec<usize>)> = Vec::new();
        for (number, document) in documents.iter().enumerate() {
            let plan = plan::plan(specs, document.division, as_of, known_at)?;
            match groups.iter_mut().find(|(other, _)| *other == plan) {
                Some((_, numbers)) => numbers.push(number),
                None => groups.push((plan, vec![number])),
            }
        }
        let mut answers = vec![Answers::default(); documents.len()];
        for (plan, numbers) in groups {
            let batch: Vec<&HouseholdDocument> = numbers.iter().filter_map(|number| documents.get(*number)).collect();
            let evaluation = self.evaluate(specs, &plan, &batch, as_of, known_at);
            for ((household, number), document) in (0_u32..).zip(numbers).zip(batch) {
                if let Some(slot) = answers.get_mut(number) {
                    *slot = Answers::of_evaluation(&evaluation, specs, household, document);
                }
            }
        }
        Ok(answers)
    }

    fn evaluate(
        &self,
        specs: &[PluginSpec],
        plan: &Plan,
        batch: &[&HouseholdDocument],
        as_of: Date,
        known_at: Timestamp,
    ) -> Evaluation<'_> {
        let facts = FactTable::build(&self.schema, batch, as_of, known_at, &self.wanted);
        let divisions = batch.iter().map(|document| document.division).collect();
        let mut evaluation = Evaluation::new(&self.schema, facts, divisions);
        run(&mut evaluation, plan, specs, |position, batch| self.parts.get(position).map(|part| part.evaluate(batch)));
        evaluation
    }
}

fn part(
    plugin: Declared,
    native: Option<Native>,
    schema: &Schema,
    outputs: &BTreeMap<String, Output>,
) -> Result<Part, Mistakes> {
    let Declared { folder, manifest, parameters } = plugin;
    let names = Names { catalogue: schema.catalogue(), parameters: &parameters, outputs };
    let place = folder::shown(&folder);
    let resolved = resolve(&manifest, &names).map_err(|mistakes| Mistakes(mistakes).inside(&place))?;
    let runner = match native {
        Some(native) => {
            native.agrees(&resolved).map_err(|mistake| Mistakes::from(mistake).inside(&place))?;
            Runner::Native(native)
        }
        None => Runner::Sandbox(sandbox::load(&folder, &manifest, &resolved)?),
    };
    Ok(Part { manifest, resolved, parameters, runner })
}

impl Part {
    /// What the planner and the columns need, with some parameters set by a case.
    fn spec(&self, set: &BTreeMap<String, Written>) -> Result<PluginSpec, Mistakes> {
        let mut histories = BTreeMap::new();
        for (id, parameter) in &self.parameters {
            let parameter = set.get(id).map_or_else(|| parameter.clone(), |value| overridden(parameter, value));
            histories.insert(id.clone(), ParameterHistory::new(parameter)?);
        }
        let (manifest, resolved) = (self.manifest.clone(), self.resolved.clone());
        Ok(PluginSpec { manifest, resolved, parameters: histories, activated: None })
    }

    /// In the sandbox every batch gets an instance that nobody has used.
    fn evaluate(&self, batch: &Batch) -> Verdicts {
        match &self.runner {
            Runner::Native(native) => native.evaluate(batch, &self.resolved),
            Runner::Sandbox(plugin) => plugin.worker().evaluate_each(batch),
        }
    }
}
