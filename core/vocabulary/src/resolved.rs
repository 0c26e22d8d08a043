//! The resolved manifest: a manifest with every name looked up. It fixes the order of all columns at the boundary.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::catalogue::{Catalogue, STATUS_CODES, ValueType};
use crate::diagnostic::Diagnostic;
use crate::manifest::{InputUse, Manifest, Output, Role};
use crate::parameter::Parameter;

/// Where a column comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnSource {
    /// A fact of the catalogue.
    Fact,
    /// An output of another plugin.
    Output,
    /// A number of the law, already looked up for each household.
    Parameter,
}

/// One input column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolvedColumn {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub from: ColumnSource,
    /// What it is.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// The unit of a count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What an amount is counted by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub per: Vec<String>,
    /// Its codes, in column order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// Whether `none` is a value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// One entity with its columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolvedLevel {
    /// The entity.
    pub entity: String,
    /// The level of its parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u32>,
    /// Facts, then outputs of others, then parameters, each in the order of names.
    pub columns: Vec<ResolvedColumn>,
}

/// One output column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolvedOutput {
    /// Its name.
    pub name: String,
    /// The level it stands at.
    pub level: u32,
    /// What it is.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// What an amount is counted by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub per: Vec<String>,
    /// Its codes, in column order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// What it is for.
    pub role: Role,
}

/// What host and guest agree on. Its canonical JSON is handed to the guest and its digest is in every determination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolvedManifest {
    /// The plugin.
    pub id: String,
    /// Its version.
    pub version: Version,
    /// The major version of the plugin interface.
    pub abi: String,
    /// The version of the fact catalogue.
    pub catalogue: String,
    /// Household, member, then the lists that it reads, in the order of names.
    pub levels: Vec<ResolvedLevel>,
    /// In the order of names.
    pub outputs: Vec<ResolvedOutput>,
}

impl ResolvedManifest {
    /// The inputs as absences count them: every column with its level, then every level as a list.
    pub fn inputs(&self) -> impl Iterator<Item = (u32, &ResolvedColumn)> {
        (0_u32..)
            .zip(&self.levels)
            .flat_map(|(level, resolved)| resolved.columns.iter().map(move |column| (level, column)))
    }

    /// The names of the inputs as absences count them: the columns of every level, then the entity of every level.
    pub fn input_names(&self) -> impl Iterator<Item = &str> {
        let columns = self.inputs().map(|(_, column)| column.name.as_str());
        columns.chain(self.levels.iter().map(|level| level.entity.as_str()))
    }

    /// The name of an input as absences count it.
    pub fn input_name(&self, input: u32) -> Option<&str> {
        self.input_names().nth(usize::try_from(input).ok()?)
    }
}

/// What the catalogue, the parameters and the other plugins say about names.
pub struct Names<'a> {
    /// The fact catalogue.
    pub catalogue: &'a Catalogue,
    /// The plugin's own parameters by id.
    pub parameters: &'a BTreeMap<String, Parameter>,
    /// Outputs of other plugins by name.
    pub outputs: &'a BTreeMap<String, Output>,
}

/// Looks every name of a manifest up. All mistakes come at once.
pub fn resolve(manifest: &Manifest, names: &Names<'_>) -> Result<ResolvedManifest, Vec<Diagnostic>> {
    let mut mistakes = Vec::new();
    let mut columns: Vec<(String, ResolvedColumn)> = Vec::new();
    for (name, input) in &manifest.inputs {
        match input_column(name, input, manifest, names) {
            Ok(column) => columns.push(column),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    for id in manifest.parameters.keys() {
        match names.parameters.get(id) {
            Some(parameter) => columns.push(("household".to_owned(), parameter_column(parameter))),
            None => {
                mistakes.push(Diagnostic::new("NU3103", format!("/parameters/{id}"), "no parameter file has this id"))
            }
        }
    }
    let entities = entities_in_use(manifest, &columns, names.catalogue);
    let levels = levels(&entities, columns, names.catalogue);
    let mut outputs = Vec::new();
    for (name, output) in &manifest.outputs {
        match resolved_output(name, output, manifest, &entities, names.catalogue) {
            Ok(resolved) => outputs.push(resolved),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let (id, version) = (manifest.id.clone(), manifest.version.clone());
    Ok(ResolvedManifest {
        id,
        version,
        abi: manifest.abi.clone(),
        catalogue: manifest.catalogue.clone(),
        levels,
        outputs,
    })
}

fn input_column(
    name: &str,
    input: &InputUse,
    manifest: &Manifest,
    names: &Names<'_>,
) -> Result<(String, ResolvedColumn), Diagnostic> {
    if let Some(fact) = names.catalogue.facts.get(name) {
        let codes = fact.codes.as_deref().map(|list| names.catalogue.code_names(list)).unwrap_or_default();
        let (value_type, unit, per) = (fact.value_type, fact.unit.clone(), fact.per.clone());
        let from = ColumnSource::Fact;
        let column =
            ResolvedColumn { name: name.to_owned(), from, value_type, unit, per, codes, optional: fact.optional };
        return Ok((fact.entity.clone(), column));
    }
    let path = format!("/inputs/{name}");
    let own = manifest.outputs.get(name).filter(|_| manifest.raises.iter().any(|raised| raised == name));
    let declared = match (&input.entity, input.value_type) {
        (Some(entity), Some(value_type)) => Some((entity.clone(), value_type, input.codes.clone())),
        _ => None,
    };
    let found = names.outputs.get(name).or(own).map(|output| {
        let codes = output.codes.as_deref().map(|list| names.catalogue.code_names(list)).unwrap_or_default();
        (output.entity.clone(), output.value_type, codes)
    });
    if let (Some(declared), Some(found)) = (&declared, &found)
        && (&declared.0, declared.1) != (&found.0, found.1)
    {
        return Err(Diagnostic::new(
            "NU3105",
            path,
            "the output is declared with another entity or type than its plugin gives it",
        ));
    }
    let Some((entity, value_type, codes)) = found.or(declared) else {
        let known = names.catalogue.facts.keys().chain(names.outputs.keys());
        let mistake = Diagnostic::new("NU3102", path, "no such fact, and no required plugin has such an output");
        return Err(mistake.with_suggestion(name, known.map(String::as_str)));
    };
    let codes = if value_type == ValueType::Status { status_codes() } else { codes };
    let from = ColumnSource::Output;
    Ok((
        entity,
        ResolvedColumn { name: name.to_owned(), from, value_type, unit: None, per: Vec::new(), codes, optional: false },
    ))
}

fn parameter_column(parameter: &Parameter) -> ResolvedColumn {
    ResolvedColumn {
        name: parameter.id.clone(),
        from: ColumnSource::Parameter,
        value_type: parameter.value_type,
        unit: parameter.unit.clone(),
        per: parameter.per.clone(),
        codes: parameter.codes.clone(),
        optional: parameter.optional,
    }
}

fn status_codes() -> Vec<String> {
    STATUS_CODES.iter().map(ToString::to_string).collect()
}

/// Household and member always; lists where a column or an output stands, with all that they belong to.
fn entities_in_use(manifest: &Manifest, columns: &[(String, ResolvedColumn)], catalogue: &Catalogue) -> Vec<String> {
    let mut lists = BTreeSet::new();
    let used = columns.iter().map(|(entity, _)| entity).chain(manifest.outputs.values().map(|output| &output.entity));
    for entity in used {
        let mut next = Some(entity);
        while let Some(entity) = next {
            lists.insert(entity.clone());
            next = catalogue.entities.get(entity).and_then(|found| found.parent.as_ref());
        }
    }
    lists.remove("household");
    lists.remove("member");
    ["household".to_owned(), "member".to_owned()].into_iter().chain(lists).collect()
}

fn levels(entities: &[String], columns: Vec<(String, ResolvedColumn)>, catalogue: &Catalogue) -> Vec<ResolvedLevel> {
    let position = |name: &String| (0_u32..).zip(entities).find(|(_, entity)| *entity == name).map(|(level, _)| level);
    let mut levels: Vec<ResolvedLevel> = entities
        .iter()
        .map(|entity| {
            let parent = catalogue.entities.get(entity).and_then(|found| found.parent.as_ref()).and_then(position);
            ResolvedLevel { entity: entity.clone(), parent, columns: Vec::new() }
        })
        .collect();
    for (entity, column) in columns {
        if let Some(level) = levels.iter_mut().find(|level| level.entity == entity) {
            level.columns.push(column);
        }
    }
    for level in &mut levels {
        level.columns.sort_by(|a, b| (a.from, &a.name).cmp(&(b.from, &b.name)));
    }
    levels
}

fn resolved_output(
    name: &str,
    output: &Output,
    manifest: &Manifest,
    entities: &[String],
    catalogue: &Catalogue,
) -> Result<ResolvedOutput, Diagnostic> {
    let path = format!("/outputs/{name}");
    if !manifest.namespace.own(name) && !manifest.raises.iter().any(|raised| raised == name) {
        return Err(Diagnostic::new("NU3106", path, "the name lies outside the plugin's name space"));
    }
    let level = (0_u32..).zip(entities).find(|(_, entity)| **entity == output.entity).map(|(level, _)| level);
    let Some(level) = level.filter(|_| catalogue.entities.contains_key(&output.entity)) else {
        return Err(Diagnostic::new("NU3104", path, format!("`{}` is no entity of the catalogue", output.entity)));
    };
    let codes = match (output.value_type, output.codes.as_deref()) {
        (ValueType::Status, _) => status_codes(),
        (ValueType::Code, list) => catalogue.code_names(list.unwrap_or_default()),
        _ => Vec::new(),
    };
    if codes.is_empty() && output.value_type == ValueType::Code {
        return Err(Diagnostic::new("NU3107", path, "the output is a code, but its code list is not in the catalogue"));
    }
    let (value_type, role) = (output.value_type, output.role);
    Ok(ResolvedOutput { name: name.to_owned(), level, value_type, per: output.per.clone(), codes, role })
}
