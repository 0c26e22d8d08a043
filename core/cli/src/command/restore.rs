//! `nuan restore`: a backup into an empty place. The manifest, every byte, the pages and the whole audit log are verified before
//! the place may be used; the first thing that is wrong is named.

mod staged;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use nuan_kernel::backup::{BackupRefused, Copied, CopiedFrom, Manifest, digest_of};
use nuan_kernel::{Kernel, KernelError, Keys};
use nuan_store::backup::is_empty_postgres;
use nuan_store::key_store::KeyStore;

pub use self::staged::make_private;
use self::staged::{Staged, files_of, refuse_existing};
use super::backup::{CHECKPOINT, MANIFEST, What, copied_from, io, refuse_shared, write_synced};
use crate::database_address::DatabaseAddress;
use crate::installation::{self, Storage};
use crate::terminal;

/// Puts a backup into an empty place.
#[derive(Debug, Args)]
pub struct Restore {
    /// What to restore.
    #[arg(default_value = "register")]
    what: What,
    /// The folder of the backup.
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    #[command(flatten)]
    storage: Storage,
}

impl Restore {
    /// Exit code 1 if what was restored is not what was copied; then nobody opens it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let runtime = installation::runtime()?;
        runtime.block_on(self.restore())
    }

    async fn restore(self) -> anyhow::Result<ExitCode> {
        let keys = self.keys()?;
        refuse_shared(&self.storage)?;
        let manifest = self.manifest(&keys)?;
        let address = match self.what {
            What::Register => self.storage.database().clone(),
            What::Keys => self.storage.key_store_given(),
        };
        self.refuse_unfit(&manifest, &address).await?;
        let copy = self.what.file(manifest.database);
        self.verify_files(&manifest, copy)?;
        let staged = Staged::of(&address);
        self.fill(&staged, &manifest, copy, &keys).await?;
        match self.what {
            What::Keys => self.settle_keys(staged).await,
            What::Register => match self.verify(&manifest, &staged).await {
                Ok(leaves) => {
                    staged.take_its_place().await?;
                    self.finish(leaves).await
                }
                Err(error) => different(error),
            },
        }
    }

    /// Never new ones: they would open nothing.
    fn keys(&self) -> Result<Keys, KernelError> {
        let file = self.storage.key_file();
        if file.exists() { Ok(Keys::open(file)?) } else { Err(BackupRefused::NoKeyFile(file.to_owned()).into()) }
    }

    fn manifest(&self, keys: &Keys) -> Result<Manifest, KernelError> {
        let file = self.from.join(MANIFEST);
        let bytes = std::fs::read(&file).map_err(|source| io("read", &file, source))?;
        let text = String::from_utf8(bytes).map_err(|_| BackupRefused::Manifest)?;
        Ok(Manifest::open(&text, keys)?)
    }

    /// The backup is of what was asked for, and there is an empty place for it.
    async fn refuse_unfit(&self, manifest: &Manifest, address: &DatabaseAddress) -> Result<(), KernelError> {
        if manifest.copied != self.what.copied() {
            let (found, wanted) = (name_of(manifest.copied), name_of(self.what.copied()));
            return Err(BackupRefused::OtherCopy { found, wanted }.into());
        }
        let to = copied_from(address)?;
        if manifest.database != to {
            let (found, wanted) = (name_of_database(manifest.database), name_of_database(to));
            return Err(BackupRefused::OtherDatabase { found, wanted }.into());
        }
        match address.file() {
            Some(file) => files_of(&file).iter().try_for_each(|file| refuse_existing(file))?,
            None if is_empty_postgres(&address.full()).await? => {}
            None => return Err(BackupRefused::DatabaseNotEmpty.into()),
        }
        if self.what == What::Register {
            if let Some(checkpoint) = self.storage.checkpoint_file() {
                refuse_existing(&checkpoint)?;
            }
            self.refuse_without_keys().await?;
        }
        Ok(())
    }

    async fn refuse_without_keys(&self) -> Result<(), KernelError> {
        let key_store = self.storage.key_store_given();
        let is_there = match key_store.file() {
            Some(file) => file.is_file(),
            None => !is_empty_postgres(&key_store.full()).await?,
        };
        if is_there { Ok(()) } else { Err(BackupRefused::NoKeyStore.into()) }
    }

    /// Every file that the manifest names is there as it was.
    fn verify_files(&self, manifest: &Manifest, copy: &str) -> Result<(), KernelError> {
        let wrong = |name: &str, what| KernelError::from(BackupRefused::File { name: name.to_owned(), what });
        for file in &manifest.files {
            let path = self.from.join(&file.name);
            if !path.is_file() {
                return Err(wrong(&file.name, "is missing"));
            }
            let (bytes, digest) = digest_of(&path, manifest.suite)?;
            if bytes != file.bytes {
                return Err(wrong(&file.name, "has another length than the manifest says"));
            }
            if digest != file.digest {
                return Err(wrong(&file.name, "has another digest than the manifest says"));
            }
        }
        let is_listed = |name: &str| manifest.files.iter().any(|file| file.name == name);
        if is_listed(copy) { Ok(()) } else { Err(wrong(copy, "does not stand in the manifest")) }
    }

    /// What is copied is hashed once more: the folder may have changed since it was verified.
    async fn fill(&self, staged: &Staged, manifest: &Manifest, copy: &str, keys: &Keys) -> Result<(), KernelError> {
        let listed = manifest.files.iter().find(|file| file.name == copy);
        let expected = listed.map(|file| (file.bytes, file.digest.as_str())).unwrap_or_default();
        staged.fill(&self.from.join(copy), keys.suite(), expected).await
    }

    /// Pages, leaves, heads, contents, and the checkpoint; how many leaves.
    async fn verify(&self, manifest: &Manifest, staged: &Staged) -> anyhow::Result<u64> {
        let kernel = self.storage.kernel_for_restore(staged.address()).await?;
        let verified = self.verify_with(&kernel, manifest).await;
        kernel.finish().await?;
        verified
    }

    async fn verify_with(&self, kernel: &Kernel, manifest: &Manifest) -> anyhow::Result<u64> {
        let differs = |what: String| Err(KernelError::from(BackupRefused::Different(what)).into());
        if let Some(first) = kernel.page_findings().await?.into_iter().next() {
            return differs(format!("a page is broken: {first}"));
        }
        let note = self.checkpoint()?;
        let bar = terminal::progress(kernel.count_leaves().await?, "verify");
        let mut seen = kernel.verify_audit(note.as_deref(), |leaves| bar.set_position(leaves)).await?;
        bar.finish_and_clear();
        if let Some(began) = manifest.began() {
            let later = kernel.excuse_later_erasures(&mut seen, began).await?;
            if 0 < later {
                terminal::say(&format!("{later} keys were destroyed after the backup; what they sealed stays erased."));
            }
        }
        if let Some(first) = seen.findings.first() {
            let seq = first.seq.map(|seq| format!(" leaf {seq}")).unwrap_or_default();
            return differs(format!("{}{seq} · {} · {}", first.county, first.subject, first.what));
        }
        match manifest.first_difference(&kernel.heads().await?) {
            Some(what) => differs(what),
            None => Ok(seen.leaves),
        }
    }

    fn checkpoint(&self) -> Result<Option<String>, KernelError> {
        let file = self.from.join(CHECKPOINT);
        if !file.is_file() {
            return Ok(None);
        }
        std::fs::read_to_string(&file).map(Some).map_err(|source| io("read", &file, source))
    }

    /// The checkpoint lies outside again, and the place may be used. Where none was copied, the last one of the register does.
    async fn finish(&self, leaves: u64) -> anyhow::Result<ExitCode> {
        match (self.checkpoint()?, self.storage.checkpoint_file()) {
            (Some(note), Some(file)) => write_synced(&file, &note)?,
            (None, Some(file)) => {
                let kernel = self.storage.kernel_for_restore(self.storage.database()).await?;
                let begun = kernel.begin_place(file).await;
                kernel.finish().await?;
                begun?;
            }
            (_, None) => {}
        }
        terminal::print(&format!("Restored the register with {leaves} leaves: all as it was."));
        Ok(ExitCode::SUCCESS)
    }

    /// Opened once, so that its schema is up to date; who was erased since is erased again when the register is there.
    async fn settle_keys(&self, staged: Staged) -> anyhow::Result<ExitCode> {
        let opened = KeyStore::open_unverified(&staged.address().full()).await.map_err(KernelError::from)?;
        let findings = nuan_store::backup::integrity(opened.store()).await.map_err(KernelError::from);
        opened.close().await;
        if let Some(first) = findings?.into_iter().next() {
            return different(KernelError::from(BackupRefused::Different(format!("a page is broken: {first}"))).into());
        }
        staged.take_its_place().await?;
        terminal::print("Restored the key store.");
        let register = self.storage.database();
        let is_there = match register.file() {
            Some(file) => file.is_file(),
            None => register.is_postgres() && matches!(is_empty_postgres(&register.full()).await, Ok(false)),
        };
        if is_there {
            let kernel = self.storage.kernel_for_restore(register).await?;
            let keys = kernel.erase_again().await;
            kernel.finish().await?;
            terminal::print(&format!("{} keys of erased households and persons are destroyed again.", keys?));
        } else {
            terminal::say(
                "Once the register is there, run `nuan keys erase-again`: who was erased since is in these keys.",
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn different(error: anyhow::Error) -> anyhow::Result<ExitCode> {
    let is_different =
        error.chain().any(|cause| matches!(cause.downcast_ref::<BackupRefused>(), Some(BackupRefused::Different(_))));
    if !is_different {
        return Err(error);
    }
    let _code = terminal::explain(&error);
    Ok(ExitCode::from(1))
}

const fn name_of(copied: Copied) -> &'static str {
    match copied {
        Copied::Register => "the register",
        Copied::Keys => "the key store",
    }
}

const fn name_of_database(database: CopiedFrom) -> &'static str {
    match database {
        CopiedFrom::Sqlite => "SQLite",
        CopiedFrom::Postgres => "PostgreSQL",
    }
}
