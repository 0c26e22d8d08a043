//! A server that is told to stop: it says so before it turns anybody away, finishes what it has begun, and ends with 0.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};

use crate::acks::{Asked, Keys, record_until_stopped};
use crate::http::Client;
use crate::place::{On, Place};
use crate::server::{Server, pause};
use crate::{is_long, say};

const CLIENTS: u32 = 32;
/// From the first request to the signal.
const LOAD: Duration = Duration::from_millis(500);
/// Between two looks at the readiness.
const LOOK: Duration = Duration::from_millis(2);

/// What somebody saw who asked again and again whether the server is ready.
#[derive(Default)]
struct Watched {
    /// When it first said no.
    not_ready: Option<Instant>,
    /// When a connection was first refused.
    refused: Option<Instant>,
}

/// Stops a server under load.
pub fn run(on: On, seed: u64) -> Result<()> {
    let place = Place::new(on)?;
    let keys = Keys::new("stop", seed);
    let rounds = if is_long() { 10 } else { 1 };
    let (mut acks, mut unanswered) = (0, 0);
    for _ in 0..rounds {
        let server = Server::start(&place)?;
        let (address, is_over) = (server.address(), AtomicBool::new(false));
        let (asked, watched) = thread::scope(|scope| {
            let watcher = scope.spawn(|| watch(address, &is_over));
            let stopped = record_until_stopped(server, CLIENTS, &keys, LOAD);
            is_over.store(true, Ordering::SeqCst);
            let watched = watcher.join().map_err(|_| anyhow!("the watcher broke"))?;
            let (asked, status) = stopped?;
            ensure!(status.code() == Some(0), "the server ended with {status}");
            Ok::<_, anyhow::Error>((asked, watched))
        })?;
        let (not_ready, refused) = (watched.not_ready, watched.refused.context("the server refused nobody")?);
        let not_ready = not_ready.context("the server was ready to its end")?;
        ensure!(not_ready < refused, "a connection was refused before the server said that it is not ready");
        let acknowledged = asked.iter().filter(|asked| asked.id.is_some()).count();
        ensure!(usize::try_from(CLIENTS)? <= acknowledged, "only {acknowledged} acts were acknowledged");
        acks += acknowledged;
        unanswered += asked.len() - acknowledged;
        compare(&place, &asked)?;
    }
    say(&format!(
        "stop {on:?}, seed {seed}, N {rounds} stops with {acks} acks and {unanswered} unanswered, failures 0"
    ));
    Ok(())
}

fn watch(address: SocketAddr, is_over: &AtomicBool) -> Watched {
    let mut watched = Watched::default();
    let mut client = Client::new(address);
    while !is_over.load(Ordering::SeqCst) && watched.refused.is_none() {
        match client.get("/health/ready") {
            Ok(answer) if answer.status == 503 => drop(watched.not_ready.get_or_insert_with(Instant::now)),
            Ok(_) => {}
            Err(_) if TcpStream::connect(address).is_err() => watched.refused = Some(Instant::now()),
            Err(_) => {}
        }
        pause(LOOK);
    }
    watched
}

/// What was acknowledged is there and whole; what was not is there or not, and asking again under its key settles it.
fn compare(place: &Place, asked: &[Asked]) -> Result<()> {
    let server = Server::start(place)?;
    let mut client = Client::new(server.address());
    let listed: BTreeSet<String> = client.households()?.into_iter().collect();
    for Asked { key, id } in asked {
        if let Some(id) = id {
            ensure!(listed.contains(id), "{id} was acknowledged and is not there");
            let again = client.record(key)?.id();
            ensure!(again.as_ref() == Some(id), "{id} is another household under its key: {again:?}");
        }
    }
    for id in &listed {
        let shown = client.get(&format!("/v1/households/{id}"))?;
        ensure!(shown.status == 200, "{id} is half there: {}", shown.status);
    }
    server.stop()?;
    let findings = place.verify()?;
    ensure!(findings.is_empty(), "{findings:?}");
    Ok(())
}
