//! Sets against reference figures, and their coverage.

use super::*;
use crate::rng::Rng;
use proptest::prelude::*;

/// Rows drawn from their own probabilities, softened so that the model is somewhat wrong.
fn drawn(rows: usize, classes: usize, seed: u64) -> (Vec<f32>, Vec<u32>) {
    let mut rng = Rng::new(seed);
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let p: Vec<f64> = (0..classes).map(|_| -(1.0 - rng.unit()).ln()).collect();
        let sharp: Vec<f64> = p.iter().map(|x| x.powf(2.5)).collect();
        let sum: f64 = sharp.iter().sum();
        values.extend(sharp.iter().map(|x| (x / sum) as f32));
        let mut u = rng.unit() * p.iter().sum::<f64>();
        let label = p.iter().position(|x| {
            u -= x;
            u < 0.0
        });
        labels.push(label.unwrap_or(0) as u32);
    }
    (values, labels)
}

fn options(score: Score, alpha: f64) -> Options {
    Options { score, alpha, draws: Draws::Seeded(11), condition: Condition::Marginal }
}

const SCORES: [Score; 4] =
    [Score::Lac, Score::Aps, Score::Raps { penalty: 0.05, free_ranks: 2 }, Score::TopK];

#[test]
fn ranks_follow_the_formula_despite_rounding() {
    for n in 0..3000_usize {
        for (alpha, tenths) in [(0.1, 100), (0.05, 50), (0.2, 200), (0.001, 1), (0.3, 300)] {
            // The same in whole thousandths.
            let want = ((n + 1) * (1000 - tenths)).div_ceil(1000);
            assert_eq!(rank(n, alpha), want, "{n} {alpha}");
        }
    }
    assert_eq!((least_rows(0.1), least_rows(0.05), least_rows(0.5)), (9, 19, 1));
    assert_eq!(threshold(&[3.0, 1.0, 2.0], 0.5), Ok(2.0));
    assert_eq!(threshold(&[3.0, 1.0, 2.0], 0.25), Ok(3.0));
    assert_eq!(threshold(&[3.0, 1.0, 2.0], 0.2), Ok(f64::INFINITY));
    assert_eq!(threshold(&[], 0.2), Ok(f64::INFINITY));
    assert!(threshold(&[f64::NAN], 0.2).is_err() && threshold(&[1.0], 1.0).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A set is the classes whose p-value is above alpha, for every score and condition.
    #[test]
    fn sets_are_what_p_values_say(
        seed: u64, n in 1_usize..80, alpha in 0.02_f64..0.6, which in 0_usize..4, per_class: bool,
    ) {
        let (p, labels) = drawn(n, 4, seed);
        let (test, _) = drawn(30, 4, !seed);
        let (cal, test) =
            (ProbabilityMatrix::new(&p, 4).unwrap(), ProbabilityMatrix::new(&test, 4).unwrap());
        let condition = if per_class {
            Condition::PerClass { min_rows: 5, fallback: Fallback::Pooled }
        } else {
            Condition::Marginal
        };
        let options = Options { condition, ..options(SCORES[which], alpha) };
        let fitted = SplitConformal::fit(&cal, &labels, &options).unwrap();
        let sets = fitted.sets(&test).unwrap();
        let values = fitted.p_values(&test).unwrap();
        for i in 0..30 {
            let row = &values[i * 4..][..4];
            let want: Vec<u32> = (0..4).filter(|&k| row[k as usize] > alpha * (1.0 + 1e-9)).collect();
            prop_assert_eq!(sets.set(i), &want[..]);
        }
    }

    /// A larger alpha never adds a class.
    #[test]
    fn sets_are_nested(seed: u64, which in 0_usize..4, a in 0.01_f64..0.9, b in 0.01_f64..0.9) {
        let (p, labels) = drawn(60, 5, seed);
        let m = ProbabilityMatrix::new(&p, 5).unwrap();
        let sets = |alpha| {
            let o = options(SCORES[which], alpha);
            SplitConformal::fit(&m, &labels, &o).unwrap().sets(&m).unwrap()
        };
        let (wide, narrow) = (sets(a.min(b)), sets(a.max(b)));
        for i in 0..60 {
            prop_assert!(narrow.set(i).iter().all(|k| wide.set(i).contains(k)));
        }
    }

    /// The order of calibration rows does not matter when they keep their keys.
    #[test]
    fn calibration_does_not_see_the_order(seed: u64, which in 0_usize..4) {
        let (p, labels) = drawn(50, 3, seed);
        let mut order: Vec<usize> = (0..50).collect();
        Rng::new(seed).shuffle(&mut order);
        let q: Vec<f32> = order.iter().flat_map(|&i| p[i * 3..][..3].to_vec()).collect();
        let keys: Vec<u64> = order.iter().map(|&i| i as u64).collect();
        let shuffled: Vec<u32> = order.iter().map(|&i| labels[i]).collect();
        let (one, two) =
            (ProbabilityMatrix::new(&p, 3).unwrap(), ProbabilityMatrix::new(&q, 3).unwrap());
        let o = options(SCORES[which], 0.1);
        let first = SplitConformal::fit(&one, &labels, &o).unwrap();
        let second = SplitConformal::fit(&two.keyed(&keys).unwrap(), &shuffled, &o).unwrap();
        prop_assert_eq!(first, second);
    }
}

/// Mean coverage over many calibrations is within the two bounds of the theorem.
#[test]
fn coverage_is_between_its_bounds() {
    let (alpha, n, runs) = (0.2, 49, 1200);
    for score in [Score::Lac, Score::Aps] {
        let mut covered = 0.0;
        for run in 0..runs {
            let (p, labels) = drawn(n + 20, 4, 1000 + run);
            let keys: Vec<u64> = (0..n as u64 + 20).collect();
            let cut = n * 4;
            let cal = ProbabilityMatrix::new(&p[..cut], 4).unwrap().keyed(&keys[..n]).unwrap();
            let test = ProbabilityMatrix::new(&p[cut..], 4).unwrap().keyed(&keys[n..]).unwrap();
            let fitted = SplitConformal::fit(&cal, &labels[..n], &options(score, alpha)).unwrap();
            covered += fitted.sets(&test).unwrap().coverage(&labels[n..]).unwrap().coverage;
        }
        let mean = covered / runs as f64;
        // Four standard errors: sd of one run is about sqrt(.2 * .8 (1/20 + 1/50)) = .106.
        let error = 4.0 * 0.106 / (runs as f64).sqrt();
        assert!(mean > 0.8 - error && mean < 0.8 + 1.0 / 50.0 + error, "{score:?} {mean}");
    }
}

#[test]
fn classes_and_groups_are_each_covered() {
    // Class 0 is easy, class 2 hard: one threshold covers them unevenly.
    let make = |seed| {
        let mut rng = Rng::new(seed);
        let (mut p, mut labels) = (Vec::new(), Vec::new());
        for i in 0..6000_u32 {
            let label = i % 3;
            let own = match label {
                0 => 0.9 + 0.1 * rng.unit(),
                1 => 0.5 + 0.5 * rng.unit(),
                _ => rng.unit(),
            };
            let mut row = [((1.0 - own) / 2.0) as f32; 3];
            row[label as usize] = own as f32;
            p.extend(row);
            labels.push(label);
        }
        (p, labels)
    };
    let ((p, labels), (q, truth)) = (make(1), make(2));
    let (cal, test) =
        (ProbabilityMatrix::new(&p, 3).unwrap(), ProbabilityMatrix::new(&q, 3).unwrap());
    let worst = |c: &Coverage| c.classes[c.worst].coverage;
    let marginal = SplitConformal::fit(&cal, &labels, &options(Score::Lac, 0.1)).unwrap();
    let plain = marginal.sets(&test).unwrap().coverage(&truth).unwrap();
    assert!(worst(&plain) < 0.75 && (plain.coverage - 0.9).abs() < 0.02, "{plain:?}");
    let condition = Condition::PerClass { min_rows: 9, fallback: Fallback::Pooled };
    let per_class = Options { condition, ..options(Score::Lac, 0.1) };
    let fitted = SplitConformal::fit(&cal, &labels, &per_class).unwrap();
    let even = fitted.sets(&test).unwrap().coverage(&truth).unwrap();
    assert!(worst(&even) > 0.875, "{even:?}");
    // Groups that happen to be the classes: the same thresholds, picked by row.
    let grouped = SplitConformal::fit_groups(&cal, &labels, &labels, 3, &per_class).unwrap();
    assert_eq!(grouped.categories(), fitted.categories());
    let sets = grouped.sets_of_groups(&test, &truth).unwrap();
    assert!(worst(&sets.coverage(&truth).unwrap()) > 0.875);
    assert!(grouped.sets(&test).is_err() && fitted.sets_of_groups(&test, &truth).is_err());
    assert!(grouped.sets_of_groups(&test, &vec![3; 6000]).is_err());
    assert!(
        SplitConformal::fit_groups(&cal, &labels, &labels, 3, &options(Score::Lac, 0.1)).is_err()
    );
}

#[test]
fn small_classes_take_the_fallback_asked_for() {
    let (p, mut labels) = drawn(400, 4, 3);
    // Classes 2 and 3 keep six rows each.
    let mut kept = [0; 4];
    for label in &mut labels {
        if *label >= 2 && kept[*label as usize] == 6 {
            *label = 0;
        }
        kept[*label as usize] += 1;
    }
    let m = ProbabilityMatrix::new(&p, 4).unwrap();
    let fit = |fallback| {
        let condition = Condition::PerClass { min_rows: 9, fallback };
        let o = Options { condition, ..options(Score::Lac, 0.1) };
        SplitConformal::fit(&m, &labels, &o).unwrap()
    };
    let scores = label_scores(&m, &labels, &options(Score::Lac, 0.1)).unwrap();
    let of = |small: bool| -> Vec<f64> {
        scores.iter().zip(&labels).filter(|r| (*r.1 >= 2) == small).map(|r| *r.0).collect()
    };
    for (fallback, want) in [
        (Fallback::Pooled, threshold(&of(true), 0.1).unwrap()),
        (Fallback::Marginal, threshold(&scores, 0.1).unwrap()),
        (Fallback::Always, f64::INFINITY),
    ] {
        let fitted = fit(fallback);
        for class in [2, 3] {
            assert_eq!(fitted.categories()[class].threshold, want, "{fallback:?}");
            assert!(fitted.categories()[class].fell_back && fitted.categories()[class].rows == 6);
        }
        assert!(!fitted.categories()[0].fell_back);
    }
    let sets = fit(Fallback::Always).sets(&m).unwrap();
    assert!((0..400).all(|i| sets.set(i).contains(&3)));
}

#[test]
fn reports_add_up_and_empty_sets_can_be_filled() {
    let (p, labels) = drawn(500, 4, 8);
    let m = ProbabilityMatrix::new(&p, 4).unwrap();
    let sets =
        SplitConformal::fit(&m, &labels, &options(Score::Lac, 0.6)).unwrap().sets(&m).unwrap();
    let report = sets.coverage(&labels).unwrap();
    assert_eq!(report.sizes.iter().sum::<u64>(), 500);
    assert_eq!(report.classes.iter().map(|c| c.covered).sum::<u64>(), report.covered);
    assert!(report.empty_share > 0.0);
    let filled = sets.filled(&m).unwrap();
    let after = filled.coverage(&labels).unwrap();
    assert_eq!(after.empty_share, 0.0);
    assert!(after.coverage >= report.coverage);
    let (tops, _) = m.tops();
    for (i, top) in tops.iter().enumerate() {
        let want = if sets.set(i).is_empty() { std::slice::from_ref(top) } else { sets.set(i) };
        assert_eq!(filled.set(i), want);
    }
    assert!(sets.coverage(&labels[1..]).is_err());
    assert!(sets.filled(&ProbabilityMatrix::new(&p[4..], 4).unwrap()).is_err());
}

#[test]
fn refuses_bad_input_and_lives_with_one_row() {
    let m = ProbabilityMatrix::new(&[0.5, 0.5], 2).unwrap();
    let none = ProbabilityMatrix::new(&[], 2).unwrap();
    for alpha in [0.0, 1.0, f64::NAN, -0.1] {
        assert!(SplitConformal::fit(&m, &[0], &options(Score::Lac, alpha)).is_err());
    }
    assert!(SplitConformal::fit(&none, &[], &options(Score::Lac, 0.1)).is_err());
    assert!(SplitConformal::fit(&m, &[2], &options(Score::Lac, 0.1)).is_err());
    assert!(SplitConformal::fit(&m, &[0, 1], &options(Score::Lac, 0.1)).is_err());
    // One row cannot promise nine in ten: every class is in the set.
    let fitted = SplitConformal::fit(&m, &[0], &options(Score::Lac, 0.1)).unwrap();
    assert_eq!(fitted.threshold(0), Some(f64::INFINITY));
    assert_eq!(fitted.sets(&m).unwrap().set(0), [0, 1]);
    assert_eq!(fitted.sets(&none).unwrap().rows(), 0);
    assert!(fitted.sets(&ProbabilityMatrix::new(&[1.0], 1).unwrap()).is_err());
    // All rows of one class: the other has no rows and falls back.
    let one = Options {
        condition: Condition::PerClass { min_rows: 1, fallback: Fallback::Pooled },
        ..options(Score::Lac, 0.5)
    };
    let fitted = SplitConformal::fit(&m, &[0], &one).unwrap();
    assert_eq!((fitted.threshold(0), fitted.threshold(1)), (Some(0.5), Some(f64::INFINITY)));
}

#[test]
fn raps_is_tuned_for_small_sets() {
    // Half the rows are easy. In the others the truth is among three classes, yet a third of the
    // mass lies in a long tail, which APS has to pay for.
    let (classes, rows) = (40, 4000);
    let mut rng = Rng::new(21);
    let (mut p, mut labels) = (Vec::new(), Vec::new());
    for row in 0..rows {
        let hard = row % 2 == 1;
        let top = rng.below(classes);
        let heads = if hard { [0.5, 0.1, 0.05] } else { [0.999, 0.0, 0.0] };
        let tail = (1.0 - heads.iter().sum::<f64>()) / (classes - 3) as f64;
        let at = |k: usize| heads.get((k + classes - top) % classes).copied().unwrap_or(tail);
        p.extend((0..classes).map(|k| at(k) as f32));
        let u = rng.unit();
        let off = if hard { usize::from(u > 0.7) + usize::from(u > 0.9) } else { 0 };
        labels.push(((top + off) % classes) as u32);
    }
    let cut = rows / 2;
    let tuning = ProbabilityMatrix::new(&p[..classes * cut], classes).unwrap();
    let score = tune_raps(&tuning, &labels[..cut], 0.1, Draws::Seeded(1)).unwrap();
    // One rank holds 85 % of the labels, two hold 95 %.
    assert!(matches!(score, Score::Raps { free_ranks: 2, .. }), "{score:?}");
    let rest = ProbabilityMatrix::new(&p[classes * cut..], classes).unwrap();
    let size = |score| {
        let fitted = SplitConformal::fit(&rest, &labels[cut..], &options(score, 0.1)).unwrap();
        fitted.sets(&rest).unwrap().coverage(&labels[cut..]).unwrap().mean_size
    };
    let (raps, aps) = (size(score), size(Score::Aps));
    assert!(raps < 0.5 * aps, "{score:?}: {raps} against {aps}");
}
