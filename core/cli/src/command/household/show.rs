//! `nuan household show`.

use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use nuan_kernel::HouseholdMoment;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::HouseholdId;

use super::shown;
use crate::asking::Asking;
use crate::installation::Storage;

/// Shows a household, masked: with everything that is stated, or as it was on a day and as it was known at an instant.
#[derive(Debug, Args)]
pub struct Show {
    /// The household.
    #[arg(value_name = "ID")]
    id: HouseholdId,
    /// The day that is asked about; today where only `--known-at` is given.
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    as_of: Option<Date>,
    /// What became known later does not count, RFC 3339; now where only `--as-of` is given.
    #[arg(long, value_name = "INSTANT")]
    known_at: Option<Timestamp>,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl Show {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let open = self.storage.reading_kernel();
        let moment = HouseholdMoment { as_of: self.as_of, known_at: self.known_at };
        self.asking.answer(open, async |kernel, actor| kernel.household_at(actor, self.id, moment).await, shown)
    }
}
