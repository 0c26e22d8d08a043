//! Listening, for this machine only: until people can sign in, whoever reaches the port is the operator.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use nuan_kernel::Kernel;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::health::Leaving;
use crate::limits;
use crate::metrics;
use crate::router::router_until;

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Others could reach the address.
    #[error("refusing to listen on {0}: nobody signs in yet, so only this machine may reach the server")]
    NotLoopback(SocketAddr),
    /// The address is taken or not ours.
    #[error("failed to listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: io::Error,
    },
    /// The listener broke.
    #[error("failed to serve")]
    Serve(#[source] io::Error),
}

impl ServeError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotLoopback(_) => "NU6002",
            Self::Listen { .. } => "NU6004",
            Self::Serve(_) => "NU6005",
        }
    }

    /// How to mend it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotLoopback(_) => "listen on 127.0.0.1 or [::1], and use an SSH tunnel from elsewhere",
            Self::Listen { .. } => "choose another port with `--listen`",
            Self::Serve(_) => "start it again; the operating system's log may say more",
        }
    }
}

/// A server that listens already.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    kernel: Kernel,
}

impl Server {
    /// Takes the address; port 0 takes any that is free.
    pub async fn bind(kernel: Kernel, listen: SocketAddr) -> Result<Self, ServeError> {
        refuse_other_machines(listen)?;
        let refuse = |source| ServeError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(refuse)?;
        let address = listener.local_addr().map_err(refuse)?;
        Ok(Self { listener, address, kernel })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it is told to stop, then finishes what it has begun. A caller that dawdles is cut off: what is not
    /// committed by then was never done.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
        self.run_and_drain(async {
            stop.await;
            Duration::ZERO
        })
        .await
    }

    /// The same; from `stop` on it is not ready any more, and goes on answering for as long as `stop` says, so that whoever
    /// sends requests here hears of it and sends them elsewhere.
    pub async fn run_and_drain(self, stop: impl Future<Output = Duration> + Send + 'static) -> Result<(), ServeError> {
        tracing::info!(address = %self.address, "Listening on http://{}/.", self.address);
        let (told, heard) = oneshot::channel::<()>();
        let leaving = Leaving::default();
        let router = router_until(self.kernel.clone(), leaving.clone());
        let stop = async move {
            let drain = stop.await;
            leaving.begin();
            tokio::time::sleep(drain).await;
            drop(told);
        };
        let served = axum::serve(self.listener, router).with_graceful_shutdown(stop);
        let out_of_patience = async {
            let _closed = heard.await;
            tokio::time::sleep(limits::GRACE).await;
        };
        let upkeep = async {
            loop {
                tokio::time::sleep(metrics::UPKEEP).await;
                metrics::recorder().run_upkeep();
            }
        };
        tokio::select! {
            () = upkeep => Ok(()),
            () = self.kernel.upkeep() => Ok(()),
            served = served.into_future() => served.map_err(ServeError::Serve),
            () = out_of_patience => Ok(()),
        }
    }
}

/// Serves API and page until Ctrl-C, or until SIGTERM and as long after it as `drain` says.
pub async fn serve(kernel: Kernel, listen: SocketAddr, drain: Duration) -> Result<(), ServeError> {
    Server::bind(kernel, listen).await?.run_and_drain(told_to_stop(drain)).await
}

fn refuse_other_machines(listen: SocketAddr) -> Result<(), ServeError> {
    if listen.ip().is_loopback() { Ok(()) } else { Err(ServeError::NotLoopback(listen)) }
}

/// Ends with Ctrl-C or SIGTERM; with neither, where signals cannot be had. Says how long to go on: nobody waits for Ctrl-C.
pub async fn told_to_stop(drain: Duration) -> Duration {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupt => Duration::ZERO,
        () = terminated() => drain,
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signals) => drop(signals.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_listen() {
        let check = |address: &str| refuse_other_machines(address.parse().unwrap()).map_err(|error| error.code());
        assert_eq!(check("127.0.0.1:8080"), Ok(()));
        assert_eq!(check("[::1]:0"), Ok(()));
        assert_eq!(check("0.0.0.0:8080"), Err("NU6002"));
        assert_eq!(check("[::]:8080"), Err("NU6002"));
        assert_eq!(check("192.168.1.9:8080"), Err("NU6002"));
    }
}
