//! Putting the households of a spreadsheet on the register: each by its own act, many acts to a commit.
//!
//! INVARIANT: the same household of the same file is recorded once. An import that was cut off goes on where it ended when the
//! same file comes again.

mod body;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use nuan_domain::audit::digest;
use nuan_vocabulary::diagnostic::Diagnostic;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

pub use self::body::{ImportBody, RefusedHousehold};
use crate::actor::Actor;
use crate::error::KernelError;
use crate::idempotency::IdempotencyKey;
use crate::import::{Done, Mapping, Prepared, Preview, Table, fingerprint};
use crate::kernel::Kernel;

/// How many households are on their way at once: enough for one sync to carry many.
const AT_ONCE: usize = 64;

/// What idempotency keys of imports are for.
const ROUTE: &str = "import";

/// A spreadsheet that somebody sends, and what to do with it. It is personal: `Debug` shows its size alone.
pub struct ImportRequest {
    /// CSV in UTF-8 or GB 18030, or an Excel workbook (.xlsx).
    pub file: Vec<u8>,
    /// Which column is what (YAML); guessed from the headers where absent.
    pub mapping: Option<Vec<u8>>,
    /// Whether the households that are ready are put on the register. Otherwise it is a preview, and nothing is written.
    pub is_committed: bool,
}

impl fmt::Debug for ImportRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImportRequest({} bytes)", self.file.len())
    }
}

impl Kernel {
    /// Reads a spreadsheet that somebody sends and, where asked to, puts what is ready on the register. The same file again is
    /// the same households.
    pub async fn import_spreadsheet(&self, actor: &Actor, request: ImportRequest) -> Result<ImportBody, KernelError> {
        let is_committed = request.is_committed;
        let read = self.compute(move |kernel| kernel.read_spreadsheet(&request)).await??;
        if !is_committed {
            return Ok(ImportBody::of(&read.preview, &BTreeMap::new(), read.mapping));
        }
        let done = self.import_known(actor, &read.fingerprint, &read.preview, |_| {}).await?;
        let body = ImportBody::of(&read.preview, &done, read.mapping);
        let (imported, refused) = (body.imported.len(), body.refused.len());
        tracing::info!(import.households = imported, import.refused = refused, "Imported {imported} households.");
        Ok(body)
    }

    /// Everything that takes long and waits for nothing.
    fn read_spreadsheet(&self, request: &ImportRequest) -> Result<Spreadsheet, KernelError> {
        let table = Table::read(&request.file).map_err(|mistake| {
            let mistake = Diagnostic { path: "file".to_owned(), ..mistake };
            KernelError::Request(vec![mistake])
        })?;
        let mapping = match &request.mapping {
            Some(text) => Mapping::read("mapping", text).map_err(KernelError::Request)?,
            None => self.guess_mapping(&table.headers),
        };
        let preview = self.preview_import(&table, &mapping)?;
        Ok(Spreadsheet { fingerprint: fingerprint(&request.file), mapping, preview })
    }

    /// A first mapping for a file with these headers.
    pub fn guess_mapping(&self, headers: &[String]) -> Mapping {
        Mapping::guess(headers, &self.0.installed.reference.schema)
    }

    /// What a file would put on the register, and every mistake in it. Nothing is written.
    pub fn preview_import(&self, table: &Table, mapping: &Mapping) -> Result<Preview, KernelError> {
        Preview::of(table, mapping, &self.0.installed.reference.schema).map_err(KernelError::Request)
    }

    /// Records the households that are ready. What came of each stands under its number; `progress` hears of each.
    pub async fn import(
        &self,
        actor: &Actor,
        file: &[u8],
        preview: &Preview,
        progress: impl FnMut(u64),
    ) -> Result<BTreeMap<String, Done>, KernelError> {
        self.import_known(actor, &fingerprint(file), preview, progress).await
    }

    /// The same of a file whose fingerprint is known.
    async fn import_known(
        &self,
        actor: &Actor,
        file: &str,
        preview: &Preview,
        mut progress: impl FnMut(u64),
    ) -> Result<BTreeMap<String, Done>, KernelError> {
        let room = Arc::new(Semaphore::new(AT_ONCE));
        let mut done = BTreeMap::new();
        let mut under_way = JoinSet::new();
        for household in &preview.households {
            let Ok(place) = Arc::clone(&room).acquire_owned().await else { break };
            while let Some(ended) = under_way.try_join_next() {
                keep(&mut done, ended, &mut progress)?;
            }
            let (kernel, actor, household, file) = (self.clone(), actor.clone(), household.clone(), file.to_owned());
            under_way.spawn(async move {
                let outcome = kernel.import_one(&actor, &file, &household).await;
                drop(place);
                (household.household_number, outcome)
            });
        }
        while let Some(ended) = under_way.join_next().await {
            keep(&mut done, ended, &mut progress)?;
        }
        Ok(done)
    }

    async fn import_one(&self, actor: &Actor, file: &str, household: &Prepared) -> Result<Done, KernelError> {
        let request = household.document.to_string();
        let named = digest(format!("{file}\n{}", household.household_number).as_bytes());
        let key = named.get(7..71).unwrap_or(&named).to_owned();
        let key = IdempotencyKey::new(&key, ROUTE, request.as_bytes())?;
        match self.record_household(actor, household.document.clone(), Some(key)).await {
            Ok(created) => Ok(Done::Imported(created.body.id)),
            Err(error) if is_about_the_household(&error) => {
                let what = error.diagnostics().first().map_or_else(|| error.to_string(), Diagnostic::to_string);
                Ok(Done::Refused { code: error.code().to_owned(), what })
            }
            Err(error) => Err(error),
        }
    }
}

/// A spreadsheet that was read.
struct Spreadsheet {
    fingerprint: String,
    mapping: Mapping,
    preview: Preview,
}

type Ended = Result<(String, Result<Done, KernelError>), tokio::task::JoinError>;

fn keep(done: &mut BTreeMap<String, Done>, ended: Ended, progress: &mut impl FnMut(u64)) -> Result<(), KernelError> {
    let (number, outcome) = ended.map_err(|_| KernelError::TaskLost)?;
    done.insert(number, outcome?);
    progress(u64::try_from(done.len()).unwrap_or(u64::MAX));
    Ok(())
}

/// Whether the others can go on: the household is refused, not the database.
fn is_about_the_household(error: &KernelError) -> bool {
    use crate::error::ErrorKind::{Conflict, Input, NotFound};
    matches!(error.kind(), Input | NotFound | Conflict)
}
