//! `nuan reassessment cancel`.

use std::process::ExitCode;

use clap::Args;
use nuan_vocabulary::id::ReassessmentId;
use serde_json::json;

use super::shown;
use crate::asking::{Asking, Once};
use crate::installation::Installation;

/// Ends a reassessment after the batch that is under way; what it stored stays.
#[derive(Debug, Args)]
pub struct Cancel {
    /// The reassessment.
    #[arg(value_name = "ID")]
    id: ReassessmentId,
    #[command(flatten)]
    once: Once,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    installation: Installation,
}

impl Cancel {
    /// Exit code 2 if it has ended already.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let route = format!("POST /v1/reassessments/{}/cancellations", self.id);
        let key = self.once.key(&route, json!({}).to_string().as_bytes())?;
        self.asking.answer(
            self.installation.kernel(),
            async |kernel, actor| Ok(kernel.cancel_reassessment(actor, self.id, key).await?.body),
            shown,
        )
    }
}
