//! Laws of the states. What is claimed with a probability is tested by replays in `tests/`.

mod acting;
mod looks;

use proptest::prelude::*;

use super::*;
use crate::rng::Rng;
use crate::sequential::Audit;

const TARGET: f64 = 0.05;

fn grid(levels: usize) -> Grid {
    let scores: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
    Grid::from_scores(&scores, levels).unwrap()
}

/// A grid of one threshold, 0, with a share of `delta`.
fn single(share: f64) -> Grid {
    Grid::from_parts(vec![0.0], vec![1.0], &[Start { coverage: 1.0, share }]).unwrap()
}

fn certificate(levels: usize) -> Certificate {
    Certificate::new(grid(levels), TARGET, 0.05, 1).unwrap()
}

/// A case as it may come.
#[derive(Debug, Clone, Copy)]
struct Case {
    score: f64,
    propensity: f64,
    weight: f64,
    error: Option<f64>,
}

fn cases(n: usize, floor: f64, seed: u64) -> Vec<Case> {
    let mut rng = Rng::stream(seed, 1);
    let case = |rng: &mut Rng| {
        let propensity = if rng.coin(0.5) { 1.0 } else { floor };
        let error = rng.coin(propensity).then(|| f64::from(rng.coin(0.04)));
        Case { score: rng.unit(), propensity, weight: 1.0, error }
    };
    (0..n).map(|_| case(&mut rng)).collect()
}

fn tell(certificate: &mut Certificate, case: u128, c: &Case) {
    let audit = c.error.map_or(Audit::None, Audit::Judged);
    certificate.add(case, c.score, c.propensity, c.weight, audit).unwrap();
}

/// Wealth by its definition: a mixture of products of `1 + b 1(s >= t) w (a - e A / p)`.
fn by_definition(cases: &[Case], threshold: f64, floor: f64) -> f64 {
    let shares = [0.9, 0.7, 0.55, 0.42, 0.32, 0.22, 0.12, 0.05];
    let parts = [0.02, 0.08, 0.24, 0.32, 0.2, 0.08, 0.04, 0.02];
    let product = |share: f64| -> f64 {
        let bet = |c: &Case| {
            let above = f64::from(u8::from(c.score >= threshold));
            let gain = TARGET - c.error.unwrap_or(0.0) / c.propensity;
            1.0 + share * floor * above * c.weight * gain
        };
        cases.iter().map(bet).product()
    };
    shares.into_iter().zip(parts).map(|(s, part)| part * product(s)).sum::<f64>().ln()
}

#[test]
fn parts_of_the_mixture_sum_to_one() {
    assert!(by_definition(&[], 0.0, 1.0).abs() < 1e-12);
    assert!(certificate(7).wealth().iter().all(|w| w.abs() < 1e-12));
}

#[test]
fn each_start_and_epoch_has_its_own_part_of_delta() {
    for (epoch, share) in [(1, 1.0), (1, 0.1), (3, 0.8)] {
        let mut c = Certificate::new(single(share), TARGET, 0.05, epoch).unwrap();
        let k = f64::from(epoch);
        let bar = -(6.0 * 0.05 / (std::f64::consts::PI.powi(2) * k * k) * share).ln();
        let mut told = Vec::new();
        while c.certified().is_none() {
            assert!(by_definition(&told, 0.0, 1.0) < bar);
            let case = Case { score: 0.5, propensity: 1.0, weight: 1.0, error: Some(0.0) };
            tell(&mut c, told.len() as u128, &case);
            told.push(case);
        }
        assert!(by_definition(&told, 0.0, 1.0) >= bar && told.len() > 50);
        assert!((c.wealth()[0] - by_definition(&told, 0.0, 1.0)).abs() < 1e-9);
    }
}

#[test]
fn a_walk_stops_at_the_first_threshold_that_fails() {
    let starts = [Start { coverage: 0.5, share: 1.0 }];
    let thresholds = vec![0.75, 0.5, 0.25, 0.0];
    let grid = Grid::from_parts(thresholds, vec![0.25, 0.5, 0.75, 1.0], &starts).unwrap();
    let mut c = Certificate::new(grid, TARGET, 0.05, 1).unwrap();
    let mut rng = Rng::new(3);
    for case in 0..4000 {
        // Bad between 0.25 and 0.5: the threshold 0.25 fails, and 0 is good enough again.
        let score = if rng.coin(0.9) { 0.1 } else { rng.unit() };
        let wrong = (0.25..0.5).contains(&score) && rng.coin(0.3);
        let error = Some(f64::from(wrong));
        tell(&mut c, case, &Case { score, propensity: 1.0, weight: 1.0, error });
    }
    assert!(c.peaks[3] > c.peaks[1] && c.peaks[2] < 1.0, "{:?}", c.peaks);
    assert_eq!(c.certified(), Some(1));
    assert!(!c.is_certified(0) && !c.is_certified(2) && !c.is_certified(3));
}

#[test]
fn evidence_is_consumed_in_case_order() {
    let mut c = certificate(10);
    c.add(0, 0.9, 1.0, 1.0, Audit::Pending).unwrap();
    for case in 1..500 {
        c.add(case, 0.9, 1.0, 1.0, Audit::Judged(0.0)).unwrap();
    }
    // The first case holds up all others.
    assert_eq!((c.certified(), c.waiting()), (None, (1, 499)));
    let mut lapsed = c.clone();
    assert!(lapsed.lapse(0) && !lapsed.lapse(0));
    assert_eq!((lapsed.waiting(), lapsed.overdue()), ((0, 0), 1));
    assert!(c.judge(0, 0.0).unwrap() && !c.judge(0, 0.0).unwrap());
    assert!(lapsed.wealth()[9] < c.wealth()[9] - 0.3, "a lapsed case counts as wrong");
    // Judged after all, it counts as it is.
    assert!(lapsed.judge(0, 0.0).unwrap());
    assert_eq!(lapsed.wealth(), c.wealth());
    assert!(!c.judge(99_999, 0.0).unwrap());
}

#[test]
fn no_case_holds_up_others_for_ever() {
    let mut c = certificate(10);
    c.add(0, 0.9, 1.0, 1.0, Audit::Pending).unwrap();
    for case in 1..=MAX_WAITING as u128 {
        c.add(case, 0.9, 1.0, 1.0, Audit::Judged(0.0)).unwrap();
    }
    assert_eq!((c.waiting(), c.overdue()), ((0, 0), 1));
    assert!(c.certified().is_some());
}

#[test]
fn a_correction_takes_back_what_rested_on_it() {
    let mut c = certificate(10);
    for case in 0..300 {
        c.add(case, 0.9, 1.0, 1.0, Audit::Judged(0.0)).unwrap();
    }
    assert!(c.certified().is_some());
    let before = c.clone();
    for case in 0..20 {
        c.correct(case, 0.9, 1.0, 1.0, (0.0, 1.0)).unwrap();
    }
    assert_eq!(c.certified(), None);
    for case in 0..20 {
        c.correct(case, 0.9, 1.0, 1.0, (1.0, 0.0)).unwrap();
    }
    assert_eq!(c.wealth(), before.wealth());
}

#[test]
fn the_miss_rate_shrinks_the_target() {
    let mut c = certificate(10);
    for case in 0..400_u32 {
        let error = Audit::Judged(f64::from(u8::from(case % 40 == 0)));
        c.add(u128::from(case), 0.9, 1.0, 1.0, error).unwrap();
    }
    assert_eq!(c.claim(), Claim::Disagreement);
    let plain = c.wealth()[9];
    c.set_miss_rate(Some(0.2)).unwrap();
    assert!(c.claim() == Claim::Error && (c.effective_target() - 0.04).abs() < 1e-12);
    assert!(c.wealth()[9] < plain);
    c.set_miss_rate(Some(1.0)).unwrap();
    assert_eq!(c.certified(), None);
    assert!(c.set_miss_rate(Some(1.5)).is_err());
}

#[test]
fn bad_input_is_refused_and_changes_nothing() {
    let mut c = certificate(10);
    c.set_floor(0.1).unwrap();
    let before = c.clone();
    assert!(c.add(1, 0.5, 0.05, 1.0, Audit::None).is_err(), "below the floor");
    assert!(c.add(1, 0.5, 1.0, 1.0, Audit::None).is_err(), "spared with certainty of a review");
    assert!(c.add(1, 0.5, 1.0, 1.5, Audit::Pending).is_err());
    assert!(c.add(1, 0.5, f64::NAN, 1.0, Audit::Pending).is_err());
    assert!(c.add(1, 0.5, 1.0, 1.0, Audit::Judged(2.0)).is_err());
    assert!(c.judge(1, f64::NAN).is_err() && c.set_floor(0.0).is_err());
    assert_eq!(c, before);
    assert!(Grid::from_scores(&[], 40).is_err() && Grid::from_scores(&[f64::NAN], 40).is_err());
    assert!(Grid::from_scores(&[0.5], 0).is_err());
    let spent_twice = [Start { coverage: 0.5, share: 0.8 }, Start { coverage: 0.2, share: 0.3 }];
    assert!(Grid::with_starts(&[0.1, 0.9], 2, &spent_twice).is_err());
    assert!(Certificate::new(grid(5), 0.0, 0.05, 1).is_err());
    assert!(Certificate::new(grid(5), 0.05, 0.05, 0).is_err());
    // A score that is no number reaches no threshold.
    assert_eq!(grid(5).level_of(f64::NAN), 5);
}

proptest! {
    #[test]
    fn wealth_is_what_its_definition_says(seed: u64, floor in 0.05_f64..1.0, level in 0_usize..10) {
        let mut c = certificate(10);
        c.set_floor(floor).unwrap();
        let cases = cases(200, floor, seed);
        cases.iter().enumerate().for_each(|(i, x)| tell(&mut c, i as u128, x));
        let threshold = c.grid().threshold(level).unwrap();
        let want = by_definition(&cases, threshold, floor);
        prop_assert!((c.wealth()[level] - want).abs() < 1e-9);
    }

    #[test]
    fn fractions_never_raise_the_wealth(seed: u64, floor in 0.05_f64..1.0) {
        let mut rng = Rng::new(seed);
        let mut c = certificate(10);
        c.set_floor(floor).unwrap();
        let mut told = Vec::new();
        for i in 0..100 {
            let propensity = floor + (1.0 - floor) * rng.unit();
            let error = Some(if rng.coin(0.2) { rng.unit() } else { 0.0 });
            let case = Case { score: rng.unit(), propensity, weight: rng.unit(), error };
            tell(&mut c, i, &case);
            told.push(case);
        }
        let least = c.grid().threshold(9).unwrap();
        prop_assert!(c.wealth()[9] <= by_definition(&told, least, floor) + 1e-9);
    }

    /// A bet that looked at the score would tell these apart.
    #[test]
    fn the_scores_above_a_threshold_do_not_matter_to_it(seed: u64, level in 0_usize..10) {
        let cases = cases(300, 0.1, seed);
        let mut rng = Rng::new(seed);
        let (mut a, mut b) = (certificate(10), certificate(10));
        a.set_floor(0.1).unwrap();
        b.set_floor(0.1).unwrap();
        let threshold = a.grid().threshold(level).unwrap();
        for (i, case) in cases.iter().enumerate() {
            tell(&mut a, i as u128, case);
            let moved = if case.score >= threshold {
                threshold + (1.0 - threshold) * rng.unit()
            } else {
                case.score
            };
            tell(&mut b, i as u128, &Case { score: moved, ..*case });
        }
        prop_assert!((a.wealth()[level] - b.wealth()[level]).abs() < 1e-9);
        prop_assert!((a.peaks[level] - b.peaks[level]).abs() < 1e-9 || a.certified().is_some());
    }

    #[test]
    fn the_order_of_judgments_does_not_matter(seed: u64) {
        let cases = cases(300, 0.2, seed);
        let mut at_once = certificate(10);
        let mut later = certificate(10);
        let mut open = Vec::new();
        for (i, case) in cases.iter().enumerate() {
            if i == 150 {
                at_once.set_floor(0.2).unwrap();
                later.set_floor(0.2).unwrap();
            }
            let propensity = if i < 150 { 1.0 } else { case.propensity };
            let error = if propensity < 1.0 { case.error } else { Some(case.error.unwrap_or(0.0)) };
            tell(&mut at_once, i as u128, &Case { propensity, error, ..*case });
            let audit = if error.is_some() { Audit::Pending } else { Audit::None };
            later.add(i as u128, case.score, propensity, 1.0, audit).unwrap();
            open.extend(error.map(|e| (i as u128, e)));
        }
        Rng::new(seed).shuffle(&mut open);
        for (case, error) in open {
            prop_assert!(later.judge(case, error).unwrap());
        }
        prop_assert_eq!(at_once, later);
    }

    #[test]
    fn further_duplicates_are_no_bet(seed: u64, copies in 1_u128..20) {
        let cases = cases(100, 0.2, seed);
        let (mut a, mut b) = (certificate(10), certificate(10));
        a.set_floor(0.2).unwrap();
        b.set_floor(0.2).unwrap();
        for (i, case) in cases.iter().enumerate() {
            tell(&mut a, i as u128, case);
            tell(&mut b, i as u128, case);
            for copy in 1..=copies {
                tell(&mut b, 1000 * copy + i as u128, &Case { weight: 0.0, ..*case });
            }
        }
        prop_assert_eq!(a, b);
    }

    #[test]
    fn grids_are_ordered_and_cover_what_they_say(
        scores in prop::collection::vec(0_u8..40, 1..200),
        levels in 1_usize..60,
    ) {
        let scores: Vec<f64> = scores.iter().map(|&s| f64::from(s)).collect();
        let grid = Grid::from_scores(&scores, levels).unwrap();
        for level in 0..grid.levels() {
            let threshold = grid.threshold(level).unwrap();
            let above = scores.iter().filter(|&&s| s >= threshold).count() as f64;
            prop_assert!((grid.coverage(level) - above / scores.len() as f64).abs() < 1e-12);
            prop_assert_eq!(grid.level_of(threshold), level);
        }
        prop_assert_eq!(grid.coverage(grid.levels() - 1), 1.0);
        prop_assert_eq!(&Grid::from_bytes(&grid.to_bytes()).unwrap(), &grid);
    }
}
