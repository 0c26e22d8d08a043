//! `nuan reassess`: all households of a division in one go, from the register, with a summary of what changed.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use indicatif::ProgressBar;
use jiff::Timestamp;
use nuan_kernel::{Actor, BatchStored, Kernel, Pace, ReassessmentBody, ReassessmentRequest, ReassessmentState, Spent};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use serde_json::{Value, json};

use crate::installation::{self, Installation};
use crate::report::{Format, Language, changes};
use crate::terminal;

/// Determines all households of a division again, and says what changed. One that was cut off goes on where it ended.
#[derive(Debug, Args)]
pub struct Reassess {
    /// The date of the law and of the facts.
    #[arg(long, value_parser = Date::parse)]
    as_of: Date,
    /// Facts that became known later do not count, RFC 3339; now where absent.
    #[arg(long)]
    known_at: Option<Timestamp>,
    /// Whose households: a province, a city, a county, a township; `000000` names all.
    #[arg(long, value_name = "CODE", default_value = "000000")]
    division: DivisionCode,
    /// Cancels the one that is open for the date and the division, and begins another.
    #[arg(long, conflicts_with = "cancel")]
    anew: bool,
    /// Cancels the one that is open; what it stored stays.
    #[arg(long)]
    cancel: bool,
    /// Households in one batch: what is computed in one call and stored in one transaction.
    #[arg(long, value_name = "N", default_value_t = Pace::BATCH, value_parser = clap::value_parser!(u32).range(1..=8_192))]
    batch: u32,
    /// Who acts.
    #[arg(long, value_name = "NAME", default_value = "local-operator", value_parser = Actor::named)]
    actor: Actor,
    /// How to answer.
    #[arg(long, default_value = "human")]
    format: Format,
    /// The language of the table.
    #[arg(long, default_value = "zh-CN")]
    lang: Language,
    /// Says on stderr where the time went.
    #[arg(long)]
    breakdown: bool,
    #[command(flatten)]
    installation: Installation,
}

impl Reassess {
    /// Exit code 1 if households were left out, or if it was stopped.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let runtime = installation::runtime()?;
        runtime.block_on(self.reassess())
    }

    async fn reassess(self) -> anyhow::Result<ExitCode> {
        let kernel = self.installation.kernel().await?;
        let request = ReassessmentRequest { as_of: self.as_of, known_at: self.known_at, division: self.division };
        if self.anew || self.cancel {
            self.cancel_open(&kernel, request).await?;
        }
        if self.cancel {
            kernel.finish().await?;
            return Ok(ExitCode::SUCCESS);
        }
        let begun = kernel.begin_reassessment(&self.actor, request, None).await?;
        if begun.replayed {
            terminal::say(&format!("Goes on with {} at household {}.", begun.body.id, begun.body.looked_at + 1));
        }
        let body = self.work(&kernel, &begun.body).await?;
        self.show(&kernel, &body)?;
        kernel.finish().await?;
        let is_whole = body.state == ReassessmentState::Finished && body.left_out == 0;
        Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn cancel_open(&self, kernel: &Kernel, request: ReassessmentRequest) -> anyhow::Result<()> {
        match kernel.open_reassessment(&self.actor, request).await? {
            Some(open) => {
                kernel.cancel_reassessment(&self.actor, open.id, None).await?;
                terminal::say(&format!("Cancelled {} after {} households.", open.id, open.looked_at));
            }
            None => terminal::say("No reassessment is open for this date and division."),
        }
        Ok(())
    }

    /// Until everybody is done, or until Ctrl-C: then it ends after the batch that is under way.
    async fn work(&self, kernel: &Kernel, begun: &ReassessmentBody) -> anyhow::Result<ReassessmentBody> {
        let bar = terminal::progress(begun.households, "reassess");
        bar.set_position(begun.looked_at);
        bar.reset_eta();
        let stop = Arc::new(AtomicBool::new(false));
        let interrupted = tokio::spawn(stop_on_interrupt(Arc::clone(&stop)));
        let mut spent = Spent::default();
        let progress = |stored: &BatchStored| {
            spent.add(stored.spent);
            report(&bar, stored);
        };
        let body = kernel.reassess(&self.actor, begun.id, Pace { batch: self.batch, stop: &stop }, progress).await;
        interrupted.abort();
        bar.finish_and_clear();
        if self.breakdown {
            terminal::say(&breakdown(spent).to_string());
        }
        Ok(body?)
    }

    fn show(&self, kernel: &Kernel, body: &ReassessmentBody) -> anyhow::Result<()> {
        match self.format {
            Format::Json => terminal::print(&serde_json::to_string(body)?),
            Format::Human => terminal::print(&changes(body, &kernel.plugins(), self.lang)),
        }
        if body.state == ReassessmentState::Open {
            let (done, all) = (body.looked_at, body.households);
            terminal::say(&format!("Stopped after {done} of {all} households. The same command goes on there."));
        }
        Ok(())
    }
}

/// Households that were left out are named as they come.
fn report(bar: &ProgressBar, stored: &BatchStored) {
    bar.set_position(stored.looked_at);
    bar.suspend(|| {
        for left_out in &stored.left_out {
            terminal::say(&format!("error[{}]: {} was left out", left_out.code, left_out.household));
        }
    });
}

async fn stop_on_interrupt(stop: Arc<AtomicBool>) {
    if tokio::signal::ctrl_c().await.is_ok() {
        stop.store(true, Ordering::Release);
        terminal::say("Stopping after the batch that is under way.");
    }
}

/// Microseconds of each part, which overlap, and the memory at most.
fn breakdown(time: Spent) -> Value {
    let Spent { read, open, plan, rules, seal, write, commit } = time;
    json!({
        "read_us": read, "open_us": open, "plan_us": plan, "rules_us": rules, "seal_us": seal, "write_us": write,
        "fsync_us": commit, "peak_memory_bytes": terminal::peak_memory_bytes(),
    })
}
