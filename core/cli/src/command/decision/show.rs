//! `nuan decision show`.

use std::process::ExitCode;

use clap::Args;
use nuan_vocabulary::id::DecisionId;

use super::shown;
use crate::asking::Asking;
use crate::installation::Storage;

/// Shows a decision: what was adopted or decided instead, why, and what follows.
#[derive(Debug, Args)]
pub struct Show {
    /// The decision.
    #[arg(value_name = "ID")]
    id: DecisionId,
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
            async |kernel, actor| kernel.decision(actor, self.id).await,
            |decision, _, language| shown(decision, language),
        )
    }
}
