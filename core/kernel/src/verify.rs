//! `nuan audit verify`: every leaf, every hash, every head, and everything that leaves commit to. The first mistake of an
//! entry is named; nothing is repaired.

use std::collections::HashMap;

use nuan_domain::audit::{Frontier, Leaf, leaf_hash};
use nuan_store::Transaction;
use nuan_store::audit::{self, AuditLeaf};
use nuan_store::determination as determination_store;
use nuan_store::household as household_store;
use nuan_vocabulary::determination::Determination;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{DeterminationId, HouseholdId};
use serde::Serialize;

use crate::error::KernelError;
use crate::kernel::Kernel;

/// How many leaves are read at once.
const PAGE: u32 = 2_000;

/// The act of a leaf about a new determination.
const COMPUTE: &str = "determination.compute";

/// Something that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The county of the log.
    pub county: DivisionCode,
    /// The leaf's number; absent where a whole log is concerned.
    pub seq: Option<i64>,
    /// What the entry is about.
    pub subject: String,
    /// What is wrong.
    pub what: String,
}

/// What a verification saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// How many leaves.
    pub leaves: u64,
    /// How many logs.
    pub logs: u64,
    /// Leaves about determinations.
    pub determinations: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl Verification {
    fn add(&mut self, county: DivisionCode, seq: Option<i64>, subject: &str, what: &str) {
        self.findings.push(Finding { county, seq, subject: subject.to_owned(), what: what.to_owned() });
    }
}

impl Kernel {
    /// How many leaves all logs have, for a bar.
    pub async fn count_leaves(&self) -> Result<u64, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        let counts = nuan_store::counts::counts(&mut transaction).await?;
        Ok(u64::try_from(counts.leaves).unwrap_or(0))
    }

    /// Verifies all logs. `progress` hears of every page.
    pub async fn verify_audit(&self, mut progress: impl FnMut(u64)) -> Result<Verification, KernelError> {
        let mut seen = Verification::default();
        let mut transaction = self.0.store.begin_read().await?;
        for county in audit::counties(&mut transaction).await? {
            self.verify_log(&mut transaction, county, &mut seen, &mut progress).await?;
            seen.logs += 1;
        }
        let counts = nuan_store::counts::counts(&mut transaction).await?;
        if u64::try_from(counts.determinations).unwrap_or(0) > seen.determinations {
            seen.add(
                DivisionCode::NATION,
                None,
                "determinations",
                "there are more determinations than leaves about them",
            );
        }
        Ok(seen)
    }

    async fn verify_log(
        &self,
        transaction: &mut Transaction,
        county: DivisionCode,
        seen: &mut Verification,
        progress: &mut impl FnMut(u64),
    ) -> Result<(), KernelError> {
        let mut frontier = Frontier::default();
        let heads = self.heads(transaction, county).await?;
        let mut met = 0_usize;
        loop {
            let from = i64::try_from(frontier.size()).unwrap_or(i64::MAX);
            let page = match audit::leaves(transaction, county, from, PAGE).await {
                Ok(page) => page,
                Err(error) => {
                    seen.add(county, Some(from), "log", &format!("a leaf cannot be read: {error}"));
                    return Ok(());
                }
            };
            if page.is_empty() {
                break;
            }
            for row in &page {
                self.verify_leaf(transaction, row, &frontier, seen).await?;
                frontier.push(row.leaf_hash);
                if let Some(root) = heads.get(&frontier.size()) {
                    met += 1;
                    if *root != frontier.root() {
                        seen.add(
                            county,
                            Some(row.seq),
                            &row.subject,
                            "the root up to this leaf is not that of the head; a hash was changed",
                        );
                    }
                }
            }
            seen.leaves += u64::try_from(page.len()).unwrap_or(0);
            progress(seen.leaves);
        }
        if met != heads.len() || !heads.contains_key(&frontier.size()) {
            seen.add(county, None, "log", "the log is shorter or longer than its heads say");
        }
        Ok(())
    }

    async fn heads(
        &self,
        transaction: &mut Transaction,
        county: DivisionCode,
    ) -> Result<HashMap<u64, [u8; 32]>, KernelError> {
        let mut all = HashMap::new();
        let mut from = 0;
        loop {
            let page = audit::heads(transaction, county, from, PAGE).await?;
            let Some(last) = page.last() else { return Ok(all) };
            from = last.size + 1;
            all.extend(page.iter().filter_map(|head| Some((u64::try_from(head.size).ok()?, head.root))));
        }
    }

    async fn verify_leaf(
        &self,
        transaction: &mut Transaction,
        row: &AuditLeaf,
        frontier: &Frontier,
        seen: &mut Verification,
    ) -> Result<(), KernelError> {
        if leaf_hash(&row.leaf) != row.leaf_hash {
            seen.add(row.county, Some(row.seq), &row.subject, "the leaf is not the one that was hashed");
            return Ok(());
        }
        let Ok(leaf) = serde_json::from_str::<Leaf>(&row.leaf) else {
            seen.add(row.county, Some(row.seq), &row.subject, "the leaf cannot be read");
            return Ok(());
        };
        let is_in_place = leaf.seq == frontier.size().to_string()
            && leaf.log == row.county.to_string()
            && leaf.subject == row.subject;
        if !is_in_place || leaf.canonical().ok().as_ref() != Some(&row.leaf) {
            seen.add(row.county, Some(row.seq), &row.subject, "the leaf stands in another place than the one it names");
            return Ok(());
        }
        match self.content(transaction, &leaf).await {
            Ok(content) if self.0.keys.commitment().commit(&leaf.subject, &content) == leaf.commitment => {}
            Ok(_) => {
                seen.add(row.county, Some(row.seq), &row.subject, "what is stored is not what the leaf commits to")
            }
            Err(error) => seen.add(row.county, Some(row.seq), &row.subject, &error.to_string()),
        }
        seen.determinations += u64::from(leaf.act == COMPUTE);
        Ok(())
    }

    /// What a leaf commits to, as it is stored now.
    async fn content(&self, transaction: &mut Transaction, leaf: &Leaf) -> Result<Vec<u8>, KernelError> {
        let lost = || KernelError::NotFound(leaf.subject.clone());
        if leaf.act == "household.record" {
            let (id, version) = leaf.subject.split_once('#').ok_or_else(lost)?;
            let (id, version) = (id.parse::<HouseholdId>().map_err(|_| lost())?, version.parse().map_err(|_| lost())?);
            let row = household_store::document(transaction, id, version).await?.ok_or_else(lost)?;
            return self.open_document(&row);
        }
        let id: DeterminationId = leaf.subject.parse().map_err(|_| lost())?;
        if leaf.act == "determination.explain" {
            let row = determination_store::reasons(transaction, id).await?.ok_or_else(lost)?;
            return self.open_reasons(&row);
        }
        let row = self.stored_determination(transaction, id).await?;
        let bytes = self.open_determination(&row)?;
        self.verify_document(transaction, &row, &bytes).await?;
        Ok(bytes)
    }

    /// The document that a determination read must still be the one whose digest it names.
    async fn verify_document(
        &self,
        transaction: &mut Transaction,
        row: &determination_store::Determination,
        bytes: &[u8],
    ) -> Result<(), KernelError> {
        let determination: Determination =
            serde_json::from_slice(bytes).map_err(|source| KernelError::Json { what: "a determination", source })?;
        let document = household_store::document(transaction, row.household_id, row.document_version).await?;
        let document = document.ok_or_else(|| KernelError::NotFound(row.household_id.to_string()))?;
        let digest = nuan_domain::audit::digest(&self.open_document(&document)?);
        if digest == determination.digests.inputs {
            Ok(())
        } else {
            Err(KernelError::NotArchived(determination.digests.inputs))
        }
    }
}
