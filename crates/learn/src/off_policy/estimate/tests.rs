//! Bias, coverage, laws and bad input.

use super::*;
use crate::off_policy::check_support;
use crate::rng::Rng;
use proptest::prelude::*;

/// Three actions in two contexts; the recorded policy explores, the target picks the best.
struct World {
    rewards: Vec<f64>,
    propensities: Vec<f64>,
    target: Vec<f64>,
    taken: Vec<f64>,
    policy: Vec<f64>,
}

const MEANS: [[f64; 3]; 2] = [[0.2, 0.5, 0.8], [0.9, 0.4, 0.1]];
const RECORDED: [[f64; 3]; 2] = [[0.6, 0.3, 0.1], [0.1, 0.2, 0.7]];
const TARGET: [[f64; 3]; 2] = [[0.0, 0.2, 0.8], [0.9, 0.1, 0.0]];
/// Value of the target: contexts are equally frequent.
const VALUE: f64 = 0.5 * (0.2 * 0.5 + 0.8 * 0.8) + 0.5 * (0.9 * 0.9 + 0.1 * 0.4);

impl World {
    /// `model_error` is added to what the model guesses in the first context.
    fn new(seed: u64, n: usize, model_error: f64) -> Self {
        let mut rng = Rng::stream(seed, 91);
        let mut out = Self {
            rewards: vec![],
            propensities: vec![],
            target: vec![],
            taken: vec![],
            policy: vec![],
        };
        for _ in 0..n {
            let x = rng.below(2);
            let u = rng.unit();
            let p = RECORDED[x];
            let a = if u < p[0] {
                0
            } else if u < p[0] + p[1] {
                1
            } else {
                2
            };
            let guess = |a: usize| MEANS[x][a] + if x == 0 { model_error } else { 0.0 };
            out.rewards.push(f64::from(u8::from(rng.coin(MEANS[x][a]))));
            out.propensities.push(p[a]);
            out.target.push(TARGET[x][a]);
            out.taken.push(guess(a));
            out.policy.push((0..3).map(|a| TARGET[x][a] * guess(a)).sum());
        }
        out
    }

    fn logged(&self) -> Logged<'_> {
        Logged { rewards: &self.rewards, propensities: &self.propensities, target: &self.target }
    }

    fn robust(&self) -> Estimator<'_> {
        Estimator::DoublyRobust { taken: &self.taken, policy: &self.policy }
    }
}

#[test]
fn estimates_are_right_on_average_and_intervals_cover() {
    let options = OffPolicyOptions { floor: 0.05, ..OffPolicyOptions::default() };
    let runs = 400;
    let (mut means, mut missed, mut missed_always) = ([0.0; 4], [0; 4], [0; 4]);
    let mut errors = [0.0; 4];
    for seed in 0..runs {
        let world = World::new(seed, 500, -0.1);
        let estimators =
            [Estimator::Ips, Estimator::Snips, world.robust(), Estimator::Clipped(20.0)];
        for (i, estimator) in estimators.into_iter().enumerate() {
            let got = evaluate(&world.logged(), estimator, &options).unwrap();
            means[i] += got.value / runs as f64;
            errors[i] += got.standard_error / runs as f64;
            missed[i] += u32::from(got.asymptotic.0 > VALUE || got.asymptotic.1 < VALUE);
            for (low, high) in [got.bernstein, got.betting].into_iter().flatten() {
                missed_always[i] += u32::from(low > VALUE || high < VALUE);
            }
            assert!((got.mean_weight - 1.0).abs() < 0.6);
        }
    }
    for i in 0..4 {
        assert!((means[i] - VALUE).abs() < 0.012, "{i}: {}", means[i]);
        // Of 400 runs at 5 %: 20, with a deviation of 4.4.
        assert!((6..=36).contains(&missed[i]), "{i}: {}", missed[i]);
        assert!(missed_always[i] <= 36, "{i}: {}", missed_always[i]);
    }
    assert!(errors[2] < errors[0], "a fair model should lessen the variance: {errors:?}");
}

#[test]
fn a_good_model_cannot_be_spoilt_and_a_bad_one_does_not_spoil() {
    let options = OffPolicyOptions { rewards: (-2.0, 2.0), ..OffPolicyOptions::default() };
    let mean = |model_error: f64, spoil: f64| {
        (0..200)
            .map(|seed| {
                let mut world = World::new(seed, 400, model_error);
                world.propensities.iter_mut().for_each(|p| *p = (*p * spoil).min(1.0));
                evaluate(&world.logged(), world.robust(), &options).unwrap().value / 200.0
            })
            .sum::<f64>()
    };
    assert!((mean(0.0, 0.7) - VALUE).abs() < 0.02, "right model, wrong propensities");
    assert!((mean(0.5, 1.0) - VALUE).abs() < 0.02, "wrong model, right propensities");
    assert!((mean(0.5, 0.7) - VALUE).abs() > 0.05, "both wrong");
}

#[test]
fn betting_intervals_are_shorter_than_bernsteins() {
    let world = World::new(7, 2000, 0.0);
    let got = evaluate(&world.logged(), Estimator::Ips, &OffPolicyOptions::default()).unwrap();
    let width = |i: Option<(f64, f64)>| i.map(|(low, high)| high - low).unwrap();
    assert!(width(got.betting) < width(got.bernstein), "{got:?}");
}

proptest! {
    #[test]
    fn the_recorded_policy_has_the_mean_reward(
        rows in prop::collection::vec((0.0_f64..=1.0, 0.02_f64..=1.0), 2..60),
    ) {
        let (rewards, p): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
        let logged = Logged { rewards: &rewards, propensities: &p, target: &p };
        let mean = rewards.iter().sum::<f64>() / rewards.len() as f64;
        for estimator in [Estimator::Ips, Estimator::Snips, Estimator::Clipped(3.0)] {
            let got = evaluate(&logged, estimator, &OffPolicyOptions::default()).unwrap();
            prop_assert!((got.value - mean).abs() < 1e-9);
            prop_assert!((got.effective_rows - rewards.len() as f64).abs() < 1e-6);
        }
    }

    #[test]
    fn snips_moves_with_the_rewards_and_clipping_lowers(seed: u64, shift in -0.5_f64..0.5) {
        let world = World::new(seed, 60, 0.0);
        let options = OffPolicyOptions { rewards: (-1.0, 2.0), ..OffPolicyOptions::default() };
        let moved: Vec<f64> = world.rewards.iter().map(|r| r + shift).collect();
        let other = Logged { rewards: &moved, ..world.logged() };
        let of = |l: &Logged<'_>, e| evaluate(l, e, &options).unwrap();
        let (a, b) = (of(&world.logged(), Estimator::Snips), of(&other, Estimator::Snips));
        prop_assert!((b.value - a.value - shift).abs() < 1e-9);
        prop_assert!((b.standard_error - a.standard_error).abs() < 1e-9);
        let (all, cut) = (of(&world.logged(), Estimator::Ips), of(&world.logged(), Estimator::Clipped(2.0)));
        prop_assert!(cut.value <= all.value + 1e-12 && cut.effective_rows >= all.effective_rows - 1e-9);
        prop_assert!(cut.largest_weight <= 2.0);
    }
}

#[test]
fn floors_are_counted() {
    let logged =
        Logged { rewards: &[1.0, 0.0, 1.0], propensities: &[0.001, 0.5, 0.5], target: &[1.0; 3] };
    let got = evaluate(&logged, Estimator::Ips, &OffPolicyOptions::default()).unwrap();
    assert_eq!((got.floored, got.largest_weight), (1, 100.0));
    assert!(got.effective_rows < 1.1);
}

#[test]
fn missing_support_is_said() {
    let logged = Logged { rewards: &[1.0; 2], propensities: &[0.5, 0.0], target: &[1.0; 2] };
    let error = evaluate(&logged, Estimator::Ips, &OffPolicyOptions::default()).unwrap_err();
    assert_eq!(error, LearnError::Support { row: 1, action: None });
    let error = check_support(&[0.5, 0.5, 1.0, 0.0], &[0.0, 1.0, 0.5, 0.5], 2).unwrap_err();
    assert_eq!(error, LearnError::Support { row: 1, action: Some(1) });
    assert!(error.to_string().starts_with("row 1: the policy takes action 1, which"));
    assert!(check_support(&[0.5, 0.5], &[0.0, 1.0], 2).is_ok());
    assert!(check_support(&[0.5, 0.4], &[0.0, 1.0], 2).is_err());
    assert!(check_support(&[0.5, 0.5], &[0.0], 2).is_err());
    assert!(check_support(&[0.5], &[0.5], 0).is_err());
}

#[test]
fn bad_input_is_refused() {
    let options = OffPolicyOptions::default();
    let fails = |r: &[f64], p: &[f64], q: &[f64], e: Estimator<'_>, o: OffPolicyOptions| {
        let logged = Logged { rewards: r, propensities: p, target: q };
        assert!(evaluate(&logged, e, &o).is_err());
    };
    let half = &[0.5, 0.5][..];
    fails(&[1.0], &[0.5], &[0.5], Estimator::Ips, options);
    fails(&[1.0, 2.0], half, half, Estimator::Ips, options);
    fails(&[1.0, f64::NAN], half, half, Estimator::Ips, options);
    fails(half, &[0.5, 1.5], half, Estimator::Ips, options);
    fails(half, half, &[0.5], Estimator::Ips, options);
    fails(half, half, &[0.0, 0.0], Estimator::Snips, options);
    fails(half, half, half, Estimator::Clipped(0.0), options);
    fails(half, half, half, Estimator::DoublyRobust { taken: half, policy: &[0.5] }, options);
    fails(half, half, half, Estimator::Ips, OffPolicyOptions { floor: 0.0, ..options });
    fails(half, half, half, Estimator::Ips, OffPolicyOptions { delta: 1.0, ..options });
    fails(half, half, half, Estimator::Ips, OffPolicyOptions { rewards: (1.0, 0.0), ..options });
}
