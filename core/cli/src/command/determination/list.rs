//! `nuan determination list`.

use std::process::ExitCode;

use clap::Args;
use nuan_kernel::DeterminationSummary;
use nuan_vocabulary::id::HouseholdId;

use crate::asking::{Asking, Part};
use crate::installation::Storage;
use crate::report::table::part;

/// Lists the determinations of a household, oldest first.
#[derive(Debug, Args)]
pub struct List {
    /// The household.
    #[arg(value_name = "HOUSEHOLD")]
    household: HouseholdId,
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
        let titles = [("测算结论", "Determination"), ("测算日期", "As of"), ("计算时间", "Computed")];
        self.asking.answer(
            self.storage.reading_kernel(),
            async |kernel, actor| {
                kernel.determinations(actor, self.household, self.part.after()?, self.part.limit).await
            },
            |found, _, language| {
                let row = |made: &DeterminationSummary| {
                    vec![made.id.to_string(), made.as_of.to_string(), made.created_at.clone()]
                };
                part(language, &titles, found.items.iter().map(row), found.next.as_ref())
            },
        )
    }
}
