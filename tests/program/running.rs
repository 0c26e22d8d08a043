//! A child that is always ended, and one question to it over HTTP.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// A program that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at something that does not report.
const LOOK: Duration = Duration::from_millis(5);

/// A child that does not outlive the test.
#[derive(Debug)]
pub struct Running(Child);

impl Running {
    /// Starts a command; its words go to a file.
    pub fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let log = std::fs::File::create(log).context("failed to make a log")?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(Self(command.spawn().context("failed to start a program")?))
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Waits until it has ended.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.0.try_wait()? {
                return Ok(status);
            }
            std::thread::park_timeout(LOOK);
        }
        bail!("the program did not end within {} seconds", PATIENCE.as_secs())
    }

    /// Waits until it listens. One that ends before is an error.
    pub fn wait_until_it_listens(&mut self, address: SocketAddr) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.0.try_wait()? {
                bail!("it ended with {status} before it listened");
            }
            if TcpStream::connect(address).is_ok() {
                return Ok(());
            }
            std::thread::park_timeout(LOOK);
        }
        bail!("it did not listen within {} seconds", PATIENCE.as_secs())
    }

    /// Tells it to stop.
    pub fn terminate(&self) -> Result<()> {
        let status = Command::new("kill").args(["-TERM", &self.id().to_string()]).status();
        ensure!(status.context("there is no `kill`")?.success(), "failed to send a signal");
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended already takes no signal.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Status and text of one `GET` over a connection of its own.
pub fn get(address: SocketAddr, path: &str) -> Result<(u16, String)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split_whitespace().nth(1).context("the answer has no status")?.parse()?;
    let (_, body) = answer.split_once("\r\n\r\n").context("the answer has no body")?;
    Ok((status, body.to_owned()))
}
