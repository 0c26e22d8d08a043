//! `nuan audit growth`.

use std::process::ExitCode;

use clap::Args;
use nuan_kernel::Growth as Grown;

use crate::asking::Asking;
use crate::installation::Storage;
use crate::report::table::table;

/// Proves that a log has grown from one size to another and changed nothing.
#[derive(Debug, Args)]
pub struct Growth {
    /// The log, the earlier size and the later one: 000000-3-17.
    #[arg(value_name = "GROWTH")]
    growth: Grown,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl Growth {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        self.asking.answer(
            self.storage.reading_kernel(),
            async |kernel, actor| kernel.prove_growth(actor, self.growth).await,
            |body, _, language| {
                let row = |hash: &String| vec![hash.clone()];
                table(language, &[("摘要", "Hashes")], body.proof.iter().map(row))
            },
        )
    }
}
