//! The one population of all measurements, as `nuan sample` invents it, and its columns.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use nuan_domain::document::HouseholdDocument;
use nuan_domain::evaluation::Evaluation;
use nuan_domain::facts::FactTable;
use nuan_kernel::Installed;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;

/// Households of the whole population.
pub const HOUSEHOLDS: usize = 100_000;
/// Households of one call.
pub const BATCH: usize = 2_048;
/// The date that the population is made for.
pub const AS_OF: &str = "2025-09-01";

/// A file of household documents in a folder that is removed at the end.
pub struct Population {
    folder: PathBuf,
}

impl Population {
    /// Lets the binary invent it.
    pub fn sample() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("nuan-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).context("failed to make a folder for the population")?;
        let population = Self { folder };
        let mut sample = nuan()?;
        sample.args(["sample", "--seed", "1", "--as-of", AS_OF, "--households", &HOUSEHOLDS.to_string()]);
        sample.arg("--out").arg(population.file());
        anyhow::ensure!(sample.status()?.success(), "`nuan sample` failed");
        Ok(population)
    }

    /// The file of JSON lines.
    pub fn file(&self) -> PathBuf {
        self.folder.join("population.jsonl")
    }

    /// The folder, for databases beside it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The documents of one batch.
    pub fn documents(&self, installed: &Installed) -> Result<Vec<HouseholdDocument>> {
        let lines = BufReader::new(File::open(self.file())?).lines().take(BATCH);
        lines
            .map(|line| Ok(HouseholdDocument::parse(line?.as_bytes(), &installed.reference.schema)?))
            .collect::<Result<_>>()
    }
}

impl Drop for Population {
    fn drop(&mut self) {
        // What cannot be removed stays in the temporary folder.
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// The binary that `cargo xtask bench` has built.
pub fn nuan() -> Result<Command> {
    let binary =
        std::env::var_os("NUAN_BINARY").context("NUAN_BINARY names no binary; run `cargo xtask bench rules`")?;
    let mut command = Command::new(binary);
    command.current_dir(nuan_tests::root());
    Ok(command)
}

/// One batch, ready for the graph. A division given here takes the place of everybody's own.
pub fn evaluation<'a>(
    installed: &'a Installed,
    documents: &[HouseholdDocument],
    division: Option<DivisionCode>,
) -> Result<Evaluation<'a>> {
    let schema = &installed.reference.schema;
    let documents: Vec<&HouseholdDocument> = documents.iter().collect();
    let facts = FactTable::build(schema, &documents, Date::parse(AS_OF)?, jiff::Timestamp::MAX, &installed.wanted);
    let divisions = documents.iter().map(|document| division.unwrap_or(document.division)).collect();
    Ok(Evaluation::new(schema, facts, divisions))
}
