//! Laws of the fit.

use super::*;
use crate::rng::Rng;
use proptest::prelude::*;

/// Noisy clusters: `n` rows, 6 features, `k` classes.
fn clusters(n: usize, k: usize, seed: u64) -> (Csr, Vec<u32>) {
    let mut rng = Rng::new(seed);
    let mut dense = Vec::new();
    let labels: Vec<u32> = (0..n).map(|i| (i % k) as u32).collect();
    for &label in &labels {
        for j in 0..6 {
            let own = if j == label as usize % 6 { 1.0 } else { 0.0 };
            dense.push((own + rng.unit() * 1.6 - 0.8) as f32);
        }
    }
    (Csr::from_dense(&dense, 6).unwrap(), labels)
}

/// The objective, straight from its definition.
fn objective(rows: &Csr, labels: &[u32], row_weights: &[f32], c: f64, weights: &Weights) -> f64 {
    let k = weights.classes();
    let total: f64 = row_weights.iter().map(|&w| f64::from(w)).sum();
    let mut loss = 0.0;
    for (i, row) in rows.iter().enumerate() {
        let mut z = vec![0.0; k];
        weights.logits_into(row, &mut z);
        let sum: f64 = z.iter().map(|&x| f64::from(x).exp()).sum();
        loss += f64::from(row_weights[i]) * (sum.ln() - f64::from(z[labels[i] as usize]));
    }
    let squares: f64 =
        (0..weights.features()).flat_map(|j| weights.of(j)).map(|&w| f64::from(w).powi(2)).sum();
    let factor = if k == 2 { 2.0 } else { 1.0 };
    loss / total + factor * squares / (2.0 * c * total)
}

fn tight(c: f64) -> FitOptions {
    FitOptions { c, tolerance: 1e-6, max_iterations: 500 }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_optimum_is_one(seed: u64, k in 2_usize..6, c in 0.1_f64..20.0) {
        let (rows, labels) = clusters(40, k, seed);
        let mut rng = Rng::new(seed);
        let row_weights: Vec<f32> = (0..40).map(|_| rng.unit() as f32 + 0.1).collect();
        let (weights, report) =
            fit(&rows, &labels, Some(&row_weights), k, &tight(c), None).unwrap();
        prop_assert!(report.converged);
        let best = objective(&rows, &labels, &row_weights, c, &weights);
        prop_assert!((best - report.objective).abs() < 1e-5 * best.max(0.1));
        // Convexity: no small move in any direction does better.
        for _ in 0..10 {
            let mut other = weights.clone();
            for j in 0..=6 {
                other.of_mut(j).iter_mut().for_each(|w| *w += (rng.unit() as f32 - 0.5) * 0.1);
            }
            prop_assert!(objective(&rows, &labels, &row_weights, c, &other) >= best - 1e-6);
        }
        // Penalised weights of each feature sum to zero over the classes.
        for j in 0..6 {
            prop_assert!(weights.of(j).iter().sum::<f32>().abs() < 2e-3);
        }
    }

    #[test]
    fn an_integer_weight_is_a_repeated_row(seed: u64) {
        let (rows, labels) = clusters(15, 3, seed);
        let twice: Vec<usize> = (0..15).chain(0..5).collect();
        let labels_twice: Vec<u32> = twice.iter().map(|&i| labels[i]).collect();
        let mut row_weights = vec![1.0_f32; 15];
        row_weights[..5].fill(2.0);
        let (a, _) = fit(&rows, &labels, Some(&row_weights), 3, &tight(1.0), None).unwrap();
        let (b, _) = fit(&rows.select(&twice), &labels_twice, None, 3, &tight(1.0), None).unwrap();
        for j in 0..=6 {
            for (x, y) in a.of(j).iter().zip(b.of(j)) {
                prop_assert!((x - y).abs() < 5e-3, "{} {}", x, y);
            }
        }
    }
}

#[test]
fn a_warm_start_needs_fewer_evaluations() {
    let options = FitOptions::default();
    let (mut cold_total, mut warm_total) = (0, 0);
    for seed in 0..20 {
        let (rows, labels) = clusters(200, 5, seed);
        let some: Vec<usize> = (0..198).collect();
        let (start, _) = fit(&rows.select(&some), &labels[..198], None, 5, &options, None).unwrap();
        let (_, cold) = fit(&rows, &labels, None, 5, &options, None).unwrap();
        let (_, warm) = fit(&rows, &labels, None, 5, &options, Some(&start)).unwrap();
        cold_total += cold.evaluations;
        warm_total += warm.evaluations;
    }
    assert!(warm_total * 3 < cold_total * 2, "{warm_total} {cold_total}");
}

#[test]
fn weights_equal_scikit_learn() {
    // LogisticRegression(C=2.0, tol=1e-10).fit(X, y) of scikit-learn 1.9.1, binary and multinomial.
    let x = [0.0, 1.0, 1.0, 0.0, 2.0, 1.0, 1.0, 3.0, 3.0, 0.5, 0.2, 0.2];
    let rows = Csr::from_dense(&x, 2).unwrap();
    let (w, _) = fit(&rows, &[0, 1, 1, 0, 1, 0], None, 2, &tight(2.0), None).unwrap();
    let difference: Vec<f32> = (0..3).map(|j| w.of(j)[1] - w.of(j)[0]).collect();
    close(&difference, &BINARY);
    let (w, _) = fit(&rows, &[0, 1, 2, 0, 1, 2], None, 3, &tight(2.0), None).unwrap();
    for (j, want) in MULTI.iter().enumerate() {
        close(w.of(j), want);
    }
}

fn close(a: &[f32], b: &[f32]) {
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 2e-3), "{a:?} {b:?}");
}

#[test]
fn refuses_what_cannot_be_fitted() {
    let (rows, labels) = clusters(6, 2, 1);
    let options = FitOptions::default();
    assert!(fit(&rows, &labels[..5], None, 2, &options, None).is_err());
    assert!(fit(&rows, &labels, None, 1, &options, None).is_err());
    assert!(fit(&rows, &labels, Some(&[0.0; 6]), 2, &options, None).is_err());
    assert!(fit(&rows, &labels, Some(&[-1.0; 6]), 2, &options, None).is_err());
    assert!(fit(&rows, &labels, None, 2, &options, Some(&Weights::zero(5, 2))).is_err());
    assert!(fit(&rows, &labels, None, 2, &FitOptions { c: 0.0, ..options }, None).is_err());
    assert!(fit(&Csr::new(3), &[], None, 2, &options, None).is_err());
}

#[test]
fn weight_bytes_round_trip() {
    let (rows, labels) = clusters(30, 3, 1);
    let (w, _) = fit(&rows, &labels, None, 3, &FitOptions::default(), None).unwrap();
    let bytes = w.to_bytes();
    assert_eq!(Weights::from_bytes(&bytes).unwrap(), w);
    assert!(Weights::from_bytes(&bytes[..bytes.len() - 1]).is_err());
}

const BINARY: [f32; 3] = [1.45572, -0.80017, -0.86635];
const MULTI: [[f32; 3]; 3] =
    [[-0.77840, 0.74478, 0.03362], [1.07976, -0.93705, -0.14272], [-0.24436, -0.17939, 0.42375]];
