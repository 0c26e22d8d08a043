//! `nuan audit checkpoint`.

use std::process::ExitCode;

use clap::Args;

use crate::asking::Asking;
use crate::installation::Storage;

/// Shows the signed checkpoint over everything that is acknowledged now, with the key that it is verified with.
#[derive(Debug, Args)]
pub struct Checkpoint {
    /// Say that the place outside is new: nothing lies there any more, you know why, and the last checkpoint is taken there.
    #[arg(long)]
    new_place: bool,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl Checkpoint {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        self.asking.answer(
            async {
                if self.new_place {
                    self.storage.begin_place().await?;
                }
                self.storage.kernel(Vec::new()).await
            },
            async |kernel, _| kernel.checkpoint().await,
            |body, _, language| {
                let key = language.choose("验证用的公钥", "Key");
                format!("{key}: {}\n\n{}", body.key, body.checkpoint.trim_end())
            },
        )
    }
}
