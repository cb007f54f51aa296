//! Coefficients against published figures and their laws.

use super::*;
use crate::agreement::{Repeats, Triples};
use proptest::prelude::*;

/// Krippendorff's three-coder example; 0 is missing.
const THREE_CODERS: [[u32; 15]; 3] = [
    [0, 0, 0, 0, 0, 3, 4, 1, 2, 1, 1, 3, 3, 0, 3],
    [1, 0, 2, 1, 3, 3, 4, 3, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 2, 1, 3, 4, 4, 0, 2, 1, 1, 3, 3, 0, 4],
];

/// Krippendorff's (and Gwet's) example of four raters; 0 is missing.
const FOUR_RATERS: [[u32; 12]; 4] = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 0],
    [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 3],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
];

fn columns<const N: usize>(raters: &[[u32; N]]) -> [Vec<u32>; 3] {
    let mut out = [Vec::new(), Vec::new(), Vec::new()];
    for (r, row) in (0..).zip(raters) {
        for (u, &v) in (0..).zip(row).filter(|(_, v)| **v > 0) {
            for (column, x) in out.iter_mut().zip([u, r, v - 1]) {
                column.push(x);
            }
        }
    }
    out
}

fn table([units, raters, values]: &[Vec<u32>; 3], n_values: usize) -> Table {
    let triples = Triples { units, raters, values, n_values };
    let levels = (1..=n_values).map(|k| k as f64).collect();
    Table::from_triples(&triples, Repeats::First).unwrap().with_levels(levels).unwrap()
}

fn value(table: &Table, which: Measure) -> f64 {
    measure(table, which).unwrap().value.unwrap()
}

fn alphas(table: &Table) -> [f64; 4] {
    [Metric::Nominal, Metric::Ordinal, Metric::Interval, Metric::Ratio]
        .map(|m| value(table, Measure::Krippendorff(m)))
}

#[test]
fn krippendorffs_canonical_examples() {
    // krippendorff 0.9.0.
    let three = table(&columns(&THREE_CODERS), 4);
    for (got, want) in alphas(&three).into_iter().zip([
        0.691_358_024_691_358,
        0.806_721_419_941_315_3,
        0.810_844_892_812_105_9,
        0.808_943_670_784_247_1,
    ]) {
        assert!((got - want).abs() < 1e-12, "{got} for {want}");
    }
    let four = table(&columns(&FOUR_RATERS), 5);
    for (got, want) in alphas(&four).into_iter().zip([
        0.743_421_052_631_579,
        0.815_387_503_754_881_4,
        0.849_107_142_857_142_8,
        0.797_402_774_711_612_1,
    ]) {
        assert!((got - want).abs() < 1e-12, "{got} for {want}");
    }
    // One unit of the four-rater example has a single rating.
    assert_eq!((four.units(), four.paired_units(), four.ratings()), (12, 11, 41));
    let alpha = measure(&four, Measure::Krippendorff(Metric::Nominal)).unwrap();
    assert_eq!((alpha.units, alpha.ratings), (11, 40));
}

#[test]
fn gwets_example() {
    // Gwet, Handbook of Inter-Rater Reliability (2014), 12 subjects and four raters with gaps:
    // AC1 .77544, Fleiss' kappa .76117.
    let four = table(&columns(&FOUR_RATERS), 5);
    assert!((value(&four, Measure::Gwet(Weights::Identity)) - 0.775_44).abs() < 5e-6);
    assert!((value(&four, Measure::Fleiss) - 0.761_17).abs() < 5e-6);
    let quadratic = value(&four, Measure::Gwet(Weights::Quadratic));
    assert!(quadratic > value(&four, Measure::Gwet(Weights::Identity)));
}

#[test]
fn fleiss_example() {
    // Fourteen raters, ten subjects, five categories (the worked example of Fleiss' kappa in the
    // encyclopaedias: 0.210); statsmodels 0.15.0 gives the digits.
    let counts = [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ];
    let table = Table::from_counts(counts.as_flattened(), 5).unwrap();
    assert!((value(&table, Measure::Fleiss) - 0.209_930_704_421_955_22).abs() < 1e-12);
    let interval = bootstrap(&table, Measure::Fleiss, &Bootstrap::default()).unwrap().unwrap();
    assert!(interval.low < 0.2099 && 0.2099 < interval.high && interval.standard_error > 0.01);
    let again = bootstrap(&table, Measure::Fleiss, &Bootstrap::default()).unwrap().unwrap();
    assert_eq!(interval, again);
}

#[test]
fn undefined_is_said_not_hidden() {
    let same = Table::from_counts(&[0, 3, 0, 2], 2).unwrap();
    let alone = Table::from_counts(&[0, 1, 1, 0], 2).unwrap();
    for which in [
        Measure::Fleiss,
        Measure::Krippendorff(Metric::Nominal),
        Measure::Krippendorff(Metric::Ordinal),
        Measure::Krippendorff(Metric::Interval),
        Measure::Krippendorff(Metric::Ratio),
    ] {
        assert_eq!(measure(&same, which).unwrap().value, Err(Undefined::NoVariance));
        assert_eq!(measure(&alone, which).unwrap().value, Err(Undefined::NoPairs));
        assert_eq!(bootstrap(&alone, which, &Bootstrap::default()).unwrap(), None);
    }
    // Gwet's chance vanishes there, and full agreement is full agreement.
    assert_eq!(value(&same, Measure::Gwet(Weights::Identity)), 1.0);
    assert_eq!(value(&same, Measure::Raw), 1.0);
}

#[test]
fn the_kappa_paradox_is_visible() {
    // 90 % raw agreement on one frequent value: kappa is below zero, AC1 is not.
    let mut counts = [2, 0].repeat(90);
    counts.extend([1, 1].repeat(10));
    let table = Table::from_counts(&counts, 2).unwrap();
    assert!(value(&table, Measure::Fleiss) < 0.0);
    assert!(value(&table, Measure::Gwet(Weights::Identity)) > 0.85);
    assert!((value(&table, Measure::Raw) - 0.9).abs() < 1e-12);
}

#[test]
fn bad_input_is_refused() {
    let triples = Triples { units: &[0], raters: &[0], values: &[2], n_values: 2 };
    assert!(Table::from_triples(&triples, Repeats::First).is_err());
    let short = Triples { units: &[0, 1], ..triples };
    assert!(Table::from_triples(&short, Repeats::First).is_err());
    let none = Triples { units: &[], raters: &[], values: &[], n_values: 2 };
    assert!(Table::from_triples(&none, Repeats::First).is_err());
    let wild = Triples { units: &[u32::MAX], raters: &[0], values: &[1], n_values: 2 };
    assert!(Table::from_triples(&wild, Repeats::First).is_err());
    assert!(Table::from_counts(&[1, 2, 3], 2).is_err());
    let table = Table::from_counts(&[1, 2], 2).unwrap();
    assert!(table.clone().with_levels(vec![1.0, 1.0]).is_err());
    assert!(table.clone().with_levels(vec![1.0, f64::NAN]).is_err());
    let negative = table.clone().with_levels(vec![-1.0, 1.0]).unwrap();
    assert!(measure(&negative, Measure::Krippendorff(Metric::Ratio)).is_err());
    let options = Bootstrap { delta: 1.0, ..Bootstrap::default() };
    assert!(bootstrap(&table, Measure::Raw, &options).is_err());
}

#[test]
fn repeats_are_dropped_as_asked() {
    let triples =
        Triples { units: &[0, 0, 0], raters: &[7, 7, 2], values: &[0, 1, 1], n_values: 2 };
    let raw = |repeats| {
        let table = Table::from_triples(&triples, repeats).unwrap();
        (table.repeats(), value(&table, Measure::Raw))
    };
    assert_eq!(raw(Repeats::First), (1, 0.0));
    assert_eq!(raw(Repeats::Last), (1, 1.0));
    assert_eq!(raw(Repeats::Keep), (0, 1.0 / 3.0));
}

/// Alpha straight from the definition, over all pairs of ratings.
fn alpha_by_definition(columns: &[Vec<u32>; 3], distance: impl Fn(u32, u32) -> f64) -> f64 {
    let [units, _, values] = columns;
    let size = |u: u32| units.iter().filter(|&&x| x == u).count();
    let kept: Vec<usize> = (0..units.len()).filter(|&i| size(units[i]) > 1).collect();
    let n = kept.len() as f64;
    let (mut observed, mut expected) = (0.0, 0.0);
    for &i in &kept {
        for &j in kept.iter().filter(|&&j| j != i) {
            let d = distance(values[i], values[j]);
            expected += d / (n - 1.0);
            if units[i] == units[j] {
                observed += d / (size(units[i]) - 1) as f64;
            }
        }
    }
    1.0 - observed / expected
}

fn ratings() -> impl Strategy<Value = [Vec<u32>; 3]> {
    prop::collection::vec((0_u32..12, 0_u32..4), 2..50).prop_map(|rows| {
        // Raters are numbered through, so that there is no repeat.
        [
            rows.iter().map(|r| r.0).collect(),
            (0..rows.len() as u32).collect(),
            rows.iter().map(|r| r.1).collect(),
        ]
    })
}

proptest! {
    #[test]
    fn alpha_is_what_the_definition_says(columns in ratings()) {
        let table = table(&columns, 4);
        let nominal = measure(&table, Measure::Krippendorff(Metric::Nominal)).unwrap();
        prop_assume!(nominal.value.is_ok());
        let size = |u: u32| columns[0].iter().filter(|&&x| x == u).count();
        let kept = |v: u32| {
            let rows = columns[0].iter().zip(&columns[2]);
            rows.filter(|r| *r.1 == v && size(*r.0) > 1).count() as f64
        };
        let ordinal = |a: u32, b: u32| {
            let between: f64 = (a.min(b)..=a.max(b)).map(kept).sum();
            (between - 0.5 * (kept(a) + kept(b))).powi(2)
        };
        let by_hand = [
            alpha_by_definition(&columns, |a, b| f64::from(u8::from(a != b))),
            alpha_by_definition(&columns, |a, b| if a == b { 0.0 } else { ordinal(a, b) }),
            alpha_by_definition(&columns, |a, b| (f64::from(a) - f64::from(b)).powi(2)),
            alpha_by_definition(&columns, |a, b| {
                ((f64::from(a) - f64::from(b)) / (f64::from(a + b) + 2.0)).powi(2)
            }),
        ];
        for (got, want) in alphas(&table).into_iter().zip(by_hand) {
            prop_assert!((got - want).abs() < 1e-9, "{} for {}", got, want);
        }
    }

    #[test]
    fn order_of_rows_and_names_of_values_do_not_matter(columns in ratings(), seed: u64) {
        let mut order: Vec<usize> = (0..columns[0].len()).collect();
        crate::rng::Rng::new(seed).shuffle(&mut order);
        let mixed = columns.clone().map(|c| order.iter().map(|&i| c[i]).collect::<Vec<u32>>());
        let renamed = [columns[0].clone(), columns[1].clone(),
            columns[2].iter().map(|v| 3 - v).collect()];
        for which in [Measure::Raw, Measure::Fleiss, Measure::Gwet(Weights::Quadratic),
            Measure::Krippendorff(Metric::Nominal), Measure::Krippendorff(Metric::Ordinal)] {
            let [a, b, c] = [&columns, &mixed, &renamed]
                .map(|c| measure(&table(c, 4), which).unwrap());
            let close = |x: &Agreement, y: &Agreement| match (x.value, y.value) {
                (Ok(x), Ok(y)) => (x - y).abs() < 1e-9 && x <= 1.0 + 1e-12,
                (x, y) => x == y,
            };
            prop_assert!(close(&a, &b) && close(&a, &c));
        }
    }

    #[test]
    fn full_agreement_is_one(units in 2_u32..20, raters in 2_u32..5) {
        let rows = || (0..units).flat_map(|u| (0..raters).map(move |r| (u, r)));
        let columns = [rows().map(|x| x.0).collect(), rows().map(|x| x.1).collect(),
            rows().map(|x| x.0 % 3).collect()];
        let table = table(&columns, 3);
        for got in alphas(&table) {
            prop_assert!((got - 1.0).abs() < 1e-12);
        }
        prop_assert!((value(&table, Measure::Gwet(Weights::Linear)) - 1.0).abs() < 1e-12);
        prop_assert!((value(&table, Measure::Fleiss) - 1.0).abs() < 1e-12);
    }
}
