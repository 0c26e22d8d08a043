//! `nuan determination make`.

use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use nuan_kernel::DeterminationRequest;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::HouseholdId;
use serde_json::{Map, Value};

use crate::asking::{Asking, Once};
use crate::installation::Installation;
use crate::report::household;

/// Determines a household on the register and stores the result with its reasons.
#[derive(Debug, Args)]
pub struct Make {
    /// The household.
    #[arg(value_name = "HOUSEHOLD")]
    household: HouseholdId,
    /// The date of the law and of the facts; the document's own or today where absent.
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    as_of: Option<Date>,
    /// Facts that became known later do not count, RFC 3339.
    #[arg(long, value_name = "INSTANT")]
    known_at: Option<Timestamp>,
    #[command(flatten)]
    once: Once,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    installation: Installation,
}

impl Make {
    /// A household that is not eligible is an answer: exit code 0.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let request = DeterminationRequest { as_of: self.as_of, known_at: self.known_at };
        let stated = [
            self.as_of.map(|date| ("as_of".to_owned(), Value::String(date.to_string()))),
            self.known_at.map(|instant| ("known_at".to_owned(), Value::String(instant.to_string()))),
        ];
        let body = Value::Object(stated.into_iter().flatten().collect::<Map<_, _>>()).to_string();
        let route = format!("POST /v1/households/{}/determinations", self.household);
        let key = self.once.key(&route, body.as_bytes())?;
        self.asking.answer(
            self.installation.kernel(),
            async |kernel, actor| Ok(kernel.determine_household(actor, self.household, request, key).await?.body),
            |determination, kernel, language| household(determination, &kernel.plugins(), language),
        )
    }
}
