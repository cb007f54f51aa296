//! Replays are repeatable and their curves add up.

use super::*;
use crate::rng::Rng;
use proptest::prelude::{prop, prop_assert, proptest};

/// Three overlapping clouds of directions in the plane with copies.
fn clouds(n: usize, seed: u64) -> (Csr, Vec<u32>) {
    let mut rng = Rng::new(seed);
    let labels: Vec<u32> = (0..n).map(|_| rng.below(3) as u32).collect();
    let x: Vec<f32> = labels
        .iter()
        .flat_map(|&k| {
            let angle = f64::from(k) * 0.8 + (rng.unit() + rng.unit() - 1.0) * 0.6;
            [angle.cos() as f32, angle.sin() as f32, (2.0 * angle).cos() as f32]
        })
        .collect();
    (Csr::from_dense(&x, 3).unwrap(), labels)
}

fn simulate(options: &Options) -> Result<Simulation, LearnError> {
    let ((rows, labels), (test, truth)) = (clouds(300, 1), clouds(200, 2));
    let pool = Set { rows: &rows, labels: &labels };
    run(pool, Set { rows: &test, labels: &truth }, 3, options, &mut |_| ())
}

#[test]
fn every_strategy_ends_where_all_labels_are_known() {
    for (strategy, name) in Strategy::ALL {
        let options = Options::new(strategy, 10, 45, 2);
        let got = simulate(&options).unwrap();
        assert!(got.full > 0.8, "{got:?}");
        for curve in &got.curves {
            let sizes: Vec<usize> = curve.points.iter().map(|p| p.labels).collect();
            assert_eq!(sizes, [10, 55, 100, 145, 190, 235, 280, 300], "{name}");
            let last = curve.points[7];
            assert!((last.score - got.full).abs() < 0.02, "{name}: {last:?} {}", got.full);
            assert!((last.score + last.error - 1.0).abs() < 1e-12 && last.classes_seen == 3);
            assert_eq!(curve.to_goal, crossing(&curve.points, got.goal));
        }
        assert_eq!(got, simulate(&options).unwrap(), "{name}");
    }
}

#[test]
fn progress_is_told_and_the_goal_stops_a_replay() {
    let ((rows, labels), (test, truth)) = (clouds(300, 1), clouds(200, 2));
    let (pool, test) = (Set { rows: &rows, labels: &labels }, Set { rows: &test, labels: &truth });
    let options = Options { stop_at_goal: true, ..Options::new(Strategy::Margin, 3, 5, 3) };
    let mut told = Vec::new();
    let got = run(pool, test, 3, &options, &mut |p| told.push(p)).unwrap();
    assert_eq!(told.len(), got.curves.iter().map(|c| c.points.len()).sum::<usize>());
    assert!(told.iter().all(|p| p.seeds == 3 && p.most == 300 && p.labels < 300));
    for curve in &got.curves {
        let (last, before) = curve.points.split_last().unwrap();
        assert!(last.score >= got.goal && before.iter().all(|p| p.score < got.goal));
    }
    assert!(got.labels_to_goal().is_some());
}

#[test]
fn strategies_that_start_by_chance_share_their_first_rows() {
    let first = |s| simulate(&Options::new(s, 10, 50, 2)).unwrap().curves[1].points[0];
    assert_eq!(first(Strategy::Random), first(Strategy::Margin));
    assert_eq!(first(Strategy::Random), first(Strategy::Bald));
}

#[test]
fn a_reviewer_who_errs_costs_score() {
    let options = Options::new(Strategy::Random, 50, 50, 5);
    let noisy = Options { reviewer_accuracy: 0.5, ..options };
    let (a, b) = (simulate(&options).unwrap(), simulate(&noisy).unwrap());
    assert_eq!(a.full, b.full);
    let last = |s: &Simulation| mean_curve(&s.curves).last().unwrap().score;
    assert!(last(&a) > last(&b), "{} {}", last(&a), last(&b));
    // Always wrong, of two other classes: worse than guessing.
    let wrong = simulate(&Options { reviewer_accuracy: 0.0, ..options }).unwrap();
    assert!(last(&wrong) < 0.2);
}

#[test]
fn a_rule_of_ones_own_is_checked() {
    let ((rows, labels), (test, truth)) = (clouds(40, 1), clouds(20, 2));
    let (pool, test) = (Set { rows: &rows, labels: &labels }, Set { rows: &test, labels: &truth });
    let options = Options::new(Strategy::Auto, 5, 5, 1);
    let mut tail = |pool: &crate::active::Pool<'_>,
                    _: &crate::active::Advice<'_>,
                    batch: usize,
                    _| { Ok(pool.open[pool.open.len() - batch..].to_vec()) };
    assert!(run_with(pool, test, 3, &options, &mut tail, &mut |_| ()).is_ok());
    let mut twice = |pool: &crate::active::Pool<'_>,
                     _: &crate::active::Advice<'_>,
                     batch: usize,
                     _| { Ok(vec![pool.open[0]; batch]) };
    assert!(run_with(pool, test, 3, &options, &mut twice, &mut |_| ()).is_err());
    let mut nothing =
        |_: &crate::active::Pool<'_>, _: &crate::active::Advice<'_>, _, _| Ok(Vec::new());
    assert!(run_with(pool, test, 3, &options, &mut nothing, &mut |_| ()).is_err());
}

#[test]
fn refuses_what_cannot_be_replayed() {
    let (rows, labels) = clouds(30, 1);
    let set = Set { rows: &rows, labels: &labels };
    let options = Options::new(Strategy::Random, 5, 5, 1);
    let get =
        |pool, test, classes, options: &Options| run(pool, test, classes, options, &mut |_| ());
    assert!(get(set, set, 3, &options).is_ok());
    assert!(get(set, set, 2, &options).is_err(), "a label out of range");
    assert!(get(Set { labels: &labels[1..], ..set }, set, 3, &options).is_err());
    assert!(get(Set { labels: &[1; 30], ..set }, set, 3, &options).is_err(), "one class only");
    let none = Csr::new(3);
    assert!(get(set, Set { rows: &none, labels: &[] }, 3, &options).is_err());
    let wide = Csr::from_dense(&[1.0; 4], 4).unwrap();
    assert!(get(set, Set { rows: &wide, labels: &[0] }, 3, &options).is_err());
    for bad in [
        Options { first: 0, ..options },
        Options { batch: 0, ..options },
        Options { seeds: 0, ..options },
        Options { share: 0.0, ..options },
        Options { reviewer_accuracy: f64::NAN, ..options },
        Options { metric: Metric::F1(3), ..options },
    ] {
        assert!(get(set, set, 3, &bad).is_err(), "{bad:?}");
    }
}

#[test]
fn metrics_by_hand() {
    let (p, y) = ([0, 0, 1, 1, 1], [0, 1, 1, 1, 0]);
    let get = |m| score(m, &p, &y, 3).unwrap();
    assert_eq!(get(Metric::Accuracy), (0.6, 0.4));
    assert!((get(Metric::F1(1)).0 - 2.0 / 3.0).abs() < 1e-12);
    assert!((get(Metric::MacroF1).0 - 7.0 / 12.0).abs() < 1e-12);
    assert_eq!(get(Metric::F1(2)).0, 0.0);
    assert!(score(Metric::Accuracy, &p, &y[1..], 3).is_err());
    assert!(score(Metric::Accuracy, &[], &[], 3).is_err());
}

proptest! {
    #[test]
    fn a_crossing_lies_between_its_fits(
        scores in prop::collection::vec(0.0_f64..1.0, 1..12), goal in 0.0_f64..1.0,
    ) {
        let points: Vec<Point> = scores.iter().enumerate().map(|(i, &score)| Point {
            labels: 10 * (i + 1), score, error: 0.0, classes_seen: 2,
        }).collect();
        match (crossing(&points, goal), scores.iter().position(|&s| s >= goal)) {
            (None, None) => {}
            (Some(at), Some(i)) => {
                prop_assert!(at <= 10.0 * (i + 1) as f64);
                prop_assert!(i == 0 || at >= 10.0 * i as f64);
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }
}

#[test]
fn paired_comparisons() {
    let curve = |seed, to_goal| Curve { seed, points: Vec::new(), to_goal };
    let of = |values: [f64; 3]| Simulation {
        full: 1.0,
        goal: 0.9,
        curves: values.iter().zip(0..).map(|(&v, seed)| curve(seed, Some(v))).collect(),
    };
    let (a, b) = (of([50.0, 60.0, 70.0]), of([100.0, 100.0, 100.0]));
    let ratio = paired_ratio(&a, &b).unwrap();
    assert!((ratio.mean - 0.6).abs() < 1e-12 && ratio.interval.1 < 1.0);
    assert_eq!(paired_saving(&a, &b).unwrap().mean, 40.0);
    let mut other = b.clone();
    other.curves[0].to_goal = None;
    assert!(paired_ratio(&a, &other).is_err());
    other.curves[0].seed = 9;
    assert!(paired_ratio(&a, &other).is_err());
    other.curves.pop();
    assert!(paired_ratio(&a, &other).is_err());
}
