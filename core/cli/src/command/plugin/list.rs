//! `nuan plugin list`.

use std::process::ExitCode;

use clap::Args;
use nuan_kernel::{Page, PluginBody};

use crate::asking::Asking;
use crate::installation::Installation;
use crate::report::Language;
use crate::report::table::{part, text};

/// Lists the installed plugins, and where and when they apply; as JSON also their outputs and the law they rest on.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    installation: Installation,
}

impl List {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        self.asking.answer(
            self.installation.kernel(),
            async |kernel, _| Ok(Page { items: kernel.plugins(), next: None }),
            shown,
        )
    }
}

fn shown(found: &Page<PluginBody>, _: &nuan_kernel::Kernel, language: Language) -> String {
    let titles = [
        ("插件", "Plugin"),
        ("名称", "Title"),
        ("版本", "Version"),
        ("适用地区", "Where"),
        ("从", "From"),
        ("至", "Until"),
        ("结果数", "Outputs"),
    ];
    let row = |plugin: &PluginBody| {
        let divisions: Vec<String> = plugin.jurisdictions.iter().map(ToString::to_string).collect();
        vec![
            plugin.id.clone(),
            plugin.title.in_language(language.into()).to_owned(),
            plugin.version.clone(),
            divisions.join(", "),
            plugin.effective.from.to_string(),
            text(plugin.effective.until.as_ref()),
            plugin.outputs.len().to_string(),
        ]
    };
    part(language, &titles, found.items.iter().map(row), None)
}
