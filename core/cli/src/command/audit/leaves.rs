//! `nuan audit leaves`.

use std::process::ExitCode;

use clap::Args;
use nuan_kernel::{LeafBody, LeafSubject, Page};

use crate::asking::Asking;
use crate::installation::Storage;
use crate::report::table::part;

/// Lists the leaves about an id, or about a version of it (`hh_…#1`), the oldest first.
#[derive(Debug, Args)]
pub struct Leaves {
    /// What the leaves are about.
    #[arg(value_name = "SUBJECT")]
    subject: LeafSubject,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl Leaves {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let LeafSubject(subject) = self.subject;
        self.asking.answer(
            self.storage.reading_kernel(),
            async |kernel, actor| Ok(Page { items: kernel.leaves_about(actor, &subject).await?, next: None }),
            |found, _, language| {
                let titles = [("日志", "Log"), ("序号", "Number"), ("内容", "Leaf")];
                let row = |leaf: &LeafBody| vec![leaf.log.to_string(), leaf.seq.to_string(), leaf.leaf.clone()];
                part(language, &titles, found.items.iter().map(row), found.next.as_ref())
            },
        )
    }
}
