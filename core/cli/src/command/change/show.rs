//! `nuan change show`.

use std::process::ExitCode;

use clap::Args;
use nuan_vocabulary::id::ChangeRequestId;

use super::shown;
use crate::asking::Asking;
use crate::installation::Storage;

/// Shows a change request: what stands where before and after, who submitted it, how it was decided.
#[derive(Debug, Args)]
pub struct Show {
    /// The change request.
    #[arg(value_name = "ID")]
    id: ChangeRequestId,
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
            async |kernel, actor| kernel.change_request(actor, self.id).await,
            |request, _, language| shown(request, language),
        )
    }
}
