//! Distance to the nearest class mean under one shared covariance.

use crate::LearnError;

/// How the covariance is pulled towards `v I`, `v` its mean variance, so that it can be inverted
/// also where columns outnumber rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shrinkage {
    /// By the share that Ledoit and Wolf (Journal of Multivariate Analysis 2004) show to be best for
    /// the squared error.
    LedoitWolf,
    /// By this share, in `0..=1`.
    Fixed(f64),
}

/// Class means and the Cholesky factor of the shared covariance.
#[derive(Debug, Clone, PartialEq)]
pub struct Mahalanobis {
    columns: usize,
    /// Mean of each class that has rows, one after the other.
    means: Vec<f64>,
    /// Lower triangle `L` of the covariance `L L'`, row-major.
    factor: Vec<f64>,
    shrinkage: f64,
}

impl Mahalanobis {
    /// Fits to row-major dense `rows` of `columns` numbers with a class each; `O(n c^2 + c^3)`.
    ///
    /// Errors if lengths differ, there are fewer than two rows, a number is not finite, the share
    /// is not in `0..=1`, or the covariance cannot be inverted (no row varies, or too little
    /// shrinkage).
    pub fn fit(
        rows: &[f32],
        columns: usize,
        labels: &[u32],
        shrinkage: Shrinkage,
    ) -> Result<Self, LearnError> {
        super::check_matrix(rows, columns)?;
        let n = rows.len() / columns;
        if labels.len() != n {
            return Err(LearnError::Shape { what: "labels", expected: n, found: labels.len() });
        }
        if n < 2 {
            return Err(LearnError::Parameter { name: "rows", must: "at least 2" });
        }
        check_finite(rows, columns)?;
        let (means, centred) = centre(rows, columns, labels);
        let mut covariance = second_moments(&centred, columns);
        let share = match shrinkage {
            Shrinkage::Fixed(share) if (0.0..=1.0).contains(&share) => share,
            Shrinkage::Fixed(_) => {
                return Err(LearnError::Parameter { name: "shrinkage", must: "in 0..=1" });
            }
            Shrinkage::LedoitWolf => ledoit_wolf(&centred, &covariance, columns),
        };
        let mean = (0..columns).map(|j| covariance[j * columns + j]).sum::<f64>() / columns as f64;
        for (at, v) in covariance.iter_mut().enumerate() {
            let target = if at / columns == at % columns { mean } else { 0.0 };
            *v = (1.0 - share) * *v + share * target;
        }
        let factor = cholesky(covariance, columns)?;
        Ok(Self { columns, means, factor, shrinkage: share })
    }

    /// The share by which the covariance was shrunk.
    pub fn shrinkage(&self) -> f64 {
        self.shrinkage
    }

    /// Squared distance of each row to the nearest class mean.
    ///
    /// Errors if the length is no multiple of the columns or a number is not finite.
    pub fn scores(&self, rows: &[f32]) -> Result<Vec<f64>, LearnError> {
        super::check_matrix(rows, self.columns)?;
        check_finite(rows, self.columns)?;
        // Whitening is linear: the means are whitened once, each row once.
        let white = |x: &[f64]| solve_lower(&self.factor, x);
        let means: Vec<Vec<f64>> = self.means.chunks_exact(self.columns).map(white).collect();
        let distance =
            |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum() };
        let score = |row: &[f32]| {
            let row: Vec<f64> = row.iter().map(|&x| f64::from(x)).collect();
            let row = white(&row);
            means.iter().map(|mean| distance(&row, mean)).fold(f64::INFINITY, f64::min)
        };
        Ok(rows.chunks_exact(self.columns).map(score).collect())
    }
}

fn check_finite(rows: &[f32], columns: usize) -> Result<(), LearnError> {
    match rows.iter().position(|x| !x.is_finite()) {
        Some(at) => Err(LearnError::NotFinite { what: "number of row", at: at / columns }),
        None => Ok(()),
    }
}

/// Means of the classes that have rows, and all rows less the mean of their class.
fn centre(rows: &[f32], columns: usize, labels: &[u32]) -> (Vec<f64>, Vec<f64>) {
    // Labels may be any numbers: they are ranked, not used as indices.
    let mut classes = labels.to_vec();
    classes.sort_unstable();
    classes.dedup();
    let place: Vec<usize> = labels.iter().map(|k| classes.partition_point(|c| c < k)).collect();
    let mut means = vec![0.0; classes.len() * columns];
    let mut counts = vec![0.0; classes.len()];
    for (row, &k) in rows.chunks_exact(columns).zip(&place) {
        counts[k] += 1.0;
        let mean = &mut means[k * columns..(k + 1) * columns];
        mean.iter_mut().zip(row).for_each(|(m, &x)| *m += f64::from(x));
    }
    for (mean, n) in means.chunks_exact_mut(columns).zip(&counts) {
        for m in mean {
            *m /= n;
        }
    }
    let mut centred = Vec::with_capacity(rows.len());
    for (row, &k) in rows.chunks_exact(columns).zip(&place) {
        let mean = &means[k * columns..(k + 1) * columns];
        centred.extend(row.iter().zip(mean).map(|(&x, m)| f64::from(x) - m));
    }
    (means, centred)
}

/// `X'X / n`.
fn second_moments(centred: &[f64], columns: usize) -> Vec<f64> {
    let mut out = vec![0.0; columns * columns];
    for row in centred.chunks_exact(columns) {
        for (i, x) in row.iter().enumerate().filter(|(_, x)| **x != 0.0) {
            let line = &mut out[i * columns..=i * columns + i];
            line.iter_mut().zip(row).for_each(|(v, y)| *v += x * y);
        }
    }
    let n = (centred.len() / columns) as f64;
    for i in 0..columns {
        for j in 0..=i {
            let v = out[i * columns + j] / n;
            (out[i * columns + j], out[j * columns + i]) = (v, v);
        }
    }
    out
}

/// The optimal share `min(b2, d2) / d2`, with `d2 = |S - v I|^2` and
/// `b2 = (sum |x|^4 / n - |S|^2) / n`.
fn ledoit_wolf(centred: &[f64], covariance: &[f64], columns: usize) -> f64 {
    let n = (centred.len() / columns) as f64;
    let mean = (0..columns).map(|j| covariance[j * columns + j]).sum::<f64>() / columns as f64;
    let squares: f64 = covariance.iter().map(|v| v * v).sum();
    let d2 = squares - columns as f64 * mean * mean;
    let fourth: f64 =
        centred.chunks_exact(columns).map(|r| r.iter().map(|x| x * x).sum::<f64>().powi(2)).sum();
    let b2 = (fourth / n - squares) / n;
    if d2 > 0.0 { (b2 / d2).clamp(0.0, 1.0) } else { 1.0 }
}

/// Lower triangle `L` with `L L' = a`.
fn cholesky(mut a: Vec<f64>, n: usize) -> Result<Vec<f64>, LearnError> {
    let scale = (0..n).map(|i| a[i * n + i]).fold(0.0, f64::max);
    for i in 0..n {
        for j in 0..=i {
            let (before, row) = a.split_at(i * n);
            let other = if j == i { row } else { &before[j * n..] };
            let dot: f64 = row[..j].iter().zip(&other[..j]).map(|(x, y)| x * y).sum();
            let rest = a[i * n + j] - dot;
            if i != j {
                a[i * n + j] = rest / a[j * n + j];
            } else if rest > 1e-12 * scale {
                a[i * n + i] = rest.sqrt();
            } else {
                return Err(LearnError::Parameter {
                    name: "shrinkage",
                    must: "larger: columns are constant or depend on each other",
                });
            }
        }
        a[i * n + i + 1..(i + 1) * n].fill(0.0);
    }
    Ok(a)
}

/// `L^-1 x`.
fn solve_lower(factor: &[f64], x: &[f64]) -> Vec<f64> {
    let n = x.len();
    let mut out: Vec<f64> = Vec::with_capacity(n);
    for i in 0..n {
        let row = &factor[i * n..i * n + n];
        let dot: f64 = row[..i].iter().zip(&out).map(|(a, b)| a * b).sum();
        out.push((x[i] - dot) / row[i]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    fn cloud(rng: &mut Rng, n: usize) -> (Vec<f32>, Vec<u32>) {
        let mut rows = Vec::new();
        let labels: Vec<u32> = (0..n).map(|i| (i % 2) as u32 * 7).collect();
        for &k in &labels {
            let (a, b) = (rng.unit() as f32 - 0.5, rng.unit() as f32 - 0.5);
            // Wide along the diagonal, narrow across it.
            rows.extend([k as f32 + 4.0 * a + 0.2 * b, k as f32 + 4.0 * a - 0.2 * b]);
        }
        (rows, labels)
    }

    #[test]
    fn directions_of_little_variance_count_more() {
        let (rows, labels) = cloud(&mut Rng::new(1), 2000);
        let model = Mahalanobis::fit(&rows, 2, &labels, Shrinkage::LedoitWolf).unwrap();
        let scores = model.scores(&[0.5, 0.5, 0.5, -0.5, 7.5, 7.5]).unwrap();
        assert!(scores[0] < 1.0 && scores[1] > 10.0 && scores[2] < 1.0, "{scores:?}");
        assert!(model.shrinkage() < 0.05, "{}", model.shrinkage());
    }

    #[test]
    fn the_mean_distance_of_training_rows_is_their_number_of_columns() {
        let (rows, _) = cloud(&mut Rng::new(2), 500);
        let model = Mahalanobis::fit(&rows, 2, &[0; 500], Shrinkage::Fixed(0.0)).unwrap();
        let mean = model.scores(&rows).unwrap().iter().sum::<f64>() / 500.0;
        assert!((mean - 2.0).abs() < 1e-6, "{mean}");
    }

    #[test]
    fn more_columns_than_rows_need_shrinkage() {
        let mut rng = Rng::new(3);
        let rows: Vec<f32> = (0..10 * 40).map(|_| rng.unit() as f32).collect();
        assert!(Mahalanobis::fit(&rows, 40, &[0; 10], Shrinkage::Fixed(0.0)).is_err());
        let model = Mahalanobis::fit(&rows, 40, &[0; 10], Shrinkage::LedoitWolf).unwrap();
        assert!(model.shrinkage() > 0.3 && model.scores(&rows).is_ok());
        assert!(model.scores(&rows[1..]).is_err());
        assert!(Mahalanobis::fit(&rows, 40, &[0; 9], Shrinkage::LedoitWolf).is_err());
        assert!(Mahalanobis::fit(&rows, 40, &[0; 10], Shrinkage::Fixed(2.0)).is_err());
        assert!(Mahalanobis::fit(&[1.0; 8], 2, &[0; 4], Shrinkage::LedoitWolf).is_err());
        assert!(Mahalanobis::fit(&[f32::NAN; 8], 2, &[0; 4], Shrinkage::LedoitWolf).is_err());
    }

    proptest! {
        #[test]
        fn units_do_not_matter_without_shrinkage(seed: u64, a in 0.1_f32..10.0, b in 0.1_f32..10.0) {
            let (rows, labels) = cloud(&mut Rng::new(seed), 60);
            let scaled: Vec<f32> =
                rows.chunks(2).flat_map(|r| [r[0] * a, r[1] * b]).collect();
            let of = |rows: &[f32]| {
                let model = Mahalanobis::fit(rows, 2, &labels, Shrinkage::Fixed(0.0)).unwrap();
                model.scores(rows).unwrap()
            };
            for (x, y) in of(&rows).iter().zip(of(&scaled)) {
                prop_assert!((x - y).abs() < 0.02 * (1.0 + x), "{} {}", x, y);
            }
        }
    }
}
