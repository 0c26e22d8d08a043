//! What a component must be before the compiler sees it. Compiling cannot be metered, so everything that makes it slow is
//! counted here first, and everything that a plugin may not have is refused.

mod census;

use nuan_vocabulary::diagnostic::Diagnostic;

pub use self::census::Census;
use crate::abi::v1::VERSION;
use crate::limits::Limits;

/// What a component may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// A compiled plugin.
    RulesPlugin,
    /// The component that runs scripts.
    ScriptRuntime,
}

impl World {
    /// The name of the world in the interface.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RulesPlugin => "rules-plugin",
            Self::ScriptRuntime => "script-runtime",
        }
    }

    const fn exports(self) -> &'static [&'static str] {
        match self {
            Self::RulesPlugin => &["nuan:plugin/rules"],
            Self::ScriptRuntime => &["nuan:plugin/rules", "nuan:plugin/script"],
        }
    }
}

const LOG: &str = "nuan:plugin/log";
const TYPES: &str = "nuan:plugin/types";

/// Counts and checks. All mistakes come at once.
pub fn check(component: &[u8], world: World, limits: &Limits) -> Result<Census, Vec<Diagnostic>> {
    if component.len() > limits.component_bytes {
        let detail =
            format!("the component has {} bytes where {} are allowed", component.len(), limits.component_bytes);
        return Err(vec![
            mistake("NU3301", detail)
                .with_hint("build it with the profile `guest`, which strips and optimises for size"),
        ]);
    }
    let census = census::count(component).map_err(|mistake| vec![mistake])?;
    let mut mistakes = beyond_limits(&census, limits);
    mistakes.extend(census.imports.iter().filter_map(|name| import_mistake(name)));
    mistakes.extend(census.functions_in_types.iter().map(|name| {
        mistake("NU3303", format!("the component imports the function `{name}` from `{TYPES}`, which has only types"))
    }));
    mistakes.extend(export_mistakes(&census.exports, world));
    if census.has_start {
        let detail = "the component has a start function; a plugin does nothing before it is called";
        mistakes.push(mistake("NU3308", detail));
    }
    if mistakes.is_empty() { Ok(census) } else { Err(mistakes) }
}

fn mistake(code: &str, detail: impl Into<String>) -> Diagnostic {
    Diagnostic::new(code, "component", detail)
}

fn beyond_limits(census: &Census, limits: &Limits) -> Vec<Diagnostic> {
    let size = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    let counted = [
        ("imports", census.imports.len(), limits.imports),
        ("exports", census.exports.len(), limits.exports),
        ("functions", census.functions, limits.functions),
        ("parameters of one function", census.most_parameters, limits.parameters_per_function),
        ("parameters", census.parameters, limits.parameters),
        ("bytes of code in one function", census.most_function_bytes, limits.function_bytes),
        ("local variables in one function", size(census.most_locals), size(limits.locals_per_function)),
        ("blocks within blocks", size(census.most_nesting), size(limits.nesting)),
        ("core instances", census.core_instances, limits.core_instances),
        ("linear memories", census.memories, limits.memories),
        ("bytes of memory to begin with", census.memory_bytes, limits.memory_bytes),
        ("table elements to begin with", census.table_elements, limits.table_elements),
    ];
    let beyond = counted.into_iter().filter(|(_, found, allowed)| found > allowed);
    beyond
        .map(|(what, found, allowed)| mistake("NU3306", format!("{found} {what}, where {allowed} are allowed")))
        .collect()
}

fn import_mistake(name: &str) -> Option<Diagnostic> {
    let (interface, version) = name.split_once('@').unwrap_or((name, ""));
    if interface != LOG && interface != TYPES {
        let detail = format!("the component imports `{name}`; a plugin may import `{LOG}` and `{TYPES}`, nothing else");
        let hint = "clocks, files, networks and randomness do not exist for plugins; build for wasm32-unknown-unknown, not for a wasi target";
        return Some(mistake("NU3303", detail).with_hint(hint));
    }
    version_mistake(interface, version)
}

fn export_mistakes(exports: &[String], world: World) -> Vec<Diagnostic> {
    let mut mistakes = Vec::new();
    for name in exports {
        let (interface, version) = name.split_once('@').unwrap_or((name, ""));
        if world.exports().contains(&interface) {
            mistakes.extend(version_mistake(interface, version));
        } else {
            let detail = format!("the component exports `{name}`, which is not in the world `{}`", world.name());
            mistakes.push(mistake("NU3304", detail));
        }
    }
    for interface in world.exports() {
        let is_there = exports.iter().any(|name| name.split('@').next() == Some(interface));
        if !is_there {
            let detail = format!("the component does not export `{interface}@{VERSION}`");
            mistakes.push(mistake("NU3305", detail).with_hint("a Rust plugin ends with the export macro of nuan-sdk"));
        }
    }
    mistakes
}

/// Names both versions and the side to upgrade.
fn version_mistake(interface: &str, found: &str) -> Option<Diagnostic> {
    let parts = |version: &str| -> Vec<u64> { version.split('.').map(|part| part.parse().unwrap_or(0)).collect() };
    if found == VERSION {
        return None;
    }
    let detail = format!("the component speaks `{interface}` {found}, this host speaks {VERSION}");
    let hint = if parts(found) > parts(VERSION) { "upgrade Nuan" } else { "build the plugin with a newer nuan-sdk" };
    Some(mistake("NU3307", detail).with_hint(hint))
}

#[cfg(test)]
mod tests;
