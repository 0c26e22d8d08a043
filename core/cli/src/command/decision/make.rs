//! `nuan decision make`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use nuan_kernel::DecisionRequest;
use nuan_vocabulary::id::DeterminationId;
use serde_json::json;

use super::shown;
use crate::asking::{Asking, Document, Once, refused};
use crate::installation::Installation;

/// Adopts a determination, or departs from it with a reason; what is due follows at once. Somebody else decides than who had it
/// computed.
#[derive(Debug, Args)]
pub struct Make {
    /// The determination.
    #[arg(value_name = "DETERMINATION")]
    determination: DeterminationId,
    /// The decision as JSON, `-` reads standard input; without a file everything that the determination says is adopted.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    once: Once,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    installation: Installation,
}

impl Make {
    /// Exit code 2 if the decision contradicts what the register holds.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let Document { content, bytes } = match &self.file {
            Some(file) => Document::read(file)?,
            None => {
                let content = json!({ "action": "adopt" });
                Document { bytes: content.to_string().into_bytes(), content }
            }
        };
        // What serde says of a mistake may repeat a reason.
        let mistake = |_| {
            let hint = "`action` is \"adopt\" or \"depart\"; /explorer shows the other keys; amounts are whole fen";
            refused("NU2100", "", "this is not of the form of a decision", hint)
        };
        let request: DecisionRequest = serde_json::from_value(content).map_err(mistake)?;
        let key = self.once.key(&format!("POST /v1/determinations/{}/decisions", self.determination), &bytes)?;
        self.asking.answer(
            self.installation.kernel(),
            async |kernel, actor| Ok(kernel.decide(actor, self.determination, request, key).await?.body),
            |decision, _, language| shown(decision, language),
        )
    }
}
