//! Proofs over the audit tree: which hashes show that a leaf is in it and that it only grew, and the checks of both.
//!
//! Not here: where hashes are kept. A proof is made in two steps, so that a tree of any length is proved from a few rows:
//! the ranges of leaves whose roots are the proof, and for each range the kept hashes that cover it.
//! INVARIANT: only complete subtrees are kept, and no leaf that is added later changes one of those.

mod verification;

pub use verification::{verify_consistency, verify_inclusion};

use crate::crypto::{CryptoSuite, Hash};

/// The level of subtrees of 256 leaves, the smaller ones that are kept.
const SMALL: u8 = 8;

/// The level of subtrees of 65,536 leaves, the larger ones that are kept.
const LARGE: u8 = 16;

/// The hash of a leaf (RFC 6962, 2.1): of a zero byte and its canonical text.
pub fn leaf_hash(suite: CryptoSuite, text: &[u8]) -> Hash {
    suite.hash(&[&[0], text])
}

/// The hash of a node (RFC 6962, 2.1): of a one byte and the hashes of its two halves.
pub fn node_hash(suite: CryptoSuite, left: &Hash, right: &Hash) -> Hash {
    suite.hash(&[&[1], left, right])
}

/// The root of the tree of no leaves: the hash of nothing.
pub fn empty_root(suite: CryptoSuite) -> Hash {
    suite.hash(&[])
}

/// Leaves `from` to `until`, the last not included, whose root is a hash of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The number of the first leaf.
    pub from: u64,
    /// The number after the last leaf.
    pub until: u64,
}

impl Range {
    /// The two halves as RFC 6962 divides: the left has the largest power of two of leaves that leaves some to the right.
    const fn halves(self) -> Option<(Self, Self)> {
        let Some(last) = self.until.saturating_sub(self.from).checked_sub(1) else { return None };
        let Some(exponent) = last.checked_ilog2() else { return None };
        let middle = self.from + (1_u64 << exponent);
        Some((Self { from: self.from, until: middle }, Self { from: middle, until: self.until }))
    }
}

/// The ranges whose roots prove that leaf `index` is in the tree of `size` leaves, in the order of the proof.
///
/// None for the only leaf of a tree, and none where the tree has no such leaf.
pub fn inclusion_ranges(index: u64, size: u64) -> Vec<Range> {
    let mut siblings = Vec::new();
    if index >= size {
        return siblings;
    }
    let mut around = Range { from: 0, until: size };
    while let Some((left, right)) = around.halves() {
        let is_left = index < left.until;
        around = if is_left { left } else { right };
        siblings.push(if is_left { right } else { left });
    }
    siblings.reverse();
    siblings
}

/// The ranges whose roots prove that the tree of `new` leaves begins with that of `old` leaves, in the order of the proof.
///
/// None where nothing has to be proved: nothing was there before, or nothing was added; and none where `new` is less.
pub fn consistency_ranges(old: u64, new: u64) -> Vec<Range> {
    let mut ranges = Vec::new();
    if old == 0 || old >= new {
        return ranges;
    }
    let mut around = Range { from: 0, until: new };
    while around.until != old {
        let Some((left, right)) = around.halves() else { break };
        let is_left = old <= left.until;
        around = if is_left { left } else { right };
        ranges.push(if is_left { right } else { left });
    }
    if around.from != 0 {
        ranges.push(around); // where it begins at 0 it is the old tree, whose root the reader has
    }
    ranges.reverse();
    ranges
}

/// Consecutive kept hashes of one level that cover a part of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// 0 for hashes of leaves, 8 for roots of 256 leaves, 16 for roots of 65,536.
    pub level: u8,
    /// The number of the first among the hashes of its level.
    pub index: u64,
    /// How many.
    pub count: u64,
}

/// The kept hashes from which [`root_of`] computes the root of a range, in order: the widest that fit.
pub fn cover(range: Range) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = range.from;
    while at < range.until {
        let (level, end) = widest_run(at, range.until);
        pieces.push(Piece { level, index: at >> level, count: (end - at) >> level });
        at = end;
    }
    pieces
}

/// The level of the widest subtree that begins at leaf `at` and is complete by `until`, and the end of a run of such.
fn widest_run(at: u64, until: u64) -> (u8, u64) {
    let begins = |level: u8| at.trailing_zeros() >= u32::from(level) && (until - at) >> level > 0;
    let last_complete = |level: u8| (until >> level) << level;
    let next_multiple = |level: u8| (at | ((1_u64 << level) - 1)).saturating_add(1);
    if begins(LARGE) {
        return (LARGE, last_complete(LARGE));
    }
    if begins(SMALL) {
        return (SMALL, last_complete(SMALL).min(next_multiple(LARGE)));
    }
    (0, until.min(next_multiple(SMALL)))
}

/// The root over pieces (level and hash) that lie side by side, as RFC 6962 divides them.
///
/// `None` without a piece, and where a wider piece follows a narrower rest: such pieces cover no range of a proof.
pub fn root_of(suite: CryptoSuite, pieces: impl IntoIterator<Item = (u8, Hash)>) -> Option<Hash> {
    let mut complete: Vec<(u8, Hash)> = Vec::new();
    for (mut level, mut hash) in pieces {
        if complete.last().is_some_and(|(narrower, _)| *narrower < level) {
            return None;
        }
        while let Some((_, left)) = complete.pop_if(|(last, _)| *last == level) {
            level = level.checked_add(1)?;
            hash = node_hash(suite, &left, &hash);
        }
        complete.push((level, hash));
    }
    let (_, last) = complete.pop()?;
    Some(complete.into_iter().rev().fold(last, |right, (_, left)| node_hash(suite, &left, &right)))
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use sha2::Sha256;

    use super::*;
    use crate::audit::{Frontier, hex};

    const SUITE: CryptoSuite = CryptoSuite::International;

    /// A log as a database keeps it: leaf hashes and complete subtrees, beside the independent tree.
    struct Kept {
        oracle: MemoryBackedTree<Sha256, String>,
        frontier: Frontier,
        leaves: Vec<Hash>,
        small: Vec<Hash>,
        large: Vec<Hash>,
    }

    impl Kept {
        fn new() -> Self {
            let (leaves, small, large) = (Vec::new(), Vec::new(), Vec::new());
            Self { oracle: MemoryBackedTree::new(), frontier: Frontier::empty(SUITE), leaves, small, large }
        }

        fn push(&mut self) {
            let text = format!("leaf {}", self.leaves.len());
            let leaf = leaf_hash(SUITE, text.as_bytes());
            for node in self.frontier.push(leaf) {
                let level = if node.level == SMALL { &mut self.small } else { &mut self.large };
                assert_eq!(node.position, u64::try_from(level.len()).unwrap());
                level.push(node.hash);
            }
            self.leaves.push(leaf);
            self.oracle.push(text);
        }

        fn root(&self, range: Range) -> Hash {
            let hashes = |piece: Piece| {
                let kept = match piece.level {
                    0 => &self.leaves,
                    SMALL => &self.small,
                    LARGE => &self.large,
                    other => panic!("nothing is kept at level {other}"),
                };
                let from = usize::try_from(piece.index).unwrap();
                let until = from + usize::try_from(piece.count).unwrap();
                kept[from..until].iter().map(|hash| (piece.level, *hash)).collect::<Vec<_>>()
            };
            root_of(SUITE, cover(range).into_iter().flat_map(hashes)).unwrap()
        }

        fn roots(&self, ranges: &[Range]) -> Vec<Hash> {
            ranges.iter().map(|range| self.root(*range)).collect()
        }

        #[track_caller]
        fn check_inclusion(&self, index: u64) {
            let size = self.frontier.size();
            let proof = self.roots(&inclusion_ranges(index, size));
            let place = usize::try_from(index).unwrap();
            assert_eq!(proof.concat(), self.oracle.prove_inclusion(place).as_bytes(), "leaf {index} of {size}");
            assert!(verify_inclusion(SUITE, &self.leaves[place], index, size, &proof, &self.frontier.root()));
        }

        #[track_caller]
        fn check_consistency(&self, old: u64) {
            let new = self.frontier.size();
            let proof = self.roots(&consistency_ranges(old, new));
            let added = usize::try_from(new - old).unwrap();
            assert_eq!(proof.concat(), self.oracle.prove_consistency(added).as_bytes(), "{old} to {new}");
            let old_root = self.root(Range { from: 0, until: old });
            assert!(verify_consistency(SUITE, old, &old_root, new, &self.frontier.root(), &proof));
        }
    }

    #[test]
    fn every_proof_of_small_trees_is_that_of_an_independent_tree() {
        let mut kept = Kept::new();
        for size in 1..=70 {
            kept.push();
            (0..size).for_each(|index| kept.check_inclusion(index));
            (1..=size).for_each(|old| kept.check_consistency(old));
        }
    }

    #[test]
    fn proofs_around_the_kept_subtrees_are_those_of_an_independent_tree() {
        let sizes = [255, 256, 257, 511, 512, 513, 514, 1023, 65_534, 65_535, 65_536, 65_537, 65_538, 66_049];
        let places = [0, 1, 2, 127, 128, 255, 256, 257, 511, 512, 513, 1_022, 32_768, 65_279, 65_280, 65_535, 65_536];
        let mut kept = Kept::new();
        for size in sizes {
            while kept.frontier.size() < size {
                kept.push();
            }
            let ends = [size - 2, size - 1, size >> 1];
            let sampled = || places.into_iter().chain(ends).filter(move |place| *place < size);
            sampled().for_each(|index| kept.check_inclusion(index));
            sampled().for_each(|before| kept.check_consistency(before + 1));
            assert_eq!(kept.root(Range { from: 0, until: size }), kept.frontier.root(), "{size}");
        }
    }

    #[test]
    fn the_roots_are_the_published_ones() {
        // The eight leaves and the roots over them that the implementations of Certificate Transparency test with.
        let leaves: [&[u8]; 8] = [b"", &[0], b"\x10", b" !", b"01", b"@ABC", b"PQRSTUVW", b"`abcdefghijklmno"];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        for (n, expected) in roots.into_iter().enumerate() {
            let hashes = leaves[..=n].iter().map(|leaf| (0, leaf_hash(SUITE, leaf)));
            assert_eq!(root_of(SUITE, hashes).map(|root| hex(&root)).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_range_is_covered_by_the_widest_kept_subtrees() {
        let check = |from, until, expected: &[(u8, u64, u64)]| {
            let pieces = cover(Range { from, until });
            let written: Vec<_> = pieces.iter().map(|piece| (piece.level, piece.index, piece.count)).collect();
            assert_eq!(written, expected, "{from}..{until}");
        };
        check(0, 0, &[]);
        check(0, 255, &[(0, 0, 255)]);
        check(0, 256, &[(8, 0, 1)]);
        check(0, 257, &[(8, 0, 1), (0, 256, 1)]);
        check(0, 65_535, &[(8, 0, 255), (0, 65_280, 255)]);
        check(0, 65_536, &[(16, 0, 1)]);
        check(0, 200_000, &[(16, 0, 3), (8, 768, 13), (0, 199_936, 64)]);
        check(131_072, 131_330, &[(8, 512, 1), (0, 131_328, 2)]);
        check(255, 131_073, &[(0, 255, 1), (8, 1, 255), (16, 1, 1), (0, 131_072, 1)]);
    }

    #[test]
    fn pieces_that_are_no_range_of_a_proof_have_no_root() {
        assert_eq!(root_of(SUITE, []), None);
        assert_eq!(root_of(SUITE, [(0, [1; 32]), (8, [2; 32])]), None);
        assert_eq!(root_of(SUITE, [(u8::MAX, [1; 32]), (u8::MAX, [2; 32])]), None);
        assert!(root_of(SUITE, [(8, [2; 32]), (0, [1; 32])]).is_some());
    }

    #[test]
    fn nothing_is_proved_where_there_is_nothing_to_prove() {
        assert!(inclusion_ranges(0, 1).is_empty());
        assert!(inclusion_ranges(1, 1).is_empty());
        assert!(inclusion_ranges(0, 0).is_empty());
        assert!(consistency_ranges(0, 5).is_empty());
        assert!(consistency_ranges(5, 5).is_empty());
        assert!(consistency_ranges(6, 5).is_empty());
        assert_eq!(consistency_ranges(4, 5), [Range { from: 4, until: 5 }]);
        let largest = u64::MAX >> 1;
        assert_eq!(inclusion_ranges(largest - 1, largest).len(), 62);
        assert_eq!(consistency_ranges(largest - 1, largest).len(), 63);
    }
}
