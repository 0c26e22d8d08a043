//! The checks of proofs, step by step as RFC 9162 gives them: whoever checks needs the proof and two roots, no tree.
//!
//! Not here: whether a root is to be believed. That is what signed checkpoints and witnesses are for.

use super::{empty_root, node_hash};
use crate::crypto::{CryptoSuite, Hash};

/// Whether the leaf with this hash is number `index` of the tree of `size` leaves with this root (RFC 9162, 2.1.3.2).
pub fn verify_inclusion(suite: CryptoSuite, leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let mut path = Path { node: index, last: size - 1 };
    let mut computed = *leaf;
    for sibling in proof {
        if path.last == 0 {
            return false;
        }
        computed = match path.climb() {
            Side::Left => node_hash(suite, sibling, &computed),
            Side::Right => node_hash(suite, &computed, sibling),
        };
    }
    path.last == 0 && computed == *root
}

/// Whether the tree of `new` leaves begins with that of `old` leaves (RFC 9162, 2.1.4.2).
///
/// Equal sizes need equal roots and no proof; the tree of no leaves has the one root it can have, and needs no proof.
pub fn verify_consistency(
    suite: CryptoSuite,
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> bool {
    if old > new {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return proof.is_empty() && *old_root == empty_root(suite);
    }
    let Some((first, others)) = first_of(old, old_root, proof) else { return false };
    let mut path = Path { node: old - 1, last: new - 1 };
    let below = path.node.trailing_ones();
    path.up(below);
    let (mut of_old, mut of_new) = (*first, *first);
    for sibling in others {
        if path.last == 0 {
            return false;
        }
        match path.climb() {
            Side::Left => {
                of_old = node_hash(suite, sibling, &of_old);
                of_new = node_hash(suite, sibling, &of_new);
            }
            Side::Right => of_new = node_hash(suite, &of_new, sibling),
        }
    }
    path.last == 0 && of_old == *old_root && of_new == *new_root
}

/// The hash that both trees are computed from and the rest: a complete old tree is itself that hash.
fn first_of<'a>(old: u64, old_root: &'a Hash, proof: &'a [Hash]) -> Option<(&'a Hash, &'a [Hash])> {
    if proof.is_empty() {
        return None;
    }
    if old.is_power_of_two() { Some((old_root, proof)) } else { proof.split_first() }
}

/// On which side of the computed node the next hash of a proof lies.
enum Side {
    Left,
    Right,
}

/// The way from a node up to the root: its number and that of the last node, both in its level.
struct Path {
    node: u64,
    last: u64,
}

impl Path {
    /// To the parent; on the right edge of the tree past levels in which the node has no sibling.
    fn climb(&mut self) -> Side {
        let is_right = self.node & 1 == 1;
        if !is_right && self.node != self.last {
            self.up(1);
            return Side::Right;
        }
        if !is_right {
            let without_sibling = self.node.trailing_zeros();
            self.up(without_sibling);
        }
        self.up(1);
        Side::Left
    }

    fn up(&mut self, levels: u32) {
        self.node = self.node.checked_shr(levels).unwrap_or(0);
        self.last = self.last.checked_shr(levels).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Range, consistency_ranges, inclusion_ranges, leaf_hash, root_of};
    use super::*;

    const SUITES: [CryptoSuite; 2] = [CryptoSuite::International, CryptoSuite::GuoMi];

    fn leaves(suite: CryptoSuite, size: u64) -> Vec<Hash> {
        (0..size).map(|n| leaf_hash(suite, &n.to_be_bytes())).collect()
    }

    fn root(suite: CryptoSuite, leaves: &[Hash]) -> Hash {
        root_of(suite, leaves.iter().map(|leaf| (0, *leaf))).unwrap_or_else(|| empty_root(suite))
    }

    fn roots(suite: CryptoSuite, leaves: &[Hash], ranges: &[Range]) -> Vec<Hash> {
        let place = |n| usize::try_from(n).unwrap();
        ranges.iter().map(|range| root(suite, &leaves[place(range.from)..place(range.until)])).collect()
    }

    /// Every way to spoil a proof by one hash: a bit of it, the hash left out, doubled, or one put behind.
    fn spoilt(proof: &[Hash], bit: usize) -> Vec<Vec<Hash>> {
        let mut all = vec![[proof, &[[0; 32]]].concat()];
        for n in 0..proof.len() {
            let mut flipped = proof.to_vec();
            flipped[n][bit >> 3] ^= 1 << (bit & 7);
            let left_out = [&proof[..n], &proof[n + 1..]].concat();
            let doubled = [&proof[..=n], &proof[n..]].concat();
            all.extend([flipped, left_out, doubled]);
        }
        for n in 1..proof.len() {
            let mut swapped = proof.to_vec();
            swapped.swap(n - 1, n);
            all.push(swapped);
        }
        all
    }

    fn flipped(hash: &Hash, bit: usize) -> Hash {
        let mut other = *hash;
        other[bit >> 3] ^= 1 << (bit & 7);
        other
    }

    fn check_inclusion(suite: CryptoSuite, size: u64, index: u64, bit: usize) {
        let leaves = leaves(suite, size);
        let (leaf, root) = (leaves[usize::try_from(index).unwrap()], root(suite, &leaves));
        let proof = roots(suite, &leaves, &inclusion_ranges(index, size));
        assert!(verify_inclusion(suite, &leaf, index, size, &proof, &root));
        for other in spoilt(&proof, bit) {
            assert!(!verify_inclusion(suite, &leaf, index, size, &other, &root), "{index} of {size}: {other:?}");
        }
        for other in (0..size + 2).filter(|other| *other != index) {
            assert!(!verify_inclusion(suite, &leaf, other, size, &proof, &root), "{index} of {size} as {other}");
        }
        assert!(!verify_inclusion(suite, &flipped(&leaf, bit), index, size, &proof, &root));
        assert!(!verify_inclusion(suite, &leaf, index, size, &proof, &flipped(&root, bit)));
    }

    fn check_consistency(suite: CryptoSuite, old: u64, new: u64, bit: usize) {
        let leaves = leaves(suite, new);
        let old_root = root(suite, &leaves[..usize::try_from(old).unwrap()]);
        let new_root = root(suite, &leaves);
        let proof = roots(suite, &leaves, &consistency_ranges(old, new));
        let accepts = |from: &Hash, to: &Hash, proof: &[Hash]| verify_consistency(suite, old, from, new, to, proof);
        assert!(accepts(&old_root, &new_root, &proof), "{old} to {new}");
        assert!(!accepts(&flipped(&old_root, bit), &new_root, &proof));
        for other in spoilt(&proof, bit) {
            assert!(!accepts(&old_root, &new_root, &other), "{old} to {new}: {other:?}");
        }
        if old > 0 {
            assert!(!accepts(&old_root, &flipped(&new_root, bit), &proof));
        }
        if old < new {
            assert!(!verify_consistency(suite, new, &new_root, old, &old_root, &proof));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn a_spoilt_proof_of_inclusion_fails(size in 1..300_u64, place in any::<u64>(), bit in 0..256_usize) {
            SUITES.into_iter().for_each(|suite| check_inclusion(suite, size, place % size, bit));
        }

        #[test]
        fn a_spoilt_proof_of_growth_fails(new in 0..300_u64, place in any::<u64>(), bit in 0..256_usize) {
            SUITES.into_iter().for_each(|suite| check_consistency(suite, place % (new + 1), new, bit));
        }
    }

    #[test]
    fn every_small_tree_is_proved_and_no_other() {
        for new in 0..20 {
            (0..new).for_each(|index| check_inclusion(CryptoSuite::International, new, index, 7));
            (0..=new).for_each(|old| check_consistency(CryptoSuite::International, old, new, 7));
        }
    }

    #[test]
    fn a_tree_of_no_leaves_is_the_beginning_of_every_tree_and_has_one_root() {
        let suite = CryptoSuite::International;
        let (empty, one) = (empty_root(suite), leaf_hash(suite, b"1"));
        assert!(verify_consistency(suite, 0, &empty, 0, &empty, &[]));
        assert!(verify_consistency(suite, 0, &empty, 1, &one, &[]));
        assert!(!verify_consistency(suite, 0, &one, 1, &one, &[]));
        assert!(!verify_consistency(suite, 0, &empty, 1, &one, &[one]));
        assert!(!verify_consistency(suite, 1, &one, 1, &empty, &[]));
        assert!(!verify_consistency(suite, 1, &one, 1, &one, &[one]));
        assert!(!verify_inclusion(suite, &one, 0, 0, &[], &empty));
    }
}
