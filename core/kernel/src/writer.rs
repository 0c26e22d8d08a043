//! One writer for all acts: those that wait are done together in one transaction, each behind a savepoint, their leaves get one
//! head a county, and all of them are acknowledged after the one commit (group commit).
//!
//! INVARIANT: nothing is acknowledged before the fsync of its bytes, nor while what covers it does not get outside. After a
//! commit that failed on a file, whosever it was, the writer stops (`halt`).

mod crowd;
mod failure;
mod gathering;

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use nuan_store::audit;
use nuan_store::{Store, Transaction, key_store};
use nuan_vocabulary::division::DivisionCode;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use self::crowd::Crowd;
pub use self::failure::BatchError;
use self::gathering::{CHECKPOINT_LEAVES, Hindrance, MOST_UNCOVERED, Unpublished};
use crate::checkpoints::Publisher;
use crate::data_keys::DataKeys;
use crate::entry::EntryRows;
use crate::error::KernelError;
use crate::halt::Halt;
use crate::log::{Act, AuditLog};

/// The most acts of one commit.
const MOST: usize = 256;

/// What an act works in. What it logs is appended before the commit.
pub(crate) struct Writing {
    /// The transaction; the writer ends it.
    pub transaction: Transaction,
    rows: EntryRows,
    acts: Vec<Act>,
}

impl Writing {
    /// Adds rows under fresh ids, which nothing in the database can contradict: those of all acts are inserted together.
    pub fn enter(&mut self, rows: EntryRows) {
        self.rows.add(rows);
    }

    /// Adds a leaf to a county's log. The county was named when the act was submitted.
    pub fn log(&mut self, act: Act) {
        self.acts.push(act);
    }
}

/// A boxed act under way.
pub type Doing<'w, T> = Pin<Box<dyn Future<Output = Result<T, KernelError>> + Send + 'w>>;

/// Tells whoever submitted an act how it ended.
type Deliver = Box<dyn FnOnce(Result<(), KernelError>) + Send>;

struct Ran {
    is_kept: bool,
    deliver: Deliver,
}

type Run = Box<dyn for<'w> FnOnce(&'w mut Writing) -> Pin<Box<dyn Future<Output = Ran> + Send + 'w>> + Send>;

/// An act that waits.
struct Submission {
    counties: Vec<DivisionCode>,
    keys: Vec<key_store::DataKey>,
    needs_savepoint: bool,
    run: Run,
    /// Tells why it was not begun.
    refuse: oneshot::Sender<KernelError>,
}

enum Message {
    Act(Submission),
    /// Make the checkpoint of all that is committed now.
    Checkpoint(oneshot::Sender<Result<(), KernelError>>),
}

/// Where acts are submitted.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Message>,
    signals: Arc<Signals>,
    halt: Halt,
}

/// What the writer's task tells those who do not wait for it.
#[derive(Default)]
struct Signals {
    is_behind: AtomicBool,
    commit_micros: AtomicU64,
}

/// What an act brings beside its doing.
#[derive(Default)]
pub struct Needs {
    /// The counties to whose logs it appends.
    pub counties: Vec<DivisionCode>,
    /// New data keys; they are durable before the act begins.
    pub keys: Vec<key_store::DataKey>,
    /// Whether it is refused before it has written anything, if at all: then it needs no savepoint.
    pub is_refused_early: bool,
}

impl Needs {
    /// One county and no new key.
    pub fn county(county: DivisionCode) -> Self {
        Self { counties: vec![county], ..Self::default() }
    }
}

impl Writer {
    /// Starts the writer's task.
    pub fn start(store: Store, data_keys: Arc<DataKeys>, log: AuditLog, publisher: Publisher, halt: Halt) -> Self {
        let (queue, waiting) = mpsc::channel(4 * MOST);
        let signals = Arc::new(Signals::default());
        let (ends, crowd) = (Unpublished::default(), Crowd::default());
        let task = Task {
            store,
            data_keys,
            log,
            publisher,
            ends,
            crowd,
            unpublished: None,
            is_compared: false,
            hindrance: None,
            signals: Arc::clone(&signals),
            halt: halt.clone(),
        };
        tokio::spawn(task.run(waiting));
        Self { queue, signals, halt }
    }

    /// Whether the last checkpoint did not get outside.
    pub fn is_behind(&self) -> bool {
        self.signals.is_behind.load(Ordering::Acquire)
    }

    /// How long all commits took, in microseconds.
    pub fn commit_micros(&self) -> u64 {
        self.signals.commit_micros.load(Ordering::Relaxed)
    }

    /// Whether writing has stopped until a restart.
    pub fn is_stopped(&self) -> bool {
        self.halt.is_on() || self.queue.is_closed()
    }

    /// Does an act, and answers once it is durable. Who stops waiting does not undo it.
    pub async fn write<T: Send + 'static>(
        &self,
        needs: Needs,
        act: impl for<'w> FnOnce(&'w mut Writing) -> Doing<'w, T> + Send + 'static,
    ) -> Result<T, KernelError> {
        let (sender, receiver) = oneshot::channel();
        let (refuse, refused) = oneshot::channel();
        let run: Run = Box::new(move |writing| {
            Box::pin(async move {
                let outcome = act(writing).await;
                let is_kept = outcome.is_ok();
                let deliver: Deliver = Box::new(move |committed| {
                    drop(sender.send(outcome.and_then(|value| committed.map(|()| value))));
                });
                Ran { is_kept, deliver }
            })
        });
        let needs_savepoint = !needs.is_refused_early;
        let submission = Submission { counties: needs.counties, keys: needs.keys, needs_savepoint, run, refuse };
        self.queue.send(Message::Act(submission)).await.map_err(|_| KernelError::WriterStopped)?;
        match receiver.await {
            Ok(outcome) => outcome,
            Err(_) if self.is_stopped() => Err(KernelError::WriterStopped),
            Err(_) => Err(refused.await.unwrap_or(KernelError::NotBegun)),
        }
    }

    /// Makes and publishes the checkpoint of all that is committed.
    pub async fn checkpoint(&self) -> Result<(), KernelError> {
        let (sender, receiver) = oneshot::channel();
        self.queue.send(Message::Checkpoint(sender)).await.map_err(|_| KernelError::WriterStopped)?;
        receiver.await.map_err(|_| KernelError::WriterStopped)?
    }
}

struct Task {
    store: Store,
    data_keys: Arc<DataKeys>,
    log: AuditLog,
    publisher: Publisher,
    ends: Unpublished,
    crowd: Crowd,
    /// A checkpoint that is signed and did not get outside yet.
    unpublished: Option<audit::Checkpoint>,
    /// Whether the log was found to have grown from what lies outside.
    is_compared: bool,
    /// Why the last checkpoint did not get outside.
    hindrance: Option<Hindrance>,
    signals: Arc<Signals>,
    halt: Halt,
}

impl Task {
    async fn run(mut self, mut waiting: mpsc::Receiver<Message>) {
        drop(self.checkpoint_or_warn().await);
        while !self.halt.is_on() {
            let due = self.ends.due.unwrap_or_else(|| Instant::now() + Duration::from_secs(3_600));
            let message = tokio::select! {
                biased;
                () = tokio::time::sleep_until(due), if self.ends.due.is_some() => None,
                message = waiting.recv() => match message {
                    Some(message) => Some(message),
                    None => break,
                },
            };
            match message {
                None => drop(self.checkpoint_or_warn().await),
                Some(Message::Checkpoint(done)) => drop(done.send(self.checkpoint_or_warn().await)),
                Some(Message::Act(first)) => {
                    let (batch, asked) = self.crowd.together(first, &mut waiting).await;
                    let acts = batch.len();
                    let begun = Instant::now();
                    if let Some(batch) = self.admitted(batch).await {
                        self.commit(batch).await;
                    }
                    self.crowd.remember(acts, waiting.len(), begun.elapsed());
                    for done in asked {
                        drop(done.send(self.checkpoint_or_warn().await));
                    }
                }
            }
        }
        drop(self.checkpoint_or_warn().await);
    }

    /// Does a batch. Whatever happens, every act hears how it ended: one that was not begun hears that its turn was dropped.
    async fn commit(&mut self, batch: Vec<Submission>) {
        let mut delivers = Vec::with_capacity(batch.len());
        let mut committed = self.try_commit(batch, &mut delivers).await;
        if let Err(error) = &committed {
            tracing::error!(error = %error, "Failed to commit {} acts.", delivers.len());
        }
        // At no moment do more leaves than this stand acknowledged under no checkpoint.
        let most = if self.hindrance.is_none() { CHECKPOINT_LEAVES } else { MOST_UNCOVERED + 1 };
        if most <= self.ends.leaves {
            drop(self.checkpoint_or_warn().await);
        }
        if self.publisher.has_a_place() && MOST_UNCOVERED < self.ends.leaves {
            committed = committed.and(Err(BatchError::Uncovered));
        }
        let committed = committed.map_err(Arc::new);
        for deliver in delivers {
            deliver(committed.clone().map_err(KernelError::NotWritten));
        }
    }

    async fn try_commit(&mut self, batch: Vec<Submission>, delivers: &mut Vec<Deliver>) -> Result<(), BatchError> {
        let mut keys = Vec::new();
        let mut counties = BTreeSet::new();
        let mut runs = Vec::with_capacity(batch.len());
        for submission in batch {
            keys.extend(submission.keys);
            counties.extend(submission.counties);
            runs.push((submission.needs_savepoint, submission.run));
        }
        let transaction = self.begin(&keys, counties).await?;
        let acts = runs.len();
        let mut writing = Writing { transaction, rows: EntryRows::default(), acts: Vec::new() };
        for (needs_savepoint, run) in runs {
            delivers.push(done(&mut writing, needs_savepoint, run).await?);
        }
        writing.rows.insert(&mut writing.transaction).await.map_err(BatchError::Rows)?;
        let appended = self
            .log
            .append(&mut writing.transaction, &writing.acts)
            .await
            .map_err(|error| BatchError::Log(Box::new(error)))?;
        let start = Instant::now();
        self.halt.heed(&self.store, writing.transaction.commit().await).map_err(BatchError::Commit)?;
        let took = start.elapsed();
        self.signals.commit_micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(0), Ordering::Relaxed);
        metrics::histogram!("nuan_commit_seconds").record(took.as_secs_f64());
        self.log.committed(&appended);
        metrics::counter!("nuan_acts_total").increment(u64::try_from(acts).unwrap_or(0));
        metrics::counter!("nuan_commits_total").increment(1);
        self.ends.add(appended);
        Ok(())
    }

    async fn begin(
        &self,
        keys: &[key_store::DataKey],
        counties: BTreeSet<DivisionCode>,
    ) -> Result<Transaction, BatchError> {
        let kept = async {
            self.data_keys.keep(keys).await?;
            self.data_keys.keep_ahead().await
        };
        kept.await.map_err(|error| BatchError::Keys(Box::new(error)))?;
        self.store.begin_write(counties).await.map_err(BatchError::Begin)
    }
}

/// An act that was refused leaves nothing; the others of its batch go on.
async fn done(writing: &mut Writing, needs_savepoint: bool, run: Run) -> Result<Deliver, BatchError> {
    if needs_savepoint {
        writing.transaction.savepoint().await.map_err(BatchError::Savepoint)?;
    }
    let (logged, entered) = (writing.acts.len(), writing.rows.lengths());
    let ran = run(writing).await;
    if !ran.is_kept {
        writing.acts.truncate(logged);
        writing.rows.truncate(entered);
    }
    let ended = match (needs_savepoint, ran.is_kept) {
        (false, _) => Ok(()),
        (true, true) => writing.transaction.release().await,
        (true, false) => writing.transaction.roll_back_to_savepoint().await,
    };
    ended.map_err(BatchError::Savepoint)?;
    Ok(ran.deliver)
}
