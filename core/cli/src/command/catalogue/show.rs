//! `nuan catalogue show`.

use std::process::ExitCode;

use clap::Args;
use nuan_vocabulary::catalogue::Catalogue;

use crate::asking::Asking;
use crate::installation::Storage;
use crate::report::Language;
use crate::report::table::part;

/// Shows every fact with its title and type; as JSON also lists, codes and legal bases.
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl Show {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        self.asking.answer(
            self.storage.reading_kernel(),
            async |kernel, _| Ok(kernel.catalogue().clone()),
            |catalogue, _, language| shown(catalogue, language),
        )
    }
}

fn shown(catalogue: &Catalogue, language: Language) -> String {
    let titles = [("事实", "Fact"), ("名称", "Title"), ("类型", "Type"), ("对象", "Entity"), ("代码表", "Codes")];
    let written = |value: serde_json::Result<serde_json::Value>| {
        value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    };
    let rows = catalogue.facts.iter().map(|(name, fact)| {
        vec![
            name.clone(),
            fact.title.in_language(language.into()).to_owned(),
            written(serde_json::to_value(fact.value_type)),
            fact.entity.clone(),
            fact.codes.clone().unwrap_or_default(),
        ]
    });
    part(language, &titles, rows, None)
}
