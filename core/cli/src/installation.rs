//! The options that every command with plugins takes, and the kernel that they make.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use nuan_host::artefacts::Artefacts;
use nuan_host::compiler::Compiler;
use nuan_host::engine::Engine;
use nuan_host::limits::{Limits, THREAD_STACK_BYTES};
use nuan_host::package::{MANIFEST, Package};
use nuan_kernel::{Installed, Kernel, KernelError, Keys, Reference, Surroundings};
use nuan_store::Store;
use nuan_vocabulary::diagnostic::Diagnostic;

use crate::catalogue;
use crate::real_world::RealWorld;

/// Threads for acts and plugins, each with the stack that a plugin needs.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    threads.enable_all().thread_stack_size(THREAD_STACK_BYTES).build()
}

/// Where plugins, database and keys are.
#[derive(Debug, Args)]
pub struct Installation {
    /// A plugin folder, or a folder of plugin folders; may be given several times.
    #[arg(
        long = "plugins",
        value_name = "DIR",
        default_value = "plugins",
        env = "NUAN_PLUGINS",
        value_delimiter = ':'
    )]
    plugins: Vec<PathBuf>,
    /// The folder of compiled components.
    #[arg(long, value_name = "DIR", default_value = "target/components", env = "NUAN_COMPONENTS")]
    components: PathBuf,
    #[command(flatten)]
    storage: Storage,
}

/// Where the database and its keys are.
#[derive(Debug, Args)]
pub struct Storage {
    /// The database: a file for SQLite, `sqlite::memory:`, or `postgres://…`.
    #[arg(long, value_name = "DATABASE", default_value = "nuan.sqlite", env = "NUAN_DATABASE")]
    database: String,
    /// The development key file; made if there is none. Without it nothing stored can be read again.
    #[arg(long, value_name = "FILE", default_value = "nuan.key", env = "NUAN_KEY_FILE")]
    key_file: PathBuf,
    /// The folder of the compiled-artefact cache.
    #[arg(long, value_name = "DIR", default_value = "nuan-cache", env = "NUAN_CACHE")]
    cache: PathBuf,
}

impl Installation {
    /// Loads the plugins and opens the store.
    pub async fn kernel(&self) -> anyhow::Result<Kernel> {
        let packages = self.packages()?;
        self.storage.kernel(packages).await
    }

    /// Every plugin folder below the given ones. All mistakes come at once.
    fn packages(&self) -> Result<Vec<Package>, KernelError> {
        let mut mistakes = Vec::new();
        let mut folders = Vec::new();
        for given in &self.plugins {
            match plugin_folders(given) {
                Ok(found) if found.is_empty() => {
                    let mistake = Diagnostic::new("NU3004", given.display().to_string(), "there is no plugin here");
                    mistakes.push(mistake.with_hint("a plugin is a folder with a plugin.toml"));
                }
                Ok(found) => folders.extend(found),
                Err(error) => mistakes.push(Diagnostic::new("NU3004", given.display().to_string(), error.to_string())),
            }
        }
        let mut packages = Vec::new();
        for folder in folders {
            match Package::read(&folder, &self.components, &Limits::default()) {
                Ok(package) => packages.push(package),
                Err(more) => mistakes.extend(more),
            }
        }
        if mistakes.is_empty() { Ok(packages) } else { Err(KernelError::Installation(mistakes)) }
    }
}

impl Storage {
    /// A kernel with these plugins; with none it can still verify and replay.
    pub async fn kernel(&self, packages: Vec<Package>) -> anyhow::Result<Kernel> {
        let world = RealWorld;
        let keys = Keys::open_or_create(&self.key_file, &world).map_err(KernelError::from)?;
        let engine = Engine::new(Limits::default()).context("failed to set up the WebAssembly engine")?;
        let artefacts = Artefacts::open(&self.cache, keys.artefact_key())
            .with_context(|| format!("failed to open the cache {}", self.cache.display()))?;
        let compiler = Compiler::new(engine, Some(artefacts)).context("failed to set up the compiler")?;
        let reference = Reference::from_files(catalogue::files()).map_err(KernelError::Installation)?;
        let installed = Installed::load(packages, reference, &compiler)?;
        let store = Store::open(&self.address()).await.map_err(KernelError::from)?;
        let surroundings: std::sync::Arc<dyn Surroundings> = std::sync::Arc::new(world);
        Ok(Kernel::start(installed, compiler, store, keys, surroundings).await?)
    }

    /// A plain path is a SQLite file.
    fn address(&self) -> String {
        let is_address = ["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| self.database.starts_with(scheme));
        if is_address { self.database.clone() } else { format!("sqlite:{}", self.database) }
    }
}

/// The folder itself if it is a plugin, else the plugins among its folders, in the order of names.
fn plugin_folders(given: &PathBuf) -> std::io::Result<Vec<PathBuf>> {
    if given.join(MANIFEST).is_file() {
        return Ok(vec![given.clone()]);
    }
    let mut found: Vec<PathBuf> = std::fs::read_dir(given)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.join(MANIFEST).is_file())
        .collect();
    found.sort();
    Ok(found)
}
