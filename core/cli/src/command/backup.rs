//! `nuan backup`: an online copy of the register with its checkpoint, or of the key store, each with a sealed manifest.
//!
//! The two are copied apart, since the key store's copies are kept for a shorter time: an old one undoes an erasure. The key
//! file is in neither.

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, ValueEnum};
use nuan_kernel::backup::{self, BackupRefused, Copied, CopiedFile, CopiedFrom, Manifest, digest_of, sync_folder};
use nuan_kernel::{KernelError, Keys, Surroundings};
use nuan_store::Store;
use nuan_store::backup::{backup_into, open_copy, snapshot};
use nuan_store::key_store::KeyStore;
use serde_json::json;

use super::restore::make_private;
use crate::database_address::DatabaseAddress;
use crate::installation::{self, Storage};
use crate::postgres_tools;
use crate::real_world::RealWorld;
use crate::report::Format;
use crate::terminal;

/// The file that says what the others are; it is written last, so that a copy without it is no backup.
pub const MANIFEST: &str = "manifest";

/// The checkpoint as it lay outside the database before the copy began.
pub const CHECKPOINT: &str = "checkpoint";

/// What is copied or restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// The register with its audit logs.
    Register,
    /// The wrapped data keys of persons and households.
    Keys,
}

impl What {
    /// As the manifest says it.
    pub const fn copied(self) -> Copied {
        match self {
            Self::Register => Copied::Register,
            Self::Keys => Copied::Keys,
        }
    }

    /// The name of the copy's file.
    pub const fn file(self, from: CopiedFrom) -> &'static str {
        match (self, from) {
            (Self::Register, CopiedFrom::Sqlite) => "register.sqlite",
            (Self::Register, CopiedFrom::Postgres) => "register.dump",
            (Self::Keys, CopiedFrom::Sqlite) => "keys.sqlite",
            (Self::Keys, CopiedFrom::Postgres) => "keys.dump",
        }
    }
}

/// Copies the register, or the key store, to a folder.
#[derive(Debug, Args)]
pub struct Backup {
    /// What to copy.
    #[arg(default_value = "register")]
    what: What,
    /// The folder; made if there is none, and empty.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// How to answer.
    #[arg(long, default_value = "human")]
    format: Format,
    #[command(flatten)]
    storage: Storage,
}

impl Backup {
    /// Copies while others read and write.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let runtime = installation::runtime()?;
        runtime.block_on(self.backup())
    }

    async fn backup(self) -> anyhow::Result<ExitCode> {
        let keys = Keys::open(self.storage.key_file()).map_err(KernelError::from)?;
        refuse_shared(&self.storage)?;
        empty_folder(&self.to)?;
        let begun = Instant::now();
        let address = match self.what {
            What::Register => self.storage.database().clone(),
            What::Keys => self.storage.key_store_given(),
        };
        let from = copied_from(&address)?;
        let mut manifest =
            Manifest::new(self.what.copied(), from, RealWorld.now(), self.storage.origin(), keys.suite());
        if self.what == What::Register {
            // Read before the copy begins: the register has what a published checkpoint covers.
            self.keep_checkpoint(&mut manifest)?;
        }
        let copy = self.to.join(self.what.file(from));
        self.copy(&address, &copy, &mut manifest).await?;
        manifest.files.push(copied_file(&copy, &keys)?);
        let sealed = self.to.join(MANIFEST);
        write_synced(&sealed, &manifest.sealed(&keys)?)?;
        self.show(&manifest, begun);
        Ok(ExitCode::SUCCESS)
    }

    fn keep_checkpoint(&self, manifest: &mut Manifest) -> Result<(), KernelError> {
        let note = self.storage.outside_checkpoint().map_err(|source| io("read", &self.to.join(CHECKPOINT), source))?;
        let Some(note) = note.filter(|note| !note.is_empty()) else { return Ok(()) };
        let file = self.to.join(CHECKPOINT);
        write_synced(&file, &note)?;
        let (bytes, digest) = digest_of(&file, manifest.suite)?;
        manifest.files.push(CopiedFile { name: CHECKPOINT.to_owned(), bytes, digest });
        Ok(())
    }

    /// The copy, and the heads of the very moment that it shows.
    async fn copy(&self, address: &DatabaseAddress, to: &Path, manifest: &mut Manifest) -> anyhow::Result<()> {
        let opened = match self.what {
            What::Register => Opened::Register(Store::open(&address.full()).await.map_err(KernelError::from)?),
            What::Keys => Opened::Keys(KeyStore::open(&address.full()).await.map_err(KernelError::from)?),
        };
        let store = opened.store();
        if manifest.database == CopiedFrom::Postgres {
            let (mut transaction, name) = snapshot(store).await.map_err(KernelError::from)?;
            if self.what == What::Register {
                manifest.heads = backup::heads(&mut transaction).await?;
            }
            let (address, to) = (address.clone(), to.to_owned());
            let dumped = tokio::task::spawn_blocking(move || postgres_tools::dump(&address, name.as_deref(), &to));
            dumped.await?.map_err(KernelError::from)?;
            drop(transaction);
        } else {
            backup_into(store, &to.display().to_string()).await.map_err(KernelError::from)?;
            if self.what == What::Register {
                let copy = open_copy(&to.display().to_string()).await.map_err(KernelError::from)?;
                let mut transaction = copy.begin_read().await.map_err(KernelError::from)?;
                manifest.heads = backup::heads(&mut transaction).await?;
                drop(transaction);
                copy.close().await;
            }
        }
        store.close().await;
        Ok(())
    }

    fn show(&self, manifest: &Manifest, begun: Instant) {
        let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
        let millis = begun.elapsed().as_millis().max(1);
        let rate = (u128::from(bytes) * 1_000).div_euclid(millis).div_euclid(1_000_000);
        match self.format {
            Format::Json => terminal::print(
                &json!({ "folder": self.to, "at": manifest.at, "bytes": bytes, "millis": millis, "heads": manifest.heads })
                    .to_string(),
            ),
            Format::Human => terminal::print(&format!(
                "Copied {bytes} bytes to {} in {millis} ms, {rate} MB a second. It holds what was acknowledged by {}.",
                self.to.display(),
                manifest.at
            )),
        }
    }
}

/// What was opened to be copied.
enum Opened {
    Register(Store),
    Keys(KeyStore),
}

impl Opened {
    const fn store(&self) -> &Store {
        match self {
            Self::Register(store) => store,
            Self::Keys(keys) => keys.store(),
        }
    }
}

/// From which kind of database.
pub fn copied_from(address: &DatabaseAddress) -> Result<CopiedFrom, KernelError> {
    match (address.is_postgres(), address.file()) {
        (true, _) => Ok(CopiedFrom::Postgres),
        (false, Some(_)) => Ok(CopiedFrom::Sqlite),
        (false, None) => Err(BackupRefused::InMemory.into()),
    }
}

/// A copy of one database would be a copy of both.
pub fn refuse_shared(storage: &Storage) -> Result<(), KernelError> {
    let (register, keys) = (storage.database(), storage.key_store_given());
    let is_one_place = register.place().is_some_and(|place| keys.place() == Some(place));
    let is_one_file = register.file().is_some_and(|file| keys.file() == Some(file));
    if is_one_place || is_one_file { Err(BackupRefused::KeysInRegister.into()) } else { Ok(()) }
}

/// A folder that is empty, or is made for its owner alone. One that is refused is left as it was.
fn empty_folder(folder: &Path) -> Result<(), KernelError> {
    match std::fs::read_dir(folder) {
        // Who may look into one that is there was decided by whoever made it.
        Ok(mut entries) => match entries.next() {
            Some(_) => Err(BackupRefused::NotEmpty(folder.to_owned()).into()),
            None => Ok(()),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut builder = DirBuilder::new();
            builder.recursive(true);
            make_private(builder, folder).map_err(|source| io("make", folder, source))
        }
        Err(source) => Err(io("read", folder, source)),
    }
}

fn copied_file(path: &Path, keys: &Keys) -> Result<CopiedFile, KernelError> {
    let (bytes, digest) = digest_of(path, keys.suite())?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(CopiedFile { name, bytes, digest })
}

/// Writes a file that is not there yet; it is on the disk when this returns.
pub fn write_synced(path: &Path, text: &str) -> Result<(), KernelError> {
    let written = std::fs::File::create_new(path).and_then(|mut file| {
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|source| io("write", path, source))?;
    Ok(sync_folder(path)?)
}

/// A file that could not be dealt with.
pub fn io(what: &'static str, path: &Path, source: std::io::Error) -> KernelError {
    BackupRefused::Io { what, path: path.to_owned(), source }.into()
}
