//! Rows that differ: k-means++ seeding over cosine distance; [`k_center`] (core-set), [`badge`]
//! (gradients) and [`typical`] (the middles of crowds) in their own files.
//!
//! k-means++ (Arthur and Vassilvitskii, SODA 2007) draws each next row with a probability
//! proportional to its squared distance from those already drawn, so that a batch covers the pool
//! and near-duplicates do not fill it. The greedy form draws a few candidates each time and keeps
//! the one that leaves the pool closest to the drawn rows.

mod center;
mod density;
mod gradient;

pub use center::{Centers, k_center};
pub use density::{density, density_weighted, typical};
pub use gradient::badge;

use crate::rng::Rng;
use crate::sparse::{Csr, Row};

/// Draws `k` distinct rows of `rows` (fewer if there are fewer), in the order drawn.
///
/// Distance is that of rows scaled to length 1, `2 - 2 cos`. `first` is drawn first if given,
/// otherwise a row by chance. `apart_from` are rows that count as drawn already (labelled ones);
/// they are not drawn again. `candidates` is the number of candidates a draw, at least 1.
pub fn kmeans_plus_plus(
    rows: &Csr,
    k: usize,
    apart_from: &[usize],
    first: Option<usize>,
    candidates: usize,
    seed: u64,
) -> Vec<usize> {
    let rows = rows.normalised();
    let n = rows.rows();
    let mut spread = Spread::new(&rows);
    let mut rng = Rng::stream(seed, 2);
    let mut taken = vec![false; n];
    for &i in apart_from.iter().filter(|&&i| i < n) {
        if !std::mem::replace(&mut taken[i], true) {
            let closer = spread.closer(i);
            spread.nearest = closer;
        }
    }
    let mut out = Vec::with_capacity(k.min(n));
    let mut left: usize = taken.iter().filter(|t| !**t).count();
    let mut next = first.filter(|&i| i < n && !taken[i]);
    while out.len() < k && left > 0 {
        let nothing_drawn = out.is_empty() && apart_from.is_empty();
        let drawn = match next.take() {
            Some(i) => (i, spread.closer(i)),
            None if nothing_drawn => {
                let i = rng.below(n);
                (i, spread.closer(i))
            }
            None => spread.draw(&taken, candidates.max(1), &mut rng),
        };
        let (i, closer) = drawn;
        spread.nearest = closer;
        taken[i] = true;
        left -= 1;
        out.push(i);
    }
    out
}

/// Rows of `rows` that each stand for a crowd: spherical k-means (Lloyd's iterations on rows scaled
/// to length 1) from `seeds`, then the row nearest to each centre, in the order of the seeds.
///
/// A seed drawn by distance alone is often an outlier; the middle of its cluster teaches more
/// (compare Hacohen, Dekel and Weinshall, "Active learning on a budget", ICML 2022). At most
/// `rounds` iterations. Rows are distinct; a cluster that has become empty keeps its seed.
///
/// Also tells the mean cosine of all rows to their centre: where it is low there are no crowds,
/// and their middles mean nothing.
pub fn medoids(rows: &Csr, seeds: &[usize], rounds: u32) -> (Vec<usize>, f64) {
    let rows = rows.normalised();
    let seeds: Vec<usize> = seeds.iter().copied().filter(|&i| i < rows.rows()).collect();
    let k = seeds.len();
    if k == 0 {
        return (Vec::new(), 0.0);
    }
    // Feature by feature, clusters side by side, as in the logistic fit.
    let mut centres = vec![0.0_f32; rows.columns() * k];
    for (c, &i) in seeds.iter().enumerate() {
        rows.row(i).iter().for_each(|(j, x)| centres[j * k + c] = x);
    }
    let mut nearest = vec![(0_usize, 0.0_f32); rows.rows()];
    for round in 0..=rounds {
        let moved = assign(&rows, &centres, k, &mut nearest);
        if round == rounds || (round > 0 && !moved) {
            break;
        }
        recentre(&rows, &nearest, k, &mut centres);
    }
    let mut best: Vec<Option<usize>> = vec![None; k];
    for (i, &(c, likeness)) in nearest.iter().enumerate() {
        if best[c].is_none_or(|b| likeness > nearest[b].1) {
            best[c] = Some(i);
        }
    }
    // A seed may be the middle of another cluster, so empty clusters are served last.
    let mut taken = vec![false; rows.rows()];
    best.iter().flatten().for_each(|&i| taken[i] = true);
    for (best, &seed) in best.iter_mut().zip(&seeds) {
        if best.is_none() && !std::mem::replace(&mut taken[seed], true) {
            *best = Some(seed);
        }
    }
    let likeness = nearest.iter().map(|n| f64::from(n.1)).sum::<f64>() / nearest.len() as f64;
    (best.into_iter().flatten().collect(), likeness)
}

/// Writes the most alike centre of each row and the likeness; whether any row changed its centre.
fn assign(rows: &Csr, centres: &[f32], k: usize, nearest: &mut [(usize, f32)]) -> bool {
    let mut moved = false;
    let mut likeness = vec![0.0_f32; k];
    for (row, nearest) in rows.iter().zip(nearest) {
        likeness.fill(0.0);
        for (j, x) in row.iter() {
            likeness.iter_mut().zip(&centres[j * k..][..k]).for_each(|(l, c)| *l += x * c);
        }
        let mut best = (0, f32::NEG_INFINITY);
        for (c, &l) in likeness.iter().enumerate() {
            if l > best.1 {
                best = (c, l);
            }
        }
        moved |= best.0 != nearest.0;
        *nearest = best;
    }
    moved
}

/// Moves each centre to the direction of the mean of its rows; empty clusters stay.
fn recentre(rows: &Csr, nearest: &[(usize, f32)], k: usize, centres: &mut [f32]) {
    let mut filled = vec![false; k];
    for n in nearest {
        filled[n.0] = true;
    }
    for row in centres.chunks_exact_mut(k) {
        row.iter_mut().zip(&filled).filter(|(_, f)| **f).for_each(|(c, _)| *c = 0.0);
    }
    for (row, &(c, _)) in rows.iter().zip(nearest) {
        row.iter().for_each(|(j, x)| centres[j * k + c] += x);
    }
    let mut norms = vec![0.0_f64; k];
    for row in centres.chunks_exact(k) {
        norms.iter_mut().zip(row).for_each(|(n, &x)| *n += f64::from(x) * f64::from(x));
    }
    let factors: Vec<f32> =
        norms.iter().map(|&n| if n > 0.0 { (1.0 / n.sqrt()) as f32 } else { 0.0 }).collect();
    for row in centres.chunks_exact_mut(k) {
        row.iter_mut().zip(&factors).for_each(|(c, f)| *c *= f);
    }
}

/// Squared distance of each row to the nearest drawn row.
struct Spread<'a> {
    rows: &'a Csr,
    /// Squared norms: 1, or 0 for empty rows.
    norms: Vec<f64>,
    nearest: Vec<f64>,
    /// One row written out densely, for inner products with all others.
    dense: Vec<f32>,
}

impl<'a> Spread<'a> {
    fn new(rows: &'a Csr) -> Self {
        let norms = rows.iter().map(|r| if r.indices.is_empty() { 0.0 } else { 1.0 }).collect();
        Self {
            rows,
            norms,
            nearest: vec![f64::INFINITY; rows.rows()],
            dense: vec![0.0; rows.columns()],
        }
    }

    /// `nearest` if row `i` were drawn too.
    fn closer(&mut self, i: usize) -> Vec<f64> {
        let row = self.rows.row(i);
        row.iter().for_each(|(j, x)| self.dense[j] = x);
        let own = self.norms[i];
        let out = (0..self.rows.rows()).map(|other| {
            let product = self.rows.row(other).dot_dense(&self.dense);
            // Rounding must not leave copies of a drawn row a chance.
            let distance = own + self.norms[other] - 2.0 * product;
            let distance = if distance < 1e-6 { 0.0 } else { distance };
            distance.min(self.nearest[other])
        });
        let out = out.collect();
        row.iter().for_each(|(j, _)| self.dense[j] = 0.0);
        out
    }

    /// Draws by squared distance; by chance if all that are left are copies of drawn rows.
    fn draw(&mut self, taken: &[bool], candidates: usize, rng: &mut Rng) -> (usize, Vec<f64>) {
        let total: f64 = (0..taken.len()).filter(|&i| !taken[i]).map(|i| self.nearest[i]).sum();
        let free: Vec<usize> = (0..taken.len()).filter(|&i| !taken[i]).collect();
        if total <= 0.0 {
            let i = free[rng.below(free.len())];
            let closer = self.closer(i);
            return (i, closer);
        }
        let mut best: Option<(f64, usize, Vec<f64>)> = None;
        for _ in 0..candidates {
            let mut left = rng.unit() * total;
            let hit = free.iter().find(|&&i| {
                left -= self.nearest[i];
                left < 0.0
            });
            // Rounding may leave a trace of the total; the last row with a distance takes it.
            let last = free.iter().rfind(|&&i| self.nearest[i] > 0.0);
            let i = hit.or(last).copied().unwrap_or(free[0]);
            let closer = self.closer(i);
            let sum = closer.iter().sum::<f64>();
            if best.as_ref().is_none_or(|b| sum < b.0) {
                best = Some((sum, i, closer));
            }
        }
        match best {
            Some((_, i, closer)) => (i, closer),
            None => (free[0], self.nearest.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn draws_distinct_rows_by_seed(
            values in prop::collection::vec(0_u8..4, 3 * 20), k in 0_usize..25, seed: u64,
            apart in prop::collection::vec(0_usize..20, 0..4),
        ) {
            let dense: Vec<f32> = values.iter().map(|&x| f32::from(x)).collect();
            let rows = Csr::from_dense(&dense, 3).unwrap();
            let got = kmeans_plus_plus(&rows, k, &apart, None, 3, seed);
            let mut sorted = got.clone();
            sorted.extend(&apart);
            sorted.sort_unstable();
            sorted.dedup();
            let distinct_apart = apart.iter().collect::<std::collections::BTreeSet<_>>().len();
            prop_assert_eq!(sorted.len(), got.len() + distinct_apart);
            prop_assert_eq!(got.len(), k.min(20 - distinct_apart));
            prop_assert_eq!(&got, &kmeans_plus_plus(&rows, k, &apart, None, 3, seed));
        }

        #[test]
        fn copies_come_last(seed: u64) {
            // Five directions, twenty copies each: the first five rows drawn differ.
            let mut dense = vec![0.0_f32; 100 * 5];
            (0..100).for_each(|i| dense[i * 5 + i % 5] = 1.0 + i as f32);
            let rows = Csr::from_dense(&dense, 5).unwrap();
            let mut kinds: Vec<usize> =
                kmeans_plus_plus(&rows, 5, &[], None, 1, seed).iter().map(|i| i % 5).collect();
            kinds.sort_unstable();
            prop_assert_eq!(kinds, [0, 1, 2, 3, 4]);
        }
    }

    #[test]
    fn medoids_are_the_middles_of_their_crowds() {
        // Two crowds of directions around 10 and 80 degrees, each with its middle in the list.
        let degrees = [0.0_f32, 5.0, 10.0, 15.0, 20.0, 70.0, 75.0, 80.0, 85.0, 90.0];
        let dense: Vec<f32> =
            degrees.iter().flat_map(|d| [d.to_radians().cos(), d.to_radians().sin()]).collect();
        let rows = Csr::from_dense(&dense, 2).unwrap();
        assert_eq!(medoids(&rows, &[9, 0], 10).0, [7, 2]);
        assert_eq!(medoids(&rows, &[4, 5], 10).0, [2, 7]);
        assert!(medoids(&rows, &[], 10).0.is_empty());
    }

    proptest! {
        #[test]
        fn medoids_are_distinct(
            values in prop::collection::vec(0_u8..3, 3 * 15), k in 1_usize..12, seed: u64,
        ) {
            let dense: Vec<f32> = values.iter().map(|&x| f32::from(x)).collect();
            let rows = Csr::from_dense(&dense, 3).unwrap();
            let seeds = kmeans_plus_plus(&rows, k, &[], None, 2, seed);
            let (mut got, likeness) = medoids(&rows, &seeds, 10);
            prop_assert!((-1e-6..=1.000_01).contains(&likeness));
            let count = got.len();
            prop_assert!(got.len() <= k && !got.is_empty());
            got.sort_unstable();
            got.dedup();
            prop_assert_eq!(got.len(), count);
        }
    }

    #[test]
    fn the_first_row_is_kept_and_labelled_rows_repel() {
        let rows = Csr::from_dense(&[1.0, 0.0, 2.0, 0.0, 0.0, 1.0, 0.0, 0.0], 2).unwrap();
        assert_eq!(kmeans_plus_plus(&rows, 1, &[], Some(2), 1, 9), [2]);
        for seed in 0..20 {
            let got = kmeans_plus_plus(&rows, 2, &[0], None, 1, seed);
            assert!(!got.contains(&1), "a copy of a labelled row was drawn before the others");
        }
        assert!(kmeans_plus_plus(&Csr::new(3), 5, &[], None, 1, 1).is_empty());
    }
}
