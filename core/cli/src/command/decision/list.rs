//! `nuan decision list`.

use std::process::ExitCode;

use clap::Args;
use nuan_vocabulary::id::HouseholdId;

use super::listed;
use crate::asking::{Asking, Part};
use crate::installation::Storage;

/// Lists the decisions about a household, oldest first.
#[derive(Debug, Args)]
pub struct List {
    /// The household.
    #[arg(value_name = "HOUSEHOLD")]
    household: HouseholdId,
    #[command(flatten)]
    part: Part,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl List {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        self.asking.answer(
            self.storage.reading_kernel(),
            async |kernel, actor| kernel.decisions(actor, self.household, self.part.after()?, self.part.limit).await,
            |found, _, language| listed(found, language),
        )
    }
}
