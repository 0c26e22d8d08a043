//! `nuan change waiting`.

use std::process::ExitCode;

use clap::Args;
use nuan_kernel::{County, NotACounty};
use nuan_vocabulary::division::DivisionCode;

use super::listed;
use crate::asking::{Asking, Part, refused};
use crate::installation::Storage;

/// Lists the change requests that wait for a decision in a county, oldest first.
#[derive(Debug, Args)]
pub struct Waiting {
    /// The county.
    #[arg(long, value_name = "CODE")]
    division: DivisionCode,
    #[command(flatten)]
    part: Part,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl Waiting {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let wrong = |wrong: NotACounty| refused("NU2006", "--division", &wrong.to_string(), "--division 330106");
        let county = County::new(self.division).map_err(wrong)?;
        self.asking.answer(
            self.storage.reading_kernel(),
            async |kernel, actor| kernel.waiting_changes(actor, county, self.part.after()?, self.part.limit).await,
            |found, _, language| listed(found, language),
        )
    }
}
