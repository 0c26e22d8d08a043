//! `nuan audit opening`.

use std::process::ExitCode;

use clap::Args;
use nuan_kernel::{LeafPlace, OpeningBody};

use crate::asking::Asking;
use crate::installation::Storage;
use crate::report::Language;
use crate::report::table::card;

/// Opens a leaf: the content that it commits to, and the opening with which anyone checks that.
#[derive(Debug, Args)]
pub struct Opening {
    /// The log and the number of the leaf: 330106-7.
    #[arg(value_name = "PLACE")]
    place: LeafPlace,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl Opening {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        self.asking.answer(
            self.storage.reading_kernel(),
            async |kernel, actor| kernel.opening(actor, self.place).await,
            |opening, _, language| shown(opening, language),
        )
    }
}

fn shown(body: &OpeningBody, language: Language) -> String {
    card(
        language,
        [
            (("密码套件", "Suite"), body.suite.clone()),
            (("日志", "Log"), body.log.to_string()),
            (("序号", "Number"), body.seq.to_string()),
            (("叶子", "Leaf"), body.leaf.clone()),
            (("开启值", "Opening"), body.opening.clone()),
            (("内容", "Content"), body.content.clone()),
        ],
    )
}
