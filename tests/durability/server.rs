//! The real server as a child: started, watched with strace where a test wants to see its calls, told to stop, killed.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nuan_tests::program::free_address;

use crate::databases::children;
use crate::http::Client;
use crate::place::{Place, command};

/// A server that compiles its plugins under strace may take so long.
const START: Duration = Duration::from_secs(60);
/// From being told to stop until it has ended.
const STOP: Duration = Duration::from_secs(20);
/// Between two looks at something that does not report.
const LOOK: Duration = Duration::from_millis(2);
/// What a machine without strace needs.
const INSTALL: &str = "strace is missing; install it with: apt-get install -y strace";

/// A running server.
#[derive(Debug)]
pub struct Server {
    /// The server, or the strace that watches it.
    child: Child,
    is_watched: bool,
    address: SocketAddr,
    started: Started,
}

/// How long a start took, from the call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Started {
    /// Until somebody listened.
    pub listened: Duration,
    /// Until the first 200.
    pub answered: Duration,
}

impl Server {
    /// Starts a server and waits until it answers.
    pub fn start(place: &Place) -> Result<Self> {
        Self::start_under(place, &[])
    }

    /// The same under strace with these arguments.
    pub fn start_under(place: &Place, strace: &[String]) -> Result<Self> {
        let address = free_address()?;
        let mut words = strace.to_vec();
        words.extend(place.serve(address.port())?);
        let log = File::create(place.beside("log")).context("failed to make the server's log")?;
        let mut server = command(&words, place.folder())?;
        server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let begun = Instant::now();
        let child =
            server.spawn().with_context(|| if strace.is_empty() { "failed to start `nuan`" } else { INSTALL })?;
        let mut server = Self { child, is_watched: !strace.is_empty(), address, started: Started::default() };
        let said = || std::fs::read_to_string(place.beside("log")).unwrap_or_default();
        server.wait_until_it_answers(begun).with_context(|| format!("the server said: {}", said().trim()))?;
        Ok(server)
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How long the start took.
    pub const fn started(&self) -> Started {
        self.started
    }

    /// Kills it as `kill -9` does. One that has ended by itself is an error.
    pub fn kill(mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("the server ended by itself with {status}");
        }
        self.end()
    }

    /// The same for one that is not watched; how it ended.
    pub fn stop_and_tell(mut self) -> Result<ExitStatus> {
        signal("-TERM", self.process()?)?;
        let begun = Instant::now();
        while begun.elapsed() < STOP {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            pause(LOOK);
        }
        bail!("the server did not stop within {} seconds", STOP.as_secs())
    }

    /// Tells it to stop, and waits until it has.
    pub fn stop(mut self) -> Result<()> {
        signal("-TERM", self.process()?)?;
        let begun = Instant::now();
        while !self.has_ended()? {
            ensure!(begun.elapsed() < STOP, "the server did not stop within {} seconds", STOP.as_secs());
            pause(LOOK);
        }
        self.end()
    }

    /// The process of the server itself.
    fn process(&self) -> Result<u32> {
        if !self.is_watched {
            return Ok(self.child.id());
        }
        children(self.child.id())?.first().copied().context("strace has no child")
    }

    fn has_ended(&mut self) -> Result<bool> {
        if self.is_watched { Ok(self.process().is_err()) } else { Ok(self.child.try_wait()?.is_some()) }
    }

    /// Ends the server if it is still there, then the strace, which has to write down what it has seen.
    fn end(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        if let Ok(process) = self.process() {
            signal("-KILL", process)?;
        }
        if self.is_watched {
            let begun = Instant::now();
            while !self.has_ended()? && begun.elapsed() < STOP {
                pause(LOOK);
            }
            // It may be watching others still; one that is gone already takes no signal.
            drop(signal("-TERM", self.child.id()));
        }
        self.child.wait().context("failed to wait for the server")?;
        Ok(())
    }

    fn wait_until_it_answers(&mut self, begun: Instant) -> Result<()> {
        while begun.elapsed() < START {
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended with {status} before it listened");
            }
            if TcpStream::connect(self.address).is_ok() {
                self.started.listened = begun.elapsed();
                let answer = Client::new(self.address).get("/v1/plugins")?;
                ensure!(answer.status == 200, "`GET /v1/plugins` answered {}", answer.status);
                self.started.answered = begun.elapsed();
                return Ok(());
            }
            pause(LOOK);
        }
        bail!("it did not listen within {} seconds", START.as_secs())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After `kill` or `stop` nothing is left to end; after a failure this is what ends it.
        drop(self.end());
    }
}

/// The words of a strace that follows all threads and children and writes to a file. It can be told to stop.
pub fn strace(to: &Path, more: &[&str]) -> Vec<String> {
    let file = to.display().to_string();
    let words = ["strace", "-f", "-y", "-I", "2", "-o", &file];
    words.iter().chain(more).map(|word| (*word).to_owned()).collect()
}

/// Lets some time pass.
pub fn pause(time: Duration) {
    let begun = Instant::now();
    while let Some(left) = time.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()) {
        thread::park_timeout(left);
    }
}

fn signal(which: &str, process: u32) -> Result<()> {
    let status = Command::new("kill").args([which, &process.to_string()]).stderr(Stdio::null()).status();
    ensure!(status.context("there is no `kill`")?.success(), "failed to send {which} to process {process}");
    Ok(())
}
