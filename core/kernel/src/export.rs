//! The audit logs as a file that anyone can check elsewhere: lines of canonical JSON up to the newest checkpoint, with hashes,
//! ids and commitments alone. `docs/src/audit.md` has the format, `tests/audit_verifier.py` a program that checks it.

use std::collections::BTreeMap;

use nuan_domain::audit::{Leaf, hex};
use nuan_store::Transaction;
use nuan_store::audit::{self, Checkpoint};
use nuan_vocabulary::division::DivisionCode;
use serde_json::{Value, json};

use crate::checkpoints;
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::surroundings::instant_text;

/// How many rows are read at once.
const PAGE: u32 = 2_000;

/// Where the lines of an export go.
struct Lines<W> {
    write: W,
    count: u64,
}

impl<W: FnMut(&str) -> std::io::Result<()>> Lines<W> {
    fn add(&mut self, line: &Value) -> Result<(), KernelError> {
        let text = serde_json_canonicalizer::to_string(line)
            .map_err(|source| KernelError::Json { what: "a line of an export", source })?;
        (self.write)(&text).map_err(KernelError::Export)?;
        self.count += 1;
        Ok(())
    }
}

impl Kernel {
    /// Writes every line to `write`, which adds the ends of lines; says how many there were, and the key they are checked with.
    pub async fn export_audit(
        &self,
        write: impl FnMut(&str) -> std::io::Result<()>,
    ) -> Result<(u64, String), KernelError> {
        self.cosigned_checkpoint().await?;
        let mut transaction = self.0.store.begin_read().await?;
        let last = audit::last_checkpoint(&mut transaction).await?;
        let last = last.ok_or_else(|| KernelError::NotFound("a checkpoint".to_owned()))?;
        let origin = last.note.lines().next().unwrap_or_default().to_owned();
        let key = self.0.keys.checkpoint_key(&origin)?.to_string();
        let mut lines = Lines { write, count: 0 };
        let suite = self.0.keys.suite().name();
        lines.add(&json!({ "kind": "export", "key": key, "origin": origin, "suite": suite, "version": 1 }))?;
        for (log, size) in gathered(&mut transaction, &last).await? {
            self.export_log(&mut transaction, log, size, &mut lines).await?;
        }
        self.export_log(&mut transaction, DivisionCode::NATION, last.size, &mut lines).await?;
        let note = checkpoints::cosigned(&mut transaction, &last).await?;
        lines.add(&json!({ "kind": "checkpoint", "note": note }))?;
        let count = lines.count.to_string();
        lines.add(&json!({ "kind": "end", "lines": count }))?;
        Ok((lines.count, key))
    }

    /// The leaves of a log up to a size, and the heads over them.
    async fn export_log(
        &self,
        transaction: &mut Transaction,
        log: DivisionCode,
        size: i64,
        lines: &mut Lines<impl FnMut(&str) -> std::io::Result<()>>,
    ) -> Result<(), KernelError> {
        let mut from = 0;
        while from < size {
            let page = audit::leaves(transaction, log, from, PAGE).await?;
            let Some(last) = page.last() else { return Err(KernelError::LogCut { county: log }) };
            from = last.seq + 1;
            for row in page.iter().filter(|row| row.seq < size) {
                let (log, seq) = (row.county.to_string(), row.seq.to_string());
                lines.add(&json!({ "kind": "leaf", "leaf": row.leaf, "log": log, "seq": seq }))?;
            }
        }
        let mut from = 1;
        loop {
            let page = audit::heads(transaction, log, from, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            let next = last.size.checked_add(1);
            for head in page.iter().filter(|head| head.size <= size) {
                let (log, size) = (head.county.to_string(), head.size.to_string());
                let (at, root) = (instant_text(head.at), hex(&head.root));
                lines.add(&json!({ "kind": "head", "at": at, "log": log, "root": root, "size": size }))?;
            }
            let Some(next) = next else { return Ok(()) };
            from = next;
        }
    }
}

/// The size of every county's log that the checkpoint covers.
async fn gathered(
    transaction: &mut Transaction,
    checkpoint: &Checkpoint,
) -> Result<BTreeMap<DivisionCode, i64>, KernelError> {
    let mut sizes = BTreeMap::new();
    let mut from = 0;
    while from < checkpoint.size {
        let page = audit::leaves(transaction, DivisionCode::NATION, from, PAGE).await?;
        let Some(last) = page.last() else { return Err(KernelError::LogCut { county: DivisionCode::NATION }) };
        from = last.seq + 1;
        for row in page.iter().filter(|row| row.seq < checkpoint.size) {
            let leaf: Leaf = serde_json::from_str(&row.leaf)
                .map_err(|source| KernelError::Json { what: "a leaf of the log of heads", source })?;
            let named = leaf.subject.split_once('#');
            let named = named.and_then(|(log, size)| Some((log.parse().ok()?, size.parse::<i64>().ok()?)));
            let (log, size) = named.ok_or(KernelError::LogCut { county: DivisionCode::NATION })?;
            sizes.entry(log).and_modify(|known: &mut i64| *known = size.max(*known)).or_insert(size);
        }
    }
    Ok(sizes)
}
