//! `nuan calculate` (测算): the answer for a household document, stored nowhere.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use nuan_kernel::CalculationRequest;
use nuan_vocabulary::date::Date;

use crate::asking::{Asking, Document};
use crate::installation::Installation;
use crate::report::household;

/// Calculates what a household would be entitled to; nothing about it is stored.
#[derive(Debug, Args)]
pub struct Calculate {
    /// The household document; `-` reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The date of the law and of the facts; the document's own or today where absent.
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    as_of: Option<Date>,
    /// Facts that became known later do not count, RFC 3339.
    #[arg(long, value_name = "INSTANT")]
    known_at: Option<Timestamp>,
    /// An output that is wanted, by name; may be given several times. All but intermediate ones where absent.
    #[arg(long = "output", value_name = "NAME")]
    outputs: Vec<String>,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    installation: Installation,
}

impl Calculate {
    /// Exit code 2 if the document has mistakes; a household that is not eligible is an answer.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let request = CalculationRequest {
            household: Document::read(&self.file)?.content,
            as_of: self.as_of,
            known_at: self.known_at,
            outputs: Some(self.outputs).filter(|outputs| !outputs.is_empty()),
        };
        self.asking.answer(
            self.installation.kernel(),
            async |kernel, actor| kernel.calculate(actor, request).await,
            |determination, kernel, language| household(determination, &kernel.plugins(), language),
        )
    }
}
