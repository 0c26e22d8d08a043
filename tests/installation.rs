//! A kernel as tests and benchmarks need it: real plugins, a real store, a clock that stands where it is put.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result, anyhow, bail};
use nuan_domain::crypto::CryptoSuite;
use nuan_host::compiler::Compiler;
use nuan_host::engine::Engine;
use nuan_host::limits::Limits;
use nuan_host::package::Package;
use nuan_kernel::{Installed, Kernel, Keys, Outside, Reference, Setup, Surroundings};
use nuan_store::Store;
use nuan_store::key_store::KeyStore;
use nuan_vocabulary::citation::Instrument;

use crate::root;

/// The name of the audit log of a test's kernel.
pub const ORIGIN: &str = "nuan.example/test";

/// The folder of compiled guests; the tests never skip when it is empty.
pub fn components() -> Result<PathBuf> {
    let folder = std::env::var_os("NUAN_COMPONENTS").map_or_else(|| root().join("target/components"), PathBuf::from);
    if folder.join("basic-living.wasm").is_file() {
        return Ok(folder);
    }
    bail!("there are no compiled guests in {}; run `cargo xtask guests`", folder.display())
}

/// The address of a PostgreSQL server for tests; the tests never skip when there is none.
pub fn postgres() -> Result<String> {
    std::env::var("NUAN_TEST_POSTGRES")
        .map_err(|_| anyhow!("NUAN_TEST_POSTGRES names no server; run `cargo xtask test`, which starts one"))
}

/// A plugin folder of the project as a package: `plugins/basic-living`.
pub fn package(folder: &str) -> Result<Package> {
    read_package(&root().join(folder))
}

/// Any plugin folder as a package.
pub fn read_package(folder: &Path) -> Result<Package> {
    Package::read(folder, &components()?, &Limits::default())
        .map_err(|mistakes| anyhow!("{} is refused: {mistakes:#?}", folder.display()))
}

/// The fact catalogue and the law register of the project.
pub fn reference() -> Result<Reference> {
    let catalogue = root().join("sdk/catalogue");
    let mut files = BTreeMap::new();
    for path in crate::kept_files("sdk/catalogue")? {
        let name = path.strip_prefix(&catalogue).unwrap_or(&path).display().to_string();
        let name = name.rsplit_once("sdk/catalogue/").map_or(name.as_str(), |(_, name)| name);
        files.insert(name.to_owned(), std::fs::read(&path)?);
    }
    Reference::from_files(files).map_err(|mistakes| anyhow!("the catalogue is refused: {mistakes:#?}"))
}

/// Every instrument of the project by id: those of the register, and those that plugins bring.
pub fn instruments() -> Result<BTreeMap<String, Instrument>> {
    let mut instruments = BTreeMap::new();
    for folder in ["sdk/catalogue/law", "plugins", "examples"] {
        let files = crate::kept_files(folder)?;
        let is_law = |path: &&PathBuf| path.parent().is_some_and(|folder| folder.ends_with("law"));
        for path in files.iter().filter(is_law) {
            let (name, text) = crate::text(path)?;
            let instrument: Instrument = serde_saphyr::from_str(&text).map_err(|error| anyhow!("{name}: {error}"))?;
            instruments.insert(instrument.id.clone(), instrument);
        }
    }
    Ok(instruments)
}

/// A compiler without a cache on disk.
pub fn compiler() -> Result<Compiler> {
    let engine = Engine::new(Limits::default()).context("failed to set up the engine")?;
    Compiler::new(engine, None).context("failed to set up the compiler")
}

/// A kernel with these packages over this store. Everything but the store and the ids is the same every time. Kernels of
/// one process share compiled components as long as one of them is there.
pub async fn kernel(packages: Vec<Package>, database: &Database) -> Result<Kernel> {
    kernel_in(StillWorld::default(), packages, database).await
}

/// The same in a world of the caller's choice: at a fixed place, the ids are the same every time as well.
pub async fn kernel_in(world: StillWorld, packages: Vec<Package>, database: &Database) -> Result<Kernel> {
    kernel_with(world, packages, database, |_| {}).await
}

/// A kernel without plugins whose checkpoints leave the database, and are cosigned if there are witnesses.
pub async fn kernel_outside(outside: Outside, database: &Database) -> Result<Kernel> {
    kernel_with(StillWorld::default(), Vec::new(), database, |setup| setup.outside = outside).await
}

/// The same with something set up otherwise: other keys, a clock of the test's own, a place for checkpoints.
pub async fn kernel_with(
    world: StillWorld,
    packages: Vec<Package>,
    database: &Database,
    change: impl FnOnce(&mut Setup),
) -> Result<Kernel> {
    static SHARED: OnceLock<Option<Compiler>> = OnceLock::new();
    let shared = SHARED.get_or_init(|| compiler().ok()).as_ref().context("there is no compiler")?;
    let installed = Installed::load(packages, reference()?, shared)
        .map_err(|error| anyhow!("{error}: {:#?}", error.diagnostics()))?;
    let own = Compiler::new(shared.engine().clone(), None).context("failed to set up the compiler")?;
    let mut setup = setup(installed, own, world, database);
    change(&mut setup);
    Ok(Kernel::start(setup).await?)
}

/// What a kernel over a test's database is made of: the keys are the same every time, and no checkpoint leaves the database.
pub fn setup(installed: Installed, compiler: Compiler, world: StillWorld, database: &Database) -> Setup {
    Setup {
        installed,
        compiler,
        store: database.store.clone(),
        key_store: database.key_store.clone(),
        keys: keys(),
        surroundings: Arc::new(world),
        outside: Outside { origin: ORIGIN.to_owned(), ..Outside::default() },
    }
}

/// The keys of a test's kernel, the same every time.
pub fn keys() -> Keys {
    Keys::new(CryptoSuite::International, [7; 32], "test", [9; 32])
}

/// Every plugin of the project.
pub fn packages() -> Result<Vec<Package>> {
    nuan_testkit::plugin_folders().iter().map(|folder| read_package(folder)).collect()
}

/// A database of its own with its key store: two files, or the PostgreSQL server for tests.
pub struct Database {
    /// The opened store.
    pub store: Store,
    /// The opened key store.
    pub key_store: KeyStore,
    file: Option<PathBuf>,
    address: Option<String>,
    is_removed: bool,
}

impl Database {
    /// A SQLite file, and one beside it for the keys.
    pub async fn sqlite(name: &str) -> Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let file = std::env::temp_dir().join(format!("nuan-{name}-{}-{number}.sqlite", std::process::id()));
        let mut database = Self::at(&file).await?;
        database.is_removed = true;
        Ok(database)
    }

    /// The SQLite file at a path, which stays there.
    pub async fn at(file: &Path) -> Result<Self> {
        let address = format!("sqlite:{}", file.display());
        let store = Store::open(&address).await.context("failed to open SQLite")?;
        let key_store = KeyStore::open(&format!("{address}.keys")).await.context("failed to open the key store")?;
        Ok(Self { store, key_store, file: Some(file.to_owned()), address: None, is_removed: false })
    }

    /// The test server's own database: every test run has a fresh server.
    pub async fn postgres(_name: &str) -> Result<Self> {
        let mut database = Self::at_address(&postgres()?).await?;
        database.address = None;
        Ok(database)
    }

    /// The database at an address of the test server, with its key store in it; it stays there.
    pub async fn at_address(address: &str) -> Result<Self> {
        let store = Store::open(address).await.context("failed to open PostgreSQL")?;
        let key_store = KeyStore::open(address).await.context("failed to open the key store")?;
        Ok(Self { store, key_store, file: None, address: Some(address.to_owned()), is_removed: false })
    }

    /// The address of a database on the test server that is not the server's own.
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// A database in memory.
    pub async fn memory() -> Result<Self> {
        let store = Store::open("sqlite::memory:").await.context("failed to open a database in memory")?;
        let key_store = KeyStore::open("sqlite::memory:").await.context("failed to open a key store in memory")?;
        Ok(Self { store, key_store, file: None, address: None, is_removed: false })
    }

    /// The file of a SQLite database.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm", ".keys", ".keys-wal", ".keys-shm"] {
            if let Some(file) = self.file.as_ref().filter(|_| self.is_removed) {
                // What cannot be removed stays in the temporary folder.
                drop(std::fs::remove_file(format!("{}{ending}", file.display())));
            }
        }
    }
}

/// A number that looks random and is the same every time (SplitMix64).
pub const fn scrambled(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A clock that moves one microsecond a look, and random bytes that count up from a place. By default no other kernel has
/// that place, and over one database nothing collides.
pub struct StillWorld {
    micros: AtomicI64,
    counter: AtomicU64,
}

impl StillWorld {
    /// The world at a fixed place, for a database that no other kernel writes to.
    pub const fn at(place: u64) -> Self {
        Self { micros: AtomicI64::new(1_764_000_000_000_000), counter: AtomicU64::new(place) }
    }

    /// The same world at another instant.
    #[must_use]
    pub fn since(self, instant: jiff::Timestamp) -> Self {
        Self { micros: AtomicI64::new(instant.as_microsecond()), ..self }
    }
}

impl Default for StillWorld {
    fn default() -> Self {
        static KERNELS: AtomicU64 = AtomicU64::new(0);
        Self::at((u64::from(std::process::id()) << 40) | (KERNELS.fetch_add(1, Ordering::Relaxed) << 32))
    }
}

impl Surroundings for StillWorld {
    fn now(&self) -> jiff::Timestamp {
        let micros = self.micros.fetch_add(1, Ordering::Relaxed);
        jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = scrambled(self.counter.fetch_add(1, Ordering::Relaxed)).to_le_bytes();
            chunk.iter_mut().zip(number).for_each(|(byte, random)| *byte = random);
        }
    }
}
