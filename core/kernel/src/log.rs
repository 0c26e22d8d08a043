//! Appending to the audit logs: canonical leaves, their hashes, the kept nodes and the new head, in the acts' transaction.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use nuan_domain::audit::proof::leaf_hash;
use nuan_domain::audit::{Frontier, Leaf, Node};
use nuan_domain::crypto::CryptoSuite;
use nuan_store::Transaction;
use nuan_store::audit::{self, AuditHead, AuditLeaf, AuditNode};
use nuan_vocabulary::division::DivisionCode;

use crate::error::KernelError;
use crate::surroundings::instant_text;

/// How many hashes are read at once when a log is picked up.
const PAGE: u32 = 10_000;

/// An act about to be logged.
#[derive(Clone, Debug)]
pub struct Act {
    /// The county whose log it belongs to.
    pub county: DivisionCode,
    /// What was done.
    pub act: &'static str,
    /// Who did it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// The id of what it is about.
    pub subject: String,
    /// What the leaf commits to.
    pub commitment: String,
    /// The id of the data key that the commitment's key is derived from.
    pub key: String,
}

/// The ends of all logs, as far as this process has seen them.
pub struct AuditLog {
    suite: CryptoSuite,
    frontiers: HashMap<DivisionCode, Frontier>,
}

/// The new end of a log; it holds once the transaction is committed.
pub struct Appended {
    /// The end.
    pub head: AuditHead,
    /// How many leaves were added.
    pub added: u64,
    frontier: Frontier,
}

impl AuditLog {
    /// Nothing seen yet.
    pub fn new(suite: CryptoSuite) -> Self {
        Self { suite, frontiers: HashMap::new() }
    }

    /// Appends the acts, each to its county's log, with one new head a log. The transaction holds the counties.
    pub async fn append(&mut self, transaction: &mut Transaction, acts: &[Act]) -> Result<Vec<Appended>, KernelError> {
        let mut by_county: BTreeMap<DivisionCode, Vec<&Act>> = BTreeMap::new();
        for act in acts {
            by_county.entry(act.county).or_default().push(act);
        }
        let mut appended = Vec::with_capacity(by_county.len());
        let (mut leaves, mut nodes) = (Vec::with_capacity(acts.len()), Vec::with_capacity(acts.len()));
        for (log, acts) in by_county {
            appended.push(self.extend(transaction, log, &acts, &mut leaves, &mut nodes).await?);
        }
        audit::append_leaves(transaction, &leaves).await?;
        audit::append_nodes(transaction, &nodes).await?;
        let heads: Vec<AuditHead> = appended.iter().map(|end| end.head.clone()).collect();
        audit::append_heads(transaction, &heads).await?;
        Ok(appended)
    }

    /// Makes the rows of one log; those of all logs are inserted together.
    async fn extend(
        &self,
        transaction: &mut Transaction,
        log: DivisionCode,
        acts: &[&Act],
        leaves: &mut Vec<AuditLeaf>,
        nodes: &mut Vec<AuditNode>,
    ) -> Result<Appended, KernelError> {
        let mut frontier = self.frontier(transaction, log).await?;
        let mut at = Timestamp::MIN;
        for act in acts {
            let seq = number(frontier.size());
            let text = leaf_text(act, frontier.size())?;
            let hash = leaf_hash(self.suite, text.as_bytes());
            leaves.push(AuditLeaf { county: log, seq, subject: act.subject.clone(), leaf: text, leaf_hash: hash });
            nodes.extend(frontier.push(hash).map(|node| node_row(log, node)));
            at = act.at;
        }
        let head = AuditHead { county: log, size: number(frontier.size()), root: frontier.root(), at };
        Ok(Appended { head, added: u64::try_from(acts.len()).unwrap_or(0), frontier })
    }

    /// Remembers the ends after the commit.
    pub fn committed(&mut self, appended: &[Appended]) {
        self.frontiers.extend(appended.iter().map(|end| (end.head.county, end.frontier.clone())));
    }

    /// The end of a log: what this process remembers, and what others have appended since.
    async fn frontier(&self, transaction: &mut Transaction, log: DivisionCode) -> Result<Frontier, KernelError> {
        let remembered = self.frontiers.get(&log).cloned();
        let mut frontier = remembered.unwrap_or_else(|| Frontier::empty(self.suite));
        let head = audit::last_head(transaction, log).await?;
        let size = head.as_ref().map_or(0, |head| u64::try_from(head.size).unwrap_or(0));
        while frontier.size() < size {
            let hashes = audit::leaf_hashes(transaction, log, number(frontier.size()), PAGE).await?;
            if hashes.is_empty() {
                return Err(KernelError::LogCut { county: log });
            }
            hashes.into_iter().for_each(|hash| frontier.push(hash).for_each(drop));
        }
        if head.is_some_and(|head| head.root != frontier.root()) {
            return Err(KernelError::LogCut { county: log });
        }
        Ok(frontier)
    }
}

fn leaf_text(act: &Act, seq: u64) -> Result<String, KernelError> {
    let leaf = Leaf {
        act: act.act.to_owned(),
        actor: act.actor.clone(),
        at: instant_text(act.at),
        commitment: act.commitment.clone(),
        key: act.key.clone(),
        log: act.county.to_string(),
        seq: seq.to_string(),
        subject: act.subject.clone(),
    };
    leaf.canonical().map_err(|source| KernelError::Leaf { source })
}

fn node_row(county: DivisionCode, node: Node) -> AuditNode {
    AuditNode { county, level: i64::from(node.level), position: number(node.position), hash: node.hash }
}

/// A number as the store keeps it.
pub fn number(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
