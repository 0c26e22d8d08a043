//! `cargo xtask guests`: builds every guest of the workspace as a component.

use std::path::{Path, PathBuf};
use std::process::Command;

use nuan_build::{Component, Progress};

use crate::steps::{Steps, Talk};

/// Builds every guest of the workspace into target/components.
#[derive(clap::Args)]
pub struct Arguments {
    /// Use Debian's compiler even if rustup's would do.
    #[arg(long)]
    debian: bool,
}

/// What a command that runs guests has made ready.
pub struct Ready {
    /// The root of the workspace.
    pub root: PathBuf,
    /// What was done and how long it took.
    pub steps: Steps,
}

impl Ready {
    /// A cargo call in the workspace.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        cargo(&self.root, arguments)
    }
}

/// Builds the guests and lists them on standard output.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let root = nuan_build::locate_workspace()?;
    let progress = Progress::stderr();
    let toolchain = if arguments.debian {
        nuan_build::debian_guest_target(&progress)?
    } else {
        nuan_build::ensure_guest_target(&root, &progress)?
    };
    let packages = nuan_build::guest_packages(&root)?;
    let components = nuan_build::build_all(&toolchain, &root, &packages, &progress)?;
    components.iter().for_each(|component| list(component, toolchain.compiler()));
    Ok(())
}

/// Makes the machine ready and builds all guests, as the first steps of another command.
pub fn prepare() -> anyhow::Result<Ready> {
    let mut ready = Ready { root: nuan_build::locate_workspace()?, steps: Steps::default() };
    build(&mut ready)?;
    Ok(ready)
}

/// Builds all guests where the workspace is known already.
pub fn build(ready: &mut Ready) -> anyhow::Result<()> {
    let Ready { root, steps } = ready;
    let progress = Progress::stderr();
    let toolchain = steps.time("guest compiler", || nuan_build::ensure_guest_target(root, &progress))?;
    Talk.line(&format!("Guests are compiled by {}.", toolchain.compiler()));
    steps.time("guests", || {
        let packages = nuan_build::guest_packages(root)?;
        nuan_build::build_all(&toolchain, root, &packages, &progress)
    })?;
    Ok(())
}

/// A cargo call in the workspace, by the cargo that runs us.
pub fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root);
    command
}

fn list(component: &Component, compiler: &str) {
    use std::io::Write;
    let Component { package, sha256, bytes, .. } = component;
    let _ = writeln!(anstream::stdout(), "{sha256}  {package}  {bytes} bytes  {compiler}");
}
