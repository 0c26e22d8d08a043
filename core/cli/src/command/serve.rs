//! `nuan serve`: the API and the page, on this machine only.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args;

use crate::installation::{self, Installation};
use crate::terminal;

/// Serves the API and the page. Until people can sign in, only this machine can reach it.
#[derive(Debug, Args)]
pub struct Serve {
    /// The address; only loopback addresses are taken.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    #[command(flatten)]
    installation: Installation,
}

impl Serve {
    /// Serves until it is told to stop.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let runtime = installation::runtime()?;
        runtime.block_on(async {
            let kernel = self.installation.kernel().await?;
            terminal::say(&format!("Serving http://{} — Ctrl-C stops.", self.listen));
            nuan_api::serve(kernel.clone(), self.listen).await?;
            kernel.finish().await?;
            Ok(ExitCode::SUCCESS)
        })
    }
}
