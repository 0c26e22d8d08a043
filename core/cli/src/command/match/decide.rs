//! `nuan match decide`.

use std::process::ExitCode;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use nuan_kernel::{MatchAction, MatchDecision};
use nuan_vocabulary::id::MatchId;
use serde_json::{Value, json};

use super::shown;
use crate::asking::{Asking, Once};
use crate::installation::Storage;

/// Decides about a match: that the two are one person or not, or that they were merged wrongly.
#[derive(Debug, Args)]
pub struct Decide {
    /// The match.
    #[arg(value_name = "ID")]
    id: MatchId,
    /// What.
    #[arg(value_name = "ACTION", value_parser = PossibleValuesParser::new(["merge", "reject", "undo"])
        .try_map(|text| serde_json::from_value::<MatchAction>(Value::String(text))))]
    action: MatchAction,
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

impl Decide {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let body = json!({ "action": self.action, "reason": self.reason }).to_string();
        let key = self.once.key(&format!("POST /v1/matches/{}/decisions", self.id), body.as_bytes())?;
        let decision = MatchDecision { action: self.action, reason: self.reason };
        self.asking.answer(
            self.storage.kernel(Vec::new()),
            async |kernel, actor| Ok(kernel.decide_match(actor, self.id, decision, key).await?.body),
            |found, _, language| shown(found, language),
        )
    }
}
