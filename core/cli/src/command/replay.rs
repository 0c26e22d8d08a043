//! `nuan replay`: a stored determination, computed again.

use std::process::ExitCode;

use clap::Args;
use nuan_kernel::Actor;
use nuan_vocabulary::id::DeterminationId;

use crate::installation::{self, Storage};
use crate::report::Format;
use crate::terminal;

/// Computes stored determinations again from what they rested on, and compares them byte for byte.
#[derive(Debug, Args)]
pub struct Replay {
    /// The determinations.
    #[arg(required = true, value_name = "ID")]
    ids: Vec<DeterminationId>,
    /// How to answer.
    #[arg(long, default_value = "human")]
    format: Format,
    #[command(flatten)]
    storage: Storage,
}

impl Replay {
    /// Exit code 1 if any differs.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let runtime = installation::runtime()?;
        runtime.block_on(async {
            let kernel = self.storage.reading_kernel().await?;
            let actor = Actor::local_operator();
            let mut all_identical = true;
            for id in &self.ids {
                let replayed = kernel.replay(&actor, *id).await?;
                all_identical &= replayed.is_identical;
                match self.format {
                    Format::Json => terminal::print(&serde_json::to_string(&replayed)?),
                    Format::Human if replayed.is_identical => terminal::print(&format!("{id} · identical")),
                    Format::Human => terminal::print(&format!("{id} · differs at {}", replayed.differences.join(", "))),
                }
            }
            Ok(if all_identical { ExitCode::SUCCESS } else { ExitCode::from(1) })
        })
    }
}
