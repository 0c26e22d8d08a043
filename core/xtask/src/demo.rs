//! `cargo xtask demo`: ten thousand invented households, determined and shown. Every call of `nuan` stands in this file.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use crate::guests::{self, Ready};
use crate::http;
use crate::steps::Talk;

/// Where the demo is shown in the browser.
const ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// The server compiles no plugin at start-up that `determine` has not compiled already.
const START: Duration = Duration::from_secs(60);

/// Samples households, determines them all, and serves the API and a first page.
#[derive(clap::Args)]
pub struct Arguments {
    /// Asks the server a few questions, stops it, verifies the audit log and ends.
    #[arg(long)]
    check: bool,
    /// How many households to invent.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    households: u32,
}

/// The program, and the files of the demo under target/.
struct Demo {
    root: PathBuf,
    program: PathBuf,
    households: PathBuf,
    database: PathBuf,
}

/// Builds everything, then shows it.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut ready = guests::prepare()?;
    let mut build = ready.cargo(&["build", "--locked", "--package", "nuan"]);
    ready.steps.run("program", &mut build)?;
    let demo = Demo::new(&ready.root)?;
    ready.steps.run("sample", &mut demo.sample(arguments.households))?;
    ready.steps.run("determine", &mut demo.determine())?;
    if arguments.check { check(&demo, &mut ready) } else { serve(&demo, &mut ready) }
}

fn serve(demo: &Demo, ready: &mut Ready) -> anyhow::Result<()> {
    Talk.line(&ready.steps.summary());
    Talk.line(&format!("Open http://{ADDRESS} in a browser. Ctrl-C ends the demo."));
    ready.steps.run("serve", &mut demo.serve(ADDRESS))
}

fn check(demo: &Demo, ready: &mut Ready) -> anyhow::Result<()> {
    let address = free_address()?;
    let server = Server::start(demo.serve(address))?;
    ready.steps.time("questions", || question(demo, server, address))?;
    ready.steps.run("audit", &mut demo.verify_audit())?;
    Talk.line(&ready.steps.summary());
    Talk.line("The demo works.");
    Ok(())
}

impl Demo {
    /// Empties the folder of an earlier demo, so that each starts alike.
    fn new(root: &Path) -> anyhow::Result<Self> {
        let folder = root.join("target/demo");
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("failed to empty `{}`", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("failed to create `{}`", folder.display()))?;
        let inside = Path::new("target/demo");
        let (households, database) = (inside.join("households.jsonl"), inside.join("nuan.sqlite"));
        let program = nuan_build::target_folder(root)?.join("debug/nuan");
        Ok(Self { root: root.to_path_buf(), program, households, database })
    }

    fn sample(&self, households: u32) -> Command {
        let mut command = self.nuan(&["sample", "--households", &households.to_string(), "--out"]);
        command.arg(&self.households);
        command
    }

    fn determine(&self) -> Command {
        let mut command = self.with_plugins(&["determine"]);
        command.arg(&self.households);
        command
    }

    fn serve(&self, address: SocketAddr) -> Command {
        self.with_plugins(&["serve", "--listen", &address.to_string()])
    }

    fn verify_audit(&self) -> Command {
        let mut command = self.nuan(&["audit", "verify"]);
        command.arg("--database").arg(&self.database);
        command
    }

    fn with_plugins(&self, arguments: &[&str]) -> Command {
        let mut command = self.nuan(arguments);
        command.args(["--plugins", "plugins", "--plugins", "examples", "--components", "target/components"]);
        command.arg("--database").arg(&self.database);
        command
    }

    fn nuan(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(&self.root);
        command.env("NUAN_KEY_FILE", "target/demo/nuan.key").env("NUAN_CACHE", "target/nuan-cache");
        command
    }
}

/// The server as a child, stopped when the check ends, well or not.
struct Server(Child);

impl Server {
    fn start(mut command: Command) -> anyhow::Result<Self> {
        Ok(Self(command.spawn().context("failed to start `nuan serve`")?))
    }

    /// Waits until somebody listens.
    fn wait_for(&mut self, address: SocketAddr) -> anyhow::Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < START {
            if let Some(status) = self.0.try_wait()? {
                bail!("`nuan serve` ended with {status} before it listened");
            }
            if TcpStream::connect(address).is_ok() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        bail!("`nuan serve` did not listen on {address} within {} seconds", START.as_secs())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks for the page, the description of the API, and one calculation; the server stops at the end.
fn question(demo: &Demo, mut server: Server, address: SocketAddr) -> anyhow::Result<()> {
    server.wait_for(address)?;
    let page = http::get(address, "/")?;
    ensure!(page.to_ascii_lowercase().contains("<html"), "`GET /` is not a page");
    let description = http::get(address, "/openapi.json")?;
    ensure!(describes_an_api(&description)?, "`GET /openapi.json` is not a description by OpenAPI 3.1");
    let answer = http::post_json(address, "/v1/calculate", &calculation(&demo.first_household()?)?)?;
    ensure!(has_outputs(&answer)?, "`POST /v1/calculate` answered without outputs: {answer}");
    Ok(())
}

impl Demo {
    fn first_household(&self) -> anyhow::Result<String> {
        let path = self.root.join(&self.households);
        let file = fs::File::open(&path).with_context(|| format!("failed to open `{}`", path.display()))?;
        let line = BufReader::new(file).lines().next().context("the sample is empty")?;
        line.with_context(|| format!("failed to read `{}`", path.display()))
    }
}

/// The body of a calculation that asks for every output of one household.
fn calculation(household: &str) -> anyhow::Result<String> {
    let household: Value = serde_json::from_str(household).context("failed to read the first household")?;
    Ok(serde_json::json!({ "household": household }).to_string())
}

fn describes_an_api(body: &str) -> anyhow::Result<bool> {
    let description: Value = serde_json::from_str(body).context("failed to read `/openapi.json`")?;
    let version = description.get("openapi").and_then(Value::as_str).unwrap_or_default();
    let paths = description.get("paths").and_then(Value::as_object);
    Ok(version.starts_with("3.1") && paths.is_some_and(|paths| paths.contains_key("/v1/calculate")))
}

fn has_outputs(body: &str) -> anyhow::Result<bool> {
    let answer: Value = serde_json::from_str(body).context("failed to read the answer of `/v1/calculate`")?;
    Ok(answer.get("outputs").and_then(Value::as_array).is_some_and(|outputs| !outputs.is_empty()))
}

fn free_address() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("failed to find a free port")?;
    Ok(listener.local_addr()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_only_with_outputs() {
        assert!(has_outputs(r#"{ "outputs": [{ "name": "a.status" }] }"#).unwrap());
        assert!(!has_outputs(r#"{ "outputs": [] }"#).unwrap());
        assert!(!has_outputs("{}").unwrap());
        assert!(has_outputs("<html>").is_err());
    }

    #[test]
    fn a_description_names_the_calculation() {
        assert!(describes_an_api(r#"{ "openapi": "3.1.0", "paths": { "/v1/calculate": {} } }"#).unwrap());
        assert!(!describes_an_api(r#"{ "openapi": "3.0.3", "paths": { "/v1/calculate": {} } }"#).unwrap());
        assert!(!describes_an_api(r#"{ "openapi": "3.1.0", "paths": {} }"#).unwrap());
    }

    #[test]
    fn a_server_that_ends_at_once_is_reported_with_its_status() {
        let mut command = Command::new("sh");
        command.args(["-c", "exit 3"]);
        let mut server = Server::start(command).unwrap();
        let error = server.wait_for(free_address().unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "`nuan serve` ended with exit status: 3 before it listened");
    }
}
