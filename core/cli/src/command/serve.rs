//! `nuan serve`: the API and the page, on this machine only.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::installation::{self, Installation};
use crate::terminal;

/// Serves the API and the page. Until people can sign in, only this machine can reach it.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    listening: Listening,
    #[command(flatten)]
    installation: Installation,
}

/// Where and how a server listens.
#[derive(Debug, Args)]
pub struct Listening {
    /// The address; only loopback addresses are taken.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", env = "NUAN_LISTEN")]
    pub listen: SocketAddr,
    /// How many seconds to go on answering after SIGTERM while `/health/ready` says no, so that a balancer turns away first.
    #[arg(long, value_name = "SECONDS", default_value = "1", env = "NUAN_DRAIN_SECONDS")]
    pub drain_seconds: u16,
}

impl Serve {
    /// Serves until it is told to stop.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        nuan_api::hide_panic_messages();
        let runtime = installation::runtime()?;
        runtime.block_on(async {
            let Listening { listen, drain_seconds } = self.listening;
            let kernel = self.installation.serving_kernel(listen).await?;
            terminal::say(&format!("Serving http://{listen} — Ctrl-C stops."));
            nuan_api::serve(kernel.clone(), listen, Duration::from_secs(drain_seconds.into())).await?;
            kernel.finish().await?;
            Ok(ExitCode::SUCCESS)
        })
    }
}
