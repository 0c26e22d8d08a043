//! `nuan household show`.

use std::process::ExitCode;

use clap::Args;
use nuan_vocabulary::id::HouseholdId;

use super::shown;
use crate::asking::Asking;
use crate::installation::Storage;

/// Shows a household with its newest document, masked.
#[derive(Debug, Args)]
pub struct Show {
    /// The household.
    #[arg(value_name = "ID")]
    id: HouseholdId,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl Show {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let open = self.storage.reading_kernel();
        self.asking.answer(open, async |kernel, actor| kernel.household(actor, self.id).await, shown)
    }
}
