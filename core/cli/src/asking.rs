//! What every command about the register shares: who asks, which part of a list, under which key an act is done once, and how the
//! answer is written. A command makes one call of the kernel, the one that the API makes, and shows what came back.
//!
//! INVARIANT: a refusal names the option and never repeats a name or a document number.

use std::future::Future;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;
use nuan_api::limits;
use nuan_kernel::{Actor, IdempotencyKey, Kernel, KernelError};
use nuan_vocabulary::diagnostic::Diagnostic;
use serde::Serialize;
use serde_json::Value;

use crate::installation;
use crate::report::{Format, Language};
use crate::terminal;

/// Who asks, and how the answer is written.
#[derive(Debug, Args)]
pub struct Asking {
    /// Who acts.
    #[arg(long, value_name = "NAME", default_value = "local-operator", value_parser = Actor::named)]
    actor: Actor,
    /// How to answer.
    #[arg(long, default_value = "human")]
    format: Format,
    /// The language of tables and reasons.
    #[arg(long, default_value = "zh-CN")]
    lang: Language,
}

/// Which part of a list.
#[derive(Debug, Args)]
pub struct Part {
    /// Where the part begins: `next` of the part before.
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// How many entries at most.
    #[arg(long, value_name = "N", default_value_t = limits::PAGE,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(limits::PAGE_MAX)))]
    pub limit: u32,
}

/// The key under which a repetition is answered alike.
#[derive(Debug, Args)]
pub struct Once {
    /// A key of your own: the same act under the same key is done once and answered alike.
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

/// A document that was read, and its bytes.
#[derive(Debug)]
pub struct Document {
    /// What it says.
    pub content: Value,
    /// How it was written.
    pub bytes: Vec<u8>,
}

impl Asking {
    /// Makes the call, writes its answer for people or as one line of JSON, and closes the kernel whatever came of it.
    pub fn answer<T: Serialize>(
        &self,
        open: impl Future<Output = anyhow::Result<Kernel>>,
        call: impl AsyncFnOnce(&Kernel, &Actor) -> Result<T, KernelError>,
        human: impl FnOnce(&T, &Kernel, Language) -> String,
    ) -> anyhow::Result<ExitCode> {
        let runtime = installation::runtime()?;
        runtime.block_on(async {
            let kernel = open.await?;
            let answered = call(&kernel, &self.actor).await;
            let text = answered.map(|answer| match self.format {
                Format::Json => serde_json::to_string(&answer),
                Format::Human => Ok(human(&answer, &kernel, self.lang)),
            });
            let finished = kernel.finish().await;
            terminal::print(&text??);
            finished?;
            Ok(ExitCode::SUCCESS)
        })
    }
}

impl Part {
    /// Where the part begins.
    pub fn after<Id: FromStr>(&self) -> Result<Option<Id>, KernelError> {
        let wrong = |_| refused("NU2006", "--after", "this is no cursor", "write `next` as it came");
        self.after.as_deref().map(|text| text.parse().map_err(wrong)).transpose()
    }
}

impl Once {
    /// The key for an act of a route of the API, so that both count as the same act.
    pub fn key(&self, route: &str, body: &[u8]) -> Result<Option<IdempotencyKey>, KernelError> {
        self.idempotency_key.as_deref().map(|key| IdempotencyKey::new(key, route, body)).transpose()
    }
}

impl Document {
    /// Reads a JSON document from a file, or from standard input for `-`.
    pub fn read(path: &PathBuf) -> Result<Self, KernelError> {
        let mut bytes = Vec::new();
        let read = if path == Path::new("-") {
            std::io::stdin().lock().read_to_end(&mut bytes).map(drop)
        } else {
            std::fs::read(path).map(|content| bytes = content)
        };
        let name = path.display().to_string();
        read.map_err(|error| refused("NU1005", &name, &error.to_string(), "name a file that is there, or `-`"))?;
        let broken = |error: serde_json::Error| {
            let place = format!("{name}:{}:{}", error.line(), error.column());
            refused("NU2001", &place, "this is not JSON", "mend the text at this place")
        };
        let content = serde_json::from_slice(&bytes).map_err(broken)?;
        Ok(Self { content, bytes })
    }
}

/// One mistake of whoever asks.
pub fn refused(code: &str, place: &str, detail: &str, hint: &str) -> KernelError {
    KernelError::Request(vec![Diagnostic::new(code, place, detail).with_hint(hint)])
}
