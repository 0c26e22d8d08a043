//! What a plugin of kind `rules` answers. `plugin!` implements it; the component, the testkit and benchmarks call it.

use nuan_vocabulary::columns::{Batch, Failure, Outputs};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::reason::{Step, Value};

/// Facts and parameters in, outputs and reasons out. Same input, same answer, whichever households came before.
pub trait Rules {
    /// The resolved manifest that the plugin was built against, as canonical JSON.
    fn resolved_manifest() -> &'static str;

    /// One column an output, and why each unknown row is unknown.
    fn evaluate(batch: &Batch) -> Result<Outputs, Failure>;

    /// The reasons of exactly one household.
    fn explain(household: &Batch) -> Result<Vec<Step>, Failure>;

    /// Agrees with the host on the order of all columns, or refuses.
    fn configure(resolved: &str, settings: &[(String, Value)]) -> Result<(), Vec<Diagnostic>> {
        let mut mistakes = Vec::new();
        if resolved != Self::resolved_manifest() {
            let mistake =
                Diagnostic::new("NU3108", "plugin.toml", "the plugin was built against another manifest or catalogue");
            mistakes.push(mistake.with_hint("rebuild the plugin"));
        }
        for (name, _) in settings {
            mistakes.push(Diagnostic::new("NU3109", format!("/settings/{name}"), "the plugin has no such setting"));
        }
        if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
    }
}
