//! `nuan change decide`.

use std::process::ExitCode;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use nuan_kernel::{ChangeAction, ChangeDecision, DecidedChangeBody, OutputChange, Recomputed};
use nuan_vocabulary::fen::Fen;
use nuan_vocabulary::id::ChangeRequestId;
use serde_json::{Value, json};

use super::shown;
use crate::asking::{Asking, Once};
use crate::installation::Installation;
use crate::report::table::table;
use crate::report::{Language, word};

/// Decides about a change request. What is approved is written at once, and what it touches is determined again.
#[derive(Debug, Args)]
pub struct Decide {
    /// The change request.
    #[arg(value_name = "ID")]
    id: ChangeRequestId,
    /// What.
    #[arg(value_name = "ACTION", value_parser = PossibleValuesParser::new(["approve", "refuse", "withdraw"])
        .try_map(|text| serde_json::from_value::<ChangeAction>(Value::String(text))))]
    action: ChangeAction,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    once: Once,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    installation: Installation,
}

impl Decide {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let body = json!({ "action": self.action, "reason": self.reason }).to_string();
        let key = self.once.key(&format!("POST /v1/change-requests/{}/decisions", self.id), body.as_bytes())?;
        let decision = ChangeDecision { action: self.action, reason: self.reason };
        self.asking.answer(
            self.installation.kernel(),
            async |kernel, actor| Ok(kernel.decide_change(actor, self.id, decision, key).await?.body),
            |decided, _, language| with_recomputed(decided, language),
        )
    }
}

/// The request, and every output that came out otherwise: before, after, and what was too little or too much.
fn with_recomputed(decided: &DecidedChangeBody, language: Language) -> String {
    let titles = [
        ("测算日期", "As of"),
        ("项目", "Output"),
        ("成员", "Ref"),
        ("变更前", "Before"),
        ("变更后", "After"),
        ("少发（正）或多发（负）", "Too little (+) or too much (-)"),
        ("新的测算结论", "New determination"),
    ];
    let row = |recomputed: &Recomputed, output: &OutputChange| {
        let side = |state, fen: Option<i64>| match fen {
            Some(fen) => yuan(fen, language),
            None => word::written(language, &state),
        };
        vec![
            recomputed.as_of.to_string(),
            output.name.clone(),
            output.member.clone().unwrap_or_default(),
            side(output.before, output.before_fen),
            side(output.after, output.after_fen),
            output.difference_fen.map(|fen| yuan(fen, language)).unwrap_or_default(),
            recomputed.determination.to_string(),
        ]
    };
    let rows = decided.recomputed.iter().flat_map(|again| again.outputs.iter().map(move |output| row(again, output)));
    format!("{}\n{}", shown(&decided.request, language), table(language, &titles, rows))
}

fn yuan(fen: i64, language: Language) -> String {
    format!("{} {}", Fen::new(fen), language.choose("元", "yuan"))
}
