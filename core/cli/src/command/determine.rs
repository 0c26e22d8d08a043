//! `nuan determine`: households in, determinations out, stored.

mod input;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use nuan_kernel::{Actor, Breakdown, Computed, Job, Kernel};
use nuan_vocabulary::date::Date;
use serde_json::{Value, json};

use self::input::Documents;
use crate::installation::{self, Installation};
use crate::report::{Format, Language, Tally, household};
use crate::terminal;

/// Households in one batch.
const BATCH: usize = 2_048;

/// Determines households from JSON documents or JSON lines; `-` reads lines from stdin.
#[derive(Debug, Args)]
pub struct Determine {
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The date; each document's own or today where absent.
    #[arg(long, value_parser = Date::parse)]
    as_of: Option<Date>,
    /// Facts that became known later do not count, RFC 3339.
    #[arg(long)]
    known_at: Option<Timestamp>,
    /// How to answer.
    #[arg(long, default_value = "human")]
    format: Format,
    /// The language of reasons and tables.
    #[arg(long, default_value = "zh-CN")]
    lang: Language,
    /// Says on stderr where the time went.
    #[arg(long)]
    breakdown: bool,
    #[command(flatten)]
    installation: Installation,
}

/// What a whole run saw.
struct Run {
    tally: Tally,
    breakdown: Breakdown,
    refused: usize,
}

impl Determine {
    /// Exit code 2 if a document was refused; the good ones are done all the same.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let runtime = installation::runtime()?;
        runtime.block_on(self.determine())
    }

    async fn determine(self) -> anyhow::Result<ExitCode> {
        let kernel = self.installation.kernel().await?;
        let documents = Documents::open(&self.files)?;
        let mut run = Run { tally: Tally::new(&kernel), breakdown: Breakdown::default(), refused: 0 };
        self.work(&kernel, documents, &mut run).await?;
        if self.breakdown {
            terminal::say(&breakdown(run.breakdown).to_string());
        }
        if self.format == Format::Human {
            self.show(&kernel, &run.tally).await?;
        }
        kernel.finish().await?;
        Ok(if run.refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }

    /// While one batch is written the next is computed.
    async fn work(&self, kernel: &Kernel, mut documents: Documents, run: &mut Run) -> anyhow::Result<()> {
        let bar = terminal::progress(documents.guess(), "determine");
        let mut job = Some(kernel.job(&Actor::local_operator(), self.as_of, self.known_at));
        let mut waiting: Option<Computed> = None;
        loop {
            let batch = documents.next_batch(BATCH)?;
            let computing = job
                .take()
                .filter(|_| !batch.is_empty())
                .map(|job| tokio::task::spawn_blocking(move || compute(job, batch)));
            if let Some(mut computed) = waiting.take() {
                run.breakdown.add(kernel.store_computed(&mut computed).await?);
                self.report(&documents, &computed, run)?;
                bar.inc(u64::try_from(computed.done.len() + computed.refused.len())?);
            }
            let Some(computing) = computing else { break };
            let (returned, computed) = computing.await?;
            let computed = computed?;
            run.breakdown.add(computed.breakdown);
            (job, waiting) = (Some(returned), Some(computed));
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// JSON goes out batch by batch; refused documents are named on stderr.
    fn report(&self, documents: &Documents, computed: &Computed, run: &mut Run) -> anyhow::Result<()> {
        for done in &computed.done {
            run.tally.add(&done.determination);
            if self.format == Format::Json {
                terminal::print(&serde_json::to_string(&done.determination)?);
            }
        }
        for (number, error) in &computed.refused {
            terminal::say(&format!(
                "error[{}]: {} · {error}",
                error.code(),
                documents.name(run.tally.batches(), *number, BATCH)
            ));
            for mistake in error.diagnostics() {
                terminal::say(&format!("  {mistake}"));
            }
        }
        run.refused += computed.refused.len();
        run.tally.end_batch();
        Ok(())
    }

    /// One household with all its reasons; of many a table, and one household's reasons.
    async fn show(&self, kernel: &Kernel, tally: &Tally) -> anyhow::Result<()> {
        if tally.households() > 1 {
            terminal::print(&tally.table(self.lang));
        }
        if let Some(id) = tally.example() {
            let determination = kernel.determination(&Actor::local_operator(), id).await?;
            terminal::print(&household(&determination, &kernel.plugins(), self.lang));
        }
        Ok(())
    }
}

/// Microseconds of each part, which overlap since one batch is written while the next is computed, and the memory at most.
fn breakdown(time: Breakdown) -> Value {
    let Breakdown { parse, plan, rules, seal, write, commit } = time;
    json!({
        "parse_us": parse, "plan_us": plan, "rules_us": rules, "seal_us": seal, "write_us": write, "fsync_us": commit,
        "peak_memory_bytes": terminal::peak_memory_bytes(),
    })
}

fn compute(mut job: Job, batch: Vec<Vec<u8>>) -> (Job, Result<Computed, nuan_kernel::KernelError>) {
    let computed = job.compute(&batch);
    (job, computed)
}
