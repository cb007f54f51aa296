//! BADGE: rows whose gradients are large and point different ways.
//!
//! Ash, Zhang, Krishnamurthy, Langford and Agarwal ("Deep batch active learning by diverse,
//! uncertain gradient lower bounds", ICLR 2020): if a row had the label the model believes in, the
//! gradient of the loss by the last layer would be `g = (p - onehot(argmax p)) (x) x`. k-means++
//! over these embeddings draws a batch that is unsure and diverse at once.
//!
//! `g` has `classes x features` numbers and is never written out: with `a = p - onehot(argmax p)`,
//! `g_i . g_j = (a_i . a_j) (x_i . x_j)`, so a distance costs `O(classes + entries of a row)`.

use crate::LearnError;
use crate::rng::Rng;
use crate::sparse::Csr;

/// Draws `k` distinct rows (fewer if there are fewer), in the order drawn: the largest gradient
/// first, then by squared distance to the nearest drawn one.
///
/// `probabilities` is `rows.rows() x classes`. An intercept counts as one more feature of value 1.
pub fn badge(
    rows: &Csr,
    probabilities: &[f32],
    classes: usize,
    k: usize,
    seed: u64,
) -> Result<Vec<usize>, LearnError> {
    let n = rows.rows();
    if classes == 0 || probabilities.len() != n * classes {
        return Err(LearnError::Shape {
            what: "probabilities (rows x classes)",
            expected: n * classes,
            found: probabilities.len(),
        });
    }
    if let Some(at) = probabilities.iter().position(|p| !p.is_finite()) {
        return Err(LearnError::NotFinite { what: "probability of row", at: at / classes });
    }
    let mut gradients = Gradients::new(rows, probabilities, classes);
    let mut rng = Rng::stream(seed, 3);
    let mut free: Vec<usize> = (0..n).collect();
    let mut out = Vec::with_capacity(k.min(n));
    while out.len() < k && !free.is_empty() {
        let at =
            if out.is_empty() { gradients.largest(&free) } else { gradients.draw(&free, &mut rng) };
        // Keeps the order of the free rows, so that a draw does not depend on what was drawn.
        let i = free.remove(at);
        gradients.take(i);
        out.push(i);
    }
    Ok(out)
}

struct Gradients<'a> {
    rows: &'a Csr,
    classes: usize,
    /// `p - onehot(argmax p)`, row by row.
    pulls: Vec<f32>,
    /// Squared norms of the gradients.
    norms: Vec<f64>,
    nearest: Vec<f64>,
    dense: Vec<f32>,
}

impl<'a> Gradients<'a> {
    fn new(rows: &'a Csr, probabilities: &[f32], classes: usize) -> Self {
        let mut pulls = probabilities.to_vec();
        let mut norms = Vec::with_capacity(rows.rows());
        for (pull, row) in pulls.chunks_exact_mut(classes).zip(rows.iter()) {
            let best = |b: usize, i: usize| if pull[i] > pull[b] { i } else { b };
            let top = (0..classes).fold(0, best);
            pull[top] -= 1.0;
            norms.push(dot(pull, pull) * (row.norm_squared() + 1.0));
        }
        let nearest = vec![f64::INFINITY; rows.rows()];
        Self { rows, classes, pulls, norms, nearest, dense: vec![0.0; rows.columns()] }
    }

    fn pull(&self, i: usize) -> &[f32] {
        &self.pulls[i * self.classes..(i + 1) * self.classes]
    }

    fn largest(&self, free: &[usize]) -> usize {
        let better =
            |b: usize, at: usize| if self.norms[free[at]] > self.norms[free[b]] { at } else { b };
        (0..free.len()).fold(0, better)
    }

    /// Place within `free` of a row drawn by squared distance; by chance if no distance is left.
    fn draw(&self, free: &[usize], rng: &mut Rng) -> usize {
        let total: f64 = free.iter().map(|&i| self.nearest[i]).sum();
        if total <= 0.0 {
            return rng.below(free.len());
        }
        let mut left = rng.unit() * total;
        let hit = free.iter().position(|&i| {
            left -= self.nearest[i];
            left < 0.0
        });
        // Rounding may leave a trace of the total; the last row with a distance takes it.
        hit.or_else(|| free.iter().rposition(|&i| self.nearest[i] > 0.0)).unwrap_or(0)
    }

    fn take(&mut self, i: usize) {
        let row = self.rows.row(i);
        row.iter().for_each(|(j, x)| self.dense[j] = x);
        for other in 0..self.rows.rows() {
            let product = dot(self.pull(i), self.pull(other))
                * (self.rows.row(other).dot_dense(&self.dense) + 1.0);
            let sum = self.norms[i] + self.norms[other];
            let distance = sum - 2.0 * product;
            // Rounding must not leave copies of a drawn row a chance.
            let distance = if distance < 1e-6 * sum { 0.0 } else { distance };
            self.nearest[other] = self.nearest[other].min(distance);
        }
        row.iter().for_each(|(j, _)| self.dense[j] = 0.0);
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The embedding written out: classes x (features + 1).
    fn embedding(x: &[f32], p: &[f32]) -> Vec<f64> {
        let mut a: Vec<f64> = p.iter().map(|&p| f64::from(p)).collect();
        let top = (0..p.len()).fold(0, |b, i| if p[i] > p[b] { i } else { b });
        a[top] -= 1.0;
        let x: Vec<f64> = x.iter().copied().chain([1.0]).map(f64::from).collect();
        a.iter().flat_map(|a| x.iter().map(move |x| a * x)).collect()
    }

    proptest! {
        #[test]
        fn distances_are_those_of_the_written_out_embedding(
            x in prop::collection::vec(-2.0_f32..2.0, 3 * 8),
            raw in prop::collection::vec(0.01_f32..1.0, 4 * 8),
        ) {
            let rows = Csr::from_dense(&x, 3).unwrap();
            let p: Vec<f32> = raw.chunks(4).flat_map(|r| {
                let sum: f32 = r.iter().sum();
                r.iter().map(move |x| x / sum).collect::<Vec<_>>()
            }).collect();
            let mut g = Gradients::new(&rows, &p, 4);
            g.take(3);
            let own = embedding(&x[9..12], &p[12..16]);
            for i in 0..8 {
                let other = embedding(&x[i * 3..i * 3 + 3], &p[i * 4..i * 4 + 4]);
                let want: f64 = own.iter().zip(&other).map(|(a, b)| (a - b) * (a - b)).sum();
                prop_assert!((g.nearest[i] - want).abs() < 1e-4 * (1.0 + want));
                let norm: f64 = other.iter().map(|a| a * a).sum();
                prop_assert!((g.norms[i] - norm).abs() < 1e-5 * (1.0 + norm));
            }
        }

        #[test]
        fn draws_distinct_rows_by_seed(
            x in prop::collection::vec(0_u8..3, 2 * 15), k in 0_usize..20, seed: u64,
        ) {
            let x: Vec<f32> = x.iter().map(|&v| f32::from(v)).collect();
            let rows = Csr::from_dense(&x, 2).unwrap();
            let p: Vec<f32> = (0..15).flat_map(|i| [i as f32 / 15.0, 1.0 - i as f32 / 15.0]).collect();
            let got = badge(&rows, &p, 2, k, seed).unwrap();
            prop_assert_eq!(got.len(), k.min(15));
            prop_assert_eq!(got.iter().collect::<std::collections::BTreeSet<_>>().len(), got.len());
            prop_assert_eq!(&got, &badge(&rows, &p, 2, k, seed).unwrap());
        }
    }

    #[test]
    fn the_least_certain_row_comes_first_and_only_one_certain_row_is_drawn() {
        let rows = Csr::from_dense(&[1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.5, 1.0], 2).unwrap();
        let p = [1.0, 0.0, 0.6, 0.4, 0.5, 0.5, 1.0, 0.0];
        for seed in 0..20 {
            // Rows 0 and 3 are certain: both gradients are zero, copies of each other.
            let got = badge(&rows, &p, 2, 3, seed).unwrap();
            assert!(got[0] == 2 && got.contains(&1), "{got:?}");
        }
        assert!(badge(&rows, &p[1..], 2, 2, 1).is_err());
        assert!(badge(&rows, &[f32::NAN; 8], 2, 2, 1).is_err());
        assert!(badge(&rows, &p, 0, 2, 1).is_err());
    }
}
