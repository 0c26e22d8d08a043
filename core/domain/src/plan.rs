//! The plugin graph: which plugins answer for a place and a date, in which version, and in which order.
//!
//! Cycles, double producers and lowered floors by declaration are refused before anything runs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::manifest::{Manifest, Output};
use nuan_vocabulary::resolved::ResolvedManifest;

use crate::parameters::ParameterHistory;

/// A plugin as the planner sees it: everything but the code.
#[derive(Debug)]
pub struct PluginSpec {
    /// What it declares.
    pub manifest: Manifest,
    /// With every name looked up.
    pub resolved: ResolvedManifest,
    /// Its parameters by id.
    pub parameters: BTreeMap<String, ParameterHistory>,
    /// Since when it answers; always, where absent.
    pub activated: Option<Timestamp>,
}

/// The plugins that answer for a place and a date, as positions in the list that was planned, in the order to run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Plan {
    /// Positions, producers before readers.
    pub order: Vec<usize>,
}

/// Outputs of all plugins by name, as far as they are produced and not merely raised. A name that two ids produce is
/// a mistake whatever the dates, so that it is found at once and not in the year when both apply.
pub fn producers(manifests: &[&Manifest]) -> Result<BTreeMap<String, Output>, Vec<Diagnostic>> {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    let mut outputs = BTreeMap::new();
    let mut mistakes = Vec::new();
    for manifest in manifests {
        for (name, output) in manifest.outputs.iter().filter(|(name, _)| !manifest.raises.contains(name)) {
            match owners.insert(name, &manifest.id) {
                Some(other) if other != manifest.id => {
                    let detail = format!("{} and {other} both produce `{name}`", manifest.id);
                    let mistake =
                        Diagnostic::new("NU3402", format!("{}#/outputs/{name}", manifest.coordinate()), detail);
                    mistakes.push(mistake.with_hint("rename one, or list it under `raises`"));
                }
                _ => drop(outputs.insert(name.clone(), output.clone())),
            }
        }
    }
    if mistakes.is_empty() { Ok(outputs) } else { Err(mistakes) }
}

/// Whether the plugin answers for a place on a date, as far as it was activated at an instant.
pub fn applies(plugin: &PluginSpec, division: DivisionCode, as_of: Date, known_at: Timestamp) -> bool {
    plugin.manifest.applies.effective.contains(as_of)
        && plugin.activated.is_none_or(|since| since <= known_at)
        && plugin.manifest.applies.jurisdictions.iter().any(|place| place.contains(&division))
}

/// The plan for a place and a date: of each id the highest version that applies, producers before readers.
pub fn plan(
    plugins: &[PluginSpec],
    division: DivisionCode,
    as_of: Date,
    known_at: Timestamp,
) -> Result<Plan, Vec<Diagnostic>> {
    let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
    for (position, plugin) in
        plugins.iter().enumerate().filter(|(_, plugin)| applies(plugin, division, as_of, known_at))
    {
        let newest = versions.entry(&plugin.manifest.id).or_insert(position);
        if plugins.get(*newest).is_some_and(|other| other.manifest.version < plugin.manifest.version) {
            *newest = position;
        }
    }
    let chosen: Vec<usize> = versions.into_values().collect();
    let mistakes = unmet_requirements(plugins, &chosen);
    if mistakes.is_empty() { ordered(plugins, &chosen) } else { Err(mistakes) }
}

fn unmet_requirements(plugins: &[PluginSpec], chosen: &[usize]) -> Vec<Diagnostic> {
    let present: Vec<&Manifest> =
        chosen.iter().filter_map(|n| plugins.get(*n)).map(|plugin| &plugin.manifest).collect();
    let mut mistakes = Vec::new();
    for manifest in &present {
        for (id, wanted) in &manifest.requires {
            let path = format!("{}#/requires/{id}", manifest.coordinate());
            match present.iter().find(|other| other.id == *id) {
                None => mistakes.push(Diagnostic::new(
                    "NU3403",
                    path,
                    format!("{id} is not in force for this place and date"),
                )),
                Some(other) if !wanted.matches(&other.version) => {
                    let detail = format!("wants {id} {wanted}, but {} is in force", other.version);
                    mistakes.push(Diagnostic::new("NU3404", path, detail));
                }
                Some(_) => {}
            }
        }
    }
    mistakes
}

/// Producers first; then whoever raises an output, wider places before narrower ones; then its readers.
fn ordered(plugins: &[PluginSpec], chosen: &[usize]) -> Result<Plan, Vec<Diagnostic>> {
    let before = |n: usize| predecessors(plugins, chosen, n);
    let mut waiting: BTreeMap<usize, BTreeSet<usize>> = chosen.iter().map(|n| (*n, before(*n))).collect();
    let mut order = Vec::with_capacity(chosen.len());
    while !waiting.is_empty() {
        let Some(next) = waiting.iter().find(|(_, before)| before.is_empty()).map(|(n, _)| *n) else {
            let ids: Vec<&str> =
                waiting.keys().filter_map(|n| plugins.get(*n)).map(|plugin| plugin.manifest.id.as_str()).collect();
            let detail = format!("these plugins wait for one another: {}", ids.join(", "));
            return Err(vec![
                Diagnostic::new("NU3401", "/inputs", detail).with_hint("move what both need into a third plugin"),
            ]);
        };
        waiting.remove(&next);
        for before in waiting.values_mut() {
            before.remove(&next);
        }
        order.push(next);
    }
    Ok(Plan { order })
}

fn predecessors(plugins: &[PluginSpec], chosen: &[usize], reader: usize) -> BTreeSet<usize> {
    let Some(this) = plugins.get(reader) else { return BTreeSet::new() };
    let reads = |name: &String| this.manifest.inputs.contains_key(name);
    let raises = |manifest: &Manifest, name: &String| manifest.raises.contains(name);
    let goes_first = |other: &PluginSpec| {
        other.manifest.outputs.keys().any(|name| match (raises(&this.manifest, name), raises(&other.manifest, name)) {
            (true, true) => {
                depth(other) < depth(this) || (depth(other) == depth(this) && other.manifest.id < this.manifest.id)
            }
            (true, false) => true,
            (false, _) => reads(name),
        })
    };
    let others = chosen.iter().copied().filter(|n| *n != reader);
    others.filter(|n| plugins.get(*n).is_some_and(goes_first)).collect()
}

/// How narrow the places of a plugin are: provinces before cities before counties.
fn depth(plugin: &PluginSpec) -> usize {
    plugin.manifest.applies.jurisdictions.iter().map(|place| place.chain().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use nuan_vocabulary::catalogue::Catalogue;
    use nuan_vocabulary::resolved::{Names, resolve};

    use super::*;

    /// `id version jurisdiction from | reads | outputs | raises`, names separated by spaces.
    fn plugin(text: &str) -> PluginSpec {
        let parts: Vec<&str> = text.split('|').map(str::trim).collect();
        let head: Vec<&str> = parts[0].split(' ').collect();
        let input = |name: &str| format!("\"{name}\" = {{ why = \"w\", entity = \"household\", type = \"money\" }}\n");
        let output = |name: &str| {
            format!(
                "[outputs.\"{name}\"]\nentity = \"household\"\ntype = \"money\"\nrole = \"intermediate\"\ntitle = {{ zh-CN = \"一\", en = \"t\" }}\ncites = []\n"
            )
        };
        let words = |n: usize| parts.get(n).copied().unwrap_or("").split_whitespace();
        let raises: Vec<String> = words(3).map(|name| format!("\"{name}\"")).collect();
        let toml = format!(
            "manifest_version = 1\nid = \"{}\"\nversion = \"{}\"\nkind = \"rules\"\nruntime = \"rhai\"\nabi = \"1\"\ncatalogue = \"1\"\n\
             namespace = [{}]\ntitle = {{ zh-CN = \"一\", en = \"t\" }}\nlegal_basis = []\nraises = [{}]\n\
             [applies]\njurisdictions = [\"{}\"]\neffective = {{ from = \"{}\" }}\n[inputs]\n{}\n{}",
            head[0],
            head[1],
            words(2).map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", "),
            raises.join(", "),
            head[2],
            head[3],
            words(1).map(input).collect::<String>(),
            words(2).chain(words(3)).map(output).collect::<String>(),
        );
        let manifest: Manifest = toml::from_str(&toml).unwrap();
        let mut catalogue = Catalogue { version: 1, ..Catalogue::default() };
        for entity in ["household", "member"] {
            let title = Default::default();
            catalogue.entities.insert(entity.to_owned(), nuan_vocabulary::catalogue::Entity { parent: None, title });
        }
        let names = Names { catalogue: &catalogue, parameters: &BTreeMap::new(), outputs: &BTreeMap::new() };
        let resolved = resolve(&manifest, &names).unwrap();
        PluginSpec { manifest, resolved, parameters: BTreeMap::new(), activated: None }
    }

    #[track_caller]
    fn check(plugins: &[&str], division: &str, as_of: &str, expected: Result<&[&str], &str>) {
        let plugins: Vec<PluginSpec> = plugins.iter().map(|text| plugin(text)).collect();
        let result = plan(&plugins, division.parse().unwrap(), Date::parse(as_of).unwrap(), Timestamp::UNIX_EPOCH);
        let shown = result.map(|plan| plan.order.iter().map(|n| plugins[*n].manifest.coordinate()).collect::<Vec<_>>());
        let expected = expected.map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(shown.map_err(|m| m[0].code.clone()), expected.map_err(str::to_owned));
    }

    const BASE: &str = "cn.base 1.0.0 999900 2020-01-01 | | base.amount";

    #[test]
    fn producers_run_before_readers_and_raises_lie_between() {
        let reader = "cn.a-reader 1.0.0 999901 2020-01-01 | base.amount | a.x";
        let county = "cn.b-county 1.0.0 999901 2020-01-01 | base.amount | | base.amount";
        let province = "cn.c-province 1.0.0 999900 2020-01-01 | base.amount | | base.amount";
        let order = ["cn.base@1.0.0", "cn.c-province@1.0.0", "cn.b-county@1.0.0", "cn.a-reader@1.0.0"];
        check(&[reader, county, province, BASE], "999901", "2024-01-01", Ok(&order));
        check(&[reader, BASE], "999902", "2024-01-01", Ok(&["cn.base@1.0.0"]));
    }

    #[test]
    fn the_version_in_force_on_the_date_answers() {
        let next = "cn.base 1.1.0 999900 2024-01-01 | | base.amount";
        check(&[BASE, next], "999901", "2023-12-31", Ok(&["cn.base@1.0.0"]));
        check(&[BASE, next], "999901", "2024-01-01", Ok(&["cn.base@1.1.0"]));
        check(&[BASE, next], "999901", "2019-12-31", Ok(&[]));
        check(&[BASE, next], "999801", "2024-01-01", Ok(&[]));
    }

    #[test]
    fn plugins_that_wait_for_one_another_are_refused() {
        let one = "cn.one 1.0.0 999900 2020-01-01 | two.x | one.x";
        let two = "cn.two 1.0.0 999900 2020-01-01 | one.x | two.x";
        check(&[one, two], "999901", "2024-01-01", Err("NU3401"));
    }

    #[test]
    fn an_output_has_one_producer() {
        let other = plugin("cn.other 1.0.0 999800 2020-01-01 | | base.amount");
        let base = plugin(BASE);
        let mistakes = producers(&[&base.manifest, &other.manifest]).unwrap_err();
        assert_eq!(mistakes[0].code, "NU3402");
        assert!(
            producers(&[&base.manifest, &plugin("cn.base 2.0.0 999900 2024-01-01 | | base.amount").manifest]).is_ok()
        );
    }
}
