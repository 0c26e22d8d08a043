//! `nuan entitlement end`.

use std::process::ExitCode;

use clap::Args;
use nuan_kernel::EndRequest;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::EntitlementId;
use serde_json::json;

use super::shown;
use crate::asking::{Asking, Once};
use crate::installation::Storage;

/// Ends an entitlement from a day on. It ends once and stays to be seen.
#[derive(Debug, Args)]
pub struct End {
    /// The entitlement.
    #[arg(value_name = "ID")]
    id: EntitlementId,
    /// The first day on which nothing is due.
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    ends_on: Date,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    once: Once,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl End {
    /// Exit code 2 if its end is known already.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let body = json!({ "ends_on": self.ends_on, "reason": self.reason }).to_string();
        let key = self.once.key(&format!("POST /v1/entitlements/{}/ends", self.id), body.as_bytes())?;
        let request = EndRequest { ends_on: self.ends_on, reason: self.reason };
        self.asking.answer(
            self.storage.kernel(Vec::new()),
            async |kernel, actor| Ok(kernel.end_entitlement(actor, self.id, request, key).await?.body),
            |one, _, language| shown(one, language),
        )
    }
}
