//! `cargo xtask test`: formatting, lints and every test, on SQLite and on a PostgreSQL server of its own.

use std::path::Path;
use std::process::{Command, Stdio};

use nuan_build::{Progress, TestCluster};

use crate::bench;
use crate::guests::{self, Ready};
use crate::sabotage;
use crate::steps::{Steps, Talk};

/// Checks formatting and lints, and runs all tests; .ci/run is this command.
#[derive(clap::Args)]
pub struct Arguments {
    /// Also runs the tests at full size in release mode, the sabotage controls, the benchmarks, the licence check and the book.
    #[arg(long)]
    long: bool,
}

/// A tool that only the long run needs: its name, and the command that brings it.
#[derive(Debug)]
struct Tool {
    name: &'static str,
    install: &'static str,
}

const TOOLS: [Tool; 2] = [
    Tool { name: "cargo-deny", install: "cargo install --locked cargo-deny" },
    Tool { name: "mdbook", install: "cargo install --locked mdbook" },
];

/// Tools of the long run that are not on the path.
#[derive(Debug, thiserror::Error)]
#[error("the long run needs {}", names(.0))]
pub struct MissingTools(Vec<&'static Tool>);

impl MissingTools {
    /// The commands that bring them.
    pub fn mends(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|tool| tool.install)
    }
}

/// Runs all checks, cheapest first; the first failure ends the run.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.long {
        require_tools()?;
    }
    let mut ready = Ready { root: nuan_build::locate_workspace()?, steps: Steps::default() };
    let mut format = ready.cargo(&["fmt", "--all", "--check"]);
    ready.steps.run_or("formatting", &mut format, "cargo fmt --all    (or: rustup component add rustfmt)")?;
    let mut lints = ready.cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]);
    ready.steps.run("lints", &mut lints)?;
    guests::build(&mut ready)?;
    let cluster = start_cluster(&mut ready)?;
    let mut tests = surrounded(ready.cargo(&["test", "--workspace", "--locked"]), &ready.root, &cluster);
    ready.steps.run_or("tests", &mut tests, "cargo xtask test")?;
    if arguments.long {
        run_long(&mut ready, &cluster)?;
    }
    drop(cluster);
    Talk.line(&ready.steps.summary());
    Ok(())
}

/// Installs what tests run beside themselves, and starts a PostgreSQL server of their own.
pub fn start_cluster(ready: &mut Ready) -> anyhow::Result<TestCluster> {
    let progress = Progress::stderr();
    let postgres = ready.steps.time("PostgreSQL programs", || nuan_build::ensure_postgres(&progress))?;
    for tool in [nuan_build::STRACE, nuan_build::PYTHON, nuan_build::CURL] {
        ready.steps.time(tool.program, || nuan_build::ensure_tool(tool, &progress))?;
    }
    let temporary = std::env::temp_dir();
    Ok(ready.steps.time("PostgreSQL server", || TestCluster::start(&postgres, &temporary, &progress))?)
}

fn run_long(ready: &mut Ready, cluster: &TestCluster) -> anyhow::Result<()> {
    let tests = ready.cargo(&["test", "--workspace", "--locked", "--release"]);
    let mut tests = surrounded(tests, &ready.root, cluster);
    ready.steps.run_or("tests at full size", tests.env("NUAN_LONG", "1"), "cargo xtask test --long")?;
    sabotage::controls(ready, cluster, None)?;
    for suite in bench::SUITES {
        let mut bench = ready.cargo(&["xtask", "bench", suite, "--long", "--format", "json"]);
        ready.steps.run("benchmark", &mut bench)?;
    }
    let mut deny = ready.cargo(&["deny", "--workspace", "check", "bans", "licenses", "sources"]);
    ready.steps.run("licences", &mut deny)?;
    let mut book = Command::new("mdbook");
    book.args(["build", "docs"]).current_dir(&ready.root);
    ready.steps.run("book", &mut book)
}

/// What tests are told: the address of the server and the folder of the components.
pub fn surrounded(mut command: Command, root: &Path, cluster: &TestCluster) -> Command {
    command.env("NUAN_TEST_POSTGRES", cluster.url());
    command.env("NUAN_COMPONENTS", nuan_build::components_folder(root));
    command
}

/// A missing tool ends the long run at its beginning, not after half an hour.
fn require_tools() -> anyhow::Result<()> {
    let missing: Vec<&'static Tool> = TOOLS.iter().filter(|tool| !answers(tool.name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(MissingTools(missing).into())
}

fn names(tools: &[&Tool]) -> String {
    tools.iter().map(|tool| tool.name).collect::<Vec<_>>().join(" and ")
}

fn answers(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_tools_are_named_with_the_commands_that_bring_them() {
        let missing = MissingTools(TOOLS.iter().collect());
        assert_eq!(missing.to_string(), "the long run needs cargo-deny and mdbook");
        assert_eq!(missing.mends().last(), Some("cargo install --locked mdbook"));
    }

    #[test]
    fn a_tool_that_is_not_there_does_not_answer() {
        assert!(answers("cargo"));
        assert!(!answers("nuan-no-such-program"));
    }
}
