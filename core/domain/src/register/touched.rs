//! Which outputs a change reaches: those of plugins that read a touched fact, directly or through other outputs.
//!
//! A plugin answers as a whole, so what it declares to read is the finest that is known of its outputs.

use std::collections::BTreeSet;

use super::difference::Touched;
use crate::plan::PluginSpec;

/// The outputs that a touched fact reaches. `order` is a plan: positions in `specs`, producers before readers.
pub fn touched_outputs(specs: &[PluginSpec], order: &[usize], touched: &Touched) -> BTreeSet<String> {
    let facts = match touched {
        Touched::Nothing => return BTreeSet::new(),
        Touched::Facts { names, .. } => Some(names),
        Touched::Everything { .. } => None,
    };
    let mut reached: BTreeSet<String> = BTreeSet::new();
    for spec in order.iter().filter_map(|position| specs.get(*position)) {
        let reads = |name: &str| reached.contains(name) || facts.is_none_or(|facts| facts.contains(name));
        if facts.is_none() || inputs(spec).any(reads) {
            reached.extend(spec.manifest.outputs.keys().cloned());
        }
    }
    reached
}

/// Facts, outputs of others and lists that a plugin reads. Parameters are no facts, whatever they are called.
fn inputs(spec: &PluginSpec) -> impl Iterator<Item = &str> {
    let levels = spec.resolved.levels.iter().map(|level| level.entity.as_str());
    spec.manifest.inputs.keys().map(String::as_str).chain(levels)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use nuan_vocabulary::manifest::Manifest;
    use nuan_vocabulary::resolved::{Names, resolve};

    use super::*;
    use crate::register::tests::SCHEMA;

    /// `id | facts it reads | outputs of others it reads | outputs`, names separated by spaces.
    fn plugin(text: &str) -> PluginSpec {
        let parts: Vec<&str> = text.split('|').map(str::trim).collect();
        let words = |n: usize| parts[n].split_whitespace();
        let fact = |name: &str| format!("\"{name}\" = \"w\"\n");
        let other = |name: &str| format!("\"{name}\" = {{ why = \"w\", entity = \"household\", type = \"money\" }}\n");
        let output = |name: &str| {
            format!(
                "[outputs.\"{name}\"]\nentity = \"household\"\ntype = \"money\"\nrole = \"intermediate\"\n\
                 title = {{ zh-CN = \"一\", en = \"t\" }}\ncites = []\n"
            )
        };
        let toml = format!(
            "manifest_version = 1\nid = \"{}\"\nversion = \"1.0.0\"\nkind = \"rules\"\nruntime = \"rhai\"\nabi = \"1\"\n\
             catalogue = \"1\"\nnamespace = [{}]\ntitle = {{ zh-CN = \"一\", en = \"t\" }}\nlegal_basis = []\n\
             [applies]\njurisdictions = [\"999900\"]\neffective = {{ from = \"2020-01-01\" }}\n[inputs]\n{}{}\n{}",
            parts[0],
            words(3).map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", "),
            words(1).map(fact).collect::<String>(),
            words(2).map(other).collect::<String>(),
            words(3).map(output).collect::<String>(),
        );
        let manifest: Manifest = toml::from_str(&toml).unwrap();
        let (parameters, outputs) = (BTreeMap::new(), BTreeMap::new());
        let names = Names { catalogue: SCHEMA.catalogue(), parameters: &parameters, outputs: &outputs };
        let resolved = resolve(&manifest, &names).unwrap();
        PluginSpec { manifest, resolved, parameters: BTreeMap::new(), activated: None }
    }

    #[track_caller]
    fn check(touched: &Touched, expected: &[&str]) {
        let specs = [
            plugin("cn.third | | second.x | third.x"),
            plugin("cn.first | household.income_12_months | | first.x first.y"),
            plugin("cn.second | household.local_hukou | first.x | second.x"),
            plugin("cn.cars | vehicle.value | | cars.x"),
        ];
        let reached = touched_outputs(&specs, &[1, 3, 2, 0], touched);
        assert_eq!(reached.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }

    fn facts(names: &[&str]) -> Touched {
        Touched::Facts { names: names.iter().map(ToString::to_string).collect(), since: None }
    }

    #[test]
    fn exactly_what_reads_a_touched_fact_is_reached() {
        check(&facts(&["household.income_12_months"]), &["first.x", "first.y", "second.x", "third.x"]);
        check(&facts(&["household.local_hukou"]), &["second.x", "third.x"]);
        check(&facts(&["vehicle"]), &["cars.x"]);
        check(&facts(&["member.birth_date"]), &[]);
    }

    #[test]
    fn everything_reaches_all_and_nothing_none() {
        let all = ["cars.x", "first.x", "first.y", "second.x", "third.x"];
        check(&Touched::Everything { since: None }, &all);
        check(&Touched::Nothing, &[]);
    }
}
