//! Many households at once: parsed, run through the graph in batches, and stored in one transaction a batch.
//!
//! INVARIANT: the same plugins, the same host function and the same stored form as for one household.

use std::sync::Arc;

use jiff::Timestamp;
use nuan_domain::audit::digest;
use nuan_domain::document::HouseholdDocument;
use nuan_domain::register::View;
use nuan_store::key_store;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::Determination;
use nuan_vocabulary::id::DeterminationId;

use crate::actor::Actor;
use crate::determinations::refuse_without_verdict;
use crate::entry::{Entry, EntryRows, leaf};
use crate::error::KernelError;
use crate::evaluate::{BatchRunner, Question};
use crate::kernel::Kernel;
use crate::log::Act;
use crate::parts::{Place, Recorded, json};
use crate::snapshot::Snapshot;
use crate::writer::Needs;

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
    keys: Vec<key_store::DataKey>,
    entries: EntryRows,
    acts: Vec<Act>,
    snapshots: Vec<Arc<Snapshot>>,
}

/// A job on one thread.
pub struct Job {
    kernel: Kernel,
    runner: BatchRunner,
    actor: Actor,
    as_of: Option<Date>,
    known_at: Timestamp,
}

/// A document that was read, and the household that it enters as.
struct Asked {
    number: usize,
    entry: Entry,
    document: HouseholdDocument,
    inputs_digest: String,
    as_of: Date,
}

impl Kernel {
    /// A job of an actor that records households and determines them as of a date and as known at an instant.
    pub fn job(&self, actor: &Actor, as_of: Option<Date>, known_at: Option<Timestamp>) -> Job {
        let runner = BatchRunner::new(Arc::clone(&self.0.installed), Arc::clone(&self.0.surroundings));
        let known_at = known_at.unwrap_or_else(|| self.now());
        Job { kernel: self.clone(), runner, actor: actor.clone(), as_of, known_at }
    }

    /// Stores a computed batch: keys first, then rows, leaves and heads in one act, acknowledged after its commit.
    pub async fn store_computed(&self, computed: &mut Computed) -> Result<Breakdown, KernelError> {
        let mut rows = std::mem::take(&mut computed.rows);
        let (start, commits) = (self.now(), self.0.writer.commit_micros());
        let counties = rows.entries.households.iter().map(|household| household.county).collect();
        let needs = Needs { counties, keys: std::mem::take(&mut rows.keys), is_refused_early: false };
        let kernel = self.clone();
        let kept: Vec<String> = rows.snapshots.iter().map(|snapshot| snapshot.archived.digest.clone()).collect();
        self.0
            .writer
            .write(needs, move |writing| {
                Box::pin(async move {
                    let snapshots: Vec<_> = rows.snapshots.iter().map(|snapshot| &snapshot.archived).collect();
                    kernel.keep(&mut writing.transaction, &snapshots).await?;
                    rows.entries.enter(writing).await?;
                    rows.acts.into_iter().for_each(|act| writing.log(act));
                    Ok(())
                })
            })
            .await?;
        self.remember_kept(kept);
        let commit = i64::try_from(self.0.writer.commit_micros() - commits).unwrap_or(0);
        let write = (micros(start, self.now()) - commit).max(0);
        Ok(Breakdown { write, commit, ..Breakdown::default() })
    }
}

impl Job {
    /// Parses and determines a batch of documents, and seals what will be stored.
    pub fn compute(&mut self, documents: &[Vec<u8>]) -> Result<Computed, KernelError> {
        let kernel = self.kernel.clone();
        let start = kernel.now();
        let mut refused = Vec::new();
        let mut asked = Vec::with_capacity(documents.len());
        for (number, bytes) in documents.iter().enumerate() {
            match self.read(number, bytes, start) {
                Ok(one) => asked.push(one),
                Err(error) => refused.push((number, error)),
            }
        }
        let read = kernel.now();
        let questions: Vec<Question<'_>> = asked
            .iter()
            .map(|one| Question { document: &one.document, inputs_digest: one.inputs_digest.clone(), as_of: one.as_of })
            .collect();
        let (results, rules) = self.runner.determine(&questions, self.known_at);
        let run = kernel.now();
        let mut rows = Rows::default();
        let mut done = Vec::with_capacity(results.len());
        for (one, result) in asked.into_iter().zip(results) {
            let number = one.number;
            match result.and_then(|determination| refuse_without_verdict(&determination).map(|()| determination)) {
                Ok(determination) => {
                    let determination = self.add_rows(&mut rows, one.entry, determination)?;
                    done.push(Done { number, determination });
                }
                Err(error) => refused.push((number, error)),
            }
        }
        let (parse, plan) = (micros(start, read), micros(read, run) - rules);
        let breakdown = Breakdown { parse, plan, rules, seal: micros(run, kernel.now()), ..Breakdown::default() };
        Ok(Computed { done, refused, breakdown, rows })
    }

    /// Reads one document and prepares its entry; what is determined is what the register will hold of it.
    fn read(&self, number: usize, bytes: &[u8], at: Timestamp) -> Result<Asked, KernelError> {
        let schema = &self.kernel.0.installed.reference.schema;
        let value = HouseholdDocument::json(bytes)?;
        let document = HouseholdDocument::from_value(&value, schema)?;
        let entry = self.kernel.entry(&self.actor, &value, document.division, at)?;
        let as_of = self.kernel.as_of(self.as_of, document.as_of);
        let view = View::At { as_of, known_at: self.known_at };
        let inputs_digest = digest(&json(&entry.held.document(view), "a household document")?);
        Ok(Asked { number, entry, document, inputs_digest, as_of })
    }

    fn add_rows(
        &self,
        rows: &mut Rows,
        mut entry: Entry,
        mut determination: Determination,
    ) -> Result<Determination, KernelError> {
        let kernel = &self.kernel;
        let place = Place {
            id: DeterminationId::from_uuid(kernel.new_uuid()),
            household: entry.held.row.household_id,
            document_version: entry.held.row.version,
            county: entry.held.row.county,
            known_at: self.known_at,
            created_at: entry.held.row.received_at,
            corrects: None,
        };
        determination.id = Some(place.id);
        determination.household = Some(place.household);
        let key = &entry.held.key;
        let (row, commitment) = kernel.sealed_determination(key, &place, &determination)?;
        let recorded = Recorded { household: place.household, county: place.county, at: place.created_at };
        let act = leaf("determination.compute", &self.actor, recorded, place.id.to_string(), commitment, key);
        let snapshot = kernel.snapshot_of(&determination, self.known_at)?;
        if !rows.snapshots.iter().any(|other| Arc::ptr_eq(other, &snapshot)) {
            rows.snapshots.push(snapshot);
        }
        rows.keys.append(&mut entry.keys);
        rows.acts.extend([entry.act.clone(), act]);
        rows.entries.determinations.push(row);
        rows.entries.add(entry.into_rows());
        Ok(determination)
    }
}

/// Microseconds between two instants; never negative, since clocks step back.
pub(crate) fn micros(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_microsecond() - from.as_microsecond()).max(0)
}
