//! The frontier and the proofs against the recursive definition of RFC 9162.

use proptest::prelude::*;
use std::collections::HashMap;
use tandem_ledger::Hash;
use tandem_ledger::merkle::{
    Frontier, NodeSource, ProofError, consistency_proof, empty_root, inclusion_proof, leaf_hash,
    node_hash, root_of, verify_consistency, verify_inclusion,
};

/// Leaf hashes and tiles in memory, as a store keeps them; counts what is read.
#[derive(Default)]
struct Tiles {
    nodes: HashMap<(u32, u64), Hash>,
    frontier: Frontier,
    reads: usize,
}

impl Tiles {
    fn append(&mut self, leaf: Hash) {
        self.nodes.insert((0, self.frontier.size()), leaf);
        let Self { nodes, frontier, .. } = self;
        frontier.append_with(leaf, |level, index, hash| {
            assert!(nodes.insert((level, index), hash).is_none());
        });
    }
}

impl NodeSource for Tiles {
    type Error = std::convert::Infallible;

    fn node(&mut self, level: u32, index: u64) -> Result<Option<Hash>, Self::Error> {
        assert_eq!(level % 8, 0, "only kept levels are asked for");
        self.reads += 1;
        Ok(self.nodes.get(&(level, index)).copied())
    }
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

fn naive_split(n: usize) -> usize {
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    k
}

fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(naive_split(leaves.len()));
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

/// PATH(m, D\[n\]) of RFC 9162 section 2.1.3.1.
fn naive_path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return vec![];
    }
    let k = naive_split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, sibling) = if m < k {
        (naive_path(m, left), naive_root(right))
    } else {
        (naive_path(m - k, right), naive_root(left))
    };
    path.push(sibling);
    path
}

/// SUBPROOF(m, D\[n\], b) of RFC 9162 section 2.1.4.1.
fn naive_subproof(m: usize, leaves: &[Hash], b: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if b { vec![] } else { vec![naive_root(leaves)] };
    }
    let k = naive_split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, sibling) = if m <= k {
        (naive_subproof(m, left, b), naive_root(right))
    } else {
        (naive_subproof(m - k, right, false), naive_root(left))
    };
    proof.push(sibling);
    proof
}

#[test]
fn every_size_up_to_300_agrees_with_the_definition() {
    let leaves = leaves(300);
    let mut tiles = Tiles::default();
    let mut roots = vec![empty_root()];
    for size in 1..=300_usize {
        tiles.append(leaves[size - 1]);
        let root = naive_root(&leaves[..size]);
        assert_eq!(tiles.frontier.root(), root);
        assert_eq!(root_of(&mut tiles, size as u64).unwrap(), root);
        roots.push(root);
    }
    for size in 1..=300_usize {
        for index in 0..size {
            let proof = inclusion_proof(&mut tiles, index as u64, size as u64).unwrap();
            assert_eq!(proof, naive_path(index, &leaves[..size]));
            assert!(verify_inclusion(
                &leaves[index],
                index as u64,
                size as u64,
                &proof,
                &roots[size]
            ));
            assert!(!verify_inclusion(
                &leaves[index],
                index as u64 + 1,
                size as u64,
                &proof,
                &roots[size]
            ));
            assert!(!verify_inclusion(&roots[0], index as u64, size as u64, &proof, &roots[size]));
        }
        for old in 0..=size {
            let proof = consistency_proof(&mut tiles, old as u64, size as u64).unwrap();
            if old > 0 {
                assert_eq!(proof, naive_subproof(old, &leaves[..size], true));
            }
            assert!(verify_consistency(old as u64, size as u64, &proof, &roots[old], &roots[size]));
            let wrong = leaf_hash(b"another history");
            assert!(!verify_consistency(old as u64, size as u64, &proof, &wrong, &roots[size]));
            // An empty log is a prefix of every log, so only a real one is contradicted by another new root.
            assert_eq!(
                verify_consistency(old as u64, size as u64, &proof, &roots[old], &wrong),
                old == 0
            );
        }
    }
}

#[test]
fn a_proof_with_any_change_is_refused() {
    let mut tiles = Tiles::default();
    for leaf in leaves(77) {
        tiles.append(leaf);
    }
    let root = tiles.frontier.root();
    let leaf = leaves(77)[20];
    let proof = inclusion_proof(&mut tiles, 20, 77).unwrap();
    for at in 0..proof.len() {
        for bit in 0..256 {
            let mut changed = proof.clone();
            changed[at].0[bit / 8] ^= 1 << (bit % 8);
            assert!(!verify_inclusion(&leaf, 20, 77, &changed, &root));
        }
    }
    assert!(!verify_inclusion(&leaf, 20, 77, &proof[1..], &root));
    assert!(!verify_inclusion(&leaf, 20, 77, &[&proof[..], &proof[..1]].concat(), &root));
}

#[test]
fn proofs_of_a_large_tree_read_few_nodes_and_survive_lost_tiles() {
    let mut tiles = Tiles::default();
    for leaf in leaves(70_000) {
        tiles.append(leaf);
    }
    let root = tiles.frontier.root();
    tiles.reads = 0;
    let proof = inclusion_proof(&mut tiles, 40_000, 70_000).unwrap();
    assert!(proof.len() <= 17);
    assert!(tiles.reads <= 1_500, "{} reads", tiles.reads);
    tiles.nodes.retain(|(level, _), _| *level == 0);
    assert_eq!(inclusion_proof(&mut tiles, 40_000, 70_000).unwrap(), proof);
    assert_eq!(root_of(&mut tiles, 70_000).unwrap(), root);
    tiles.nodes.remove(&(0, 69_999));
    assert!(matches!(root_of(&mut tiles, 70_000), Err(ProofError::Missing(_))));
    assert!(matches!(inclusion_proof(&mut tiles, 70_000, 70_000), Err(ProofError::Outside(..))));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn larger_trees_agree_with_the_definition(size in 301_u64..5_000, at in any::<prop::sample::Index>(), old in any::<prop::sample::Index>()) {
        let leaves = leaves(size);
        let mut tiles = Tiles::default();
        for leaf in &leaves {
            tiles.append(*leaf);
        }
        let (at, old) = (at.index(size as usize), 1 + old.index(size as usize));
        let root = naive_root(&leaves);
        prop_assert_eq!(tiles.frontier.root(), root);
        let proof = inclusion_proof(&mut tiles, at as u64, size).unwrap();
        prop_assert_eq!(&proof, &naive_path(at, &leaves));
        prop_assert!(verify_inclusion(&leaves[at], at as u64, size, &proof, &root));
        let proof = consistency_proof(&mut tiles, old as u64, size).unwrap();
        prop_assert_eq!(&proof, &naive_subproof(old, &leaves, true));
        prop_assert!(verify_consistency(old as u64, size, &proof, &naive_root(&leaves[..old]), &root));
    }
}
