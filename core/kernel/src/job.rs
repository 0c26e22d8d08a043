//! Many households at once: parsed, run through the graph in batches, and stored in one transaction a batch.
//!
//! INVARIANT: the same plugins, the same host function and the same stored form as for one household.

use std::sync::Arc;

use jiff::Timestamp;
use nuan_domain::audit::digest;
use nuan_domain::document::HouseholdDocument;
use nuan_store::determination as determination_store;
use nuan_store::household::{self as household_store, Household};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::Determination;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{DeterminationId, HouseholdId};

use crate::actor::Actor;
use crate::determinations::refuse_without_verdict;
use crate::documents::Place;
use crate::error::KernelError;
use crate::evaluate::{BatchRunner, Question};
use crate::kernel::{Kernel, county_of};
use crate::log::Act;
use crate::snapshot::Snapshot;

/// Where the time of a job goes, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breakdown {
    /// Reading documents.
    pub parse: i64,
    /// Plans, columns, answers.
    pub plan: i64,
    /// Inside the plugins.
    pub rules: i64,
    /// Digests and sealing.
    pub seal: i64,
    /// Statements to the database.
    pub write: i64,
    /// The commit, with its fsync.
    pub commit: i64,
}

impl Breakdown {
    /// Adds another part of the job.
    pub fn add(&mut self, other: Self) {
        self.parse += other.parse;
        self.plan += other.plan;
        self.rules += other.rules;
        self.seal += other.seal;
        self.write += other.write;
        self.commit += other.commit;
    }
}

/// A household of a job that was determined.
#[derive(Clone, Debug)]
pub struct Done {
    /// Its number in the batch.
    pub number: usize,
    /// What was stored.
    pub determination: Determination,
}

/// A batch that is computed and sealed, and waits to be stored.
pub struct Computed {
    /// Households that were determined.
    pub done: Vec<Done>,
    /// Households that were not, by number; nothing of them is stored.
    pub refused: Vec<(usize, KernelError)>,
    /// Where the time went.
    pub breakdown: Breakdown,
    rows: Rows,
}

#[derive(Default)]
struct Rows {
    households: Vec<Household>,
    documents: Vec<household_store::HouseholdDocument>,
    determinations: Vec<determination_store::Determination>,
    contents: Vec<(DivisionCode, DeterminationId, Vec<u8>)>,
    snapshots: Vec<Arc<Snapshot>>,
    at: Timestamp,
}

/// A job on one thread.
pub struct Job {
    kernel: Kernel,
    runner: BatchRunner,
    as_of: Option<Date>,
    known_at: Timestamp,
}

impl Kernel {
    /// A job that determines households as of a date and as known at an instant.
    pub fn job(&self, as_of: Option<Date>, known_at: Option<Timestamp>) -> Job {
        let runner = BatchRunner::new(Arc::clone(&self.0.installed), Arc::clone(&self.0.surroundings));
        Job { kernel: self.clone(), runner, as_of, known_at: known_at.unwrap_or_else(|| self.now()) }
    }

    /// Stores a computed batch: rows, leaves and heads in one transaction, acknowledged after its commit.
    pub async fn store_computed(&self, actor: &Actor, computed: &Computed) -> Result<Breakdown, KernelError> {
        let rows = &computed.rows;
        let start = self.now();
        let counties = rows.households.iter().map(|household| household.county);
        let mut transaction = self.0.store.begin_write(counties).await?;
        let snapshots: Vec<_> = rows.snapshots.iter().map(|snapshot| &snapshot.archived).collect();
        let kept = self.keep(&mut transaction, &snapshots).await?;
        household_store::insert_households(&mut transaction, &rows.households).await?;
        household_store::insert_documents(&mut transaction, &rows.documents).await?;
        determination_store::insert_determinations(&mut transaction, &rows.determinations).await?;
        let acts: Vec<Act<'_>> = rows.contents.iter().map(act).collect();
        let appended = self.0.log.append(&mut transaction, &self.0.keys, actor, rows.at, &acts).await?;
        let written = self.now();
        transaction.commit().await?;
        self.0.log.committed(appended);
        self.remember_kept(kept);
        Ok(Breakdown { write: micros(start, written), commit: micros(written, self.now()), ..Breakdown::default() })
    }
}

impl Job {
    /// Parses and determines a batch of documents, and seals what will be stored.
    pub fn compute(&mut self, documents: &[Vec<u8>]) -> Result<Computed, KernelError> {
        let kernel = self.kernel.clone();
        let start = kernel.now();
        let known_at = self.known_at;
        let mut refused = Vec::new();
        let mut parsed = Vec::with_capacity(documents.len());
        for (number, bytes) in documents.iter().enumerate() {
            match HouseholdDocument::parse(bytes, &kernel.0.installed.reference.schema) {
                Ok(document) => parsed.push((number, bytes, document)),
                Err(error) => refused.push((number, error.into())),
            }
        }
        let read = kernel.now();
        let digests: Vec<String> = parsed.iter().map(|(_, bytes, _)| digest(bytes)).collect();
        let questions: Vec<Question<'_>> = parsed
            .iter()
            .zip(digests)
            .map(|((_, _, document), inputs_digest)| Question {
                document,
                inputs_digest,
                as_of: kernel.as_of(self.as_of, document),
            })
            .collect();
        let (results, rules) = self.runner.determine(&questions, known_at);
        let run = kernel.now();
        let mut rows = Rows { at: run, ..Rows::default() };
        let mut done = Vec::with_capacity(results.len());
        for ((number, bytes, document), result) in parsed.iter().zip(results) {
            match result.and_then(|determination| refuse_without_verdict(&determination).map(|()| determination)) {
                Ok(determination) => {
                    let determination = kernel.add_rows(&mut rows, bytes, document, determination, known_at)?;
                    done.push(Done { number: *number, determination });
                }
                Err(error) => refused.push((*number, error)),
            }
        }
        let (parse, plan) = (micros(start, read), micros(read, run) - rules);
        let breakdown = Breakdown { parse, plan, rules, seal: micros(run, kernel.now()), ..Breakdown::default() };
        Ok(Computed { done, refused, breakdown, rows })
    }
}

impl Kernel {
    fn add_rows(
        &self,
        rows: &mut Rows,
        bytes: &[u8],
        document: &HouseholdDocument,
        mut determination: Determination,
        known_at: Timestamp,
    ) -> Result<Determination, KernelError> {
        let county = county_of(document.division);
        let household = HouseholdId::from_uuid(self.new_uuid());
        let id = DeterminationId::from_uuid(self.new_uuid());
        let created_at = rows.at;
        determination.id = Some(id);
        determination.household = Some(household);
        let content = Self::determination_bytes(&determination)?;
        let place = Place { id, household, document_version: 1, county, known_at, created_at };
        let snapshot = self.snapshot_of(&determination, known_at)?;
        if !rows.snapshots.iter().any(|other| Arc::ptr_eq(other, &snapshot)) {
            rows.snapshots.push(snapshot);
        }
        rows.households.push(Household { id: household, county, created_at });
        rows.documents.push(self.sealed_document(household, 1, county, created_at, bytes)?);
        rows.determinations.push(self.sealed_determination(&determination, &place, &content)?);
        rows.contents.push((county, id, content));
        Ok(determination)
    }
}

fn act((county, id, content): &(DivisionCode, DeterminationId, Vec<u8>)) -> Act<'_> {
    Act { county: *county, act: "determination.compute", subject: id.to_string(), content }
}

/// Microseconds between two instants; never negative, since clocks step back.
fn micros(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_microsecond() - from.as_microsecond()).max(0)
}
