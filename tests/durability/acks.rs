//! Clients that record households at the same time, each under a key of its own, and remember what they were told.

use std::net::SocketAddr;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use crate::http::Client;
use crate::server::{Server, pause};

/// A request to record a household.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its idempotency key.
    pub key: String,
    /// The household that was acknowledged; none: no answer came, so it may have been recorded or not.
    pub id: Option<String>,
}

/// Idempotency keys that nobody has used.
#[derive(Debug)]
pub struct Keys {
    prefix: String,
    next: AtomicU64,
}

impl Keys {
    /// The keys of one test.
    pub fn new(test: &str, seed: u64) -> Self {
        Self { prefix: format!("{test}-{seed:x}"), next: AtomicU64::new(0) }
    }

    fn fresh(&self) -> String {
        format!("{}-{}", self.prefix, self.next.fetch_add(1, Ordering::Relaxed))
    }
}

/// Every client records so many households, one after the other; each has to be acknowledged.
pub fn record(server: SocketAddr, clients: u32, each: u32, keys: &Keys) -> Result<Vec<String>> {
    let is_gone = AtomicBool::new(false);
    let asked = at_once(server, clients, each, keys, &is_gone, || Ok(()))?;
    let acknowledged: Option<Vec<String>> = asked.into_iter().map(|asked| asked.id).collect();
    acknowledged.ok_or_else(|| anyhow!("a household was not acknowledged: the connection broke, or the answer was 503"))
}

/// Clients record households until the server is killed, this long after they began.
pub fn record_until_killed(server: Server, clients: u32, keys: &Keys, after: Duration) -> Result<Vec<Asked>> {
    let is_gone = AtomicBool::new(false);
    let address = server.address();
    at_once(address, clients, u32::MAX, keys, &is_gone, || {
        pause(after);
        let killed = server.kill();
        is_gone.store(true, Ordering::SeqCst);
        killed
    })
}

/// Clients record households until the server has stopped, which it is told this long after they began; also how it ended.
pub fn record_until_stopped(
    server: Server,
    clients: u32,
    keys: &Keys,
    after: Duration,
) -> Result<(Vec<Asked>, ExitStatus)> {
    let is_gone = AtomicBool::new(false);
    let address = server.address();
    let mut ended = None;
    let asked = at_once(address, clients, u32::MAX, keys, &is_gone, || {
        pause(after);
        let status = server.stop_and_tell();
        is_gone.store(true, Ordering::SeqCst);
        ended = Some(status?);
        Ok(())
    })?;
    Ok((asked, ended.context("the server was not told to stop")?))
}

fn at_once(
    server: SocketAddr,
    clients: u32,
    each: u32,
    keys: &Keys,
    is_gone: &AtomicBool,
    meanwhile: impl FnOnce() -> Result<()>,
) -> Result<Vec<Asked>> {
    thread::scope(|scope| {
        let clients: Vec<_> =
            (0..clients).map(|_| scope.spawn(move || one_client(server, each, keys, is_gone))).collect();
        let happened = meanwhile();
        let mut all = Vec::new();
        for client in clients {
            all.extend(client.join().map_err(|_| anyhow!("a client broke"))??);
        }
        happened.map(|()| all)
    })
}

/// Ends with its last household, or with the connection.
fn one_client(server: SocketAddr, each: u32, keys: &Keys, is_gone: &AtomicBool) -> Result<Vec<Asked>> {
    let mut client = Client::new(server);
    let mut all = Vec::new();
    for _ in 0..each {
        if is_gone.load(Ordering::SeqCst) {
            break;
        }
        let key = keys.fresh();
        let Ok(answer) = client.record(&key) else {
            all.push(Asked { key, id: None });
            break;
        };
        match (answer.status, answer.id()) {
            (201, Some(id)) => all.push(Asked { key, id: Some(id) }),
            (503, _) => all.push(Asked { key, id: None }),
            (status, _) => bail!("`POST /v1/households` answered {status}: {}", answer.body),
        }
    }
    Ok(all)
}
