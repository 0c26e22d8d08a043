//! Proofs for people outside: that a leaf stands in a log, that the log's head is gathered under the newest checkpoint, and
//! that a log has only grown. They carry hashes alone and can be shown to anyone.

use std::time::Duration;

use nuan_domain::audit::hex;
use nuan_domain::audit::proof::{Piece, Range, consistency_ranges, cover, inclusion_ranges, root_of};
use nuan_domain::crypto::{CryptoSuite, Hash};
use nuan_store::Transaction;
use nuan_store::audit::{self, AuditHead, AuditLeaf};
use nuan_vocabulary::division::DivisionCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::checkpoints::{self, head_subject};
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::places::{Growth, LeafPlace};

/// The most leaves that are found at once.
const MOST: u32 = 200;

/// Whoever asks for a checkpoint or a proof waits no longer than this for the witnesses.
const COSIGNED_WITHIN: Duration = Duration::from_secs(2);

/// A leaf with the hashes that lead from it to a root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InclusionBody {
    /// The log: a county, or 000000 for the log of heads.
    pub log: DivisionCode,
    /// The number of the leaf.
    pub seq: u64,
    /// The leaf as it was hashed.
    pub leaf: String,
    /// The size of the log that the root is of.
    pub size: u64,
    /// The root, hexadecimal.
    pub root: String,
    /// The hashes on the way, from the leaf up, hexadecimal.
    pub proof: Vec<String>,
}

/// Everything that proves one leaf against the newest checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProofBody {
    /// `international` or `guo-mi`: which hash the trees are made with.
    pub suite: String,
    /// The leaf in its county's log.
    pub entry: InclusionBody,
    /// The county's head in the log of heads.
    pub head: InclusionBody,
    /// The signed checkpoint of the log of heads, with what witnesses have signed under it.
    pub checkpoint: String,
}

/// The signed checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckpointBody {
    /// `international` or `guo-mi`.
    pub suite: String,
    /// The public key, `<name>+<id>+<key>`. Get it once from somebody you trust, and compare.
    pub key: String,
    /// The signed note: the name of the log, its size, its root, the signature, and those of witnesses.
    pub checkpoint: String,
}

/// A log has grown from one size to another and changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConsistencyBody {
    /// The log.
    pub log: DivisionCode,
    /// The earlier size.
    pub from: u64,
    /// The later size.
    pub to: u64,
    /// The hashes, hexadecimal.
    pub proof: Vec<String>,
}

/// A leaf in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeafBody {
    /// The log.
    pub log: DivisionCode,
    /// Its number.
    pub seq: u64,
    /// The leaf as it was hashed.
    pub leaf: String,
}

impl Kernel {
    /// The leaves about something: a household's version, a person, a determination, a change request.
    pub async fn leaves_about(&self, _actor: &Actor, subject: &str) -> Result<Vec<LeafBody>, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        let rows = audit::leaves_about(&mut transaction, subject, MOST).await?;
        Ok(rows.into_iter().map(|row| LeafBody { log: row.county, seq: unsigned(row.seq), leaf: row.leaf }).collect())
    }

    /// Proves a leaf against the newest checkpoint; one is made where none covers the leaf yet.
    pub async fn prove(&self, _actor: &Actor, place: LeafPlace) -> Result<ProofBody, KernelError> {
        let LeafPlace { log, seq } = place;
        self.cosigned_checkpoint().await?;
        let mut transaction = self.0.store.begin_read().await?;
        let lost = || KernelError::NotFound(format!("a checkpoint over leaf {seq} of log {log}"));
        let checkpoint = audit::last_checkpoint(&mut transaction).await?.ok_or_else(lost)?;
        let note = checkpoints::cosigned(&mut transaction, &checkpoint).await?;
        let (head, gathered) =
            self.gathered_over(&mut transaction, log, seq, checkpoint.size).await?.ok_or_else(lost)?;
        let entry = self.inclusion(&mut transaction, log, seq, unsigned(head.size)).await?.ok_or_else(lost)?;
        let head = self.inclusion(&mut transaction, DivisionCode::NATION, gathered, unsigned(checkpoint.size)).await?;
        let head = head.ok_or_else(lost)?;
        Ok(ProofBody { suite: self.0.keys.suite().name().to_owned(), entry, head, checkpoint: note })
    }

    /// Proves that a log has only grown.
    pub async fn prove_growth(&self, _actor: &Actor, growth: Growth) -> Result<ConsistencyBody, KernelError> {
        let Growth { log, from, to } = growth;
        let mut transaction = self.0.store.begin_read().await?;
        let size = audit::last_head(&mut transaction, log).await?.map_or(0, |head| unsigned(head.size));
        if from > to || to > size {
            return Err(KernelError::NotFound(format!("log {log} from size {from} to {to}")));
        }
        let proof = hashes(self.0.keys.suite(), &mut transaction, log, consistency_ranges(from, to)).await?;
        Ok(ConsistencyBody { log, from, to, proof: proof.iter().map(|hash| hex(hash)).collect() })
    }

    /// The signed checkpoint over everything that is acknowledged now, with what witnesses have signed under it.
    pub async fn checkpoint(&self) -> Result<CheckpointBody, KernelError> {
        self.cosigned_checkpoint().await?;
        let mut transaction = self.0.store.begin_read().await?;
        let last = audit::last_checkpoint(&mut transaction).await?;
        let last = last.ok_or_else(|| KernelError::NotFound("a checkpoint".to_owned()))?;
        let origin = last.note.lines().next().unwrap_or_default();
        let key = self.0.keys.checkpoint_key(origin)?.to_string();
        let checkpoint = checkpoints::cosigned(&mut transaction, &last).await?;
        Ok(CheckpointBody { suite: self.0.keys.suite().name().to_owned(), key, checkpoint })
    }

    /// Publishes a checkpoint over everything that is committed, and gives witnesses a moment to sign it.
    pub(crate) async fn cosigned_checkpoint(&self) -> Result<(), KernelError> {
        self.publish_checkpoint().await?;
        let last = audit::last_checkpoint(&mut self.0.store.begin_read().await?).await?;
        self.0.witnessing.settle(last.map_or(0, |last| last.size), COSIGNED_WITHIN).await;
        Ok(())
    }

    /// A head of the log over this leaf that the checkpoint covers, and its number in the log of heads.
    async fn gathered_over(
        &self,
        transaction: &mut Transaction,
        log: DivisionCode,
        seq: u64,
        within: i64,
    ) -> Result<Option<(AuditHead, u64)>, KernelError> {
        let mut from = i64::try_from(seq).unwrap_or(i64::MAX).saturating_add(1);
        loop {
            let heads = audit::heads(transaction, log, from, MOST).await?;
            let Some(last) = heads.last() else { return Ok(None) };
            from = last.size + 1;
            for head in heads {
                let leaves = audit::leaves_about(transaction, &head_subject(&head), 1).await?;
                let covered = |leaf: &&AuditLeaf| leaf.county == DivisionCode::NATION && leaf.seq < within;
                if let Some(leaf) = leaves.iter().find(covered) {
                    return Ok(Some((head, unsigned(leaf.seq))));
                }
            }
        }
    }

    async fn inclusion(
        &self,
        transaction: &mut Transaction,
        log: DivisionCode,
        seq: u64,
        size: u64,
    ) -> Result<Option<InclusionBody>, KernelError> {
        let number = i64::try_from(seq).unwrap_or(i64::MAX);
        let Some(leaf) = audit::leaves(transaction, log, number, 1).await?.into_iter().find(|leaf| leaf.seq == number)
        else {
            return Ok(None);
        };
        let root = hashes(self.0.keys.suite(), transaction, log, vec![Range { from: 0, until: size }]).await?;
        let proof = hashes(self.0.keys.suite(), transaction, log, inclusion_ranges(seq, size)).await?;
        let root = root.first().map(|root| hex(root)).unwrap_or_default();
        let proof = proof.iter().map(|hash| hex(hash)).collect();
        Ok(Some(InclusionBody { log, seq, leaf: leaf.leaf, size, root, proof }))
    }
}

/// The roots over ranges of leaves, from kept nodes as far as they reach.
pub(crate) async fn hashes(
    suite: CryptoSuite,
    transaction: &mut Transaction,
    log: DivisionCode,
    ranges: Vec<Range>,
) -> Result<Vec<Hash>, KernelError> {
    let mut hashes = Vec::with_capacity(ranges.len());
    for range in ranges {
        let mut pieces = Vec::new();
        for piece in cover(range) {
            let found = read_piece(transaction, log, &piece).await?;
            pieces.extend(found.into_iter().map(|hash| (piece.level, hash)));
        }
        hashes.push(root_of(suite, pieces).ok_or(KernelError::LogCut { county: log })?);
    }
    Ok(hashes)
}

async fn read_piece(transaction: &mut Transaction, log: DivisionCode, piece: &Piece) -> Result<Vec<Hash>, KernelError> {
    let (from, count) =
        (i64::try_from(piece.index).unwrap_or(i64::MAX), u32::try_from(piece.count).unwrap_or(u32::MAX));
    Ok(match piece.level {
        0 => audit::leaf_hashes(transaction, log, from, count).await?,
        level => {
            let nodes = audit::nodes(transaction, log, i64::from(level), from, count).await?;
            nodes.into_iter().map(|node| node.hash).collect()
        }
    })
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
