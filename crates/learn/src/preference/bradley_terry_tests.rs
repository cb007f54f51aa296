//! Strengths against reference figures and their laws.

use super::*;
use crate::agreement::Bootstrap;
use crate::preference::{Outcome, resampled, standard_errors};
use crate::rng::Rng;
use proptest::prelude::*;

fn wins(pairs: &[(u32, u32)], n: usize) -> Comparisons {
    let (w, l): (Vec<u32>, Vec<u32>) = pairs.iter().copied().unzip();
    Comparisons::from_wins(&w, &l, n).unwrap()
}

fn options(prior: f64) -> Options {
    Options { prior, ..Options::default() }
}

/// Comparisons drawn from known strengths, with ties and an advantage of the first.
fn drawn(strengths: &[f64], position: f64, tie: f64, n: usize, seed: u64) -> Comparisons {
    let mut rng = Rng::new(seed);
    let items = strengths.len();
    let (mut first, mut second, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..n {
        let i = rng.below(items);
        let j = (i + 1 + rng.below(items - 1)) % items;
        let p = outcomes(strengths[i] - strengths[j] + position, tie);
        let u = rng.unit();
        let end = if u < p[0] {
            Outcome::First
        } else if u < p[0] + p[1] {
            Outcome::Tie
        } else {
            Outcome::Second
        };
        first.push(i as u32);
        second.push(j as u32);
        ends.push(end);
    }
    Comparisons::from_shown(&first, &second, &ends, items).unwrap()
}

#[test]
fn two_items_have_a_closed_form() {
    // Three wins to one without a prior: a lead of ln 3.
    let c = wins(&[(0, 1), (0, 1), (1, 0), (0, 1)], 2);
    let got = fit(&c, &options(0.0)).unwrap();
    assert!((got.strengths[0] - got.strengths[1] - 3.0_f64.ln()).abs() < 1e-9);
    assert!((got.strengths[0] + got.strengths[1]).abs() < 1e-12);
    let want = 3.0 * 0.75_f64.ln() + 0.25_f64.ln();
    assert!((got.log_likelihood - want).abs() < 1e-9);
    let p = got.probabilities(0, 1).unwrap();
    assert!((p[0] - 0.75).abs() < 1e-9 && p[1] == 0.0);
    assert!(got.probabilities(0, 2).is_err());
    // The variance of a log-odds of 3 to 1 is 1/3 + 1; each strength takes half the lead.
    let errors = standard_errors(&c, &options(0.0), &got).unwrap();
    assert!((errors[0] - 0.5 * (1.0_f64 / 3.0 + 1.0).sqrt()).abs() < 1e-9, "{errors:?}");
}

#[test]
fn impossible_maxima_are_refused_without_a_prior() {
    let c = wins(&[(0, 1), (0, 1)], 2);
    assert!(fit(&c, &options(0.0)).is_err());
    assert!(fit(&c, &options(0.1)).unwrap().strengths[0] > 0.5);
    let apart = wins(&[(0, 1), (1, 0), (2, 3), (2, 3), (3, 2)], 5);
    assert!(fit(&apart, &options(0.0)).is_err());
    let got = fit(&apart, &options(0.1)).unwrap();
    assert_eq!(got.components, 3);
    assert!(got.strengths[0].abs() < 1e-9 && got.strengths[4].abs() < 1e-9);
    assert!(got.strengths[2] > 0.1 && got.convergence.converged);
    let none = Options { ties: TieModel::Davidson, ..options(0.0) };
    assert!(fit(&wins(&[(0, 1), (1, 0)], 2), &none).is_err());
    let position = Options { position: true, ..options(0.1) };
    assert!(fit(&apart, &position).is_err());
    assert!(fit(&apart, &options(-1.0)).is_err() && fit(&apart, &options(f64::NAN)).is_err());
    assert!(fit(&apart, &Options { tolerance: 0.0, ..options(0.1) }).is_err());
}

#[test]
fn a_cycle_leaves_equals() {
    let c = wins(&[(0, 1), (1, 2), (2, 0)], 3);
    let got = fit(&c, &options(0.0)).unwrap();
    assert!(got.strengths.iter().all(|s| s.abs() < 1e-9));
}

#[test]
fn ties_and_position_are_recovered() {
    let truth: Vec<f64> = (0..8).map(|i| 0.4 * (f64::from(i) - 3.5)).collect();
    let c = drawn(&truth, 0.3, 0.8, 60_000, 11);
    let davidson = Options { ties: TieModel::Davidson, position: true, ..options(1e-6) };
    let got = fit(&c, &davidson).unwrap();
    assert!(got.convergence.converged, "{:?}", got.convergence);
    assert!((got.position - 0.3).abs() < 0.04 && (got.tie - 0.8).abs() < 0.04, "{got:?}");
    for (s, t) in got.strengths.iter().zip(&truth) {
        assert!((s - t).abs() < 0.06, "{got:?}");
    }
    let errors = standard_errors(&c, &davidson, &got).unwrap();
    assert_eq!(errors.len(), 10);
    // Half wins and silence see the same order of items.
    for ties in [TieModel::HalfWins, TieModel::Ignore] {
        let other = fit(&c, &Options { ties, position: true, ..options(1e-6) }).unwrap();
        assert!(other.strengths.windows(2).all(|w| w[0] < w[1]), "{other:?}");
    }
    let direct = log_likelihood(&c, &got.strengths, got.position, got.tie).unwrap();
    assert!((direct - got.log_likelihood).abs() < 1e-6);
}

#[test]
fn standard_errors_and_bootstrap_agree() {
    let truth: Vec<f64> = (0..5).map(|i| 0.5 * f64::from(i)).collect();
    let c = drawn(&truth, 0.0, 0.0, 3000, 3);
    let fitted = fit(&c, &options(0.01)).unwrap();
    let errors = standard_errors(&c, &options(0.01), &fitted).unwrap();
    let bootstrap = Bootstrap { resamples: 300, ..Bootstrap::default() };
    let spread = resampled(&c, &options(0.01), &fitted, &bootstrap).unwrap();
    assert_eq!(spread.undefined, 0);
    for (i, (item, error)) in spread.items.iter().zip(&errors).enumerate() {
        assert!((item.standard_error / error - 1.0).abs() < 0.2, "{item:?} {error}");
        assert!(item.low < fitted.strengths[i] && fitted.strengths[i] < item.high);
        assert!(item.best_rank <= 5 - i && 5 - i <= item.worst_rank);
    }
    assert!(spread.items[4].top > 0.99 && spread.items[0].top == 0.0);
    let again = resampled(&c, &options(0.01), &fitted, &bootstrap).unwrap();
    assert_eq!(spread, again);
}

proptest! {
    #[test]
    fn the_fit_solves_the_equations_of_the_maximum(
        pairs in prop::collection::vec((0_u32..6, 1_u32..6), 1..60),
        prior in 0.001_f64..2.0,
    ) {
        let pairs: Vec<(u32, u32)> = pairs.into_iter().map(|(a, d)| (a, (a + d) % 6)).collect();
        let got = fit(&wins(&pairs, 6), &options(prior)).unwrap();
        prop_assert!(got.convergence.converged);
        for i in 0..6 {
            // Wins less expected wins is what the prior takes.
            let balance: f64 = pairs.iter().map(|&(w, l)| {
                let (w, l) = (w as usize, l as usize);
                let upset = 1.0 - outcomes(got.strengths[w] - got.strengths[l], 0.0)[0];
                f64::from(u8::from(i == w)) * upset - f64::from(u8::from(i == l)) * upset
            }).sum();
            prop_assert!((balance - prior * got.strengths[i]).abs() < 1e-7);
        }
    }

    #[test]
    fn reversing_all_outcomes_negates_strengths(
        pairs in prop::collection::vec((0_u32..6, 1_u32..6), 1..60),
    ) {
        let pairs: Vec<(u32, u32)> = pairs.into_iter().map(|(a, d)| (a, (a + d) % 6)).collect();
        let back: Vec<(u32, u32)> = pairs.iter().map(|&(a, b)| (b, a)).collect();
        let (a, b) = (fit(&wins(&pairs, 6), &options(0.1)), fit(&wins(&back, 6), &options(0.1)));
        for (x, y) in a.unwrap().strengths.iter().zip(&b.unwrap().strengths) {
            prop_assert!((x + y).abs() < 1e-7);
        }
    }

    #[test]
    fn outcomes_add_up_without_overflow(d in -2000.0_f64..2000.0, nu in 0.0_f64..50.0) {
        let p = outcomes(d, nu);
        prop_assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        prop_assert!(p.iter().all(|x| (0.0..=1.0).contains(x)));
    }

    #[test]
    fn curvature_is_the_derivative_of_the_gradient(seed: u64) {
        let truth = [0.5, -0.2, 1.0, 0.0];
        let c = drawn(&truth, 0.2, 0.6, 40, seed);
        let options = Options { ties: TieModel::Davidson, position: true, ..options(0.1) };
        let mut model = Model::new(&c, &options);
        let mut rng = Rng::new(seed);
        let x: Vec<f64> = (0..6).map(|_| rng.unit() - 0.5).collect();
        let v: Vec<f64> = (0..6).map(|_| rng.unit() - 0.5).collect();
        let at = |t: f64| -> Vec<f64> { x.iter().zip(&v).map(|(x, v)| x + t * v).collect() };
        let (mut plus, mut minus) = (vec![0.0; 6], vec![0.0; 6]);
        let (mut here, mut curved) = (vec![0.0; 6], vec![0.0; 6]);
        let up = model.evaluate(&at(1e-5), &mut plus);
        let down = model.evaluate(&at(-1e-5), &mut minus);
        model.evaluate(&x, &mut here);
        model.curve(&v, &mut curved);
        let slope: f64 = here.iter().zip(&v).map(|(g, v)| g * v).sum();
        prop_assert!(((up - down) / 2e-5 - slope).abs() < 1e-5);
        for i in 0..6 {
            prop_assert!(((plus[i] - minus[i]) / 2e-5 - curved[i]).abs() < 1e-5);
        }
    }
}
