//! Appending to the audit logs: canonical leaves, their hashes and the new head, in the act's own transaction.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use nuan_domain::audit::{Frontier, Leaf, leaf_hash};
use nuan_store::Transaction;
use nuan_store::audit::{self, AuditHead, AuditLeaf};
use nuan_vocabulary::division::DivisionCode;

use crate::actor::Actor;
use crate::error::KernelError;
use crate::protection::Keys;
use crate::surroundings::instant_text;

/// How many hashes are read at once when a log is picked up.
const PAGE: u32 = 10_000;

/// One act about to be logged.
pub struct Act<'a> {
    /// The county whose log it belongs to.
    pub county: DivisionCode,
    /// What was done.
    pub act: &'static str,
    /// The id of what it is about.
    pub subject: String,
    /// What the leaf commits to.
    pub content: &'a [u8],
}

/// The ends of all logs, as far as this process has seen them.
#[derive(Default)]
pub struct AuditLog {
    frontiers: Mutex<HashMap<DivisionCode, Frontier>>,
}

/// Ends of logs that hold once the transaction is committed.
#[must_use]
pub struct Appended(Vec<(DivisionCode, Frontier)>);

impl AuditLog {
    /// Appends the acts, each to its county's log, with one new head a log. The transaction holds the counties.
    pub async fn append(
        &self,
        transaction: &mut Transaction,
        keys: &Keys,
        actor: &Actor,
        at: Timestamp,
        acts: &[Act<'_>],
    ) -> Result<Appended, KernelError> {
        let mut by_county: BTreeMap<DivisionCode, Vec<&Act<'_>>> = BTreeMap::new();
        for act in acts {
            by_county.entry(act.county).or_default().push(act);
        }
        let mut appended = Vec::with_capacity(by_county.len());
        for (county, acts) in by_county {
            let mut frontier = self.frontier(transaction, county).await?;
            let mut leaves = Vec::with_capacity(acts.len());
            for act in acts {
                leaves.push(leaf(&mut frontier, keys, actor, at, act)?);
            }
            audit::append_leaves(transaction, &leaves).await?;
            let head = AuditHead { county, size: number(frontier.size()), root: frontier.root(), at };
            audit::append_head(transaction, &head).await?;
            appended.push((county, frontier));
        }
        Ok(Appended(appended))
    }

    /// Remembers the ends after the commit.
    pub fn committed(&self, appended: Appended) {
        self.frontiers.lock().unwrap_or_else(PoisonError::into_inner).extend(appended.0);
    }

    /// The end of a log: what this process remembers, and what others have appended since.
    async fn frontier(&self, transaction: &mut Transaction, county: DivisionCode) -> Result<Frontier, KernelError> {
        let remembered = self.frontiers.lock().unwrap_or_else(PoisonError::into_inner).get(&county).cloned();
        let mut frontier = remembered.unwrap_or_default();
        let head = audit::last_head(transaction, county).await?;
        let size = head.map_or(0, |head| u64::try_from(head.size).unwrap_or(0));
        while frontier.size() < size {
            let hashes = audit::leaf_hashes(transaction, county, number(frontier.size()), PAGE).await?;
            if hashes.is_empty() {
                return Err(KernelError::LogCut { county });
            }
            hashes.into_iter().for_each(|hash| frontier.push(hash));
        }
        Ok(frontier)
    }
}

fn leaf(
    frontier: &mut Frontier,
    keys: &Keys,
    actor: &Actor,
    at: Timestamp,
    act: &Act<'_>,
) -> Result<AuditLeaf, KernelError> {
    let leaf = Leaf {
        act: act.act.to_owned(),
        actor: actor.name().to_owned(),
        at: instant_text(at),
        commitment: keys.commitment().commit(&act.subject, act.content),
        key: keys.id.clone(),
        log: act.county.to_string(),
        seq: frontier.size().to_string(),
        subject: act.subject.clone(),
    };
    let text = leaf.canonical().map_err(|error| KernelError::Leaf { source: error })?;
    let hash = leaf_hash(&text);
    let row = AuditLeaf {
        county: act.county,
        seq: number(frontier.size()),
        subject: act.subject.clone(),
        leaf: text,
        leaf_hash: hash,
    };
    frontier.push(hash);
    Ok(row)
}

fn number(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
