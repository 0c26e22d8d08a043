//! Listening as a witness.

use std::net::SocketAddr;

use nuan_kernel::Witness;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::witness_router;
use crate::limits;
use crate::server::ServeError;

/// A witness that listens already.
#[derive(Debug)]
pub struct WitnessServer {
    listener: TcpListener,
    address: SocketAddr,
    witness: Witness,
}

impl WitnessServer {
    /// Takes the address; port 0 takes any that is free.
    pub async fn bind(witness: Witness, listen: SocketAddr) -> Result<Self, ServeError> {
        let refuse = |source| ServeError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(refuse)?;
        let address = listener.local_addr().map_err(refuse)?;
        Ok(Self { listener, address, witness })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it is told to stop, then finishes what it has begun and closes its memory.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
        let (told, heard) = oneshot::channel::<()>();
        let stop = async {
            stop.await;
            drop(told);
        };
        let router = witness_router(self.witness.clone());
        let served = axum::serve(self.listener, router).with_graceful_shutdown(stop);
        let out_of_patience = async {
            let _closed = heard.await;
            tokio::time::sleep(limits::GRACE).await;
        };
        let ended = tokio::select! {
            served = served.into_future() => served.map_err(ServeError::Serve),
            () = out_of_patience => Ok(()),
        };
        self.witness.finish().await;
        ended
    }
}
