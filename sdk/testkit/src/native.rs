//! A plugin in Rust, run as an ordinary function over the same columns that its component would get.

use nuan_host::fault::plugin_cannot;
use nuan_host::shape::Shape;
use nuan_host::split::{Verdicts, evaluate_each};
use nuan_sdk::Rules;
use nuan_vocabulary::columns::{Batch, Failure, Outputs};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::resolved::ResolvedManifest;

/// The functions of a plugin's `Rules`.
#[derive(Clone, Copy)]
pub struct Native {
    resolved_manifest: fn() -> &'static str,
    evaluate: fn(&Batch) -> Result<Outputs, Failure>,
}

impl Native {
    /// Those of this type.
    pub fn of<P: Rules>() -> Self {
        Self { resolved_manifest: P::resolved_manifest, evaluate: P::evaluate }
    }

    /// Whether the crate was built against the manifest, catalogue and parameters that are on disk now.
    pub fn agrees(self, resolved: &ResolvedManifest) -> Result<(), Diagnostic> {
        let now = serde_json_canonicalizer::to_string(resolved);
        if now.is_ok_and(|now| now == (self.resolved_manifest)()) {
            return Ok(());
        }
        let detail = "the plugin was built against another manifest, catalogue or other parameters";
        Err(Diagnostic::new("NU3108", "plugin.toml", detail).with_hint("rebuild the plugin"))
    }

    /// The outputs of every household of a batch.
    pub fn evaluate(self, batch: &Batch, resolved: &ResolvedManifest) -> Verdicts {
        let call = |part: &Batch| (self.evaluate)(part).map_err(|failure| plugin_cannot(&failure));
        evaluate_each(batch, &Shape::of(resolved), u32::MAX, call)
    }
}
