//! Population stability index.
//!
//! `PSI = sum_b (c_b - r_b) ln(c_b / r_b)` over bins, where `r_b` and `c_b` are the shares of the
//! reference and of the current sample: the symmetrised Kullback-Leibler divergence (Jeffreys
//! 1946). The rule of thumb of credit scoring (Siddiqi, "Credit Risk Scorecards", 2006): below 0.1
//! stable, 0.1 to 0.25 worth a look, above 0.25 changed. The number depends on the bins and on the
//! floor under empty ones, so both are part of the answer. Two samples of the same distribution
//! have `PSI` of about `(bins - 1) (1/n + 1/m)`: small samples look as if they had moved.

use super::{check, sorted};
use crate::LearnError;

/// How a PSI is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PsiOptions {
    /// Bins of equal share in the reference, at most; equal quantiles are merged. Default 10.
    pub bins: usize,
    /// A share below this is counted as this, so that an empty bin does not make PSI infinite.
    /// Default 1e-4.
    pub epsilon: f64,
}

impl Default for PsiOptions {
    fn default() -> Self {
        Self { bins: 10, epsilon: 1e-4 }
    }
}

/// A population stability index with all it depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct Psi {
    /// The index.
    pub value: f64,
    /// The index that two samples of this size would have on average without any change.
    pub expected_without_change: f64,
    /// Inner borders of numeric bins, ascending: bin `b` holds `edges[b - 1] < x <= edges[b]`.
    /// Empty for categories.
    pub edges: Vec<f64>,
    /// The bins or categories.
    pub bins: Vec<PsiBin>,
    /// The floor under shares.
    pub epsilon: f64,
}

/// One bin or category.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PsiBin {
    /// Rows of the reference.
    pub reference: u64,
    /// Rows of the current sample.
    pub current: u64,
    /// What the bin adds to the index.
    pub part: f64,
}

/// PSI of numbers, over bins between quantiles of the reference.
///
/// Errors if a sample is empty, a number is not finite, `bins < 2`, or `epsilon` is not in
/// `(0, 0.1]`.
pub fn psi_numeric(
    reference: &[f64],
    current: &[f64],
    options: PsiOptions,
) -> Result<Psi, LearnError> {
    check(reference, "reference value")?;
    check(current, "current value")?;
    if options.bins < 2 {
        return Err(LearnError::Parameter { name: "bins", must: "at least 2" });
    }
    let edges = quantile_edges(&sorted(reference), options.bins);
    let count = |values: &[f64]| {
        let mut counts = vec![0_u64; edges.len() + 1];
        for x in values {
            counts[edges.partition_point(|e| e < x)] += 1;
        }
        counts
    };
    let mut out = psi_counts(&count(reference), &count(current), options.epsilon)?;
    out.edges = edges;
    Ok(out)
}

/// The inner edges of `bins` bins: lower empirical quantiles, each value once, without the largest
/// value (nothing would lie above it).
fn quantile_edges(ascending: &[f64], bins: usize) -> Vec<f64> {
    let n = ascending.len();
    let mut edges: Vec<f64> =
        (1..bins).map(|b| ascending[(b * n).div_ceil(bins).max(1) - 1]).collect();
    edges.dedup();
    edges.retain(|e| *e < ascending[n - 1]);
    // A reference of one value still tells what lies above and below it.
    if edges.is_empty() {
        edges.push(ascending[n - 1]);
        edges.insert(0, ascending[n - 1].next_down());
    }
    edges
}

/// PSI of categories (or bins of the caller's choice), from counts.
///
/// Errors if the lengths differ, a sample has no rows, or `epsilon` is not in `(0, 0.1]`.
pub fn psi_counts(reference: &[u64], current: &[u64], epsilon: f64) -> Result<Psi, LearnError> {
    if reference.len() != current.len() {
        return Err(LearnError::Shape {
            what: "current counts",
            expected: reference.len(),
            found: current.len(),
        });
    }
    if !(epsilon > 0.0 && epsilon <= 0.1) {
        return Err(LearnError::Parameter { name: "epsilon", must: "in (0, 0.1]" });
    }
    let (n, m): (u64, u64) = (reference.iter().sum(), current.iter().sum());
    if n == 0 || m == 0 {
        return Err(LearnError::Empty { what: "a sample of counts" });
    }
    let share = |k: u64, of: u64| (k as f64 / of as f64).max(epsilon);
    let bins: Vec<PsiBin> = reference
        .iter()
        .zip(current)
        .map(|(&r, &c)| {
            let (a, b) = (share(r, n), share(c, m));
            PsiBin { reference: r, current: c, part: (b - a) * (b / a).ln() }
        })
        .collect();
    let used = bins.iter().filter(|b| b.reference + b.current > 0).count();
    let degrees = used.saturating_sub(1) as f64;
    Ok(Psi {
        value: bins.iter().map(|b| b.part).sum(),
        expected_without_change: degrees * (1.0 / n as f64 + 1.0 / m as f64),
        edges: Vec::new(),
        bins,
        epsilon,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    #[test]
    fn worked_example() {
        // (0.2 - 0.5) ln(0.2 / 0.5) + (0.8 - 0.5) ln(0.8 / 0.5).
        let got = psi_counts(&[50, 50], &[20, 80], 1e-4).unwrap().value;
        assert!((got - (0.3 * 2.5_f64.ln() + 0.3 * 1.6_f64.ln())).abs() < 1e-12);
    }

    #[test]
    fn deciles_of_the_reference() {
        let reference: Vec<f64> = (1..=100).map(f64::from).collect();
        let psi = psi_numeric(&reference, &reference, PsiOptions::default()).unwrap();
        assert_eq!(psi.edges, (1..10).map(|d| f64::from(10 * d)).collect::<Vec<_>>());
        assert!(psi.bins.iter().all(|b| b.reference == 10) && psi.value == 0.0);
    }

    #[test]
    fn constant_references_notice_both_sides() {
        for moved in [-1.0, 3.0] {
            let psi = psi_numeric(&[2.0; 50], &[moved; 50], PsiOptions::default()).unwrap();
            assert!(psi.value > 5.0, "{psi:?}");
        }
        assert_eq!(psi_numeric(&[2.0; 9], &[2.0; 5], PsiOptions::default()).unwrap().value, 0.0);
    }

    #[test]
    fn without_change_it_is_what_its_size_makes_it() {
        let mut rng = Rng::new(5);
        let mut mean = 0.0;
        for _ in 0..400 {
            let mut draw = |n: usize| (0..n).map(|_| rng.unit()).collect::<Vec<_>>();
            let (a, b) = (draw(500), draw(300));
            let psi = psi_numeric(&a, &b, PsiOptions::default()).unwrap();
            mean += psi.value / psi.expected_without_change / 400.0;
        }
        assert!((mean - 1.0).abs() < 0.1, "{mean}");
    }

    #[test]
    fn bad_input_is_refused() {
        let options = PsiOptions::default();
        assert!(psi_numeric(&[], &[1.0], options).is_err());
        assert!(psi_numeric(&[1.0], &[f64::NAN], options).is_err());
        assert!(psi_numeric(&[1.0], &[1.0], PsiOptions { bins: 1, ..options }).is_err());
        assert!(psi_counts(&[1, 2], &[1], 1e-4).is_err());
        assert!(psi_counts(&[0, 0], &[1, 2], 1e-4).is_err());
        assert!(psi_counts(&[1], &[1], 0.0).is_err());
    }

    proptest! {
        #[test]
        fn never_negative_and_symmetric(
            a in prop::collection::vec(0_u64..50, 5),
            b in prop::collection::vec(0_u64..50, 5),
        ) {
            prop_assume!(a.iter().sum::<u64>() > 0 && b.iter().sum::<u64>() > 0);
            let psi = psi_counts(&a, &b, 1e-3).unwrap();
            prop_assert!(psi.bins.iter().all(|b| b.part >= 0.0));
            prop_assert!((psi.value - psi_counts(&b, &a, 1e-3).unwrap().value).abs() < 1e-12);
        }

        #[test]
        fn every_row_is_in_one_bin(
            a in prop::collection::vec(-5_i32..5, 1..60),
            b in prop::collection::vec(-9_i32..9, 1..60),
        ) {
            let of = |v: &[i32]| v.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
            let psi = psi_numeric(&of(&a), &of(&b), PsiOptions::default()).unwrap();
            prop_assert_eq!(psi.bins.iter().map(|b| b.reference).sum::<u64>(), a.len() as u64);
            prop_assert_eq!(psi.bins.iter().map(|b| b.current).sum::<u64>(), b.len() as u64);
        }
    }
}
