//! The audit tree: canonical leaves under an RFC 6962 Merkle tree that only grows.
//!
//! A leaf holds a keyed commitment in place of personal data, so that it can be shown to anyone and still proves the act.
//! Appending needs only the frontier, the roots of the complete subtrees: `log2 n` hashes, whatever the log's length.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

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
    /// The keyed commitment to what the act is about.
    pub commitment: String,
    /// The id of the commitment's key.
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

/// The key of commitments. Without it a leaf says nothing about the person, and a guess cannot be checked.
#[derive(Clone)]
pub struct CommitmentKey {
    /// Its id, as leaves name it.
    pub id: String,
    secret: [u8; 32],
}

impl std::fmt::Debug for CommitmentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CommitmentKey({}, [redacted])", self.id)
    }
}

impl CommitmentKey {
    /// A key from 32 random bytes.
    pub const fn new(id: String, secret: [u8; 32]) -> Self {
        Self { id, secret }
    }

    /// The commitment to some content under a subject: `hmac-sha256:<hex>`. Parts are length-prefixed, never joined.
    pub fn commit(&self, subject: &str, content: &[u8]) -> String {
        format!("hmac-sha256:{}", hex(&self.mac(&[subject.as_bytes(), content])))
    }

    /// Another key for another purpose, which tells nothing of this one.
    pub fn derive(&self, purpose: &str) -> Hash {
        self.mac(&[b"derive", purpose.as_bytes()])
    }

    /// HMAC-SHA256 over parts with their lengths.
    fn mac(&self, parts: &[&[u8]]) -> Hash {
        let block: [u8; 64] = std::array::from_fn(|n| self.secret.get(n).copied().unwrap_or(0)); // RFC 2104 pads with zeros
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'?'));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// `sha256:<hex>` of some bytes.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

/// The hash of a leaf (RFC 6962, 2.1).
pub fn leaf_hash(canonical: &str) -> Hash {
    Sha256::new().chain_update([0]).chain_update(canonical.as_bytes()).finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The roots of the complete subtrees of a tree, largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// Reads what [`Frontier::to_bytes`] wrote; `None` if the number of roots does not fit the size.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let roots: Vec<Hash> = bytes.chunks(32).map(Hash::try_from).collect::<Result<_, _>>().ok()?;
        (u32::try_from(roots.len()).ok()? == size.count_ones()).then_some(Self { size, roots })
    }

    /// The roots, one after the other.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.roots.concat()
    }

    /// How many leaves the tree has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut node = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.roots.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.roots.push(node);
        self.size += 1;
    }

    /// The root of the whole tree; that of no leaves is the hash of nothing.
    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        match roots.next() {
            None => Sha256::digest([]).into(),
            Some(last) => roots.fold(*last, |right, left| node_hash(left, &right)),
        }
    }
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;

    use super::*;

    #[test]
    fn the_root_is_that_of_an_independent_tree() {
        let mut oracle = MemoryBackedTree::<Sha256, String>::new();
        let mut frontier = Frontier::default();
        for n in 0..300_u64 {
            let text = format!("leaf {n}");
            frontier.push(leaf_hash(&text));
            oracle.push(text);
            assert_eq!(frontier.root().as_slice(), oracle.root().as_bytes().as_slice(), "{n}");
            assert_eq!(Frontier::from_bytes(n + 1, &frontier.to_bytes()), Some(frontier.clone()));
        }
        assert_eq!(Frontier::from_bytes(3, &[0; 32]), None);
    }

    #[test]
    fn the_empty_tree_has_the_published_root() {
        let root = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex(&Frontier::default().root()), root);
    }

    #[test]
    fn a_commitment_depends_on_key_subject_and_content() {
        let key = CommitmentKey::new("k".to_owned(), [1; 32]);
        let other = CommitmentKey::new("k".to_owned(), [2; 32]);
        let base = key.commit("ab", b"c");
        assert_ne!(base, other.commit("ab", b"c"));
        assert_ne!(base, key.commit("a", b"bc"));
        assert_eq!(base, key.commit("ab", b"c"));
        assert_eq!(format!("{key:?}"), "CommitmentKey(k, [redacted])");
    }
}
