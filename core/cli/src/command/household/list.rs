//! `nuan household list`.

use std::process::ExitCode;

use clap::Args;
use nuan_vocabulary::division::DivisionCode;

use crate::asking::{Asking, Part};
use crate::installation::Storage;
use crate::report::table::part;

/// Lists the households of a division, by division and id.
#[derive(Debug, Args)]
pub struct List {
    /// The division and all that belongs to it: 330106, 330000, or 000000 for all.
    #[arg(long, value_name = "CODE")]
    division: DivisionCode,
    #[command(flatten)]
    part: Part,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl List {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let titles = [("家庭", "Household"), ("行政区划", "Division"), ("收到时间", "Received")];
        self.asking.answer(
            self.storage.reading_kernel(),
            async |kernel, actor| kernel.households_in(actor, self.division, self.part.after()?, self.part.limit).await,
            |found, _, language| {
                let row = |household: &nuan_kernel::HouseholdSummary| {
                    vec![household.id.to_string(), household.division.to_string(), household.received_at.clone()]
                };
                part(language, &titles, found.items.iter().map(row), found.next.as_ref())
            },
        )
    }
}
