//! Curves and certificates against counts by hand.

use super::*;
use crate::rng::Rng;
use proptest::prelude::*;

/// Confidences with the errors they promise: wrong with probability `1 - confidence`.
fn drawn(rows: usize, seed: u64) -> (Vec<f32>, Vec<bool>) {
    let mut rng = Rng::new(seed);
    (0..rows)
        .map(|_| {
            let c = 1.0 - 0.5 * rng.unit() * rng.unit();
            (c as f32, !rng.coin(c))
        })
        .unzip()
}

#[test]
fn a_curve_worked_by_hand() {
    let confidence = [0.9, 0.8, 0.8, 0.7, -0.5];
    let wrong = [false, true, false, true, false];
    let curve = RiskCoverage::new(&confidence, &wrong).unwrap();
    let counts: Vec<(u64, u64)> = curve.points().iter().map(|p| (p.answered, p.errors)).collect();
    assert_eq!(counts, [(1, 0), (3, 1), (4, 2), (5, 2)]);
    assert_eq!(curve.points()[3].threshold, -0.5);
    // The tied pair holds one error: half an error at the second row.
    let aurc = (0.0 + 0.5 / 2.0 + 1.0 / 3.0 + 2.0 / 4.0 + 2.0 / 5.0) / 5.0;
    assert!((curve.aurc() - aurc).abs() < 1e-12);
    assert!((curve.excess_aurc() - (aurc - (1.0 / 4.0 + 2.0 / 5.0) / 5.0)).abs() < 1e-12);
    assert_eq!(curve.at_risk(0.4).map(|p| p.answered), Some(5));
    assert_eq!(curve.at_risk(0.35).map(|p| p.answered), Some(3));
    assert_eq!(curve.at_threshold(0.75).answered, 3);
    assert_eq!(curve.at_threshold(2.0).answered, 0);
    assert!(RiskCoverage::new(&[], &[]).is_err());
    assert!(RiskCoverage::new(&[0.5], &[]).is_err());
    assert!(RiskCoverage::new(&[f32::NAN], &[true]).is_err());
}

proptest! {
    #[test]
    fn no_threshold_is_cheaper_than_the_optimal(
        rows in prop::collection::vec((0_u8..12, any::<bool>()), 1..60),
        error in 0.5_f64..20.0, review in 0.0_f64..3.0, human_error in 0.0_f64..0.3,
        capacity in 0.0_f64..=1.0,
    ) {
        let (c, wrong): (Vec<f32>, Vec<bool>) =
            rows.into_iter().map(|(c, w)| (f32::from(c) / 12.0, w)).unzip();
        let curve = RiskCoverage::new(&c, &wrong).unwrap();
        let costs = Costs { error, review, human_error, capacity };
        let got = curve.cost_optimal(&costs).unwrap();
        let n = c.len() as f64;
        prop_assert!((n - got.answered as f64) <= capacity * n + 1e-6);
        let mut least = f64::INFINITY;
        for threshold in c.iter().copied().chain([f32::INFINITY]) {
            let answered = |i: &usize| c[*i] >= threshold;
            let reviewed = (0..c.len()).filter(|i| !answered(i)).count() as f64;
            let errors = (0..c.len()).filter(answered).filter(|&i| wrong[i]).count() as f64;
            let cost = (errors * error + reviewed * (review + human_error * error)) / n;
            if reviewed <= capacity * n + 1e-9 {
                prop_assert!(got.cost <= cost + 1e-9);
            }
            least = least.min(cost);
        }
        prop_assert_eq!(got.limited, got.cost > least + 1e-12);
        prop_assert!((curve.cost(got.threshold, &costs).unwrap() - got.cost).abs() < 1e-9);
    }

    #[test]
    fn the_area_is_the_mean_of_risks(
        rows in prop::collection::vec((any::<u32>(), any::<bool>()), 1..80), sign: bool,
    ) {
        let mut rows: Vec<(f32, bool)> = rows
            .into_iter()
            .map(|(c, w)| ((c >> 8) as f32 * if sign { 1.0 } else { -1.0 }, w))
            .collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        rows.dedup_by(|a, b| a.0 == b.0);
        let (c, wrong): (Vec<f32>, Vec<bool>) = rows.iter().copied().unzip();
        let curve = RiskCoverage::new(&c, &wrong).unwrap();
        let mut errors = 0.0;
        let risks = wrong.iter().enumerate().map(|(i, &w)| {
            errors += f64::from(u8::from(w));
            errors / (i + 1) as f64
        });
        let mean = risks.sum::<f64>() / wrong.len() as f64;
        prop_assert!((curve.aurc() - mean).abs() < 1e-9);
        prop_assert!(curve.excess_aurc() >= -1e-12);
    }
}

#[test]
fn chows_rule_is_where_the_sweep_ends_up() {
    let (c, wrong) = drawn(200_000, 3);
    let costs = Costs { human_error: 0.02, ..Costs::new(10.0, 1.0) };
    let swept = RiskCoverage::new(&c, &wrong).unwrap().cost_optimal(&costs).unwrap();
    let rule = chow(&costs).unwrap();
    assert!((rule - 0.88).abs() < 1e-12 && (swept.threshold - rule).abs() < 0.03, "{swept:?}");
    assert!(swept.cost <= swept.all_automatic && swept.cost <= swept.all_reviewed);
    // A small desk: the threshold sinks until the queue fits.
    let small = Costs { capacity: 0.05, ..costs };
    let squeezed = RiskCoverage::new(&c, &wrong).unwrap().cost_optimal(&small).unwrap();
    assert!(squeezed.limited && squeezed.coverage >= 0.95 && !swept.limited);
    assert_eq!(chow(&Costs::new(1.0, 2.0)), Ok(0.0));
    assert!(chow(&Costs::new(0.0, 1.0)).is_err());
    for bad in [
        Costs { human_error: 1.5, ..costs },
        Costs { capacity: -0.1, ..costs },
        Costs::new(1.0, -1.0),
        Costs::new(f64::NAN, 1.0),
    ] {
        assert!(chow(&bad).is_err());
    }
}

/// How often a certified threshold is worse than its target, where the truth is known.
#[test]
fn certificates_break_no_more_often_than_delta() {
    let (target, delta, runs) = (0.05, 0.1, 400);
    // Error among answered rows at threshold t, from a large draw.
    let (c, wrong) = drawn(1_000_000, 77);
    let truth = RiskCoverage::new(&c, &wrong).unwrap();
    let (mut broken, mut certified) = (0, 0);
    for run in 0..runs {
        let (c, wrong) = drawn(2000, 1000 + run);
        let grid = quantile_grid(&c, 40).unwrap();
        let starts = default_starts(grid.len());
        let got = guaranteed(&c, &wrong, &grid, &starts, target, delta).unwrap();
        if let Some(level) = got.chosen {
            certified += 1;
            broken += u32::from(truth.at_threshold(level.threshold).risk() > target);
            assert!(got.upper.unwrap() <= target);
        }
    }
    assert!(certified > runs / 2, "{certified}");
    assert!(f64::from(broken) <= delta * runs as f64 + 3.0 * (0.09 * runs as f64).sqrt());
}

#[test]
fn grids_and_starts() {
    assert_eq!(quantile_grid(&[0.5, 0.25, 1.0, 0.75], 4).unwrap(), [1.0, 0.75, 0.5, 0.25]);
    assert_eq!(quantile_grid(&[0.5, 0.25, 1.0, 0.75], 2).unwrap(), [0.75, 0.25]);
    assert_eq!(quantile_grid(&[0.5; 9], 5).unwrap(), [0.5]);
    assert_eq!(default_starts(40), [(19, 0.8), (7, 0.1), (31, 0.1)]);
    assert_eq!(default_starts(1), [(0, 0.8), (0, 0.1), (0, 0.1)]);
    assert!(quantile_grid(&[], 4).is_err() && quantile_grid(&[0.5], 0).is_err());
    let (c, wrong) = drawn(100, 1);
    let run = |grid: &[f64], starts: &[(usize, f64)], target| {
        guaranteed(&c, &wrong, grid, starts, target, 0.1)
    };
    assert!(run(&[], &[], 0.1).is_err());
    assert!(run(&[0.5, 0.6], &[], 0.1).is_err());
    assert!(run(&[0.5], &[(1, 1.0)], 0.1).is_err());
    assert!(run(&[0.5], &[(0, 1.0)], 0.0).is_err());
    let none = run(&[2.0], &[(0, 1.0)], 0.05).unwrap();
    assert!(none.chosen.is_none() && none.upper.is_none());
    assert_eq!(none.least_rows, 45);
}
