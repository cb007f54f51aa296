//! Maximum mean discrepancy with a Gaussian kernel.
//!
//! Gretton, Borgwardt, Rasch, Schölkopf and Smola, "A kernel two-sample test", JMLR 2012. With
//! `k(x, y) = exp(-|x - y|^2 / (2 s))` and `s` the median squared distance between pooled rows,
//!
//! `MMD2 = mean of k(x, x') + mean of k(y, y') - 2 mean of k(x, y)`
//!
//! over pairs of different rows: unbiased, about 0 (also below) without any change. The p-value
//! counts random divisions of the pooled rows that reach it (exact for any sample size). The
//! quadratic test needs `(n + m)^2` kernel values; [`mmd_linear`] takes each row once.

use crate::LearnError;
use crate::rng::Rng;
use crate::special::normal_tail;

/// Most rows (both samples together) that the quadratic test takes: 64 MB of kernel values.
pub const QUADRATIC_ROWS: usize = 4_000;
/// Rows used to find the median distance, drawn evenly from the pooled ones.
const MEDIAN_ROWS: usize = 2_000;

/// How the test is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MmdOptions {
    /// `s`, the squared distance at which the kernel is `e^(-1/2)`; None for the median.
    pub squared_distance: Option<f64>,
    /// Random divisions for the p-value of [`mmd`]. Default 500.
    pub permutations: u32,
    /// Seed of the divisions.
    pub seed: u64,
}

impl Default for MmdOptions {
    fn default() -> Self {
        Self { squared_distance: None, permutations: 500, seed: 0 }
    }
}

/// Result of the test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mmd {
    /// The unbiased estimate of `MMD2`.
    pub squared: f64,
    /// `s` of the kernel.
    pub squared_distance: f64,
    /// Probability of such an `MMD2` or a larger one without any change.
    pub p_value: f64,
}

/// Tests whether two samples of rows (row-major, `columns` numbers each) have the same
/// distribution.
///
/// Errors if a sample has fewer than two rows, a number is not finite, `s` is not positive, or
/// there are more than [`QUADRATIC_ROWS`] rows (then use [`mmd_linear`], or draw some).
pub fn mmd(
    reference: &[f32],
    current: &[f32],
    columns: usize,
    options: MmdOptions,
) -> Result<Mmd, LearnError> {
    let (n, m) = (rows(reference, columns)?, rows(current, columns)?);
    if n + m > QUADRATIC_ROWS {
        return Err(LearnError::OutOfRange {
            what: "number of rows of a quadratic test",
            at: 0,
            index: n + m,
            limit: QUADRATIC_ROWS + 1,
        });
    }
    let pooled = Pooled { reference, current, n, columns };
    let squared_distance = bandwidth(&pooled, n + m, options.squared_distance)?;
    let kernel = pooled.kernel(n + m, squared_distance);
    let row_sums: Vec<f64> =
        kernel.chunks_exact(n + m).map(|row| row.iter().map(|&k| f64::from(k)).sum()).collect();
    let total: f64 = row_sums.iter().sum();
    let mut order: Vec<u32> = (0..(n + m) as u32).collect();
    let squared = divided(&kernel, &row_sums, total, &order, n);
    let mut rng = Rng::stream(options.seed, 0x6d6d_6432);
    let mut reached = 0;
    for _ in 0..options.permutations {
        rng.shuffle(&mut order);
        // Rounding must not decide between a division and its like.
        let other = divided(&kernel, &row_sums, total, &order, n);
        reached += u32::from(other >= squared - 1e-12);
    }
    let p_value = f64::from(1 + reached) / f64::from(1 + options.permutations);
    Ok(Mmd { squared, squared_distance, p_value })
}

/// The linear-time test (Gretton et al. 2012, section 6): the mean of
/// `k(x1, x2) + k(y1, y2) - k(x1, y2) - k(x2, y1)` over disjoint pairs of rows, with a normal
/// p-value. Rows beyond the shorter sample are left out; rows should be in random order.
///
/// Errors as [`mmd`], whatever the number of rows, and if there are fewer than four rows in a
/// sample.
pub fn mmd_linear(
    reference: &[f32],
    current: &[f32],
    columns: usize,
    options: MmdOptions,
) -> Result<Mmd, LearnError> {
    let (n, m) = (rows(reference, columns)?, rows(current, columns)?);
    let pairs = n.min(m) / 2;
    if pairs < 2 {
        return Err(LearnError::Parameter { name: "rows", must: "at least 4 in each sample" });
    }
    let pooled = Pooled { reference, current, n, columns };
    let s = bandwidth(&pooled, n + m, options.squared_distance)?;
    let k = |i: usize, j: usize| (-0.5 * squared(pooled.row(i), pooled.row(j)) / s).exp();
    let (mut mean, mut squares) = (0.0, 0.0);
    for pair in 0..pairs {
        let (x1, y1) = (2 * pair, n + 2 * pair);
        let (x2, y2) = (x1 + 1, y1 + 1);
        let h = k(x1, x2) + k(y1, y2) - k(x1, y2) - k(x2, y1);
        let step = h - mean;
        mean += step / (pair + 1) as f64;
        squares += step * (h - mean);
    }
    let deviation = (squares / (pairs - 1) as f64 / pairs as f64).sqrt();
    let p_value = if deviation > 0.0 {
        normal_tail(mean / deviation)
    } else {
        f64::from(u8::from(mean <= 0.0))
    };
    Ok(Mmd { squared: mean, squared_distance: s, p_value })
}

fn rows(values: &[f32], columns: usize) -> Result<usize, LearnError> {
    if columns == 0 || !values.len().is_multiple_of(columns) {
        return Err(LearnError::Shape {
            what: "rows (a multiple of their columns)",
            expected: columns,
            found: values.len(),
        });
    }
    if let Some(at) = values.iter().position(|x| !x.is_finite()) {
        return Err(LearnError::NotFinite { what: "number of row", at: at / columns });
    }
    match values.len() / columns {
        0 | 1 => Err(LearnError::Parameter { name: "rows", must: "at least 2 in each sample" }),
        n => Ok(n),
    }
}

/// Both samples as one matrix, the reference first.
struct Pooled<'a> {
    reference: &'a [f32],
    current: &'a [f32],
    n: usize,
    columns: usize,
}

impl Pooled<'_> {
    fn row(&self, i: usize) -> &[f32] {
        let (values, i) = if i < self.n { (self.reference, i) } else { (self.current, i - self.n) };
        &values[i * self.columns..(i + 1) * self.columns]
    }

    /// The kernel between all pairs of `total` rows, zero on the diagonal.
    fn kernel(&self, total: usize, squared_distance: f64) -> Vec<f32> {
        let mut out = vec![0.0; total * total];
        for i in 0..total {
            for j in 0..i {
                let d = squared(self.row(i), self.row(j));
                let k = (-0.5 * d / squared_distance).exp() as f32;
                out[i * total + j] = k;
                out[j * total + i] = k;
            }
        }
        out
    }
}

/// Squared Euclidean distance, in eight sums side by side.
fn squared(a: &[f32], b: &[f32]) -> f64 {
    let ((a8, a_rest), (b8, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0_f64; 8];
    for (x, y) in a8.iter().zip(b8) {
        for i in 0..8 {
            let gap = f64::from(x[i]) - f64::from(y[i]);
            sums[i] += gap * gap;
        }
    }
    let gap = |(x, y): (&f32, &f32)| (f64::from(*x) - f64::from(*y)).powi(2);
    sums.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(gap).sum::<f64>()
}

/// The given `s`, or the median squared distance between rows.
fn bandwidth(pooled: &Pooled<'_>, total: usize, given: Option<f64>) -> Result<f64, LearnError> {
    if let Some(s) = given {
        let fine = s.is_finite() && s > 0.0;
        let wrong = LearnError::Parameter { name: "squared_distance", must: "positive" };
        return if fine { Ok(s) } else { Err(wrong) };
    }
    let used = total.min(MEDIAN_ROWS);
    let row = |i: usize| pooled.row(i * total / used);
    let mut distances = Vec::with_capacity(used * (used - 1) / 2);
    for i in 0..used {
        distances.extend((0..i).map(|j| squared(row(i), row(j))));
    }
    let (middle, even) = (distances.len() / 2, distances.len().is_multiple_of(2));
    let (below, &mut upper, _) = distances.select_nth_unstable_by(middle, f64::total_cmp);
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let median = if even { 0.5 * (lower + upper) } else { upper };
    // Most rows alike: any scale tells them apart.
    Ok(if median > 0.0 { median } else { 1.0 })
}

/// The unbiased estimate if the first `n` rows of `order` are one sample and the rest the other.
/// Sums of whole rows are known, so only pairs within the first sample are added up.
fn divided(kernel: &[f32], row_sums: &[f64], total: f64, order: &[u32], n: usize) -> f64 {
    let (first, rest) = order.split_at(n);
    // Of the two parts the smaller one is added up; the formula does not mind which.
    let (part, n, m) = if n <= rest.len() { (first, n, rest.len()) } else { (rest, rest.len(), n) };
    let mut within = 0.0_f64;
    for (a, &i) in part.iter().enumerate() {
        let row = &kernel[i as usize * order.len()..(i as usize + 1) * order.len()];
        within += part[..a].iter().map(|&j| f64::from(row[j as usize])).sum::<f64>();
    }
    let within = 2.0 * within;
    let of_part: f64 = part.iter().map(|&i| row_sums[i as usize]).sum();
    let between = of_part - within;
    let other = total - of_part - between;
    let (n, m) = (n as f64, m as f64);
    within / (n * (n - 1.0)) + other / (m * (m - 1.0)) - 2.0 * between / (n * m)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    fn draw(rng: &mut Rng, n: usize, shift: f32) -> Vec<f32> {
        (0..2 * n).map(|_| rng.unit() as f32 + shift).collect()
    }

    proptest! {
        #[test]
        fn is_the_sum_over_all_pairs(
            a in prop::collection::vec(-2.0_f32..2.0, 6..=6),
            b in prop::collection::vec(-2.0_f32..2.0, 8..=8),
            s in 0.1_f64..5.0,
        ) {
            let k = |x: &[f32], y: &[f32]| (-0.5 * squared(x, y) / s).exp();
            let mean = |p: &[f32], q: &[f32], same: bool| {
                let (mut sum, mut n) = (0.0, 0.0);
                for (i, x) in p.chunks(2).enumerate() {
                    for (j, y) in q.chunks(2).enumerate() {
                        if !same || i != j {
                            sum += k(x, y);
                            n += 1.0;
                        }
                    }
                }
                sum / n
            };
            let want = mean(&a, &a, true) + mean(&b, &b, true) - 2.0 * mean(&a, &b, false);
            let options = MmdOptions {
                squared_distance: Some(s), permutations: 20, ..MmdOptions::default()
            };
            let got = mmd(&a, &b, 2, options).unwrap();
            prop_assert!((got.squared - want).abs() < 1e-6);
            let turned = mmd(&b, &a, 2, options).unwrap();
            prop_assert!((got.squared - turned.squared).abs() < 1e-6);
        }
    }

    #[test]
    fn levels_and_power() {
        let options = MmdOptions { permutations: 99, ..MmdOptions::default() };
        let (mut rng, mut alarms) = (Rng::new(4), [0_u32; 4]);
        for _ in 0..200 {
            let (a, b, c) =
                (draw(&mut rng, 30, 0.0), draw(&mut rng, 40, 0.0), draw(&mut rng, 40, 0.4));
            alarms[0] += u32::from(mmd(&a, &b, 2, options).unwrap().p_value <= 0.05);
            alarms[1] += u32::from(mmd(&a, &c, 2, options).unwrap().p_value <= 0.05);
            let (a, b, c) =
                (draw(&mut rng, 400, 0.0), draw(&mut rng, 400, 0.0), draw(&mut rng, 400, 0.4));
            alarms[2] += u32::from(mmd_linear(&a, &b, 2, options).unwrap().p_value <= 0.05);
            alarms[3] += u32::from(mmd_linear(&a, &c, 2, options).unwrap().p_value <= 0.05);
        }
        // Of 200 tests at 5 %: the standard deviation of a count of 10 is 3.
        assert!(alarms[0] <= 20 && alarms[2] <= 20, "{alarms:?}");
        assert!(alarms[1] >= 190 && alarms[3] >= 190, "{alarms:?}");
    }

    #[test]
    fn equal_rows_and_bad_input() {
        let got = mmd(&[1.0; 8], &[1.0; 8], 2, MmdOptions::default()).unwrap();
        assert!(got.squared.abs() < 1e-9 && got.p_value == 1.0);
        assert_eq!(
            mmd_linear(&[1.0; 8], &[1.0; 8], 2, MmdOptions::default()).unwrap().p_value,
            1.0
        );
        let fails = |a: &[f32], b: &[f32], s| {
            let options = MmdOptions { squared_distance: s, ..MmdOptions::default() };
            assert!(mmd(a, b, 2, options).is_err());
        };
        fails(&[], &[1.0; 4], None);
        fails(&[1.0; 2], &[1.0; 4], None);
        fails(&[1.0; 3], &[1.0; 4], None);
        fails(&[f32::NAN; 4], &[1.0; 4], None);
        fails(&[1.0; 4], &[1.0; 4], Some(0.0));
        fails(&vec![1.0; 2 * QUADRATIC_ROWS], &[1.0; 4], None);
    }
}
