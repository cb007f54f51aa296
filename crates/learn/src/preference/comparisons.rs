//! Comparisons added up to one row per pair of items.

use crate::LearnError;

/// How a comparison ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The item shown first won.
    First,
    /// The item shown second won.
    Second,
    /// Neither won.
    Tie,
}

/// All comparisons of one pair of items (shown in one order, where the order is known).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// The item shown first; the lower index where the order is not known.
    pub first: u32,
    /// The other item.
    pub second: u32,
    /// Comparisons that `first` won.
    pub first_wins: f64,
    /// Comparisons that `second` won.
    pub second_wins: f64,
    /// Comparisons that nobody won.
    pub ties: f64,
}

impl Edge {
    /// Number of comparisons.
    pub fn total(&self) -> f64 {
        self.first_wins + self.second_wins + self.ties
    }
}

/// Comparisons of `n_items` items, one [`Edge`] per pair, sorted.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparisons {
    pub(super) edges: Vec<Edge>,
    pub(super) n_items: usize,
    /// Whether `first` says what was shown first.
    pub(super) ordered: bool,
}

impl Comparisons {
    /// Adds up wins whose order of showing is not known: `winners[i]` beat `losers[i]`.
    ///
    /// `O(comparisons)` time, and memory for the lesser of `n_items^2` and the sorted comparisons.
    /// Errors if an item is out of range or is compared with itself.
    pub fn from_wins(winners: &[u32], losers: &[u32], n_items: usize) -> Result<Self, LearnError> {
        // The lower index takes the part of `first`.
        Self::add_up(winners, losers, n_items, false, |i| {
            let (w, l) = (winners[i], losers[i]);
            (w.min(l), w.max(l), usize::from(w > l))
        })
    }

    /// Adds up comparisons with what was shown first and how they ended.
    pub fn from_shown(
        first: &[u32],
        second: &[u32],
        outcomes: &[Outcome],
        n_items: usize,
    ) -> Result<Self, LearnError> {
        let (expected, found) = (first.len(), outcomes.len());
        if expected != found {
            return Err(LearnError::Shape { what: "outcomes", expected, found });
        }
        let ended = |i: usize| match outcomes[i] {
            Outcome::First => 0,
            Outcome::Second => 1,
            Outcome::Tie => 2,
        };
        Self::add_up(first, second, n_items, true, |i| (first[i], second[i], ended(i)))
    }

    /// The same comparisons with the order of showing forgotten.
    pub fn unordered(&self) -> Self {
        let mut edges: Vec<Edge> = self.edges.iter().map(|e| flip(*e)).collect();
        edges.sort_unstable_by_key(|e| (e.first, e.second));
        edges.dedup_by(|next, e| {
            let same = (next.first, next.second) == (e.first, e.second);
            if same {
                e.first_wins += next.first_wins;
                e.second_wins += next.second_wins;
                e.ties += next.ties;
            }
            same
        });
        Self { edges, n_items: self.n_items, ordered: false }
    }

    fn add_up(
        first: &[u32],
        second: &[u32],
        n_items: usize,
        ordered: bool,
        row: impl Fn(usize) -> (u32, u32, usize),
    ) -> Result<Self, LearnError> {
        check(first, second, n_items)?;
        let n = first.len();
        let cells = n_items.saturating_mul(n_items).saturating_mul(3);
        let edges = if cells <= n.saturating_mul(16).saturating_add(1 << 20) {
            let mut counts = vec![0_u32; cells];
            for i in 0..n {
                let (a, b, outcome) = row(i);
                counts[(a as usize * n_items + b as usize) * 3 + outcome] += 1;
            }
            let cells = counts.chunks_exact(3).enumerate();
            let used = cells.filter(|(_, c)| c.iter().any(|&x| x > 0));
            used.map(|(i, c)| edge(i / n_items, i % n_items, [c[0], c[1], c[2]])).collect()
        } else {
            let mut rows: Vec<(u32, u32, usize)> = (0..n).map(row).collect();
            rows.sort_unstable();
            let add = |same: &[(u32, u32, usize)]| {
                let mut counts = [0; 3];
                for row in same {
                    counts[row.2] += 1;
                }
                edge(same[0].0 as usize, same[0].1 as usize, counts)
            };
            rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).map(add).collect()
        };
        Ok(Self { edges, n_items, ordered })
    }

    /// One row per pair that was compared.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Number of items, compared or not.
    pub fn n_items(&self) -> usize {
        self.n_items
    }

    /// Number of comparisons.
    pub fn total(&self) -> f64 {
        self.edges.iter().map(Edge::total).sum()
    }

    /// The connected part of each item, numbered from 0 by first item, and the number of parts.
    /// Strengths of items in different parts are comparable only through the prior.
    pub fn components(&self) -> (Vec<u32>, usize) {
        components(self.n_items, self.edges.iter().map(|e| (e.first, e.second)))
    }

    /// Whether from each item to each other a chain of wins (or ties) leads: exactly then strengths
    /// exist without a prior (Ford 1957).
    pub fn strongly_connected(&self) -> bool {
        let beats = |e: &Edge| {
            let (a, b) = ((e.first, e.second), (e.second, e.first));
            let won = e.first_wins + e.ties > 0.0;
            let lost = e.second_wins + e.ties > 0.0;
            [won.then_some(a), lost.then_some(b)]
        };
        strongly_connected(self.n_items, self.edges.iter().flat_map(beats).flatten())
    }
}

fn check(first: &[u32], second: &[u32], n_items: usize) -> Result<(), LearnError> {
    let (expected, found) = (first.len(), second.len());
    if expected != found {
        return Err(LearnError::Shape { what: "items compared with", expected, found });
    }
    if first.is_empty() {
        return Err(LearnError::Empty { what: "the list of comparisons" });
    }
    if n_items > u32::MAX as usize || u32::try_from(expected).is_err() {
        return Err(LearnError::Parameter { name: "n_items and comparisons", must: "below 2^32" });
    }
    for (at, (&a, &b)) in first.iter().zip(second).enumerate() {
        let index = a.max(b) as usize;
        if index >= n_items {
            let what = "item of comparison";
            return Err(LearnError::OutOfRange { what, at, index, limit: n_items });
        }
        if a == b {
            let why = "is of an item with itself; drop it";
            return Err(LearnError::Row { what: "comparison", at, why });
        }
    }
    Ok(())
}

fn edge(first: usize, second: usize, counts: [u32; 3]) -> Edge {
    let [first_wins, second_wins, ties] = counts.map(f64::from);
    Edge { first: first as u32, second: second as u32, first_wins, second_wins, ties }
}

fn flip(e: Edge) -> Edge {
    if e.first <= e.second {
        return e;
    }
    let (first_wins, second_wins) = (e.second_wins, e.first_wins);
    Edge { first: e.second, second: e.first, first_wins, second_wins, ties: e.ties }
}

/// Connected parts of a graph, by union-find.
pub(super) fn components(n: usize, edges: impl Iterator<Item = (u32, u32)>) -> (Vec<u32>, usize) {
    let mut parent: Vec<u32> = (0..n as u32).collect();
    fn root(parent: &mut [u32], mut i: u32) -> u32 {
        while parent[i as usize] != i {
            parent[i as usize] = parent[parent[i as usize] as usize];
            i = parent[i as usize];
        }
        i
    }
    for (a, b) in edges {
        let (a, b) = (root(&mut parent, a), root(&mut parent, b));
        parent[a.max(b) as usize] = a.min(b);
    }
    let mut parts = 0;
    let mut part = vec![0; n];
    for i in 0..n {
        let r = root(&mut parent, i as u32) as usize;
        // The root is the lowest index of its part, so it has its number already.
        if r == i {
            part[i] = parts as u32;
            parts += 1;
        } else {
            part[i] = part[r];
        }
    }
    (part, parts)
}

/// Whether each node reaches each other along directed edges.
pub(super) fn strongly_connected(n: usize, edges: impl Iterator<Item = (u32, u32)>) -> bool {
    let edges: Vec<(u32, u32)> = edges.collect();
    let backward: Vec<(u32, u32)> = edges.iter().map(|&(a, b)| (b, a)).collect();
    reaches_all(n, edges) && reaches_all(n, backward)
}

/// Whether node 0 reaches all nodes.
fn reaches_all(n: usize, mut edges: Vec<(u32, u32)>) -> bool {
    edges.sort_unstable();
    let mut seen = vec![false; n];
    let mut open = vec![0_u32];
    let mut found = 0;
    if let Some(start) = seen.first_mut() {
        *start = true;
    }
    while let Some(i) = open.pop() {
        found += 1;
        let from = edges.partition_point(|e| e.0 < i);
        for &(_, to) in edges[from..].iter().take_while(|e| e.0 == i) {
            if !std::mem::replace(&mut seen[to as usize], true) {
                open.push(to);
            }
        }
    }
    found >= n
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn comparisons_are_added_up() {
        let c = Comparisons::from_wins(&[0, 1, 2, 0], &[1, 0, 1, 1], 4).unwrap();
        let edge = |first, second, first_wins, second_wins, ties| Edge {
            first,
            second,
            first_wins,
            second_wins,
            ties,
        };
        assert_eq!(c.edges(), [edge(0, 1, 2.0, 1.0, 0.0), edge(1, 2, 0.0, 1.0, 0.0)]);
        assert_eq!(c.components(), (vec![0, 0, 0, 1], 2));
        assert!(!c.strongly_connected());
        let outcomes = [Outcome::First, Outcome::Tie, Outcome::Second];
        let shown = Comparisons::from_shown(&[1, 0, 1], &[0, 1, 0], &outcomes, 2).unwrap();
        assert_eq!(shown.edges(), [edge(0, 1, 0.0, 0.0, 1.0), edge(1, 0, 1.0, 1.0, 0.0)]);
        assert_eq!(shown.unordered().edges(), [edge(0, 1, 1.0, 1.0, 1.0)]);
        assert!(shown.strongly_connected());
    }

    #[test]
    fn bad_comparisons_are_refused() {
        assert!(Comparisons::from_wins(&[0], &[0], 2).is_err());
        assert!(Comparisons::from_wins(&[0], &[2], 2).is_err());
        assert!(Comparisons::from_wins(&[0], &[], 2).is_err());
        assert!(Comparisons::from_wins(&[], &[], 2).is_err());
        assert!(Comparisons::from_shown(&[0], &[1], &[], 2).is_err());
    }

    proptest! {
        #[test]
        fn sorting_and_counting_agree(
            rows in prop::collection::vec((0_u32..30, 1_u32..30), 1..80),
        ) {
            let (w, l): (Vec<u32>, Vec<u32>) =
                rows.iter().map(|&(a, d)| (a, (a + d) % 30)).unzip();
            let dense = Comparisons::from_wins(&w, &l, 30).unwrap();
            // So many items that the sorting branch is taken.
            let sparse = Comparisons::from_wins(&w, &l, 100_000).unwrap();
            prop_assert_eq!(dense.edges(), sparse.edges());
            prop_assert_eq!(dense.total(), rows.len() as f64);
        }
    }
}
