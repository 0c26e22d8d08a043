//! `nuan determination show`.

use std::process::ExitCode;

use clap::Args;
use nuan_vocabulary::id::DeterminationId;

use crate::asking::Asking;
use crate::installation::Installation;
use crate::report::household;

/// Shows a determination with its reasons. They are derived and kept when somebody first asks for them.
#[derive(Debug, Args)]
pub struct Show {
    /// The determination.
    #[arg(value_name = "ID")]
    id: DeterminationId,
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
            async |kernel, actor| kernel.determination(actor, self.id).await,
            |determination, kernel, language| household(determination, &kernel.plugins(), language),
        )
    }
}
