//! `nuan import`: a township's spreadsheet. Mapping, preview, commit, report; only the commit writes to the register.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use nuan_kernel::import::{Mapping, Report, RowMistake, Table, limits};
use nuan_kernel::{Actor, ImportBody, Kernel, KernelError, RefusedHousehold};

use crate::asking::refused;
use crate::installation::{self, Storage};
use crate::report::table::{Title, table};
use crate::report::{Format, Language};
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
    #[arg(long, value_name = "NAME", default_value = "local-operator", value_parser = Actor::named)]
    actor: Actor,
    /// How to answer.
    #[arg(long, default_value = "human")]
    format: Format,
    /// The language of tables.
    #[arg(long, default_value = "zh-CN")]
    lang: Language,
    #[command(flatten)]
    storage: Storage,
}

/// In which form a report is written.
#[derive(Clone, Copy)]
enum Form {
    Csv,
    Workbook,
}

impl Import {
    /// Exit code 2 if a household was left out; the others are imported all the same.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        // What could only be found out after the commit is found out before it.
        let report = self.report.as_deref().map(|path| Ok::<_, KernelError>((path, form(path)?))).transpose()?;
        let bytes = contents(&self.file)?;
        let runtime = installation::runtime()?;
        runtime.block_on(async {
            let kernel = self.storage.kernel(Vec::new()).await?;
            let code = self.import(&kernel, &bytes, report).await;
            kernel.finish().await?;
            code
        })
    }

    async fn import(&self, kernel: &Kernel, bytes: &[u8], report: Option<(&Path, Form)>) -> anyhow::Result<ExitCode> {
        let spreadsheet = Table::read_local(bytes).map_err(|mistake| KernelError::Request(vec![mistake]))?;
        if let Some(path) = &self.guess {
            let text = serde_saphyr::to_string(&kernel.guess_mapping(&spreadsheet.headers))?;
            std::fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))?;
            terminal::say(&format!("Wrote a first mapping to {}; read it before you use it.", path.display()));
            return Ok(ExitCode::SUCCESS);
        }
        let mapping = self.mapping(kernel, &spreadsheet)?;
        let preview = kernel.preview_import(&spreadsheet, &mapping)?;
        let mut done = BTreeMap::new();
        if !self.dry_run {
            let bar = terminal::progress(u64::try_from(preview.households.len())?, "import");
            done = kernel.import(&self.actor, bytes, &preview, |count| bar.set_position(count)).await?;
            bar.finish_and_clear();
        }
        if let Some((path, form)) = report {
            write_report(path, form, &Report { table: &spreadsheet, preview: &preview, done: &done })?;
        }
        let body = ImportBody::of(&preview, &done, mapping);
        match self.format {
            Format::Json => terminal::print(&serde_json::to_string(&body)?),
            Format::Human => self.show(&body),
        }
        Ok(if body.is_whole() { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }

    fn mapping(&self, kernel: &Kernel, table: &Table) -> Result<Mapping, KernelError> {
        let Some(path) = &self.mapping else { return Ok(kernel.guess_mapping(&table.headers)) };
        Mapping::read(&path.display().to_string(), &contents(path)?).map_err(KernelError::Request)
    }

    fn show(&self, body: &ImportBody) {
        let titles: [Title; 4] = [("行", "Row"), ("列", "Column"), ("代码", "Code"), ("问题和改法", "What to mend")];
        let row = |mistake: &RowMistake| {
            let hint = mistake.hint.as_ref().map(|hint| format!(": {hint}")).unwrap_or_default();
            let column = mistake.column.clone().unwrap_or_default();
            vec![mistake.row.to_string(), column, mistake.code.clone(), format!("{}{hint}", mistake.what)]
        };
        if !body.mistakes.is_empty() {
            terminal::print(&table(self.lang, &titles, body.mistakes.iter().take(SHOWN).map(row)));
        }
        let summary = &body.summary;
        let more = summary.mistakes.saturating_sub(SHOWN);
        if more > 0 {
            terminal::print(&format!("{more} mistakes more; `--report FILE` writes all of them."));
        }
        if !body.refused.is_empty() {
            let titles: [Title; 3] = [("户编号", "Household"), ("代码", "Code"), ("问题", "What is wrong")];
            let row = |one: &RefusedHousehold| vec![one.household.clone(), one.code.clone(), one.what.clone()];
            terminal::print(&table(self.lang, &titles, body.refused.iter().map(row)));
        }
        terminal::print(&format!(
            "{} rows, {} households, {} mistakes; {} households with {} persons are ready, {} are on the register.",
            summary.rows,
            summary.households,
            summary.mistakes,
            summary.households_ready,
            summary.persons_ready,
            body.imported.len()
        ));
    }
}

/// A file of a size that is read at all.
fn contents(path: &Path) -> Result<Vec<u8>, KernelError> {
    let name = path.display().to_string();
    let unreadable = |error: std::io::Error| refused("NU1005", &name, &error.to_string(), "name a file that is there");
    let most = u64::try_from(limits::FILE_BYTES).unwrap_or(u64::MAX);
    let (mut bytes, file) = (Vec::new(), File::open(path).map_err(unreadable)?);
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if limits::FILE_BYTES < bytes.len() {
        let limit = format!("a file has at most {} MiB", limits::FILE_BYTES >> 20);
        return Err(refused("NU2400", &name, &limit, "split it"));
    }
    Ok(bytes)
}

/// The form that the name asks for, in a folder that is there.
fn form(path: &Path) -> Result<Form, KernelError> {
    let name = path.display().to_string();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(refused("NU1005", &name, "there is no such folder for the report", "make it first"));
    }
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => Ok(Form::Csv),
        Some("xlsx") => Ok(Form::Workbook),
        _ => Err(refused("NU1005", &name, "a report is CSV or an Excel workbook", "end its name in .csv or .xlsx")),
    }
}

fn write_report(path: &Path, form: Form, report: &Report<'_>) -> anyhow::Result<()> {
    let bytes = match form {
        Form::Csv => report.csv()?,
        Form::Workbook => report.xlsx()?,
    };
    std::fs::write(path, bytes).with_context(|| format!("failed to write {}", path.display()))
}
