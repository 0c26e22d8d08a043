//! `nuan match show`.

use std::process::ExitCode;

use clap::Args;
use nuan_vocabulary::id::MatchId;

use super::shown;
use crate::asking::Asking;
use crate::installation::Storage;

/// Shows two records that may be of one person, with what speaks for it.
#[derive(Debug, Args)]
pub struct Show {
    /// The match.
    #[arg(value_name = "ID")]
    id: MatchId,
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
            async |kernel, actor| kernel.person_match(actor, self.id).await,
            |found, _, language| shown(found, language),
        )
    }
}
