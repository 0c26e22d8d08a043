//! The log of heads against the heads it gathers, the kept nodes against the leaves, and the checkpoint from outside.

use std::collections::BTreeMap;

use nuan_domain::audit::checkpoint::Checkpoint;
use nuan_domain::audit::note::{Note, NoteKey};
use nuan_domain::audit::proof::empty_root;
use nuan_domain::audit::{Leaf, Node, hex};
use nuan_store::Transaction;
use nuan_store::audit::{self, AuditLeaf};
use nuan_vocabulary::division::DivisionCode;

use super::{PAGE, Verification, Walk};
use crate::error::KernelError;
use crate::kernel::Kernel;

/// What findings about checkpoints are about.
const CHECKPOINT: &str = "checkpoint";

/// A kept node must be the root of the leaves below it.
pub(super) async fn verify_node(
    transaction: &mut Transaction,
    row: &AuditLeaf,
    node: Node,
    seen: &mut Verification,
) -> Result<(), KernelError> {
    let (level, position) = (i64::from(node.level), i64::try_from(node.position).unwrap_or(i64::MAX));
    let kept = audit::nodes(transaction, row.county, level, position, 1).await?;
    if kept.first().is_none_or(|kept| kept.position != position || kept.hash != node.hash) {
        seen.add(row.county, Some(row.seq), &row.subject, "the kept node over the leaves up to this one is another");
    }
    Ok(())
}

impl Kernel {
    /// The log of heads, and the checkpoint.
    pub(super) async fn verify_heads(
        &self,
        transaction: &mut Transaction,
        walk: &Walk,
        outside: Option<&str>,
        seen: &mut Verification,
    ) -> Result<(), KernelError> {
        let mut covered = Sizes::new();
        let mut from = 0;
        loop {
            let page = audit::leaves(transaction, DivisionCode::NATION, from, PAGE).await.unwrap_or_default();
            let Some(last) = page.last() else { break };
            for row in &page {
                match gathered(row) {
                    Some((log, size, root)) if walk.heads.get(&(log, size)).is_some_and(|found| hex(found) == root) => {
                        reach(&mut covered, log, size);
                    }
                    _ => seen.add(row.county, Some(row.seq), &row.subject, "the log has no such head"),
                }
            }
            let Some(next) = last.seq.checked_add(1) else { break };
            from = next;
        }
        for (log, size) in walk.sizes.iter().filter(|(log, _)| **log != DivisionCode::NATION) {
            let gathered = covered.get(log).and_then(|size| u64::try_from(*size).ok()).unwrap_or(0);
            seen.not_yet_covered += size.saturating_sub(gathered);
        }
        self.verify_checkpoints(transaction, walk, outside, seen).await
    }

    /// Every checkpoint that was signed, in the order of their sizes, and the one that lies outside. Where the log had another
    /// root, everything after the last one that holds is in doubt: the first leaf of each log that nobody vouches for is named.
    async fn verify_checkpoints(
        &self,
        transaction: &mut Transaction,
        walk: &Walk,
        outside: Option<&str>,
        seen: &mut Verification,
    ) -> Result<(), KernelError> {
        let (mut good, mut is_rewritten, mut from, mut cosignatures) = (0, false, 0, 0_usize);
        let mut is_signed = false;
        loop {
            let page = audit::checkpoints(transaction, from, PAGE).await?;
            let Some(last) = page.last() else { break };
            is_signed = true;
            for checkpoint in &page {
                cosignatures += verify_cosignatures(transaction, checkpoint, seen).await?;
                match self.checked(&checkpoint.note, walk, Some(checkpoint.size)) {
                    Checked::Holds(size) if !is_rewritten => good = size,
                    Checked::Holds(_) => {}
                    Checked::Broken(what) => seen.add(DivisionCode::NATION, Some(good), CHECKPOINT, what),
                    Checked::Rewritten(what) => {
                        is_rewritten = true;
                        seen.add(DivisionCode::NATION, Some(good), CHECKPOINT, what);
                    }
                }
            }
            let Some(next) = last.size.checked_add(1) else { break }; // somebody wrote the last number that there is
            from = next;
        }
        if i64::try_from(cosignatures).ok() != Some(audit::count_cosignatures(transaction).await?) {
            seen.add(DivisionCode::NATION, None, CHECKPOINT, "a cosignature is under no checkpoint");
        }
        let outside = outside.filter(|note| is_signed || !note.is_empty());
        match outside.map(|note| self.checked(note, walk, None)) {
            None => {}
            Some(Checked::Holds(size)) if size <= good || is_rewritten => {}
            Some(Checked::Holds(_)) => {
                let what = "the checkpoint that lies outside is not among those that are kept here";
                seen.add(DivisionCode::NATION, Some(good), CHECKPOINT, what);
            }
            Some(Checked::Broken(what)) => seen.add(DivisionCode::NATION, None, CHECKPOINT, what),
            Some(Checked::Rewritten(what)) => {
                is_rewritten = true;
                seen.add(DivisionCode::NATION, Some(good), CHECKPOINT, what);
            }
        }
        if is_rewritten {
            name_doubtful(transaction, walk, good, seen).await?;
        }
        Ok(())
    }

    /// Whether a checkpoint is ours, and the log of heads has grown from it.
    fn checked(&self, note: &str, walk: &Walk, size: Option<i64>) -> Checked {
        if note.is_empty() {
            return Checked::Broken("checkpoints were signed, and none lies outside: it was taken away, or lost");
        }
        let Ok(note) = Note::parse(note.as_bytes()) else { return Checked::Broken("it is no signed note") };
        let Ok(checkpoint) = Checkpoint::parse(note.text()) else { return Checked::Broken("it is no checkpoint") };
        let Ok(key) = self.0.keys.checkpoint_key(&checkpoint.origin) else {
            return Checked::Broken("it is of no log");
        };
        if note.verify(&[key]).is_err() {
            return Checked::Broken("it is not signed by the key of this installation");
        }
        let says = i64::try_from(checkpoint.size).unwrap_or(i64::MAX);
        if size.is_some_and(|size| size != says) {
            return Checked::Broken("it is kept under another size than its own");
        }
        let root = match says {
            0 => Some(empty_root(self.0.keys.suite())),
            _ => walk.heads.get(&(DivisionCode::NATION, says)).copied(),
        };
        match root {
            Some(root) if root == checkpoint.root => Checked::Holds(says),
            Some(_) => Checked::Rewritten("the log of heads had another root at this size: history was rewritten"),
            None => Checked::Rewritten(
                "the log of heads does not reach it: it was cut, or an old copy was put in its place",
            ),
        }
    }
}

/// Each line of a witness is by the key that it is kept under; how many there are.
async fn verify_cosignatures(
    transaction: &mut Transaction,
    checkpoint: &audit::Checkpoint,
    seen: &mut Verification,
) -> Result<usize, KernelError> {
    let lines = audit::cosignatures(transaction, checkpoint.size).await?;
    for cosignature in &lines {
        let note = Note::parse(checkpoint.note.as_bytes());
        let line = format!("{}\n", cosignature.line);
        let is_by_it = NoteKey::parse(&cosignature.witness)
            .is_ok_and(|key| note.is_ok_and(|note| note.cosigned(line.as_bytes(), &key).is_ok()));
        if !is_by_it {
            let what = "a cosignature is not by the witness that it names";
            seen.add(DivisionCode::NATION, Some(checkpoint.size), CHECKPOINT, what);
        }
    }
    Ok(lines.len())
}

/// What a checkpoint turned out to be.
enum Checked {
    /// It holds, over so many heads.
    Holds(i64),
    /// It is none of ours, so it says nothing about the log.
    Broken(&'static str),
    /// We signed it, and the log is not the one that it was signed over.
    Rewritten(&'static str),
}

/// Names the first leaf of each log that the last good checkpoint does not vouch for.
async fn name_doubtful(
    transaction: &mut Transaction,
    walk: &Walk,
    good: i64,
    seen: &mut Verification,
) -> Result<(), KernelError> {
    let mut vouched = Sizes::new();
    let mut from = 0;
    while from < good {
        let page = audit::leaves(transaction, DivisionCode::NATION, from, PAGE).await?;
        let Some(last) = page.last() else { break };
        from = last.seq + 1;
        for (log, size, _) in page.iter().filter(|row| row.seq < good).filter_map(gathered) {
            reach(&mut vouched, log, size);
        }
    }
    for (log, size) in walk.sizes.iter().filter(|(log, _)| **log != DivisionCode::NATION) {
        let first = vouched.get(log).copied().unwrap_or(0);
        if i64::try_from(*size).unwrap_or(i64::MAX) > first {
            seen.add(*log, Some(first), "log", "from this leaf on, no checkpoint that holds vouches for the log");
        }
    }
    Ok(())
}

/// How far each log is vouched for.
type Sizes = BTreeMap<DivisionCode, i64>;

/// A log is vouched for as far as its largest head: one of two servers may gather an older head after a newer one.
fn reach(sizes: &mut Sizes, log: DivisionCode, size: i64) {
    let known = sizes.entry(log).or_insert(size);
    *known = size.max(*known);
}

/// What a leaf of the log of heads gathers: a log, its size and its root.
fn gathered(row: &AuditLeaf) -> Option<(DivisionCode, i64, String)> {
    let leaf: Leaf = serde_json::from_str(&row.leaf).ok()?;
    let (log, size) = leaf.subject.split_once('#')?;
    let root = leaf.commitment.strip_prefix("root:")?;
    Some((log.parse().ok()?, size.parse().ok()?, root.to_owned()))
}
