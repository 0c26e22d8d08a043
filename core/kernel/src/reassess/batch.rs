//! A page of households, opened, determined, compared and sealed, on a thread of its own.
//!
//! INVARIANT: the same parts, the same view, the same host function and the same stored form as for one household. One that
//! cannot be read or determined is left out with its code; the others go on.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use nuan_domain::audit::digest;
use nuan_domain::document::HouseholdDocument;
use nuan_domain::register::{HouseholdPart, View};
use nuan_store::determination as determination_store;
use nuan_store::household as household_store;
use nuan_vocabulary::determination::{Determination, OutputValue};
use nuan_vocabulary::id::{DeterminationId, HouseholdId, PersonId};
use serde::Deserialize;
use tokio::runtime::Handle;

use super::body::Tally;
use super::page::{Page, Scope};
use crate::actor::Actor;
use crate::data_keys::DataKey;
use crate::determinations::refuse_without_verdict;
use crate::entry::leaf;
use crate::error::KernelError;
use crate::evaluate::{BatchRunner, Question};
use crate::job::micros;
use crate::kernel::Kernel;
use crate::log::Act;
use crate::parts::{
    Held, HeldPerson, Place, Recorded, json, open_determination_row, open_household, open_person, read,
};
use crate::snapshot::Snapshot;

/// Where the time of a reassessment goes, in microseconds. The parts overlap: one page is read and one is written while
/// another is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Statements that read.
    pub read: i64,
    /// Keys and parts opened, documents put together and read.
    pub open: i64,
    /// Plans, columns, answers.
    pub plan: i64,
    /// Inside the plugins.
    pub rules: i64,
    /// Comparing, digests and sealing.
    pub seal: i64,
    /// Statements that write.
    pub write: i64,
    /// The commit, with its fsync.
    pub commit: i64,
}

impl Spent {
    /// Adds another part.
    pub fn add(&mut self, other: Self) {
        self.read += other.read;
        self.open += other.open;
        self.plan += other.plan;
        self.rules += other.rules;
        self.seal += other.seal;
        self.write += other.write;
        self.commit += other.commit;
    }
}

/// A page that is computed and sealed, and waits to be stored.
pub(super) struct Batch {
    pub last: HouseholdId,
    pub tally: Tally,
    pub rows: Vec<determination_store::Determination>,
    pub acts: Vec<Act>,
    pub snapshots: Vec<Arc<Snapshot>>,
    pub spent: Spent,
}

/// Whoever computes the pages of one reassessment.
pub(super) struct Reassessor {
    kernel: Kernel,
    runner: BatchRunner,
    actor: Actor,
    scope: Scope,
    known_at: Timestamp,
}

/// Opened keys by id; nothing, where one is destroyed.
struct Keys(HashMap<String, Option<DataKey>>);

/// A household whose own part is open.
struct Home {
    row: household_store::HouseholdDocument,
    key: DataKey,
    part: HouseholdPart,
}

/// A household that is to be determined.
struct Asked {
    held: Held,
    document: HouseholdDocument,
    inputs_digest: String,
}

impl Keys {
    fn open(kernel: &Kernel, page: &Page) -> Self {
        let open = |row| kernel.0.data_keys.open(row).ok();
        Self(page.keys.values().filter_map(|row| Some((row.id.clone(), open(row)?))).collect())
    }

    /// The key; nothing, where it is destroyed. One that is lost, or that does not open, is an error.
    fn find(&self, id: &str) -> Result<Option<&DataKey>, KernelError> {
        let lost = || KernelError::CannotOpen { table: "data_key", row: id.to_owned() };
        self.0.get(id).map(Option::as_ref).ok_or_else(lost)
    }
}

impl Reassessor {
    /// On one thread.
    pub fn new(kernel: &Kernel, actor: &Actor, scope: Scope, known_at: Timestamp) -> Self {
        let runner = BatchRunner::new(Arc::clone(&kernel.0.installed), Arc::clone(&kernel.0.surroundings));
        Self { kernel: kernel.clone(), runner, actor: actor.clone(), scope, known_at }
    }

    /// Determines a page, and seals what will be stored.
    pub fn compute(&mut self, mut page: Page) -> Result<Option<Batch>, KernelError> {
        let Some(last) = page.last() else { return Ok(None) };
        let (kernel, start) = (self.kernel.clone(), self.kernel.now());
        let mut tally = Tally::default();
        let (homes, keys) = self.homes(&mut page, &mut tally)?;
        let mut asked = Vec::with_capacity(homes.len());
        for home in homes {
            let household = home.row.household_id;
            match self.ask(home, &page, &keys) {
                Ok(Some(one)) => asked.push(one),
                Ok(None) => tally.ended += 1,
                Err(error) => tally.leave_out(household, &error),
            }
        }
        let opened = kernel.now();
        let as_of = self.scope.as_of;
        let questions: Vec<Question<'_>> = asked
            .iter()
            .map(|one| Question { document: &one.document, inputs_digest: one.inputs_digest.clone(), as_of })
            .collect();
        let (results, rules) = self.runner.determine(&questions, self.known_at);
        drop(questions);
        let run = kernel.now();
        let (rows, acts, snapshots) = (Vec::with_capacity(asked.len()), Vec::with_capacity(asked.len()), Vec::new());
        let mut batch = Batch { last, tally, rows, acts, snapshots, spent: Spent::default() };
        for (one, result) in asked.into_iter().zip(results) {
            let household = one.held.row.household_id;
            let added = result.and_then(|after| {
                refuse_without_verdict(&after)?;
                let before = before(page.current.get(&household), &keys)?;
                self.add(&mut batch, &one.held, &before, after, run)
            });
            if let Err(error) = added {
                batch.tally.leave_out(household, &error);
            }
        }
        let (open, plan, seal) = (micros(start, opened), micros(opened, run) - rules, micros(run, kernel.now()));
        batch.spent = Spent { read: page.read, open, plan, rules, seal, ..Spent::default() };
        Ok(Some(batch))
    }

    /// Opens the households' own parts, and looks up what they name of persons that was stated with other households.
    fn homes(&self, page: &mut Page, tally: &mut Tally) -> Result<(Vec<Home>, Keys), KernelError> {
        let keys = Keys::open(&self.kernel, page);
        let mut homes = Vec::with_capacity(page.households.len());
        let mut elsewhere: Vec<(PersonId, i64)> = Vec::new();
        for row in std::mem::take(&mut page.households) {
            let household = row.household_id;
            match open_home(row, &keys) {
                Ok(home) => {
                    let named = home.part.latest_memberships().map(|member| (member.person, member.version));
                    elsewhere.extend(named.filter(|named| !page.persons.contains_key(named)));
                    homes.push(home);
                }
                Err(error) => tally.leave_out(household, &error),
            }
        }
        if elsewhere.is_empty() {
            return Ok((homes, keys));
        }
        Handle::current().block_on(self.kernel.add_stated_elsewhere(page, &elsewhere))?;
        Ok((homes, Keys::open(&self.kernel, page)))
    }

    /// Puts a household together as it is determined. Nothing: it had ended by that date.
    fn ask(&self, home: Home, page: &Page, keys: &Keys) -> Result<Option<Asked>, KernelError> {
        let Home { row, key, part } = home;
        let (as_of, known_at) = (self.scope.as_of, self.known_at);
        if part.ended.is_some_and(|ended| ended.on <= as_of && ended.known_at.0 <= known_at) {
            return Ok(None);
        }
        let mut persons = BTreeMap::new();
        for member in part.latest_memberships() {
            let Some(row) = page.persons.get(&(member.person, member.version)) else { continue };
            let Some(key) = keys.find(&row.sealed.key_id)? else { continue }; // erased
            let part = read(&open_person(row, key)?, "a person part")?;
            persons.insert(member.person, HeldPerson { version: row.version, key: key.clone(), part });
        }
        let held = Held { row, key, part, persons };
        let document = held.document(View::At { as_of, known_at });
        let inputs_digest = digest(&json(&document, "a household document")?);
        let document = HouseholdDocument::from_value(&document, &self.kernel.0.installed.reference.schema)?;
        Ok(Some(Asked { held, document, inputs_digest }))
    }

    /// Seals a determination, and counts what it changed.
    fn add(
        &self,
        batch: &mut Batch,
        held: &Held,
        before: &[OutputValue],
        mut after: Determination,
        at: Timestamp,
    ) -> Result<(), KernelError> {
        let kernel = &self.kernel;
        let place = Place {
            id: DeterminationId::from_uuid(kernel.new_uuid()),
            household: held.row.household_id,
            document_version: held.row.version,
            county: held.row.county,
            known_at: self.known_at,
            created_at: at,
            corrects: None,
        };
        after.id = Some(place.id);
        after.household = Some(place.household);
        let (row, commitment) = kernel.sealed_determination(&held.key, &place, &after)?;
        let snapshot = kernel.snapshot_of(&after, self.known_at)?;
        if !batch.snapshots.iter().any(|other| Arc::ptr_eq(other, &snapshot)) {
            batch.snapshots.push(snapshot);
        }
        let recorded = Recorded { household: place.household, county: place.county, at };
        let subject = place.id.to_string();
        batch.acts.push(leaf("determination.compute", &self.actor, recorded, subject, commitment, &held.key));
        batch.rows.push(row);
        batch.tally.determined += 1;
        batch.tally.changes.add(place.county, before, &after.outputs);
        Ok(())
    }
}

fn open_home(row: household_store::HouseholdDocument, keys: &Keys) -> Result<Home, KernelError> {
    let key = keys.find(&row.sealed.key_id)?.ok_or(KernelError::Erased)?.clone();
    let part = read(&open_household(&row, &key)?, "a household part")?;
    Ok(Home { row, key, part })
}

/// What was current before: of a determination that is stored, the outputs alone are read.
fn before(row: Option<&determination_store::Determination>, keys: &Keys) -> Result<Vec<OutputValue>, KernelError> {
    #[derive(Deserialize)]
    struct Before {
        outputs: Vec<OutputValue>,
    }

    let Some(row) = row else { return Ok(Vec::new()) };
    let key = keys.find(&row.sealed.key_id)?.ok_or(KernelError::Erased)?;
    let Before { outputs } = read(&open_determination_row(row, key)?, "a determination")?;
    Ok(outputs)
}
