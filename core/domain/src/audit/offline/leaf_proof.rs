//! The proof of one leaf as `/v1/audit/leaves/{id}/proof` answers it, and the growth from a checkpoint that was kept.

use serde::Deserialize;

use super::fields::Fields;
use super::{HEADS, Trusted, read_hex, require};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::hex;
use crate::audit::proof::{leaf_hash, verify_consistency, verify_inclusion};
use crate::crypto::{CryptoSuite, Hash};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proof {
    suite: String,
    entry: Inclusion,
    head: Inclusion,
    checkpoint: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Inclusion {
    log: String,
    seq: u64,
    leaf: String,
    size: u64,
    root: String,
    proof: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opening {
    suite: String,
    log: String,
    seq: u64,
    leaf: String,
    opening: String,
    content: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Growth {
    log: String,
    from: u64,
    to: u64,
    proof: Vec<String>,
}

/// A checkpoint that the reader kept, and the proof of growth between it and that of the leaf.
#[derive(Clone, Copy, Debug)]
pub struct Grown<'r> {
    /// The checkpoint as it was kept.
    pub kept: &'r str,
    /// What `/v1/audit/growth/{id}` answered; not needed where both are one size.
    pub growth: Option<&'r str>,
}

/// What a leaf that is proven says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenLeaf {
    /// What was done.
    pub act: String,
    /// When.
    pub at: String,
    /// What it is about.
    pub subject: String,
    /// The log.
    pub log: String,
    /// The number of the leaf.
    pub seq: u64,
    /// How many heads the checkpoint covers.
    pub heads: u64,
}

/// Checks the proof of a leaf up to a checkpoint that the log, and each witness that is named, have signed.
pub fn check_proof(text: &str, trusted: &Trusted, grown: Option<Grown<'_>>) -> Result<ProvenLeaf, String> {
    let proof: Proof = serde_json::from_str(text).map_err(|error| format!("not a proof of a leaf: {error}"))?;
    let suite = trusted.log().suite();
    require(proof.suite == suite.name(), "the proof is of another suite than the key")?;
    let leaf = proof.entry.check(suite)?;
    require(proof.entry.log != HEADS, "the leaf is of the log of heads")?;
    let head = proof.head.check(suite)?.head()?;
    require(proof.head.log == HEADS, "the head is not in the log of heads")?;
    let is_led_on = head == (proof.entry.log.clone(), proof.entry.size, proof.entry.root.clone());
    require(is_led_on, "the leaf does not name the head before it")?;
    let checkpoint = trusted.open(&proof.checkpoint)?;
    let is_led_to = proof.head.size == checkpoint.size && read_hex(&proof.head.root)? == checkpoint.root;
    require(is_led_to, "the proof does not lead to the checkpoint")?;
    if let Some(grown) = grown {
        // Witnesses need not have signed what was kept: the growth leads from it to what they have signed.
        let kept = Trusted::new(trusted.log().clone(), Vec::new()).open(grown.kept)?;
        check_growth(suite, &kept, &checkpoint, grown.growth)?;
    }
    let said = |name| leaf.text(name).unwrap_or_default().to_owned();
    Ok(ProvenLeaf {
        act: said("act"),
        at: said("at"),
        subject: said("subject"),
        log: proof.entry.log,
        seq: proof.entry.seq,
        heads: checkpoint.size,
    })
}

/// Checks that the content of an opening, as `/v1/audit/leaves/{id}/opening` answers it, is what the leaf of a proof commits
/// to. Whether the leaf stands in the log, `check_proof` says.
pub fn check_opening(proof: &str, opening: &str) -> Result<(), String> {
    let proof: Proof = serde_json::from_str(proof).map_err(|error| format!("not a proof of a leaf: {error}"))?;
    let opened: Opening = serde_json::from_str(opening).map_err(|_| "not an opening of a leaf".to_owned())?;
    let suite = [CryptoSuite::International, CryptoSuite::GuoMi].into_iter().find(|suite| suite.name() == proof.suite);
    let suite = suite.filter(|suite| suite.name() == opened.suite).ok_or("the opening is of another suite")?;
    let entry = &proof.entry;
    let is_of_it = (&opened.log, opened.seq, &opened.leaf) == (&entry.log, entry.seq, &entry.leaf);
    require(is_of_it, "the opening is of another leaf")?;
    let mac = suite.mac(&read_hex(&opened.opening)?, &[opened.content.as_bytes()]);
    let commitment = format!("{}:{}", suite.mac_name(), hex(&mac));
    require(
        Fields::canonical(&entry.leaf)?.text("commitment")? == commitment,
        "the content is not what the leaf commits to",
    )
}

impl Inclusion {
    /// The leaf, if it is where it says, under this root.
    fn check(&self, suite: CryptoSuite) -> Result<Fields, String> {
        let leaf = Fields::canonical(&self.leaf)?;
        let is_here = leaf.text("log")? == self.log && leaf.number("seq")? == self.seq;
        require(is_here, "the leaf is of another place")?;
        let (hash, root) = (leaf_hash(suite, self.leaf.as_bytes()), read_hex(&self.root)?);
        let is_in = verify_inclusion(suite, &hash, self.seq, self.size, &hashes(&self.proof)?, &root);
        require(is_in, "the proof leads to another root")?;
        Ok(leaf)
    }
}

/// One of the two begins with the other.
fn check_growth(suite: CryptoSuite, kept: &Checkpoint, shown: &Checkpoint, growth: Option<&str>) -> Result<(), String> {
    let (old, new) = if kept.size <= shown.size { (kept, shown) } else { (shown, kept) };
    let growth = match growth {
        Some(text) => serde_json::from_str(text).map_err(|error| format!("not a proof of growth: {error}"))?,
        None => Growth { log: HEADS.to_owned(), from: old.size, to: new.size, proof: Vec::new() },
    };
    let is_between = (growth.log.as_str(), growth.from, growth.to) == (HEADS, old.size, new.size);
    require(is_between, "the growth is of other sizes")?;
    let is_grown = verify_consistency(suite, old.size, &old.root, new.size, &new.root, &hashes(&growth.proof)?);
    require(is_grown, "the log has not only grown")
}

fn hashes(texts: &[String]) -> Result<Vec<Hash>, String> {
    texts.iter().map(|text| read_hex(text)).collect()
}
