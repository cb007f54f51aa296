//! Inclusion and consistency proofs (RFC 9162 sections 2.1.3 and 2.1.4) over stored nodes, and their verification.

use super::{TILE_HEIGHT, empty_root, node_hash};
use crate::Hash;
use std::ops::Range;

/// Where proofs find nodes. Level 0 (leaf hashes) must be complete; levels 8, 16, 24, ... are used where present and
/// recomputed from the level below where not. No other level is asked for.
pub trait NodeSource {
    /// What reading can fail with.
    type Error;

    /// The node at `(level, index)`, or `None` where it is not kept.
    fn node(&mut self, level: u32, index: u64) -> Result<Option<Hash>, Self::Error>;

    /// The nodes `(level, first .. first + count)`, at most 256; fewer (or none) where they are not all kept.
    /// Override it where one read is cheaper than many.
    fn nodes(&mut self, level: u32, first: u64, count: u64) -> Result<Vec<Hash>, Self::Error> {
        let mut hashes = Vec::with_capacity(count as usize);
        for index in first..first + count {
            match self.node(level, index)? {
                Some(hash) => hashes.push(hash),
                None => break,
            }
        }
        Ok(hashes)
    }
}

/// Why a proof could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ProofError<E> {
    /// The source failed.
    #[error("reading tree nodes failed: {0}")]
    Source(E),
    /// A leaf hash is not there.
    #[error("leaf hashes {0:?} are not all in the store; rebuild them from the events")]
    Missing(Range<u64>),
    /// The index or the older size is not inside the tree.
    #[error("{0} is outside a tree of {1} leaves")]
    Outside(u64, u64),
}

type Proof<E> = Result<Vec<Hash>, ProofError<E>>;

/// Inclusion proof of leaf `index` in the tree of the first `size` leaves: the siblings, lowest first.
pub fn inclusion_proof<S: NodeSource>(source: &mut S, index: u64, size: u64) -> Proof<S::Error> {
    if index >= size {
        return Err(ProofError::Outside(index, size));
    }
    let mut range = 0..size;
    let mut proof = Vec::new();
    while range.end - range.start > 1 {
        let middle = range.start + split(range.end - range.start);
        let sibling = if index < middle { middle..range.end } else { range.start..middle };
        proof.push(hash_of(source, &sibling)?);
        range = if index < middle { range.start..middle } else { middle..range.end };
    }
    proof.reverse();
    Ok(proof)
}

/// Consistency proof that the tree of `old` leaves is a prefix of the tree of `new` leaves. Empty for `old` 0 or `new`.
pub fn consistency_proof<S: NodeSource>(source: &mut S, old: u64, new: u64) -> Proof<S::Error> {
    if old > new {
        return Err(ProofError::Outside(old, new));
    }
    let mut proof = Vec::new();
    if old == 0 || old == new {
        return Ok(proof);
    }
    let mut range = 0..new;
    // While we keep to the left edge, the subtree of the old tree is its own root and need not be told.
    let mut known = true;
    while old != range.end {
        let middle = range.start + split(range.end - range.start);
        if old <= middle {
            proof.push(hash_of(source, &(middle..range.end))?);
            range.end = middle;
        } else {
            proof.push(hash_of(source, &(range.start..middle))?);
            range.start = middle;
            known = false;
        }
    }
    if !known {
        proof.push(hash_of(source, &range)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Root of the tree of the first `size` leaves.
pub fn root_of<S: NodeSource>(source: &mut S, size: u64) -> Result<Hash, ProofError<S::Error>> {
    if size == 0 { Ok(empty_root()) } else { hash_of(source, &(0..size)) }
}

/// Largest power of two below `n`, for `n` of at least 2.
fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// Hash of the subtree over a range of leaves that a split of the tree made.
fn hash_of<S: NodeSource>(
    source: &mut S,
    range: &Range<u64>,
) -> Result<Hash, ProofError<S::Error>> {
    let length = range.end - range.start;
    if length.is_power_of_two() {
        return node(source, length.ilog2(), range.start / length);
    }
    let middle = range.start + split(length);
    let left = hash_of(source, &(range.start..middle))?;
    let right = hash_of(source, &(middle..range.end))?;
    Ok(node_hash(&left, &right))
}

/// A full node: from the nearest kept level at or below it.
fn node<S: NodeSource>(
    source: &mut S,
    level: u32,
    index: u64,
) -> Result<Hash, ProofError<S::Error>> {
    if level > 0 && level.is_multiple_of(TILE_HEIGHT) {
        if let Some(hash) = source.node(level, index).map_err(ProofError::Source)? {
            return Ok(hash);
        }
        return fold(source, level, index, level - TILE_HEIGHT);
    }
    fold(source, level, index, level - level % TILE_HEIGHT)
}

/// Computes a node from the nodes of the kept level `base` below it.
fn fold<S: NodeSource>(
    source: &mut S,
    level: u32,
    index: u64,
    base: u32,
) -> Result<Hash, ProofError<S::Error>> {
    let count = 1_u64 << (level - base);
    let first = index * count;
    let mut hashes = source.nodes(base, first, count).map_err(ProofError::Source)?;
    if hashes.len() as u64 != count {
        if base == 0 {
            return Err(ProofError::Missing(first..first + count));
        }
        hashes =
            (first..first + count).map(|at| node(source, base, at)).collect::<Result<_, _>>()?;
    }
    while hashes.len() > 1 {
        hashes = hashes.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
    }
    hashes.first().copied().ok_or(ProofError::Missing(first..first + count))
}

/// Whether `proof` shows that `leaf` is at `index` in the tree of `size` leaves with this `root` (RFC 9162 2.1.3.2).
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node_hash(sibling, &hash);
            // A node without a right sibling is promoted until it is a right child.
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows that the tree of `old` leaves with root `old_root` is a prefix of the tree of `new` leaves
/// with root `new_root` (RFC 9162 2.1.4.2; an empty old tree is a prefix of every tree).
pub fn verify_consistency(
    old: u64,
    new: u64,
    proof: &[Hash],
    old_root: &Hash,
    new_root: &Hash,
) -> bool {
    if old > new {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    let (first, rest) = match proof.split_first() {
        _ if old.is_power_of_two() => (old_root, proof),
        Some((first, rest)) => (first, rest),
        None => return false,
    };
    let (mut at, mut last) = (old - 1, new - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}
