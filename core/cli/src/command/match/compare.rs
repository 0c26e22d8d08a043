//! `nuan match compare`.

use std::process::ExitCode;

use clap::Args;
use nuan_vocabulary::id::PersonId;

use super::listed;
use crate::asking::{Asking, Once};
use crate::installation::Storage;

/// Compares a person with others of such a name, and proposes those who may be the same.
#[derive(Debug, Args)]
pub struct Compare {
    /// The person.
    #[arg(value_name = "PERSON")]
    person: PersonId,
    #[command(flatten)]
    once: Once,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl Compare {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let key = self.once.key(&format!("POST /v1/persons/{}/matches", self.person), b"{}")?;
        self.asking.answer(
            self.storage.kernel(Vec::new()),
            async |kernel, actor| Ok(kernel.propose_matches(actor, self.person, key).await?.body),
            |matches, _, language| listed(matches, language),
        )
    }
}
