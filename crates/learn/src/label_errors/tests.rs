//! Planted flips are found, and counts add up.

use super::*;
use crate::rng::Rng;
use proptest::prelude::*;

/// Probabilities of a good model, and labels of which a share `noise` was turned to the next class.
fn drawn(rows: usize, classes: usize, noise: f64, seed: u64) -> (Vec<f32>, Vec<u32>, Vec<bool>) {
    let mut rng = Rng::new(seed);
    let (mut values, mut labels, mut turned) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rows {
        let truth = rng.below(classes);
        let raw: Vec<f64> = (0..classes)
            .map(|k| (3.0 * rng.unit() + if k == truth { 4.0 } else { 0.0 }).exp())
            .collect();
        let sum: f64 = raw.iter().sum();
        values.extend(raw.iter().map(|x| (x / sum) as f32));
        let flip = rng.coin(noise);
        labels.push(((truth + usize::from(flip)) % classes) as u32);
        turned.push(flip);
    }
    (values, labels, turned)
}

#[test]
fn a_joint_worked_by_hand() {
    // Labels 0, 0, 0, 1, 1; the third looks like class 1.
    let p = [0.9, 0.1, 0.8, 0.2, 0.1, 0.9, 0.2, 0.8, 0.4, 0.6];
    let m = ProbabilityMatrix::new(&p, 2).unwrap();
    let labels = [0, 0, 0, 1, 1];
    let (issues, joint) = find(&m, &labels, Prune::ByNoiseRate, Ranking::SelfConfidence).unwrap();
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a} {b}");
    near(joint.thresholds()[0], 0.6);
    near(joint.thresholds()[1], 0.7);
    // The last row is confidently of no class.
    assert_eq!((joint.count(0, 0), joint.count(0, 1), joint.count(1, 1)), (2, 1, 1));
    assert_eq!((joint.expected(0, 1), joint.expected(1, 1)), (1, 2));
    near(joint.noise_rate(), 0.2);
    assert_eq!(issues, [Issue { row: 2, given: 0, suggested: 1, score: 0.1 }]);
    let margins = scores(&m, &labels, Ranking::NormalisedMargin).unwrap();
    near(f64::from(margins[2]), 0.1);
    let adjusted = scores(&m, &labels, Ranking::AdjustedConfidence).unwrap();
    near(f64::from(adjusted[2]), 0.2 / 1.1);
}

#[test]
fn turned_labels_are_found_and_the_noise_estimated() {
    let (p, labels, turned) = drawn(4000, 5, 0.15, 2);
    let m = ProbabilityMatrix::new(&p, 5).unwrap();
    for prune in [Prune::ByClass, Prune::ByNoiseRate, Prune::Both, Prune::Confident] {
        for ranking in
            [Ranking::SelfConfidence, Ranking::NormalisedMargin, Ranking::AdjustedConfidence]
        {
            let (issues, joint) = find(&m, &labels, prune, ranking).unwrap();
            let hits = issues.iter().filter(|i| turned[i.row]).count() as f64;
            let all = turned.iter().filter(|t| **t).count() as f64;
            let (precision, recall) = (hits / issues.len() as f64, hits / all);
            assert!(precision > 0.93 && recall > 0.85, "{prune:?} {precision} {recall}");
            assert!((joint.noise_rate() - 0.15).abs() < 0.02, "{}", joint.noise_rate());
            assert!(issues.windows(2).all(|w| w[0].score <= w[1].score));
            let next = |i: &&Issue| i.suggested == (i.given + 4) % 5;
            assert!(issues.iter().filter(next).count() as f64 > 0.9 * issues.len() as f64);
        }
    }
}

proptest! {
    #[test]
    fn the_scaled_joint_keeps_every_label(seed: u64, noise in 0.0_f64..0.6, classes in 2_usize..6) {
        let (p, labels, _) = drawn(60, classes, noise, seed);
        let m = ProbabilityMatrix::new(&p, classes).unwrap();
        let joint = ConfidentJoint::estimate(&m, &labels).unwrap();
        for k in 0..classes {
            let rows = labels.iter().filter(|l| **l as usize == k).count() as u64;
            prop_assert_eq!((0..classes).map(|j| joint.expected(k, j)).sum::<u64>(), rows);
            prop_assert!(rows == 0 || joint.expected(k, k) > 0);
        }
    }

    #[test]
    fn both_is_what_both_choose(seed: u64, noise in 0.0_f64..0.5) {
        let (p, labels, _) = drawn(80, 4, noise, seed);
        let m = ProbabilityMatrix::new(&p, 4).unwrap();
        let rows = |prune| -> Vec<usize> {
            let (issues, _) = find(&m, &labels, prune, Ranking::SelfConfidence).unwrap();
            let mut rows: Vec<usize> = issues.iter().map(|i| i.row).collect();
            rows.sort_unstable();
            rows
        };
        let rates = rows(Prune::ByNoiseRate);
        let want: Vec<usize> =
            rows(Prune::ByClass).into_iter().filter(|r| rates.contains(r)).collect();
        prop_assert_eq!(rows(Prune::Both), want);
        for i in rows(Prune::Confident).into_iter().chain(rates) {
            prop_assert!(m.row(i).iter().any(|x| *x > m.row(i)[labels[i] as usize]));
        }
    }
}

#[test]
fn edges_are_survived_and_bad_input_refused() {
    let p = [0.5, 0.5, 0.9, 0.1];
    let m = ProbabilityMatrix::new(&p, 2).unwrap();
    // One label only: nothing else is confident, and the second class has no rows.
    let (issues, joint) = find(&m, &[1, 1], Prune::Both, Ranking::AdjustedConfidence).unwrap();
    assert_eq!((issues, joint.noise_rate()), (vec![], 0.0));
    assert_eq!(joint.thresholds()[0], f64::INFINITY);
    assert!(find(&m, &[1], Prune::Both, Ranking::SelfConfidence).is_err());
    assert!(scores(&m, &[2, 0], Ranking::SelfConfidence).is_err());
    let none = ProbabilityMatrix::new(&[], 2).unwrap();
    assert!(scores(&none, &[], Ranking::SelfConfidence).is_err());
}
