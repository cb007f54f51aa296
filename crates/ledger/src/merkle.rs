//! The Merkle tree of RFC 9162 section 2.1 over SHA-256: hashing, the frontier of a growing tree, and proofs.
//!
//! A tree of `n` leaves splits at the largest power of two below `n`. Node `(level, index)` is the root of the full
//! subtree over leaves `index * 2^level .. (index + 1) * 2^level`; level 0 holds the leaf hashes.

mod proof;

pub use proof::{
    NodeSource, ProofError, consistency_proof, inclusion_proof, root_of, verify_consistency,
    verify_inclusion,
};

use crate::Hash;
use sha2::{Digest, Sha256};

/// Levels of nodes that a store keeps are multiples of this: a tile is 256 nodes of one such level.
pub const TILE_HEIGHT: u32 = 8;

/// Hash of a leaf: SHA-256(0x00 || bytes).
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    let mut sha = Sha256::new();
    sha.update([0]);
    sha.update(bytes);
    Hash(sha.finalize().into())
}

/// Hash of an inner node: SHA-256(0x01 || left || right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut block = [1_u8; 65];
    block[1..33].copy_from_slice(&left.0);
    block[33..].copy_from_slice(&right.0);
    Hash(Sha256::digest(block).into())
}

/// Root of the tree without leaves: SHA-256 of the empty string.
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

/// The right edge of a growing tree: the roots of its full subtrees, largest first. At most 64 hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

/// Bytes that are not a frontier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a frontier: {len} bytes do not hold a size and one hash for each bit set in it")]
pub struct FrontierError {
    len: usize,
}

impl Frontier {
    /// The frontier of the tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf hash. O(1) amortised.
    pub fn append(&mut self, leaf: Hash) {
        self.append_with(leaf, |_, _, _| {});
    }

    /// Appends a leaf hash and hands each subtree it completes whose height is a multiple of [`TILE_HEIGHT`] to
    /// `completed(level, index, hash)`, lowest first: what a store keeps beside the leaves.
    pub fn append_with(&mut self, leaf: Hash, mut completed: impl FnMut(u32, u64, Hash)) {
        let mut hash = leaf;
        for level in 1..=self.size.trailing_ones() {
            if let Some(left) = self.roots.pop() {
                hash = node_hash(&left, &hash);
            }
            if level.is_multiple_of(TILE_HEIGHT) {
                completed(level, self.size >> level, hash);
            }
        }
        self.roots.push(hash);
        self.size += 1;
    }

    /// Root of the tree over all leaves appended so far.
    pub fn root(&self) -> Hash {
        let mut right_to_left = self.roots.iter().rev();
        let Some(&last) = right_to_left.next() else { return empty_root() };
        right_to_left.fold(last, |right, left| node_hash(left, &right))
    }

    /// The size as 8 bytes, big-endian, then the hashes, largest subtree first.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + 32 * self.roots.len());
        bytes.extend(self.size.to_be_bytes());
        for root in &self.roots {
            bytes.extend(root.0);
        }
        bytes
    }

    /// Reads what [`Frontier::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierError> {
        let error = FrontierError { len: bytes.len() };
        let (size, hashes) = bytes.split_first_chunk::<8>().ok_or(error)?;
        let size = u64::from_be_bytes(*size);
        if size > i64::MAX as u64 || hashes.len() != 32 * size.count_ones() as usize {
            return Err(error);
        }
        let roots = hashes
            .chunks_exact(32)
            .map(Hash::from_slice)
            .collect::<Result<_, _>>()
            .map_err(|_| error)?;
        Ok(Self { size, roots })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Leaves and roots of the test vectors of the Certificate Transparency code (RFC 6962).
    #[test]
    fn the_vectors_of_rfc_6962() {
        let leaves = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
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
        let mut frontier = Frontier::new();
        assert_eq!(
            frontier.root().to_hex(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        for (leaf, root) in leaves.iter().zip(roots) {
            frontier.append(leaf_hash(&hex::decode(leaf).unwrap()));
            assert_eq!(frontier.root().to_hex(), root);
        }
    }

    #[test]
    fn completed_subtrees_are_handed_out_once_each() {
        let mut frontier = Frontier::new();
        let mut seen = Vec::new();
        for n in 0_u32..=65_536 {
            frontier.append_with(leaf_hash(&n.to_be_bytes()), |level, index, _| {
                seen.push((level, index));
            });
        }
        assert_eq!(seen.len(), 257);
        assert_eq!(seen[0], (8, 0));
        assert_eq!(seen[255..], [(8, 255), (16, 0)]);
    }

    #[test]
    fn a_frontier_survives_its_bytes() {
        let mut frontier = Frontier::new();
        for n in 0_u32..600 {
            assert_eq!(Frontier::from_bytes(&frontier.to_bytes()).unwrap(), frontier);
            frontier.append(leaf_hash(&n.to_be_bytes()));
        }
        let bytes = frontier.to_bytes();
        assert!(Frontier::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        assert!(Frontier::from_bytes(&[]).is_err());
        assert!(Frontier::from_bytes(&[0xff; 8 + 32 * 64]).is_err());
    }
}
