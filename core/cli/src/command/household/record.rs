//! `nuan household record`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::shown;
use crate::asking::{Asking, Document, Once};
use crate::installation::Storage;

/// Puts a household document on the register.
#[derive(Debug, Args)]
pub struct Record {
    /// The document; `-` reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    once: Once,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl Record {
    /// Exit code 2 if the document has mistakes; all of them are named.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let document = Document::read(&self.file)?;
        let key = self.once.key("POST /v1/households", &document.bytes)?;
        self.asking.answer(
            self.storage.kernel(Vec::new()),
            async |kernel, actor| Ok(kernel.record_household(actor, document.content, key).await?.body),
            shown,
        )
    }
}
