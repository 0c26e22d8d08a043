//! `nuan parameter show`.

use std::process::ExitCode;

use clap::Args;
use nuan_kernel::{Page, ParameterBody};

use crate::asking::Asking;
use crate::installation::Installation;
use crate::report::Language;
use crate::report::table::{table, text};
use crate::report::word;

/// Shows a number of the law with its history, once for each plugin that declares it.
#[derive(Debug, Args)]
pub struct Show {
    /// The parameter.
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    installation: Installation,
}

impl Show {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        self.asking.answer(
            self.installation.kernel(),
            async |kernel, _| Ok(Page { items: kernel.parameter(&self.id)?, next: None }),
            |found, _, language| {
                let each = found.items.iter().map(|parameter| shown(parameter, language));
                each.collect::<Vec<_>>().join("\n")
            },
        )
    }
}

fn shown(parameter: &ParameterBody, language: Language) -> String {
    let titles =
        [("行政区划", "Division"), ("从", "From"), ("至", "Until"), ("数值", "Value"), ("可靠程度", "Confidence")];
    let rows = parameter.values.iter().map(|row| {
        vec![
            row.division.to_string(),
            row.from.to_string(),
            text(row.until.as_ref()),
            row.value.to_string(),
            word::written(language, &row.confidence),
        ]
    });
    let title = parameter.title.in_language(language.into());
    format!("{title} {} · {}\n{}", parameter.id, parameter.plugin, table(language, &titles, rows))
}
