//! `nuan audit proof`.

use std::process::ExitCode;

use clap::Args;
use nuan_kernel::{InclusionBody, LeafPlace, ProofBody};

use crate::asking::Asking;
use crate::installation::Storage;
use crate::report::Language;
use crate::report::table::card;

/// Proves a leaf against the signed checkpoint.
#[derive(Debug, Args)]
pub struct Proof {
    /// The log and the number of the leaf: 330106-7.
    #[arg(value_name = "PLACE")]
    place: LeafPlace,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl Proof {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        self.asking.answer(
            self.storage.kernel(Vec::new()),
            async |kernel, actor| kernel.prove(actor, self.place).await,
            |proof, _, language| shown(proof, language),
        )
    }
}

fn shown(proof: &ProofBody, language: Language) -> String {
    let ProofBody { suite, entry, head, checkpoint } = proof;
    let suite = format!("{}: {suite}", language.choose("密码套件", "Suite"));
    format!("{suite}\n{}\n{}\n{}", inclusion(entry, language), inclusion(head, language), checkpoint.trim_end())
}

fn inclusion(body: &InclusionBody, language: Language) -> String {
    card(
        language,
        [
            (("日志", "Log"), body.log.to_string()),
            (("序号", "Number"), body.seq.to_string()),
            (("内容", "Leaf"), body.leaf.clone()),
            (("日志大小", "Size"), body.size.to_string()),
            (("根", "Root"), body.root.clone()),
            (("途中的摘要数", "Hashes on the way"), body.proof.len().to_string()),
        ],
    )
}
