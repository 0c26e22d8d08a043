//! `nuan change submit`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use nuan_domain::register::ChangeProposal;
use nuan_vocabulary::id::HouseholdId;

use super::shown;
use crate::asking::{Asking, Document, Once, refused};
use crate::installation::Storage;

/// Submits a change of a household; every conflict with what the register holds is named at once.
#[derive(Debug, Args)]
pub struct Submit {
    /// The household.
    #[arg(value_name = "HOUSEHOLD")]
    household: HouseholdId,
    /// The change with its reason and evidence, as JSON; `-` reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    once: Once,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl Submit {
    /// Exit code 2 if the change contradicts what the register holds.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let Document { content, bytes } = Document::read(&self.file)?;
        // What serde says of a mistake may repeat a name or a number.
        let mistake = |_| {
            let hint = "/explorer shows every kind of change with its keys; days are YYYY-MM-DD";
            refused("NU2100", "/change", "this is not of the form of a change", hint)
        };
        let proposal: ChangeProposal = serde_json::from_value(content).map_err(mistake)?;
        let key = self.once.key(&format!("POST /v1/households/{}/change-requests", self.household), &bytes)?;
        self.asking.answer(
            self.storage.kernel(Vec::new()),
            async |kernel, actor| Ok(kernel.submit_change(actor, self.household, proposal, key).await?.body),
            |request, _, language| shown(request, language),
        )
    }
}
