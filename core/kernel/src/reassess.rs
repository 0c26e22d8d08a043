//! The province in one go (复核): all households of a division read from the register, determined and stored, batch by batch.
//!
//! INVARIANT: how far it has come is stored with the batch itself, so whoever is cut off goes on where the last batch ended,
//! and every household is determined once.

mod background;
mod batch;
mod body;
mod changes;
mod page;

use std::sync::atomic::{AtomicBool, Ordering};

use nuan_store::reassessment::{self as reassessment_store, Advance, Reassessment};
use nuan_vocabulary::id::{HouseholdId, ReassessmentId};

pub(crate) use self::background::InBackground;
pub use self::batch::Spent;
use self::batch::{Batch, Reassessor};
pub use self::body::{LeftOut, ReassessmentBody, ReassessmentRequest, ReassessmentState};
use self::body::{Tally, body};
pub use self::changes::{Moved, ProgrammeChanges};
use self::page::Scope;
use crate::actor::Actor;
use crate::body::Created;
use crate::entry::EntryRows;
use crate::error::KernelError;
use crate::idempotency::IdempotencyKey;
use crate::job::micros;
use crate::kernel::Kernel;
use crate::writer::Needs;

/// How fast somebody goes on with a reassessment, and until when.
#[derive(Clone, Copy, Debug)]
pub struct Pace<'a> {
    /// Households in one batch, and in one call into a plugin.
    pub batch: u32,
    /// Set by whoever wants it to end after the batch that is under way; it stays open.
    pub stop: &'a AtomicBool,
}

impl Pace<'_> {
    /// Households in one batch where nobody says otherwise.
    pub const BATCH: u32 = 2_048;
}

/// A batch that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchStored {
    /// How many households were looked at, those of earlier batches too.
    pub looked_at: u64,
    /// Those of this batch that were left out.
    pub left_out: Vec<LeftOut>,
    /// Where the time of this batch went.
    pub spent: Spent,
}

impl Kernel {
    /// Begins a reassessment; one that is open for the date and the division is gone on with, and counts as begun before.
    pub async fn begin_reassessment(
        &self,
        actor: &Actor,
        request: ReassessmentRequest,
        key: Option<IdempotencyKey>,
    ) -> Result<Created<ReassessmentBody>, KernelError> {
        if let Some(body) = self.answered(actor, key.as_ref()).await? {
            return Ok(Created { body, replayed: true });
        }
        let households = {
            let mut transaction = self.0.store.begin_read().await?;
            reassessment_store::count_households_within(&mut transaction, request.division).await?
        };
        let started_at = self.now();
        let tally = Tally { households: u64::try_from(households).unwrap_or(0), ..Tally::default() };
        let begun = Reassessment {
            id: ReassessmentId::from_uuid(self.new_uuid()),
            as_of: request.as_of,
            known_at: request.known_at.unwrap_or(started_at),
            division: request.division,
            after_household: None,
            started_at,
            finished_at: None,
            given_up_at: None,
            tally: tally.text()?,
        };
        let drawn = self.0.data_keys.draw_for_answer()?;
        let kept = drawn.row.filter(|_| key.is_some());
        let needs = Needs { keys: Vec::from_iter(kept), ..Needs::default() };
        let (kernel, actor) = (self.clone(), actor.clone());
        self.0
            .writer
            .write(needs, move |writing| {
                Box::pin(async move {
                    let transaction = &mut writing.transaction;
                    let open = reassessment_store::open_reassessment(transaction, begun.as_of, begun.division).await?;
                    let differs = |open: &Reassessment| request.known_at.is_some_and(|known| known != open.known_at);
                    if let Some(other) = open.as_ref().filter(|open| differs(open)) {
                        return Err(KernelError::ReassessmentOpen { id: other.id, known_at: other.known_at });
                    }
                    let shown = body(open.as_ref().unwrap_or(&begun))?;
                    let answer = (&drawn.key, &shown);
                    let earlier = kernel.claim_with(transaction, &actor, begun.division, key.as_ref(), answer).await?;
                    if let Some(body) = earlier {
                        return Ok(Created { body, replayed: true });
                    }
                    if open.is_none() {
                        reassessment_store::insert_reassessment(transaction, &begun).await?;
                    }
                    Ok(Created { body: shown, replayed: open.is_some() })
                })
            })
            .await
    }

    /// The one that is open for a date and a division.
    pub async fn open_reassessment(
        &self,
        _actor: &Actor,
        request: ReassessmentRequest,
    ) -> Result<Option<ReassessmentBody>, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        let open = reassessment_store::open_reassessment(&mut transaction, request.as_of, request.division).await?;
        open.as_ref().map(body).transpose()
    }

    /// How a reassessment stands.
    pub async fn reassessment(&self, _actor: &Actor, id: ReassessmentId) -> Result<ReassessmentBody, KernelError> {
        body(&self.reassessment_row(id).await?)
    }

    /// Ends a reassessment before everybody is done. What it stored stays; whoever goes on with it stops at the next batch.
    pub async fn cancel_reassessment(
        &self,
        actor: &Actor,
        id: ReassessmentId,
        key: Option<IdempotencyKey>,
    ) -> Result<Created<ReassessmentBody>, KernelError> {
        if let Some(body) = self.answered(actor, key.as_ref()).await? {
            return Ok(Created { body, replayed: true });
        }
        let drawn = self.0.data_keys.draw_for_answer()?;
        let kept = drawn.row.filter(|_| key.is_some());
        let needs = Needs { keys: Vec::from_iter(kept), ..Needs::default() };
        let (kernel, actor, at) = (self.clone(), actor.clone(), self.now());
        self.0
            .writer
            .write(needs, move |writing| {
                Box::pin(async move {
                    let transaction = &mut writing.transaction;
                    let row = reassessment_store::reassessment(transaction, id).await?;
                    let row = row.ok_or_else(|| KernelError::NotFound(id.to_string()))?;
                    let shown = body(&Reassessment { given_up_at: Some(at), ..row.clone() })?;
                    let answer = (&drawn.key, &shown);
                    let earlier = kernel.claim_with(transaction, &actor, row.division, key.as_ref(), answer).await?;
                    if let Some(body) = earlier {
                        return Ok(Created { body, replayed: true });
                    }
                    if !reassessment_store::give_up(transaction, id, at).await? {
                        return Err(KernelError::ReassessmentEnded);
                    }
                    Ok(Created { body: shown, replayed: false })
                })
            })
            .await
    }

    /// Goes on with a reassessment until everybody is done, somebody cancels it, or it is told to stop. `progress` hears of
    /// every batch that is stored.
    pub async fn reassess(
        &self,
        actor: &Actor,
        id: ReassessmentId,
        pace: Pace<'_>,
        mut progress: impl FnMut(&BatchStored),
    ) -> Result<ReassessmentBody, KernelError> {
        let row = self.reassessment_row(id).await?;
        if row.finished_at.is_some() || row.given_up_at.is_some() {
            return Err(KernelError::ReassessmentEnded);
        }
        let scope = Scope { division: row.division, as_of: row.as_of };
        let mut worker = Some(Reassessor::new(self, actor, scope, row.known_at));
        let mut page = Some(self.reassessment_page(scope, row.after_household, pace.batch).await?);
        let mut under_way = UnderWay { id, stands: row.after_household, tally: Tally::of(&row)? };
        let mut waiting: Option<Batch> = None;
        let mut is_stopped = false;
        let ended = loop {
            is_stopped |= pace.stop.load(Ordering::Acquire);
            let next = page.take().filter(|page| page.last().is_some() && !is_stopped);
            if next.is_none() && waiting.is_none() {
                break if is_stopped { Ok(()) } else { self.finish_reassessment(&under_way).await };
            }
            let after = next.as_ref().and_then(page::Page::last);
            let computing = compute(worker.take().zip(next));
            let reading = self.next_page(scope, after, pace.batch);
            let storing = self.store_batch(&mut under_way, waiting.take());
            let (computed, read, stored) = tokio::join!(computing, reading, storing);
            match stored {
                Ok(stored) => stored.iter().for_each(&mut progress),
                Err(error) => break Err(error),
            }
            (worker, waiting) = computed?;
            page = read?;
        };
        match ended {
            Ok(()) | Err(KernelError::Overtaken) => {}
            Err(error) => return Err(error),
        }
        let shown = self.reassessment(actor, id).await?;
        let is_others = ended.is_err() && shown.state != ReassessmentState::Cancelled;
        if is_others { Err(KernelError::Overtaken) } else { Ok(shown) }
    }

    async fn next_page(
        &self,
        scope: Scope,
        after: Option<HouseholdId>,
        limit: u32,
    ) -> Result<Option<page::Page>, KernelError> {
        match after {
            Some(after) => self.reassessment_page(scope, Some(after), limit).await.map(Some),
            None => Ok(None),
        }
    }

    /// Rows, leaves, heads and how far it has come, in one act, acknowledged after its commit.
    async fn store_batch(
        &self,
        under_way: &mut UnderWay,
        batch: Option<Batch>,
    ) -> Result<Option<BatchStored>, KernelError> {
        let Some(batch) = batch else { return Ok(None) };
        let (start, commits) = (self.now(), self.0.writer.commit_micros());
        let left_out = batch.tally.named.clone();
        let mut tally = under_way.tally.clone();
        tally.merge(batch.tally);
        let step = Advance { id: under_way.id, from: under_way.stands, to: batch.last, tally: tally.text()? };
        let needs = Needs { counties: batch.acts.iter().map(|act| act.county).collect(), ..Needs::default() };
        let kept: Vec<String> = batch.snapshots.iter().map(|snapshot| snapshot.archived.digest.clone()).collect();
        let (kernel, snapshots, rows, acts) = (self.clone(), batch.snapshots, batch.rows, batch.acts);
        self.0
            .writer
            .write(needs, move |writing| {
                Box::pin(async move {
                    if !reassessment_store::advance(&mut writing.transaction, &step).await? {
                        return Err(KernelError::Overtaken);
                    }
                    let snapshots: Vec<_> = snapshots.iter().map(|snapshot| &snapshot.archived).collect();
                    kernel.keep(&mut writing.transaction, &snapshots).await?;
                    writing.enter(EntryRows { determinations: rows, ..EntryRows::default() });
                    acts.into_iter().for_each(|act| writing.log(act));
                    Ok(())
                })
            })
            .await?;
        self.remember_kept(kept);
        (under_way.stands, under_way.tally) = (Some(batch.last), tally);
        let commit = i64::try_from(self.0.writer.commit_micros() - commits).unwrap_or(0);
        let write = (micros(start, self.now()) - commit).max(0);
        let spent = Spent { write, commit, ..batch.spent };
        Ok(Some(BatchStored { looked_at: under_way.tally.looked_at(), left_out, spent }))
    }

    async fn finish_reassessment(&self, under_way: &UnderWay) -> Result<(), KernelError> {
        let (id, stands, at) = (under_way.id, under_way.stands, self.now());
        self.0
            .writer
            .write(Needs::default(), move |writing| {
                Box::pin(async move {
                    let is_done = reassessment_store::finish(&mut writing.transaction, id, stands, at).await?;
                    if is_done { Ok(()) } else { Err(KernelError::Overtaken) }
                })
            })
            .await
    }

    async fn reassessment_row(&self, id: ReassessmentId) -> Result<Reassessment, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        let found = reassessment_store::reassessment(&mut transaction, id).await?;
        found.ok_or_else(|| KernelError::NotFound(id.to_string()))
    }
}

/// Where whoever goes on with a reassessment stands.
struct UnderWay {
    id: ReassessmentId,
    stands: Option<HouseholdId>,
    tally: Tally,
}

/// Computes a page on a thread of its own; the worker comes back with the batch.
async fn compute(work: Option<(Reassessor, page::Page)>) -> Result<(Option<Reassessor>, Option<Batch>), KernelError> {
    let Some((mut worker, page)) = work else { return Ok((None, None)) };
    let computing = tokio::task::spawn_blocking(move || {
        let batch = worker.compute(page);
        (worker, batch)
    });
    let (worker, batch) = computing.await.map_err(|_| KernelError::TaskLost)?;
    Ok((Some(worker), batch?))
}
