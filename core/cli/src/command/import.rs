//! `nuan import`: a township's spreadsheet. Mapping, preview, commit, report; only the commit writes to the register.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use comfy_table::presets;
use nuan_kernel::import::{Done, Mapping, Preview, Report, Table};
use nuan_kernel::{Actor, Kernel, KernelError};
use serde_json::json;

use crate::installation::{self, Installation};
use crate::report::Format;
use crate::terminal;

/// Mistakes that the terminal shows; the report has all.
const SHOWN: usize = 30;

/// Reads a spreadsheet (CSV in UTF-8 or GB 18030, Excel) and puts its households on the register.
#[derive(Debug, Args)]
pub struct Import {
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Which column is what (YAML); guessed from the headers where absent.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Writes the guessed mapping to this file, for somebody to read and complete, and ends.
    #[arg(long, value_name = "FILE", conflicts_with = "mapping")]
    guess: Option<PathBuf>,
    /// Reads and checks everything, and writes nothing to the register.
    #[arg(long)]
    dry_run: bool,
    /// Writes the spreadsheet with what came of each row: .csv or .xlsx.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Who imports.
    #[arg(long, value_name = "NAME", default_value = "local-operator")]
    actor: String,
    /// How to answer.
    #[arg(long, default_value = "human")]
    format: Format,
    #[command(flatten)]
    installation: Installation,
}

impl Import {
    /// Exit code 2 if a household was left out; the others are imported all the same.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let runtime = installation::runtime()?;
        runtime.block_on(async {
            let kernel = self.installation.kernel().await?;
            let code = self.import(&kernel).await;
            kernel.finish().await?;
            code
        })
    }

    async fn import(&self, kernel: &Kernel) -> anyhow::Result<ExitCode> {
        let actor = Actor::named(&self.actor)?;
        let bytes = std::fs::read(&self.file).with_context(|| format!("failed to read {}", self.file.display()))?;
        let table = Table::read_local(&bytes).map_err(|mistake| KernelError::Request(vec![mistake]))?;
        if let Some(path) = &self.guess {
            let text = serde_saphyr::to_string(&kernel.guess_mapping(&table.headers))?;
            std::fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))?;
            terminal::say(&format!("Wrote a first mapping to {}; read it before you use it.", path.display()));
            return Ok(ExitCode::SUCCESS);
        }
        let mapping = self.mapping(kernel, &table)?;
        let preview = kernel.preview_import(&table, &mapping)?;
        let mut done = BTreeMap::new();
        if !self.dry_run {
            let bar = terminal::progress(u64::try_from(preview.households.len())?, "import");
            done = kernel.import(&actor, &bytes, &preview, |count| bar.set_position(count)).await?;
            bar.finish_and_clear();
        }
        if let Some(path) = &self.report {
            write_report(path, &Report { table: &table, preview: &preview, done: &done })?;
        }
        self.show(&preview, &done);
        let refused = done.values().filter(|done| matches!(done, Done::Refused { .. })).count();
        let is_whole = preview.mistakes.is_empty() && refused == 0;
        Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }

    fn mapping(&self, kernel: &Kernel, table: &Table) -> anyhow::Result<Mapping> {
        let Some(path) = &self.mapping else { return Ok(kernel.guess_mapping(&table.headers)) };
        let text = std::fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))?;
        Ok(Mapping::from_yaml(&path.display().to_string(), &text).map_err(KernelError::Request)?)
    }

    fn show(&self, preview: &Preview, done: &BTreeMap<String, Done>) {
        let imported = done.values().filter(|done| matches!(done, Done::Imported(_))).count();
        let refused: Vec<(&String, &Done)> =
            done.iter().filter(|(_, done)| matches!(done, Done::Refused { .. })).collect();
        if self.format == Format::Json {
            let refused = refused.len();
            let (summary, mistakes) = (&preview.summary, &preview.mistakes);
            let answer = json!({ "summary": summary, "mistakes": mistakes, "imported": imported, "refused": refused });
            return terminal::print(&answer.to_string());
        }
        let mut shown = comfy_table::Table::new();
        shown.load_style(presets::UTF8_BORDERS_ONLY).set_header(["行 row", "列 column", "code", "what to mend"]);
        for mistake in preview.mistakes.iter().take(SHOWN) {
            let column = mistake.column.clone().unwrap_or_default();
            let hint = mistake.hint.as_ref().map(|hint| format!(": {hint}")).unwrap_or_default();
            let what = format!("{}{hint}", mistake.what);
            shown.add_row([mistake.row.to_string(), column, mistake.code.clone(), what]);
        }
        if !preview.mistakes.is_empty() {
            terminal::print(&shown.to_string());
        }
        for (number, refusal) in refused {
            if let Done::Refused { code, what } = refusal {
                terminal::print(&format!("{number} · {code} · {what}"));
            }
        }
        let summary = &preview.summary;
        terminal::print(&format!(
            "{} rows, {} households, {} mistakes; {} households with {} persons are ready, {imported} are on the register.",
            summary.rows, summary.households, summary.mistakes, summary.households_ready, summary.persons_ready
        ));
    }
}

fn write_report(path: &Path, report: &Report<'_>) -> anyhow::Result<()> {
    let bytes = match path.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => report.csv()?,
        Some("xlsx") => report.xlsx()?,
        _ => bail!("a report ends in .csv or .xlsx, unlike {}", path.display()),
    };
    std::fs::write(path, bytes).with_context(|| format!("failed to write {}", path.display()))
}
