//! The options that every command with plugins takes, and the kernel that they make.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use nuan_domain::crypto::CryptoSuite;
use nuan_host::artefacts::Artefacts;
use nuan_host::compiler::Compiler;
use nuan_host::engine::Engine;
use nuan_host::limits::{Limits, THREAD_STACK_BYTES};
use nuan_host::package::{MANIFEST, Package};
use nuan_kernel::configuration::Profile;
use nuan_kernel::{
    Installed, Kernel, KernelError, Keys, Outside, Reference, RemoteWitness, Setup, Surroundings, Witnesses,
};
use nuan_store::key_store::KeyStore;
use nuan_store::{Store, StoreError};
use nuan_vocabulary::diagnostic::Diagnostic;

use crate::catalogue;
use crate::database_address::DatabaseAddress;
use crate::named_witness::NamedWitness;
use crate::production;
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
    /// What the installation is for: `development`, or `production`, which refuses to start where something is unsafe.
    #[arg(long, value_name = "PROFILE", default_value = "development", env = "NUAN_PROFILE")]
    profile: Profile,
    /// The database: a file for SQLite, `sqlite::memory:`, or `postgres://…`.
    #[arg(long, value_name = "DATABASE", default_value = "nuan.sqlite", env = "NUAN_DATABASE", hide_env_values = true)]
    database: DatabaseAddress,
    /// The development key file; made if there is none. Without it nothing stored can be read again.
    #[arg(long, value_name = "FILE", default_value = "nuan.key", env = "NUAN_KEY_FILE")]
    key_file: PathBuf,
    /// The store of the data keys of persons and households, with a backup of its own; beside a SQLite database where absent.
    #[arg(long, value_name = "DATABASE", env = "NUAN_KEY_STORE", hide_env_values = true)]
    key_store: Option<DatabaseAddress>,
    /// The file of the signed checkpoint; beside a SQLite database where absent, outside its folder in production.
    #[arg(long, value_name = "FILE", env = "NUAN_CHECKPOINT")]
    checkpoint: Option<PathBuf>,
    /// The name of the audit log, as its checkpoints carry it.
    #[arg(long, value_name = "NAME", default_value = "nuan.example/register", env = "NUAN_ORIGIN")]
    origin: String,
    /// A witness that is asked to cosign checkpoints, with the key that it signs with; may be given several times.
    #[arg(
        long = "witness",
        value_name = "URL=KEY",
        env = "NUAN_WITNESSES",
        value_delimiter = ',',
        value_parser = NamedWitness::parse
    )]
    witnesses: Vec<NamedWitness>,
    /// How many witnesses have to have cosigned a checkpoint before the log is not behind; all of them where absent.
    #[arg(long, value_name = "N", env = "NUAN_WITNESS_QUORUM")]
    witness_quorum: Option<usize>,
    /// The cryptography of a key file that is made now: `international` or `guo-mi`; a key file says what it is for.
    #[arg(long, default_value = "international", env = "NUAN_SUITE")]
    suite: CryptoSuite,
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

    /// The same for a server: in production, where it listens is looked at together with everything else.
    pub async fn serving_kernel(&self, listen: SocketAddr) -> anyhow::Result<Kernel> {
        let packages = self.packages()?;
        production::refuse(&self.storage, &packages, Some(listen)).await?;
        self.storage.kernel(packages).await
    }

    /// Where the database and its keys are.
    pub const fn storage(&self) -> &Storage {
        &self.storage
    }

    /// Every plugin folder below the given ones. All mistakes come at once.
    pub fn packages(&self) -> Result<Vec<Package>, KernelError> {
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
    /// A kernel without plugins that verifies and replays, and takes no checkpoint outside.
    pub async fn reading_kernel(&self) -> anyhow::Result<Kernel> {
        self.kernel_with(Vec::new(), self.nowhere()).await
    }

    /// Says that the place of the checkpoint is new: the last one of the database is taken there.
    pub async fn begin_place(&self) -> anyhow::Result<()> {
        let Some(file) = self.checkpoint_file() else { return Ok(()) };
        let kernel = self.reading_kernel().await?;
        let begun = kernel.begin_place(file).await;
        kernel.finish().await?;
        Ok(begun?)
    }

    /// A kernel over what was just restored, wherever it lies until it is verified; the place of the checkpoint is still empty.
    pub async fn kernel_for_restore(&self, register: &DatabaseAddress) -> anyhow::Result<Kernel> {
        self.started(Store::open_unverified(&register.full()), Vec::new(), self.nowhere()).await
    }

    /// No checkpoint leaves the database.
    fn nowhere(&self) -> Outside {
        Outside { origin: self.origin.clone(), ..Outside::default() }
    }

    /// A kernel with these plugins.
    pub async fn kernel(&self, packages: Vec<Package>) -> anyhow::Result<Kernel> {
        let mut asked: Vec<Arc<dyn RemoteWitness>> = Vec::new();
        for witness in &self.witnesses {
            asked.push(Arc::new(witness.remote()?));
        }
        let witnesses = Witnesses { quorum: self.witness_quorum.unwrap_or(asked.len()), asked };
        let outside = Outside { origin: self.origin.clone(), file: self.checkpoint_file(), witnesses };
        self.kernel_with(packages, outside).await
    }

    async fn kernel_with(&self, packages: Vec<Package>, outside: Outside) -> anyhow::Result<Kernel> {
        production::refuse(self, &packages, None).await?;
        self.started(Store::open(&self.address()), packages, outside).await
    }

    /// The database is opened last: nothing is made where something else is wrong.
    async fn started(
        &self,
        opening: impl Future<Output = Result<Store, StoreError>>,
        packages: Vec<Package>,
        outside: Outside,
    ) -> anyhow::Result<Kernel> {
        let world = RealWorld;
        let keys = self.keys()?;
        let engine = Engine::new(Limits::default()).context("failed to set up the WebAssembly engine")?;
        let artefacts = Artefacts::open(&self.cache, keys.artefact_key())
            .with_context(|| format!("failed to open the cache {}", self.cache.display()))?;
        let compiler = Compiler::new(engine, Some(artefacts)).context("failed to set up the compiler")?;
        let reference = Reference::from_files(catalogue::files()).map_err(KernelError::Installation)?;
        let installed = Installed::load(packages, reference, &compiler)?;
        let store = opening.await.map_err(KernelError::from)?;
        let key_store = KeyStore::open(&self.key_store_address()).await.map_err(KernelError::from)?;
        production::refuse_opened(self.profile, &store, key_store.store()).await?;
        let surroundings: Arc<dyn Surroundings> = Arc::new(world);
        let setup = Setup { installed, compiler, store, key_store, keys, surroundings, outside };
        Ok(Kernel::start(setup).await?)
    }

    /// The installation's keys; made for development where there are none, and never in production.
    pub fn keys(&self) -> Result<Keys, KernelError> {
        match self.profile {
            Profile::Development => Ok(Keys::open_or_create(&self.key_file, self.suite, &RealWorld)?),
            Profile::Production => Ok(Keys::open(&self.key_file)?),
        }
    }

    /// What the installation is for.
    pub const fn profile(&self) -> Profile {
        self.profile
    }

    /// The key file.
    pub fn key_file(&self) -> &Path {
        &self.key_file
    }

    /// The cryptography of a key file that is made now.
    pub const fn suite(&self) -> CryptoSuite {
        self.suite
    }

    /// The name of the audit log.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The address of the register's database; a plain path is a SQLite file.
    pub fn address(&self) -> String {
        self.database.full()
    }

    /// The register's database as it was given.
    pub const fn database(&self) -> &DatabaseAddress {
        &self.database
    }

    /// The address of the key store.
    pub fn key_store_address(&self) -> String {
        self.key_store_given().full()
    }

    /// The key store as it was given, or where it lies where it was not.
    pub fn key_store_given(&self) -> DatabaseAddress {
        let chosen = match (&self.key_store, self.sqlite_file()) {
            (Some(given), _) => return given.clone(),
            (None, Some(file)) => format!("sqlite:{file}.keys"),
            (None, None) if self.is_in_memory() => "sqlite::memory:".to_owned(),
            (None, None) => format!("sqlite:{}.keys", self.key_file.display()),
        };
        DatabaseAddress::from(chosen)
    }

    /// Whether somebody said where the key store lies.
    pub const fn names_key_store(&self) -> bool {
        self.key_store.is_some()
    }

    /// Where the checkpoint is written; nowhere for a database in memory.
    pub fn checkpoint_file(&self) -> Option<PathBuf> {
        match (&self.checkpoint, self.sqlite_file()) {
            (Some(given), _) => Some(given.clone()),
            (None, Some(file)) => Some(PathBuf::from(format!("{file}.checkpoint"))),
            (None, None) if self.is_in_memory() => None,
            (None, None) => Some(self.key_file.with_extension("checkpoint")),
        }
    }

    /// The checkpoint file that was named, if one was.
    pub fn given_checkpoint(&self) -> Option<&Path> {
        self.checkpoint.as_deref()
    }

    /// The witnesses that were named.
    pub fn witnesses(&self) -> &[NamedWitness] {
        &self.witnesses
    }

    /// The checkpoint as it lies outside: an empty text where there is none, nothing where there is no place for it.
    pub fn outside_checkpoint(&self) -> std::io::Result<Option<String>> {
        let Some(file) = self.checkpoint_file() else { return Ok(None) };
        match std::fs::read_to_string(file) {
            Ok(note) => Ok(Some(note)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Some(String::new())),
            Err(error) => Err(error),
        }
    }

    fn is_in_memory(&self) -> bool {
        self.database.is_in_memory()
    }

    /// The file of a SQLite database, without parameters.
    fn sqlite_file(&self) -> Option<String> {
        self.database.file().map(|file| file.display().to_string())
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
