//! `nuan audit checkpoint`.

use std::process::ExitCode;

use clap::Args;

use crate::asking::Asking;
use crate::installation::Storage;

/// Shows the signed checkpoint over everything that is acknowledged now, with the key that it is verified with.
#[derive(Debug, Args)]
pub struct Checkpoint {
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl Checkpoint {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        self.asking.answer(
            self.storage.kernel(Vec::new()),
            async |kernel, _| kernel.checkpoint().await,
            |body, _, language| {
                let key = language.choose("验证用的公钥", "Key");
                format!("{key}: {}\n\n{}", body.key, body.checkpoint.trim_end())
            },
        )
    }
}
