//! `nuan audit verify`: every leaf, every hash, every head, everything that leaves commit to, what is indexed of it, what
//! determinations rest on, and the checkpoint that lies outside the database. The first mistake of an entry is named; nothing
//! is repaired.

mod archive;
mod contents;
mod heads;
mod others;
mod register;

use std::collections::{BTreeMap, HashMap, HashSet};

use nuan_domain::audit::proof::leaf_hash;
use nuan_domain::audit::{Frontier, Leaf};
use nuan_store::Transaction;
use nuan_store::audit::{self, AuditHead, AuditLeaf};
use nuan_vocabulary::division::DivisionCode;
use serde::Serialize;

use crate::entitlements::content::GRANT;
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::surroundings::instant_text;

/// How many leaves are read at once.
const PAGE: u32 = 2_000;

/// How many leaves of a log without a county are named.
const NAMED: u32 = 20;

/// A key is gone, and no leaf says why.
pub const DESTROYED_SILENTLY: &str = "the data key is destroyed, and no act says so";

/// A leaf says that somebody was erased, and the key is there.
const IS_BACK: &str = "an act says that it was erased, and its data key is there again";

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
    /// How many logs, the log of heads among them.
    pub logs: u64,
    /// Leaves about determinations.
    pub determinations: u64,
    /// Leaves about decisions.
    pub decisions: u64,
    /// Leaves about new entitlements.
    pub entitlements: u64,
    /// Leaves whose content was erased on purpose; the leaf itself is whole.
    pub erased: u64,
    /// Leaves that no checkpoint covers yet.
    pub not_yet_covered: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl Verification {
    fn add(&mut self, county: DivisionCode, seq: Option<i64>, subject: &str, what: &str) {
        self.findings.push(Finding { county, seq, subject: subject.to_owned(), what: what.to_owned() });
    }
}

/// What a walk over all logs remembers.
#[derive(Default)]
struct Walk {
    /// The digests of what is kept whole.
    kept: HashSet<String>,
    /// The heads whose roots were recomputed, by log and size.
    heads: HashMap<(DivisionCode, i64), [u8; 32]>,
    /// How many leaves each log has.
    sizes: BTreeMap<DivisionCode, u64>,
    /// Keys that are destroyed, with the first leaf that met one.
    destroyed: BTreeMap<String, (DivisionCode, i64)>,
    /// The keys of everybody whom an act erased.
    erased: HashSet<String>,
}

impl Kernel {
    /// How many leaves all logs have, for a bar.
    pub async fn count_leaves(&self) -> Result<u64, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        let counts = nuan_store::counts::counts(&mut transaction).await?;
        Ok(u64::try_from(counts.leaves).unwrap_or(0))
    }

    /// Verifies all logs against each other and against what lies outside the database: an empty text where nothing lies in the
    /// place for it, none where there is no such place. `progress` hears of every page.
    pub async fn verify_audit(
        &self,
        outside: Option<&str>,
        mut progress: impl FnMut(u64),
    ) -> Result<Verification, KernelError> {
        let mut seen = Verification::default();
        let mut transaction = self.0.store.begin_read().await?;
        let mut walk = Walk { kept: archive::verify(&mut transaction, &mut seen).await?, ..Walk::default() };
        for written in audit::counties(&mut transaction).await? {
            match written.parse() {
                Ok(log) => self.verify_log(&mut transaction, log, &mut walk, &mut seen, &mut progress).await?,
                Err(_) => {
                    for subject in audit::subjects(&mut transaction, &written, NAMED).await? {
                        seen.add(DivisionCode::NATION, None, &subject, "the leaf is in the log of no county");
                    }
                }
            }
            seen.logs += 1;
        }
        for (key, (log, seq)) in &walk.destroyed {
            if !walk.erased.contains(key) {
                seen.add(*log, Some(*seq), key, DESTROYED_SILENTLY);
            }
        }
        self.verify_erased(&walk, &mut seen).await?;
        self.verify_register(&mut transaction, &walk, &mut seen).await?;
        self.verify_heads(&mut transaction, &walk, outside, &mut seen).await?;
        let counts = nuan_store::counts::counts(&mut transaction).await?;
        for (subject, rows, leaves) in [
            ("determinations", counts.determinations, seen.determinations),
            ("decisions", counts.decisions, seen.decisions),
            ("entitlements", counts.entitlements, seen.entitlements),
        ] {
            if u64::try_from(rows).unwrap_or(0) > leaves {
                let what = format!("there are more {subject} than leaves about them");
                seen.add(DivisionCode::NATION, None, subject, &what);
            }
        }
        Ok(seen)
    }

    /// Who was erased stays erased: a key that is there again came with an old copy of the key store.
    async fn verify_erased(&self, walk: &Walk, seen: &mut Verification) -> Result<(), KernelError> {
        let ids: Vec<String> = walk.erased.iter().cloned().collect();
        let mut keys = nuan_store::key_store::keys(self.0.data_keys.store(), &ids).await?;
        keys.sort_by(|one, other| one.id.cmp(&other.id));
        for key in keys.iter().filter(|key| key.wrapped.is_some()) {
            seen.add(DivisionCode::NATION, None, &key.id, IS_BACK);
        }
        Ok(())
    }

    async fn verify_log(
        &self,
        transaction: &mut Transaction,
        log: DivisionCode,
        walk: &mut Walk,
        seen: &mut Verification,
        progress: &mut impl FnMut(u64),
    ) -> Result<(), KernelError> {
        let mut frontier = Frontier::empty(self.0.keys.suite());
        let heads = match read_heads(transaction, log).await {
            Ok(heads) => heads,
            Err(error) => {
                seen.add(log, None, "log", &format!("a head cannot be read: {error}"));
                HashMap::new()
            }
        };
        let (mut met, mut from) = (0_usize, 0);
        loop {
            let page = match audit::leaves(transaction, log, from, PAGE).await {
                Ok(page) => page,
                Err(error) => {
                    seen.add(log, Some(from), "log", &format!("a leaf cannot be read: {error}"));
                    return Ok(());
                }
            };
            let Some(last) = page.last() else { break };
            for row in &page {
                let at = self.verify_leaf(transaction, row, &frontier, walk, seen).await;
                for node in frontier.push(row.leaf_hash) {
                    heads::verify_node(transaction, row, node, seen).await?;
                }
                if let Some(head) = heads.get(&frontier.size()) {
                    met += 1;
                    verify_head(row, head, &frontier, at.as_deref(), walk, seen);
                }
            }
            seen.leaves += u64::try_from(page.len()).unwrap_or(0);
            progress(seen.leaves);
            let Some(next) = last.seq.checked_add(1) else { break }; // somebody wrote the last number that there is
            from = next;
        }
        walk.sizes.insert(log, frontier.size());
        if met != heads.len() || !heads.contains_key(&frontier.size()) {
            let headed = heads.keys().max().copied().unwrap_or(0).min(frontier.size());
            let first = i64::try_from(headed).unwrap_or(i64::MAX);
            seen.add(log, Some(first), "log", "the log is shorter or longer than its heads say");
        }
        Ok(())
    }

    /// Checks one leaf, and says when it claims to have been written if it can be read.
    async fn verify_leaf(
        &self,
        transaction: &mut Transaction,
        row: &AuditLeaf,
        frontier: &Frontier,
        walk: &mut Walk,
        seen: &mut Verification,
    ) -> Option<String> {
        // Where a leaf is missing or moved, the place that is wrong is named, not the number that came there.
        let place = i64::try_from(frontier.size()).unwrap_or(i64::MAX);
        let mut refuse = |what: &str| seen.add(row.county, Some(place), &row.subject, what);
        if leaf_hash(self.0.keys.suite(), row.leaf.as_bytes()) != row.leaf_hash {
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
        match self.verify_content(transaction, &leaf, walk).await {
            Ok(()) => {}
            Err(KernelError::Erased) => {
                seen.erased += 1;
                walk.destroyed.entry(leaf.key).or_insert((row.county, row.seq));
            }
            Err(error) => refuse(&error.to_string()),
        }
        seen.determinations += u64::from(leaf.act == COMPUTE);
        seen.decisions += u64::from(leaf.act.starts_with("decision."));
        seen.entitlements += u64::from(leaf.act == GRANT);
        Some(leaf.at)
    }
}

/// A head must be that of the leaves before it, and of the instant of the last of them.
fn verify_head(
    row: &AuditLeaf,
    head: &AuditHead,
    frontier: &Frontier,
    at: Option<&str>,
    walk: &mut Walk,
    seen: &mut Verification,
) {
    if head.root != frontier.root() {
        let what = "the root up to this leaf is not that of the head; a hash was changed";
        return seen.add(row.county, Some(row.seq), &row.subject, what);
    }
    if at.is_some_and(|at| at != instant_text(head.at)) {
        let what = "the head after this leaf was made at another time than the leaf";
        return seen.add(row.county, Some(row.seq), &row.subject, what);
    }
    walk.heads.insert((row.county, head.size), head.root);
}

/// The heads of a log by size.
async fn read_heads(
    transaction: &mut Transaction,
    log: DivisionCode,
) -> Result<HashMap<u64, AuditHead>, nuan_store::StoreError> {
    let mut all = HashMap::new();
    let mut from = 0;
    loop {
        let page = audit::heads(transaction, log, from, PAGE).await?;
        let Some(last) = page.last() else { return Ok(all) };
        let next = last.size.checked_add(1);
        all.extend(page.into_iter().filter_map(|head| Some((u64::try_from(head.size).ok()?, head))));
        let Some(next) = next else { return Ok(all) };
        from = next;
    }
}
