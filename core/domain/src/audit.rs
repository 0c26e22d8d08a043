//! The audit tree: canonical leaves under an RFC 6962 Merkle tree that only grows.
//!
//! A leaf holds a keyed commitment in place of personal data, so that it can be shown to anyone and still proves the act.
//! Appending needs only the frontier, the roots of the complete subtrees: `log2 n` hashes, whatever the log's length.

pub mod checkpoint;
pub mod note;
pub mod offline;
pub mod proof;
pub mod witness;

use serde::{Deserialize, Serialize};

use crate::audit::proof::node_hash;
use crate::crypto::{CryptoSuite, Hash};

/// Every eighth level of the tree is kept.
const KEPT_LEVELS: u32 = 8;

/// One act as the log keeps it. Every integer is a string, so that the canonical form has no numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// What was done.
    pub act: String,
    /// Who did it.
    pub actor: String,
    /// When, in UTC.
    pub at: String,
    /// The keyed commitment to what the act is about; of a county's head its root, which is no secret.
    pub commitment: String,
    /// The id of the data key that the commitment's key is derived from.
    pub key: String,
    /// The county whose log it is.
    pub log: String,
    /// Its place in the log, from 0.
    pub seq: String,
    /// The id of what the act is about.
    pub subject: String,
}

/// The leaf cannot be written in canonical form.
#[derive(Debug, thiserror::Error)]
#[error("failed to write an audit leaf in canonical form")]
pub struct NotCanonical(#[source] serde_json::Error);

impl Leaf {
    /// The canonical text (RFC 8785) that is hashed and kept.
    pub fn canonical(&self) -> Result<String, NotCanonical> {
        serde_json_canonicalizer::to_string(self).map_err(NotCanonical)
    }
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'?'));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// `sha256:<hex>` of some bytes: what packages, numbers and inputs are called, whatever suite protects the records.
pub fn digest(bytes: &[u8]) -> String {
    CryptoSuite::International.digest(bytes)
}

/// The roots of the complete subtrees of a tree, largest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    suite: CryptoSuite,
    size: u64,
    roots: Vec<Hash>,
}

/// A complete subtree that is kept, so that a proof need not read every leaf below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// 8 for 256 leaves, 16 for 65,536, and so on.
    pub level: u8,
    /// Its number among the subtrees of its level, from 0.
    pub position: u64,
    /// Its root.
    pub hash: Hash,
}

impl Frontier {
    /// The tree of no leaves.
    pub const fn empty(suite: CryptoSuite) -> Self {
        Self { suite, size: 0, roots: Vec::new() }
    }

    /// How many leaves the tree has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf; the node that it completes and that is kept, if there is one.
    pub fn push(&mut self, leaf: Hash) -> impl Iterator<Item = Node> + use<> {
        let mut completed = Vec::new();
        let mut node = leaf;
        for level in 1..=self.size.trailing_ones() {
            if let Some(left) = self.roots.pop() {
                node = node_hash(self.suite, &left, &node);
            }
            if level % KEPT_LEVELS == 0 {
                let kept =
                    Node { level: u8::try_from(level).unwrap_or(u8::MAX), position: self.size >> level, hash: node };
                completed.push(kept);
            }
        }
        self.roots.push(node);
        self.size += 1;
        completed.into_iter()
    }

    /// The root of the whole tree; that of no leaves is the hash of nothing.
    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        match roots.next() {
            None => self.suite.hash(&[]),
            Some(last) => roots.fold(*last, |right, left| node_hash(self.suite, left, &right)),
        }
    }
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use sha2::Sha256;

    use super::*;
    use crate::audit::proof::leaf_hash;

    #[test]
    fn the_root_is_that_of_an_independent_tree() {
        let mut oracle = MemoryBackedTree::<Sha256, String>::new();
        let mut frontier = Frontier::empty(CryptoSuite::International);
        for n in 0..300_u64 {
            let text = format!("leaf {n}");
            frontier.push(leaf_hash(CryptoSuite::International, text.as_bytes())).for_each(drop);
            oracle.push(text);
            assert_eq!(frontier.root().as_slice(), oracle.root().as_bytes().as_slice(), "{n}");
        }
    }

    #[test]
    fn the_empty_tree_has_the_published_root() {
        let root = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex(&Frontier::empty(CryptoSuite::International).root()), root);
    }

    #[test]
    fn subtrees_of_256_leaves_are_kept_once_they_are_complete() {
        let suite = CryptoSuite::GuoMi;
        let mut frontier = Frontier::empty(suite);
        let mut kept = Vec::new();
        let mut second = Frontier::empty(suite);
        for n in 0..1_000_u64 {
            let leaf = leaf_hash(suite, n.to_string().as_bytes());
            kept.extend(frontier.push(leaf));
            if (256..512).contains(&n) {
                second.push(leaf).for_each(drop);
            }
        }
        assert_eq!(kept.iter().map(|node| (node.level, node.position)).collect::<Vec<_>>(), [(8, 0), (8, 1), (8, 2)]);
        assert_eq!(kept[1].hash, second.root());
    }
}
