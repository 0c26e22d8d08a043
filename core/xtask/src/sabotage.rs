//! `cargo xtask sabotage`: shows that guards can fail. Each control of `tests/sabotage.toml` breaks one promise in a copy of
//! the sources; the test that guards the promise has to turn red there. A control that stays green fails the run.
//!
//! INVARIANT: the working copy itself is never changed, and what does not compile is no evidence.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, bail, ensure};
use nuan_build::TestCluster;
use serde::Deserialize;

use crate::guests::{self, Ready};
use crate::steps::Talk;
use crate::test::{self, surrounded};

/// Where the controls stand.
const TABLE: &str = "tests/sabotage.toml";

/// Breaks one promise after the other in a copy of the sources, and sees that its test notices.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only the controls whose id contains this.
    only: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    control: Vec<Control>,
}

/// One promise, how it is broken, and the test that guards it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Control {
    /// What is broken, after the id of the test in the catalogue.
    id: String,
    /// The file that is changed.
    file: PathBuf,
    /// A text that stands in it once.
    find: String,
    /// What stands there instead.
    replace: String,
    /// The arguments of `cargo test`.
    test: Vec<String>,
}

/// Runs the controls with a PostgreSQL server of their own.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut ready = guests::prepare()?;
    let cluster = test::start_cluster(&mut ready)?;
    controls(&mut ready, &cluster, arguments.only.as_deref())?;
    Talk.line(&ready.steps.summary());
    Ok(())
}

/// Runs every control whose id contains a text; says how many turned red.
pub fn controls(ready: &mut Ready, cluster: &TestCluster, only: Option<&str>) -> anyhow::Result<()> {
    let text = fs::read_to_string(ready.root.join(TABLE)).with_context(|| format!("failed to read {TABLE}"))?;
    let table: Table = toml::from_str(&text).with_context(|| format!("failed to read {TABLE}"))?;
    let chosen = table.control.iter().filter(|control| only.is_none_or(|only| control.id.contains(only)));
    let folder = nuan_build::target_folder(&ready.root)?.join("sabotage");
    let (copy, target) = (folder.join("sources"), folder.join("target"));
    let (mut red, mut green) = (0, Vec::new());
    for control in chosen {
        mirror(&ready.root, &copy)?;
        let noticed =
            ready.steps.time("sabotage", || control.is_noticed(cargo_test_in(&copy, &target, &ready.root), cluster))?;
        Talk.line(&format!("{}: {}", if noticed { "red, as it should be" } else { "GREEN" }, control.id));
        if noticed { red += 1 } else { green.push(control.id.as_str()) }
    }
    ensure!(green.is_empty(), "broken, and no test noticed: {}", green.join("; "));
    ensure!(red > 0, "no control has such an id");
    Talk.line(&format!("sabotage: {red} passed, 0 failed"));
    Ok(())
}

/// How cargo is called in the copy. It builds in a folder of its own: cargo names what it builds after the place of a package in
/// its workspace, so in a shared folder a broken crate would be taken for the sound one.
fn cargo_test_in<'a>(
    copy: &'a Path,
    target: &'a Path,
    root: &'a Path,
) -> impl Fn(&[String], &TestCluster) -> Command + 'a {
    move |arguments, cluster| {
        let mut command = guests::cargo(copy, &["test", "--locked"]);
        command.args(arguments).env("CARGO_TARGET_DIR", target);
        surrounded(command, root, cluster)
    }
}

impl Control {
    /// Breaks the promise, compiles, runs the test, and mends the copy.
    fn is_noticed(
        &self,
        test: impl Fn(&[String], &TestCluster) -> Command,
        cluster: &TestCluster,
    ) -> anyhow::Result<bool> {
        let mut only_build = vec!["--no-run".to_owned()];
        only_build.extend(self.test.iter().cloned());
        let mut build = test(&only_build, cluster);
        let copy = build.get_current_dir().context("cargo runs nowhere")?.join(&self.file);
        let sound = fs::read_to_string(&copy).with_context(|| format!("failed to read {}", self.file.display()))?;
        ensure!(sound.matches(&self.find).count() == 1, "`{}`: the text does not stand there once", self.id);
        fs::write(&copy, sound.replacen(&self.find, &self.replace, 1))?;
        let built = quietly(&mut build)?;
        let ran = if built.status.success() { Some(quietly(&mut test(&self.test, cluster))?) } else { None };
        fs::write(&copy, sound)?;
        match ran {
            Some(ran) => Ok(!ran.status.success()),
            None => bail!("`{}` does not compile: {}", self.id, String::from_utf8_lossy(&built.stderr)),
        }
    }
}

fn quietly(command: &mut Command) -> anyhow::Result<Output> {
    command.stdin(Stdio::null()).output().context("failed to start cargo")
}

/// Copies what git keeps or would keep. A file that is the same already is left, so that cargo finds it unchanged.
fn mirror(root: &Path, copy: &Path) -> anyhow::Result<()> {
    let mut list = Command::new("git");
    list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root);
    let listed = quietly(&mut list)?;
    ensure!(listed.status.success(), "sabotage needs the git of this working copy");
    for name in String::from_utf8(listed.stdout)?.split_terminator('\0') {
        let (from, to) = (root.join(name), copy.join(name));
        let Ok(bytes) = fs::read(&from) else { continue };
        if fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        fs::create_dir_all(to.parent().context("a file lies nowhere")?)?;
        fs::write(to, bytes)?;
    }
    Ok(())
}
