//! `nuan sample`: an invented population as JSON lines.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use nuan_vocabulary::date::Date;

use crate::sample::{Distributions, population};
use crate::terminal;

/// Writes household documents, one JSON line each. The same seed gives the same population.
#[derive(Debug, Args)]
pub struct Sample {
    /// How many households.
    #[arg(long, default_value_t = 1_000)]
    households: usize,
    /// The seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The date that ages and incomes lead up to.
    #[arg(long, default_value = "2025-09-01", value_parser = Date::parse)]
    as_of: Date,
    /// The distributions.
    #[arg(long, value_name = "FILE", default_value = "examples/population/zhejiang.yaml")]
    distributions: PathBuf,
    /// The file to write; stdout where absent.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Sample {
    /// Writes the population.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let read = || format!("failed to read the distributions {}", self.distributions.display());
        let text = std::fs::read_to_string(&self.distributions).with_context(read)?;
        let distributions = Distributions::parse(&text).with_context(read)?;
        let bar = terminal::progress(u64::try_from(self.households)?, "sample");
        let mut out: Box<dyn Write> = match &self.out {
            Some(path) => Box::new(BufWriter::new(
                File::create(path).with_context(|| format!("failed to write {}", path.display()))?,
            )),
            None => Box::new(BufWriter::new(io::stdout())),
        };
        for document in population(&distributions, self.households, self.seed, self.as_of)? {
            serde_json::to_writer(&mut out, &document).context("failed to write a household")?;
            out.write_all(b"\n")?;
            bar.inc(1);
        }
        out.flush().context("failed to write the population")?;
        bar.finish_and_clear();
        terminal::say(&format!("Wrote {} households.", self.households));
        Ok(ExitCode::SUCCESS)
    }
}
