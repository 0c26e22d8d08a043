//! `nuan reassessment show`.

use std::process::ExitCode;

use clap::Args;
use nuan_vocabulary::id::ReassessmentId;

use super::shown;
use crate::asking::Asking;
use crate::installation::Installation;

/// Shows how far a reassessment has come, whom it left out, and what changed by programme and county.
#[derive(Debug, Args)]
pub struct Show {
    /// The reassessment.
    #[arg(value_name = "ID")]
    id: ReassessmentId,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    installation: Installation,
}

impl Show {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        self.asking.answer(
            self.installation.kernel(),
            async |kernel, actor| kernel.reassessment(actor, self.id).await,
            shown,
        )
    }
}
