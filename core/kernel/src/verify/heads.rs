//! The log of heads against the heads it gathers, the kept nodes against the leaves, and the checkpoint from outside.

use nuan_domain::audit::checkpoint::Checkpoint;
use nuan_domain::audit::note::Note;
use nuan_domain::audit::{Leaf, Node, hex};
use nuan_store::Transaction;
use nuan_store::audit::{self, AuditLeaf};
use nuan_vocabulary::division::DivisionCode;

use super::{PAGE, Verification, Walk};
use crate::error::KernelError;
use crate::kernel::Kernel;

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
        let mut covered = std::collections::BTreeMap::new();
        let mut from = 0;
        loop {
            let page = audit::leaves(transaction, DivisionCode::NATION, from, PAGE).await.unwrap_or_default();
            let Some(last) = page.last() else { break };
            from = last.seq + 1;
            for row in &page {
                match gathered(row) {
                    Some((log, size, root)) if walk.heads.get(&(log, size)).is_some_and(|found| hex(found) == root) => {
                        covered.insert(log, size);
                    }
                    _ => seen.add(row.county, Some(row.seq), &row.subject, "the log has no such head"),
                }
            }
        }
        for (log, size) in walk.sizes.iter().filter(|(log, _)| **log != DivisionCode::NATION) {
            let gathered = covered.get(log).and_then(|size| u64::try_from(*size).ok()).unwrap_or(0);
            seen.not_yet_covered += size.saturating_sub(gathered);
        }
        if let Some(note) = outside {
            self.verify_outside(note, walk, seen)?;
        }
        if let Some(last) = audit::last_checkpoint(transaction).await? {
            self.verify_outside(&last.note, walk, seen)?;
        }
        Ok(())
    }

    /// A checkpoint is ours, and the log of heads has grown from it.
    fn verify_outside(&self, note: &str, walk: &Walk, seen: &mut Verification) -> Result<(), KernelError> {
        let mut refuse = |what: &str| seen.add(DivisionCode::NATION, None, "checkpoint", what);
        let Ok(note) = Note::parse(note.as_bytes()) else {
            refuse("it is no signed note");
            return Ok(());
        };
        let Ok(checkpoint) = Checkpoint::parse(note.text()) else {
            refuse("it is no checkpoint");
            return Ok(());
        };
        let key = self.0.keys.checkpoint_key(&checkpoint.origin)?;
        if note.verify(&[key]).is_err() {
            refuse("it is not signed by the key of this installation");
            return Ok(());
        }
        let size = i64::try_from(checkpoint.size).unwrap_or(i64::MAX);
        match walk.heads.get(&(DivisionCode::NATION, size)) {
            Some(root) if *root == checkpoint.root => {}
            Some(_) => refuse("the log of heads had another root at this size: history was rewritten"),
            None => refuse("the log of heads does not reach it: it was cut, or an old copy was put in its place"),
        }
        Ok(())
    }
}

/// What a leaf of the log of heads gathers: a log, its size and its root.
fn gathered(row: &AuditLeaf) -> Option<(DivisionCode, i64, String)> {
    let leaf: Leaf = serde_json::from_str(&row.leaf).ok()?;
    let (log, size) = leaf.subject.split_once('#')?;
    let root = leaf.commitment.strip_prefix("root:")?;
    Some((log.parse().ok()?, size.parse().ok()?, root.to_owned()))
}
