//! `nuan entitlement show`.

use std::process::ExitCode;

use clap::Args;
use nuan_vocabulary::id::EntitlementId;

use super::shown;
use crate::asking::Asking;
use crate::installation::Storage;

/// Shows an entitlement: amount, period, payee, what it rests on, and what has changed since.
#[derive(Debug, Args)]
pub struct Show {
    /// The entitlement.
    #[arg(value_name = "ID")]
    id: EntitlementId,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl Show {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        self.asking.answer(
            self.storage.reading_kernel(),
            async |kernel, actor| kernel.entitlement(actor, self.id).await,
            |one, _, language| shown(one, language),
        )
    }
}
