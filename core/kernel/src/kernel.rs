//! The kernel: what is installed, the store, the keys and the surroundings, and what all acts share.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use nuan_domain::crypto::blind::BlindIndex;
use nuan_host::compiler::Compiler;
use nuan_store::archive as archive_store;
use nuan_store::key_store::KeyStore;
use nuan_store::{Store, Transaction};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;

use crate::archive::Archived;
use crate::checkpoints::{Latest, Outside, Place, Publisher};
use crate::data_keys::DataKeys;
use crate::error::KernelError;
use crate::halt::Halt;
use crate::installed::Installed;
use crate::keys::Keys;
use crate::log::AuditLog;
use crate::reassess::InBackground;
use crate::replay::Past;
use crate::surroundings::{self, Shared};
use crate::witnessing::{Asked, WitnessStanding, Witnessing};
use crate::writer::Writer;

/// How many instances of each plugin wait for interactive calls.
const INSTANCES: usize = 2;

/// All use cases are its methods; clones share everything.
#[derive(Clone)]
pub struct Kernel(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub installed: Arc<Installed>,
    pub compiler: Arc<Compiler>,
    pub store: Store,
    pub keys: Arc<Keys>,
    pub data_keys: Arc<DataKeys>,
    pub blind_index: Arc<BlindIndex>,
    pub surroundings: Shared,
    pub writer: Writer,
    pub latest_checkpoint: Latest,
    pub past: Arc<Past>,
    pub witnessing: Arc<Witnessing>,
    pub in_background: Arc<InBackground>,
    kept: Arc<Mutex<HashSet<String>>>,
}

/// What a kernel is made of.
pub struct Setup {
    /// Plugins, catalogue and law.
    pub installed: Installed,
    /// What compiles plugins.
    pub compiler: Compiler,
    /// The register's database.
    pub store: Store,
    /// The store of wrapped data keys.
    pub key_store: KeyStore,
    /// The installation's own keys.
    pub keys: Keys,
    /// Time and chance.
    pub surroundings: Shared,
    /// Where checkpoints go.
    pub outside: Outside,
}

impl std::fmt::Debug for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kernel").field("installed", &self.0.installed).finish_non_exhaustive()
    }
}

impl Kernel {
    /// A kernel over an opened store. Catalogue and packages are archived first, so that replay will find them.
    pub async fn start(setup: Setup) -> Result<Self, KernelError> {
        let Setup { installed, compiler, store, key_store, keys, surroundings, outside } = setup;
        let (keys, halt) = (Arc::new(keys), Halt::default());
        let data_keys = DataKeys::new(key_store, Arc::clone(&keys), Arc::clone(&surroundings), halt.clone());
        let data_keys = Arc::new(data_keys);
        let Outside { origin, file, witnesses } = outside;
        let (suite, place) = (keys.suite(), Place::new(file, keys.checkpoint_key(&origin).ok()));
        let (publisher, latest_checkpoint) = Publisher::new(&origin, place.clone(), &keys);
        let log = AuditLog::new(suite);
        let with =
            Asked { store: store.clone(), suite, surroundings: Arc::clone(&surroundings), place, halt: halt.clone() };
        let witnessing = Witnessing::start(witnesses, with, latest_checkpoint.clone());
        let writer = Writer::start(store.clone(), Arc::clone(&data_keys), log, publisher, halt.clone());
        let blind_index = Arc::new(keys.blind_index());
        let (installed, compiler) = (Arc::new(installed), Arc::new(compiler));
        let kernel = Self(Arc::new(Parts {
            installed,
            compiler,
            store,
            keys,
            data_keys,
            blind_index,
            surroundings,
            writer,
            latest_checkpoint,
            past: Arc::default(),
            witnessing,
            in_background: Arc::default(),
            kept: Arc::default(),
        }));
        let mut transaction = kernel.0.store.begin_write([]).await?;
        let installed = &kernel.0.installed;
        let all: Vec<&Archived> = installed.packages.iter().chain([&installed.catalogue]).collect();
        let kept = kernel.keep(&mut transaction, &all).await?;
        halt.heed(&kernel.0.store, transaction.commit().await)?;
        kernel.remember_kept(kept);
        kernel.refill();
        Ok(kernel)
    }

    /// Publishes a checkpoint over everything that is committed.
    pub async fn publish_checkpoint(&self) -> Result<(), KernelError> {
        self.0.writer.checkpoint().await
    }

    /// How far each witness has come.
    pub fn witnesses(&self) -> Vec<WitnessStanding> {
        self.0.witnessing.standings()
    }

    /// Publishes the last checkpoint, gives witnesses a moment, and closes the databases. Whoever ends calls it last.
    pub async fn finish(&self) -> Result<(), KernelError> {
        let published = self.cosigned_checkpoint().await;
        self.0.witnessing.stop();
        self.0.data_keys.store().close().await;
        self.0.store.close().await;
        published
    }

    /// The same kernel with other plugins, as a determination of the past had them.
    pub(crate) fn as_installed(&self, installed: Arc<Installed>) -> Self {
        let parts = &self.0;
        Self(Arc::new(Parts {
            installed,
            compiler: Arc::clone(&parts.compiler),
            store: parts.store.clone(),
            keys: Arc::clone(&parts.keys),
            data_keys: Arc::clone(&parts.data_keys),
            blind_index: Arc::clone(&parts.blind_index),
            surroundings: Arc::clone(&parts.surroundings),
            writer: parts.writer.clone(),
            latest_checkpoint: parts.latest_checkpoint.clone(),
            past: Arc::clone(&parts.past),
            witnessing: Arc::clone(&parts.witnessing),
            in_background: Arc::clone(&parts.in_background),
            kept: Arc::clone(&parts.kept),
        }))
    }

    /// Archives what this process has not seen archived yet.
    pub(crate) async fn keep(
        &self,
        transaction: &mut Transaction,
        all: &[&Archived],
    ) -> Result<Vec<String>, KernelError> {
        let mut new = Vec::new();
        for archived in all {
            let is_kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner).contains(&archived.digest);
            if !is_kept && !new.contains(&archived.digest) {
                let (digest, kind) = (archived.digest.clone(), archived.kind.to_owned());
                archive_store::keep(
                    transaction,
                    &archive_store::Archived { digest, kind, content: archived.content.clone() },
                )
                .await?;
                new.push(archived.digest.clone());
            }
        }
        Ok(new)
    }

    /// After the commit: these need not be archived again.
    pub(crate) fn remember_kept(&self, digests: Vec<String>) {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner).extend(digests);
    }

    /// Makes instances for the next interactive calls.
    pub fn refill(&self) {
        for ready in &self.0.installed.plugins {
            if let Err(error) = ready.refill(INSTANCES) {
                tracing::error!(
                    plugin.id = ready.plugin().id(),
                    code = error.code(),
                    "A plugin gives no further instances."
                );
            }
        }
    }

    /// Runs work that computes on a thread of its own.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, KernelError> {
        let kernel = self.clone();
        tokio::task::spawn_blocking(move || work(&kernel)).await.map_err(|_| KernelError::TaskLost)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.surroundings.now()
    }

    pub(crate) fn new_uuid(&self) -> uuid::Uuid {
        surroundings::new_uuid(self.0.surroundings.as_ref())
    }

    /// The date asked for, the document's own, or today in China.
    pub(crate) fn as_of(&self, asked: Option<Date>, stated: Option<Date>) -> Date {
        asked.or(stated).unwrap_or_else(|| surroundings::today(self.now()))
    }
}

/// The county whose log and rows a division belongs to.
pub(crate) fn county_of(division: DivisionCode) -> DivisionCode {
    division.county().unwrap_or(division)
}
