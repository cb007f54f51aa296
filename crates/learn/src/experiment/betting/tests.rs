//! Coverage at every moment, widths, laws and bad input.

use super::*;
use crate::rng::Rng;
use proptest::prelude::*;

/// Share of runs in which the sequence ever excluded the mean.
fn broken(runs: u64, steps: usize, mean: f64, draw: fn(&mut Rng) -> f64) -> f64 {
    let mut broken = 0;
    for seed in 0..runs {
        let mut rng = Rng::stream(seed, 31);
        let mut sequence = BoundedMean::new(0.0, 1.0, 0.05, 200).unwrap();
        for _ in 0..steps {
            sequence.add(draw(&mut rng)).unwrap();
            let (low, high) = sequence.interval();
            if mean < low || mean > high {
                broken += 1;
                break;
            }
        }
    }
    f64::from(broken) / runs as f64
}

#[test]
fn holds_at_every_moment() {
    // A thousand runs: the standard deviation of a share of 5 % is 0.7 %.
    assert!(broken(1000, 1000, 0.1, |rng| f64::from(u8::from(rng.coin(0.1)))) <= 0.064);
    assert!(broken(1000, 1000, 0.5, Rng::unit) <= 0.064);
    assert!(broken(1000, 500, 0.98, |rng| f64::from(u8::from(rng.coin(0.98)))) <= 0.064);
    // Rare and large.
    assert!(broken(1000, 500, 0.01, |rng| 0.5 * f64::from(u8::from(rng.coin(0.02)))) <= 0.064);
}

#[test]
fn narrows_with_values_and_more_so_with_little_variance() {
    let width = |spread: f64, n: usize| {
        let mut rng = Rng::new(2);
        let values: Vec<f64> = (0..n).map(|_| 0.4 + spread * (rng.unit() - 0.5)).collect();
        let (low, high) = bounded_interval(&values, 0.0, 1.0, 0.05).unwrap();
        assert!(low < 0.4 && high > 0.4);
        high - low
    };
    assert!(width(0.8, 4000) < 0.5 * width(0.8, 400));
    assert!(width(0.1, 400) < 0.4 * width(0.8, 400));
    // Hoeffding's interval for a fixed n, without any peeking, is 0.096 wide on each side.
    assert!(width(0.8, 400) < 0.19, "{}", width(0.8, 400));
}

#[test]
fn one_sided_tests_keep_the_level_and_find_what_is_there() {
    let alarms = |p: f64, null: f64, side: Side| {
        let mut alarms = 0;
        for seed in 0..1000 {
            let mut rng = Rng::stream(seed, 41);
            let mut test = BoundedTest::new(-1.0, 1.0, null, side, 0.05).unwrap();
            for _ in 0..1500 {
                // The difference of two classifiers that disagree on a fifth of the cases.
                let value = if rng.coin(0.2) { if rng.coin(p) { 1.0 } else { -1.0 } } else { 0.0 };
                test.add(value).unwrap();
            }
            alarms += u32::from(test.p_value() <= 0.05);
        }
        f64::from(alarms) / 1000.0
    };
    // The mean is 0.2 (2 p - 1): exactly the null of -0.05.
    assert!(alarms(0.375, -0.05, Side::Greater) <= 0.064);
    assert!(alarms(0.625, 0.05, Side::Less) <= 0.064);
    assert!(alarms(0.5, -0.05, Side::Greater) > 0.7, "{}", alarms(0.5, -0.05, Side::Greater));
}

proptest! {
    #[test]
    fn the_grid_encloses_the_exact_interval(
        values in prop::collection::vec(-1.0_f64..3.0, 1..150),
        delta in 0.01_f64..0.5,
    ) {
        let mut sequence = BoundedMean::new(-1.0, 3.0, delta, 400).unwrap();
        for &x in &values {
            sequence.add(x).unwrap();
        }
        let (low, high) = sequence.interval();
        prop_assert!(low <= high);
        let exact = ends(&values, -1.0, 3.0, delta).unwrap();
        // Values that drift may exclude every mean, and the grid then stays as it was.
        prop_assume!(exact.0 + 0.02 < exact.1);
        prop_assert!(low <= exact.0 + 1e-5 && exact.1 - 1e-5 <= high, "{:?} {:?}", (low, high), exact);
        prop_assert!(exact.0 - low <= 0.0101 && high - exact.1 <= 0.0101);
    }

    #[test]
    fn mirrored_values_have_the_mirrored_interval(
        values in prop::collection::vec(0.0_f64..1.0, 1..80),
    ) {
        let mirrored: Vec<f64> = values.iter().map(|x| 1.0 - x).collect();
        let a = bounded_interval(&values, 0.0, 1.0, 0.1).unwrap();
        let b = bounded_interval(&mirrored, 0.0, 1.0, 0.1).unwrap();
        prop_assert!((a.0 + b.1 - 1.0).abs() < 1e-5 && (a.1 + b.0 - 1.0).abs() < 1e-5);
    }
}

#[test]
fn bad_input_is_refused() {
    assert!(BoundedMean::new(1.0, 0.0, 0.1, 10).is_err());
    assert!(BoundedMean::new(0.0, 1.0, 0.0, 10).is_err());
    assert!(BoundedMean::new(0.0, 1.0, 0.1, 1).is_err());
    let mut sequence = BoundedMean::new(0.0, 1.0, 0.1, 10).unwrap();
    assert!(sequence.add(1.5).is_err() && sequence.add(f64::NAN).is_err() && sequence.n() == 0);
    assert_eq!((sequence.mean(), sequence.interval()), (None, (0.0, 1.0)));
    assert!(bounded_interval(&[], 0.0, 1.0, 0.1).is_err());
    assert!(bounded_interval(&[2.0], 0.0, 1.0, 0.1).is_err());
    assert!(BoundedTest::new(0.0, 1.0, 1.0, Side::Less, 0.1).is_err());
    assert!(BoundedTest::new(0.0, 1.0, 0.5, Side::Less, 0.1).unwrap().add(-1.0).is_err());
}

/// The numbers of the linear congruential generator of the C standard's example.
fn lcg(seed: u64, n: usize) -> Vec<f64> {
    let next = |x: &u64| Some((x * 1_103_515_245 + 12_345) % (1 << 31));
    let numbers = std::iter::successors(Some(seed), next).skip(1).take(n);
    numbers.map(|x| x as f64 / f64::from(1_u32 << 31)).collect()
}

#[test]
fn matches_the_formulas_written_out_in_numpy() {
    // Wealth of both gamblers on 400,001 candidates, straight from the paper's definitions.
    let u = lcg(7, 400);
    let errors: Vec<f64> = u.iter().map(|&x| f64::from(u8::from(x < 0.1))).collect();
    let narrow: Vec<f64> = u.iter().map(|x| 0.3 + 0.2 * x).collect();
    for (values, delta, want) in [
        (&errors[..], 0.05, (0.049_847_5, 0.135_637_5)),
        (&narrow[..], 0.05, (0.387_465, 0.409_07)),
        (&u[..60], 0.1, (0.401_982_5, 0.603_235)),
    ] {
        let got = bounded_interval(values, 0.0, 1.0, delta).unwrap();
        assert!((got.0 - want.0).abs() < 5e-6 && (got.1 - want.1).abs() < 5e-6, "{got:?} {want:?}");
    }
}

#[test]
fn values_that_drift_leave_an_interval_in_order() {
    let values: Vec<f64> = (0..40).map(|i| if i < 10 { 0.0 } else { 0.9 }).collect();
    let (lower, upper) = ends(&values, 0.0, 1.0, 0.4).unwrap();
    assert!(lower > upper, "every mean is excluded: {lower} {upper}");
    assert_eq!(bounded_interval(&values, 0.0, 1.0, 0.4).unwrap(), (upper, lower));
    let mut sequence = BoundedMean::new(0.0, 1.0, 0.4, 100).unwrap();
    for x in values {
        sequence.add(x).unwrap();
        let (low, high) = sequence.interval();
        assert!(low <= high);
    }
}
