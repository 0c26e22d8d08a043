//! The thread that advances an engine's epoch, so that wall clocks run out. It ends with the engine.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use wasmtime::Engine;

/// Keeps the thread alive; dropping it ends the thread within a tick.
pub(crate) struct Ticker {
    _alive: Sender<()>,
}

impl Ticker {
    /// Starts the thread.
    pub(crate) fn start(engine: &Engine, tick: Duration) -> io::Result<Self> {
        let (alive, ended) = mpsc::channel::<()>();
        let engine = engine.weak();
        thread::Builder::new().name("nuan-epoch".to_owned()).spawn(move || {
            while ended.recv_timeout(tick) == Err(RecvTimeoutError::Timeout) {
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => break,
                }
            }
        })?;
        Ok(Self { _alive: alive })
    }
}
