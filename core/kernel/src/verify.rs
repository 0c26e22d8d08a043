//! `nuan audit verify`: every leaf, every hash, every head, everything that leaves commit to, and what determinations rest
//! on. The first mistake of an entry is named; nothing is repaired.

mod archive;

use std::collections::{HashMap, HashSet};

use nuan_domain::audit::{Frontier, Leaf, leaf_hash};
use nuan_store::Transaction;
use nuan_store::audit::{self, AuditHead, AuditLeaf};
use nuan_store::determination as determination_store;
use nuan_store::household as household_store;
use nuan_vocabulary::determination::Determination;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{DeterminationId, HouseholdId};
use serde::Serialize;

use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::surroundings::instant_text;

/// How many leaves are read at once.
const PAGE: u32 = 2_000;

/// How many leaves of a log without a county are named.
const NAMED: u32 = 20;

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
        let kept = archive::verify(&mut transaction, &mut seen).await?;
        for written in audit::counties(&mut transaction).await? {
            match written.parse() {
                Ok(county) => self.verify_log(&mut transaction, county, &kept, &mut seen, &mut progress).await?,
                Err(_) => {
                    for subject in audit::subjects(&mut transaction, &written, NAMED).await? {
                        seen.add(DivisionCode::NATION, None, &subject, "the leaf is in the log of no county");
                    }
                }
            }
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
        kept: &HashSet<String>,
        seen: &mut Verification,
        progress: &mut impl FnMut(u64),
    ) -> Result<(), KernelError> {
        let mut frontier = Frontier::default();
        let heads = match heads(transaction, county).await {
            Ok(heads) => heads,
            Err(error) => {
                seen.add(county, None, "log", &format!("a head cannot be read: {error}"));
                HashMap::new()
            }
        };
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
                let at = self.verify_leaf(transaction, row, &frontier, kept, seen).await;
                frontier.push(row.leaf_hash);
                if let Some(head) = heads.get(&frontier.size()) {
                    met += 1;
                    if head.root != frontier.root() {
                        let what = "the root up to this leaf is not that of the head; a hash was changed";
                        seen.add(county, Some(row.seq), &row.subject, what);
                    } else if at.is_some_and(|at| at != instant_text(head.at)) {
                        let what = "the head after this leaf was made at another time than the leaf";
                        seen.add(county, Some(row.seq), &row.subject, what);
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

    /// Checks one leaf, and says when it claims to have been written if it can be read.
    async fn verify_leaf(
        &self,
        transaction: &mut Transaction,
        row: &AuditLeaf,
        frontier: &Frontier,
        kept: &HashSet<String>,
        seen: &mut Verification,
    ) -> Option<String> {
        let mut refuse = |what: &str| seen.add(row.county, Some(row.seq), &row.subject, what);
        if leaf_hash(&row.leaf) != row.leaf_hash {
            refuse("the leaf is not the one that was hashed");
            return None;
        }
        let Ok(leaf) = serde_json::from_str::<Leaf>(&row.leaf) else {
            refuse("the leaf cannot be read");
            return None;
        };
        let is_in_place = leaf.seq == frontier.size().to_string()
            && leaf.log == row.county.to_string()
            && leaf.subject == row.subject;
        if !is_in_place || leaf.canonical().ok().as_ref() != Some(&row.leaf) {
            refuse("the leaf stands in another place than the one it names");
            return Some(leaf.at);
        }
        match self.content(transaction, &leaf, kept).await {
            Ok(content) if self.0.keys.commitment().commit(&leaf.subject, &content) == leaf.commitment => {}
            Ok(_) => refuse("what is stored is not what the leaf commits to"),
            Err(error) => refuse(&error.to_string()),
        }
        seen.determinations += u64::from(leaf.act == COMPUTE);
        Some(leaf.at)
    }

    /// What a leaf commits to, as it is stored now.
    async fn content(
        &self,
        transaction: &mut Transaction,
        leaf: &Leaf,
        kept: &HashSet<String>,
    ) -> Result<Vec<u8>, KernelError> {
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
        self.verify_grounds(transaction, &row, &bytes, kept).await?;
        Ok(bytes)
    }

    /// The document that a determination read must still be the one whose digest it names, and the numbers, packages and
    /// catalogue must still be kept.
    async fn verify_grounds(
        &self,
        transaction: &mut Transaction,
        row: &determination_store::Determination,
        bytes: &[u8],
        kept: &HashSet<String>,
    ) -> Result<(), KernelError> {
        let determination: Determination =
            serde_json::from_slice(bytes).map_err(|source| KernelError::Json { what: "a determination", source })?;
        let document = household_store::document(transaction, row.household_id, row.document_version).await?;
        let document = document.ok_or_else(|| KernelError::NotFound(row.household_id.to_string()))?;
        let digests = determination.digests;
        if nuan_domain::audit::digest(&self.open_document(&document)?) != digests.inputs {
            return Err(KernelError::NotArchived(digests.inputs));
        }
        let rests_on = [digests.catalogue, digests.parameters].into_iter().chain(digests.plugins.into_values());
        match rests_on.into_iter().find(|digest| !kept.contains(digest)) {
            Some(lost) => Err(KernelError::NotArchived(lost)),
            None => Ok(()),
        }
    }
}

/// The heads of a log by size.
async fn heads(
    transaction: &mut Transaction,
    county: DivisionCode,
) -> Result<HashMap<u64, AuditHead>, nuan_store::StoreError> {
    let mut all = HashMap::new();
    let mut from = 0;
    loop {
        let page = audit::heads(transaction, county, from, PAGE).await?;
        let Some(last) = page.last() else { return Ok(all) };
        from = last.size + 1;
        all.extend(page.into_iter().filter_map(|head| Some((u64::try_from(head.size).ok()?, head))));
    }
}
