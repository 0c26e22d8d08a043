//! Computing a stored determination again, years later, from what it rested on: document, packages, catalogue, numbers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use nuan_domain::register::View;
use nuan_host::package::Package;
use nuan_store::archive as archive_store;
use nuan_store::determination as determination_store;
use nuan_vocabulary::determination::{Determination, Digests, ParameterUse};
use nuan_vocabulary::id::DeterminationId;
use serde::Serialize;

use crate::actor::Actor;
use crate::archive;
use crate::determinations::stored_form;
use crate::error::KernelError;
use crate::installed::Installed;
use crate::kernel::Kernel;
use crate::parts::{Place, read};
use crate::reference::Reference;
use crate::snapshot::Snapshot;

/// So many sets of past plugins are kept, and then none again: determinations of one time rest on few.
const PAST: usize = 8;

/// Sets of plugins and catalogue that determinations of the past rested on, as far as this process has met them.
#[derive(Default)]
pub struct Past(Mutex<HashMap<String, Arc<Installed>>>);

impl Past {
    fn find(&self, digests: &Digests) -> Option<Arc<Installed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&set_of(digests)).cloned()
    }

    fn remember(&self, digests: &Digests, installed: &Arc<Installed>) {
        let mut past = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if past.len() >= PAST {
            past.clear();
        }
        past.insert(set_of(digests), Arc::clone(installed));
    }
}

/// Catalogue and plugins; what else a determination rests on changes neither.
fn set_of(digests: &Digests) -> String {
    let plugins = digests.plugins.values().map(String::as_str);
    [digests.catalogue.as_str()].into_iter().chain(plugins).collect::<Vec<_>>().join(" ")
}

/// What a replay found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// The determination.
    pub id: DeterminationId,
    /// Whether the bytes are the same, those of the reasons included where they are kept.
    pub is_identical: bool,
    /// The engine that computed it first, where it is not the one that computed it now.
    pub other_engine: Option<String>,
    /// The first differences, as paths; values may be personal and are not shown.
    pub differences: Vec<String>,
}

impl Kernel {
    /// Computes a stored determination again and compares it byte for byte.
    pub async fn replay(&self, _actor: &Actor, id: DeterminationId) -> Result<Replayed, KernelError> {
        let (row, kept) = {
            let mut transaction = self.0.store.begin_read().await?;
            (
                self.stored_determination(&mut transaction, id).await?,
                determination_store::reasons(&mut transaction, id).await?,
            )
        };
        let (_, stored_bytes) = self.open_determination(&row).await?;
        let stored: Determination = read(&stored_bytes, "a determination")?;
        let mut repeated = self.repeat(id).await?;
        let other_engine = (repeated.digests.engine != stored.digests.engine).then(|| stored.digests.engine.clone());
        repeated.digests.engine.clone_from(&stored.digests.engine);
        let reasons =
            serde_json::to_vec(&repeated.reasons).map_err(|source| KernelError::Json { what: "reasons", source })?;
        let bytes = Self::determination_bytes(&stored_form(repeated.clone()))?;
        let mut differences = Vec::new();
        if bytes != stored_bytes {
            differences = differing(&stored, &stored_form(repeated));
        }
        if let Some(kept) = kept
            && self.open_reasons(&kept).await?.1 != reasons
        {
            differences.push("/reasons".to_owned());
        }
        Ok(Replayed { id, is_identical: differences.is_empty(), other_engine, differences })
    }

    /// Computes a stored determination again, with its reasons.
    pub(crate) async fn repeat(&self, id: DeterminationId) -> Result<Determination, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        let row = self.stored_determination(&mut transaction, id).await?;
        let stored: Determination = read(&self.open_determination(&row).await?.1, "a determination")?;
        let held = self.held(&mut transaction, row.household_id, Some(row.document_version)).await?;
        let document = held.document(View::At { as_of: row.as_of, known_at: row.known_at });
        let known = if self.is_installed(&stored) {
            Some(Arc::clone(&self.0.installed))
        } else {
            self.0.past.find(&stored.digests)
        };
        let (mut packages, mut catalogue) = (Vec::new(), Vec::new());
        if known.is_none() {
            for digest in stored.digests.plugins.values() {
                packages.push(archived(&mut transaction, digest).await?);
            }
            catalogue = archived(&mut transaction, &stored.digests.catalogue).await?;
        }
        drop(transaction);
        let place = place_of(&row);
        self.compute(move |kernel| {
            let installed = match known {
                Some(installed) => installed,
                None => {
                    let installed = Arc::new(kernel.reinstall(&packages, &catalogue)?);
                    kernel.0.past.remember(&stored.digests, &installed);
                    installed
                }
            };
            kernel.as_installed(installed).full_determination(&document, stored.as_of, &place)
        })
        .await?
    }

    /// Whether exactly the plugins and the catalogue of a determination are those that answer now.
    pub(crate) fn is_installed(&self, stored: &Determination) -> bool {
        let installed = &self.0.installed;
        let plan = installed.plan(stored.division, stored.as_of, self.now());
        let digests = |plan: Arc<nuan_domain::plan::Plan>| {
            let of = |position: &usize| {
                Some((installed.coordinates.get(*position)?.clone(), installed.packages.get(*position)?.digest.clone()))
            };
            plan.order.iter().filter_map(of).collect::<std::collections::BTreeMap<_, _>>()
        };
        installed.catalogue.digest == stored.digests.catalogue
            && plan.is_ok_and(|plan| digests(plan) == stored.digests.plugins)
    }

    fn reinstall(&self, packages: &[Vec<u8>], catalogue: &[u8]) -> Result<Installed, KernelError> {
        let files =
            archive::files(catalogue).ok_or_else(|| KernelError::NotArchived("a readable catalogue".to_owned()))?;
        let reference = Reference::from_files(files).map_err(KernelError::Installation)?;
        let unpacked = |bytes: &Vec<u8>| {
            Package::from_bytes(bytes).map_err(|_| KernelError::NotArchived("a readable package".to_owned()))
        };
        let packages = packages.iter().map(unpacked).collect::<Result<Vec<_>, _>>()?;
        Installed::load(packages, reference, &self.0.compiler)
    }

    /// The numbers of the law that a stored determination names by digest.
    pub(crate) async fn parameters_of(&self, stored: &Determination) -> Result<Vec<ParameterUse>, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        let bytes = archived(&mut transaction, &stored.digests.parameters).await?;
        serde_json::from_slice(&bytes).map_err(|source| KernelError::Json { what: "parameter values", source })
    }

    /// The snapshot that a new determination names.
    pub(crate) fn snapshot_of(
        &self,
        determination: &Determination,
        known_at: Timestamp,
    ) -> Result<Arc<Snapshot>, KernelError> {
        let plan = self.0.installed.plan(determination.division, determination.as_of, known_at)?;
        self.0.installed.snapshot(determination.division, determination.as_of, &plan)
    }
}

fn place_of(row: &determination_store::Determination) -> Place {
    Place {
        id: row.id,
        household: row.household_id,
        document_version: row.document_version,
        county: row.county,
        known_at: row.known_at,
        created_at: row.created_at,
        corrects: row.corrects,
    }
}

async fn archived(transaction: &mut nuan_store::Transaction, digest: &str) -> Result<Vec<u8>, KernelError> {
    let found = archive_store::archived(transaction, digest).await?;
    found.map(|archived| archived.content).ok_or_else(|| KernelError::NotArchived(digest.to_owned()))
}

/// Where two determinations differ: the outputs by name, and the parts by key.
fn differing(stored: &Determination, repeated: &Determination) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    if stored.outputs.len() != repeated.outputs.len() {
        paths.push("/outputs".to_owned());
    }
    let pairs = stored.outputs.iter().zip(&repeated.outputs);
    paths.extend(pairs.filter(|(a, b)| a != b).map(|(a, _)| format!("/outputs/{}", a.name)));
    if stored.digests != repeated.digests {
        paths.push("/digests".to_owned());
    }
    if paths.is_empty() {
        paths.push("/".to_owned());
    }
    paths.truncate(20);
    paths
}
