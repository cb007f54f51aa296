//! Core-set selection: the k-center greedy rule.
//!
//! Sener and Savarese ("Active learning for convolutional neural networks: a core-set approach",
//! ICLR 2018) bound the loss over a pool by the largest distance of a row to its nearest labelled
//! row; the greedy rule (Gonzalez 1985) takes the farthest row each time and is within a factor of
//! two of the smallest possible radius.

use crate::LearnError;
use crate::rng::Rng;
use crate::sparse::Csr;

/// Rows chosen by [`k_center`].
#[derive(Debug, Clone, PartialEq)]
pub struct Centers {
    /// Chosen rows, in the order chosen.
    pub rows: Vec<usize>,
    /// Largest Euclidean distance of any row to its nearest chosen or given row; 0 without rows,
    /// infinite if nothing was chosen or given.
    pub radius: f64,
}

/// Chooses `k` rows (fewer if there are fewer), each the farthest from all before it.
///
/// Distance is Euclidean over the rows as given; scale them first ([`Csr::normalised`]) to mean
/// cosine. `apart_from` are rows that count as chosen already and are not chosen again. Without
/// any, the first row is drawn by `seed`; equal distances go to the smaller index. Cost
/// `O((k + |apart_from|) x entries)`.
pub fn k_center(
    rows: &Csr,
    k: usize,
    apart_from: &[usize],
    seed: u64,
) -> Result<Centers, LearnError> {
    let n = rows.rows();
    if let Some((at, &index)) = apart_from.iter().enumerate().find(|e| *e.1 >= n) {
        return Err(LearnError::OutOfRange { what: "row to keep apart from", at, index, limit: n });
    }
    let mut field = Field::new(rows);
    for &i in apart_from {
        if !field.taken[i] {
            field.take(i);
        }
    }
    let mut out = Vec::with_capacity(k.min(n));
    let mut next = if apart_from.is_empty() && n > 0 {
        Some(Rng::new(seed).below(n))
    } else {
        field.farthest()
    };
    while let Some(i) = next.filter(|_| out.len() < k) {
        field.take(i);
        out.push(i);
        next = field.farthest();
    }
    let radius = field.nearest.iter().fold(0.0_f64, |a, &b| a.max(b)).sqrt();
    Ok(Centers { rows: out, radius })
}

/// Squared distance of every row to the nearest taken one.
struct Field<'a> {
    rows: &'a Csr,
    norms: Vec<f64>,
    nearest: Vec<f64>,
    taken: Vec<bool>,
    dense: Vec<f32>,
}

impl<'a> Field<'a> {
    fn new(rows: &'a Csr) -> Self {
        Self {
            rows,
            norms: rows.iter().map(super::Row::norm_squared).collect(),
            nearest: vec![f64::INFINITY; rows.rows()],
            taken: vec![false; rows.rows()],
            dense: vec![0.0; rows.columns()],
        }
    }

    fn take(&mut self, i: usize) {
        let row = self.rows.row(i);
        row.iter().for_each(|(j, x)| self.dense[j] = x);
        for (other, nearest) in self.nearest.iter_mut().enumerate() {
            let product = self.rows.row(other).dot_dense(&self.dense);
            let distance = self.norms[i] + self.norms[other] - 2.0 * product;
            *nearest = nearest.min(distance.max(0.0));
        }
        self.nearest[i] = 0.0;
        self.taken[i] = true;
        row.iter().for_each(|(j, _)| self.dense[j] = 0.0);
    }

    fn farthest(&self) -> Option<usize> {
        let free = (0..self.nearest.len()).filter(|&i| !self.taken[i]);
        free.reduce(|best, i| if self.nearest[i] > self.nearest[best] { i } else { best })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn distance(rows: &Csr, a: usize, b: usize) -> f64 {
        let (x, y) = (rows.row(a), rows.row(b));
        (x.norm_squared() + y.norm_squared() - 2.0 * x.dot(y)).max(0.0).sqrt()
    }

    proptest! {
        #[test]
        fn each_choice_is_the_farthest_and_the_radius_covers(
            values in prop::collection::vec(-5_i8..5, 2 * 18), k in 0_usize..22, seed: u64,
            apart in prop::collection::vec(0_usize..18, 0..4),
        ) {
            let dense: Vec<f32> = values.iter().map(|&x| f32::from(x)).collect();
            let rows = Csr::from_dense(&dense, 2).unwrap();
            let got = k_center(&rows, k, &apart, seed).unwrap();
            let distinct = apart.iter().collect::<std::collections::BTreeSet<_>>().len();
            prop_assert_eq!(got.rows.len(), k.min(18 - distinct));
            let mut before = apart.clone();
            let gap = |i: usize, to: &[usize]| {
                to.iter().map(|&j| distance(&rows, i, j)).fold(f64::INFINITY, f64::min)
            };
            for &i in &got.rows {
                prop_assert!(!before.contains(&i));
                let farthest = (0..18).map(|j| gap(j, &before)).fold(0.0, f64::max);
                prop_assert!(before.is_empty() || (gap(i, &before) - farthest).abs() < 1e-9);
                before.push(i);
            }
            let radius = (0..18).map(|j| gap(j, &before)).fold(0.0, f64::max);
            prop_assert!(radius == got.radius || (radius - got.radius).abs() < 1e-9);
        }

        #[test]
        fn the_radius_is_within_twice_the_best(
            values in prop::collection::vec(-9_i8..9, 2 * 9), k in 1_usize..4, seed: u64,
        ) {
            let dense: Vec<f32> = values.iter().map(|&x| f32::from(x)).collect();
            let rows = Csr::from_dense(&dense, 2).unwrap();
            let got = k_center(&rows, k, &[], seed).unwrap().radius;
            let mut best = f64::INFINITY;
            for mask in 1_u32..1 << 9 {
                if mask.count_ones() as usize != k { continue; }
                let centers: Vec<usize> = (0..9).filter(|i| mask >> i & 1 == 1).collect();
                let gap = |i| centers.iter().map(|&c| distance(&rows, i, c)).fold(f64::INFINITY, f64::min);
                best = best.min((0..9).map(gap).fold(0.0, f64::max));
            }
            prop_assert!(got <= 2.0 * best + 1e-9, "{got} against {best}");
        }
    }

    #[test]
    fn refuses_unknown_rows_and_serves_none() {
        assert!(k_center(&Csr::new(2), 3, &[0], 1).is_err());
        assert!(k_center(&Csr::new(2), 3, &[], 1).unwrap().rows.is_empty());
    }
}
