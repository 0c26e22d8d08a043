//! `nuan match list`.

use std::process::ExitCode;

use clap::Args;
use nuan_vocabulary::id::PersonId;

use super::listed;
use crate::asking::Asking;
use crate::installation::Storage;

/// Lists the matches of a person.
#[derive(Debug, Args)]
pub struct List {
    /// The person.
    #[arg(value_name = "PERSON")]
    person: PersonId,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl List {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        self.asking.answer(
            self.storage.reading_kernel(),
            async |kernel, actor| kernel.matches_of_person(actor, self.person).await,
            |matches, _, language| listed(matches, language),
        )
    }
}
