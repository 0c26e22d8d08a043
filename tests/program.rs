//! The `nuan` binary as tests run it: which one, in a folder of its own, at an address that is free, and as a child that is
//! always ended.

mod running;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, ensure};

pub use self::running::{Running, get};
use crate::installation::components;
use crate::root;

/// The program that was built beside this test, or the one that `NUAN_BINARY` names.
pub fn program() -> Result<PathBuf> {
    if let Some(given) = std::env::var_os("NUAN_BINARY") {
        return Ok(PathBuf::from(given));
    }
    let test = std::env::current_exe().context("this program does not know where it is")?;
    let folder = test.parent().and_then(Path::parent).context("this program is in no build folder")?;
    let program = folder.join("nuan");
    let command = "run `cargo xtask test`, which builds it (or: cargo build --package nuan)";
    ensure!(program.is_file(), "there is no {}; {command}", program.display());
    Ok(program)
}

/// An address of this machine whose port is free now and taken a moment later.
pub fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("failed to find a free port")?;
    Ok(listener.local_addr()?)
}

/// A folder in which commands run as an operator runs them; it goes when the test ends.
pub struct Folder(PathBuf);

impl Folder {
    /// An empty one.
    pub fn new(name: &str) -> Result<Self> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("nuan-{name}-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).context("failed to make a folder for the test")?;
        Ok(Self(folder))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file in it.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.0.join(name);
        std::fs::write(&path, content).with_context(|| format!("failed to write {}", path.display()))?;
        Ok(path)
    }

    /// `nuan` with these arguments, to be run in the folder: its database, keys and cache lie here, all plugins of the project
    /// are installed.
    pub fn nuan(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = Command::new(program()?);
        command.args(arguments).current_dir(&self.0).stdin(Stdio::null());
        let plugins = ["plugins", "examples"].map(|folder| root().join(folder).display().to_string());
        command.env("NUAN_PLUGINS", plugins.join(":")).env("NUAN_COMPONENTS", components()?);
        for variable in
            ["NUAN_DATABASE", "NUAN_KEY_FILE", "NUAN_KEY_STORE", "NUAN_CHECKPOINT", "NUAN_CACHE", "RUST_LOG"]
        {
            command.env_remove(variable);
        }
        Ok(command)
    }

    /// Runs `nuan` to its end.
    pub fn run(&self, arguments: &[&str]) -> Result<Output> {
        self.nuan(arguments)?.output().with_context(|| format!("failed to run nuan {}", arguments.join(" ")))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays in the temporary folder.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
