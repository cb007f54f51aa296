//! Rates against direct counting, laws, and bad input.

use super::*;
use crate::fairness::Rows;
use proptest::prelude::*;

const ALL: ReportOptions = ReportOptions { least_rows: 0, delta: 0.05 };

type Table = (Vec<u32>, Vec<u32>, Vec<u32>);

fn rows(least: usize) -> impl Strategy<Value = Table> {
    prop::collection::vec((0_u32..3, 0_u32..3, 0_u32..3), least..120).prop_map(|rows| {
        let column = |f: fn(&(u32, u32, u32)) -> u32| rows.iter().map(f).collect();
        (column(|r| r.0), column(|r| r.1), column(|r| r.2))
    })
}

fn share(k: usize, n: usize) -> Option<f64> {
    (n > 0).then(|| k as f64 / n as f64)
}

proptest! {
    #[test]
    fn rates_are_those_of_direct_counting((g, y, p) in rows(1), class in 0_usize..3) {
        let report = Counts::count(&Rows::new(&g, &y, &p), 3, 3).unwrap().report(class, ALL).unwrap();
        let c = class as u32;
        for group in 0..3_u32 {
            let of: Vec<(bool, bool, bool)> = (0..g.len())
                .filter(|&i| g[i] == group)
                .map(|i| (y[i] == c, p[i] == c, y[i] == p[i]))
                .collect();
            let count = |f: fn(&(bool, bool, bool)) -> bool| of.iter().filter(|r| f(r)).count();
            let rates = &report.groups[group as usize];
            let n = of.len();
            prop_assert_eq!(rates.n, n as u64);
            prop_assert_eq!(rates.base_rate.value, share(count(|r| r.0), n));
            prop_assert_eq!(rates.selection_rate.value, share(count(|r| r.1), n));
            prop_assert_eq!(rates.accuracy.value, share(count(|r| r.2), n));
            let (hit, positive) = (count(|r| r.0 && r.1), count(|r| r.0));
            prop_assert_eq!(rates.true_positive_rate.value, share(hit, positive));
            prop_assert_eq!(rates.precision.value, share(hit, count(|r| r.1)));
            let false_hits = share(count(|r| !r.0 && r.1), n - positive);
            prop_assert_eq!(rates.false_positive_rate.value, false_hits);
        }
        prop_assert_eq!(report.overall.n, g.len() as u64);
    }

    #[test]
    fn parts_add_up((g, y, p) in rows(2), cut in 0.0_f64..1.0) {
        let cut = 1 + (cut * (g.len() - 2) as f64) as usize;
        let of = |r: std::ops::Range<usize>| {
            Counts::count(&Rows::new(&g[r.clone()], &y[r.clone()], &p[r]), 3, 3).unwrap()
        };
        let mut sum = of(0..cut);
        sum.merge(&of(cut..g.len())).unwrap();
        prop_assert_eq!(sum, of(0..g.len()));
    }

    #[test]
    fn gaps_do_not_mind_the_names_of_groups((g, y, p) in rows(1)) {
        let named: Vec<u32> = g.iter().map(|g| (g + 1) % 3).collect();
        let of = |g: &[u32]| Counts::count(&Rows::new(g, &y, &p), 3, 3).unwrap().report(1, ALL).unwrap();
        let (a, b) = (of(&g), of(&named));
        for (x, y) in [
            (a.demographic_parity, b.demographic_parity),
            (a.equal_opportunity, b.equal_opportunity),
            (a.predictive_parity, b.predictive_parity),
        ] {
            prop_assert_eq!(x.map(|x| (x.difference, x.ratio)), y.map(|y| (y.difference, y.ratio)));
            if let Some(x) = x {
                prop_assert!(x.difference >= 0.0 && (0.0..=1.0).contains(&x.ratio));
                prop_assert!(x.interval.0 <= x.difference && x.difference <= x.interval.1);
            }
        }
    }
}

/// 100 rows of group 0, `n` of group 1 and 40 of group 2, with `selected` of them selected.
fn small(n: usize, selected: [usize; 3]) -> Table {
    let (mut g, mut p) = (Vec::new(), Vec::new());
    for (group, (rows, selected)) in [100, n, 40].into_iter().zip(selected).enumerate() {
        g.extend(std::iter::repeat_n(group as u32, rows));
        p.extend((0..rows).map(|i| u32::from(i < selected)));
    }
    (g.clone(), vec![1; g.len()], p)
}

#[test]
fn small_groups_are_not_shown() {
    let (g, y, p) = small(29, [50, 0, 20]);
    let counts = Counts::count(&Rows::new(&g, &y, &p), 3, 2).unwrap();
    let report = counts.report(1, ReportOptions::default()).unwrap();
    assert_eq!(report.groups[1].selection_rate.value, None);
    assert_eq!((report.groups[1].n, report.demographic_parity.unwrap().difference), (29, 0.0));
    assert_eq!(report.four_fifths.len(), 2);
    // No negatives at all: no false positive rate, hence no equalized odds.
    assert_eq!((report.false_positive, report.equalized_odds_difference), (None, None));
    let (g, y, p) = small(30, [50, 0, 20]);
    let report =
        Counts::count(&Rows::new(&g, &y, &p), 3, 2).unwrap().report(1, ReportOptions::default());
    assert_eq!(report.unwrap().demographic_parity.unwrap().difference, 0.5);
}

#[test]
fn four_fifths_exactly_pass() {
    let (g, y, p) = small(50, [50, 20, 15]);
    let report = Counts::count(&Rows::new(&g, &y, &p), 3, 2).unwrap().report(1, ALL).unwrap();
    let passes: Vec<bool> = report.four_fifths.iter().map(|f| f.passes).collect();
    assert_eq!(passes, [true, true, false]);
    let gap = report.demographic_parity.unwrap();
    assert_eq!((gap.highest, gap.lowest, gap.ratio), (0, 2, 0.75));
}

#[test]
fn newcombe_matches_his_example() {
    // Newcombe 1998, table II: 56/70 - 48/80, method 10: 0.0524 to 0.3339.
    let g: Vec<u32> = (0..150).map(|i| u32::from(i >= 70)).collect();
    let p: Vec<u32> = (0..150).map(|i| u32::from(i < 56 || (70..118).contains(&i))).collect();
    let report = Counts::count(&Rows::new(&g, &p, &p), 2, 2).unwrap().report(1, ALL).unwrap();
    let gap = report.demographic_parity.unwrap();
    assert!((gap.interval.0 - 0.0524).abs() < 5e-5 && (gap.interval.1 - 0.3339).abs() < 5e-5);
}

#[test]
fn reviews_and_scores_by_group() {
    let (g, y) = ([0, 0, 0, 1, 1, 1], [0, 1, 0, 1, 0, 1]);
    let rows = Rows {
        scores: Some(&[0.5, 0.25, 0.75, 1.0, 0.0, 0.5]),
        reviewed: Some(&[true, true, false, true, false, false]),
        overturned: Some(&[true, false, true, false, false, true]),
        ..Rows::new(&g, &y, &y)
    };
    let report = Counts::count(&rows, 2, 2).unwrap().report(1, ALL).unwrap();
    let rate = |r: Option<Rate>| r.map(|r| (r.k, r.n)).unwrap();
    // An overturned row that was not reviewed is not counted.
    assert_eq!(rate(report.groups[0].review_rate), (2, 3));
    assert_eq!(rate(report.groups[0].overturn_rate), (1, 2));
    assert_eq!(rate(report.groups[1].overturn_rate), (0, 1));
    assert_eq!(report.groups[1].mean_score, Some(0.5));
    assert_eq!(report.overturn.unwrap().difference, 0.5);
}

#[test]
fn bad_input_is_refused() {
    let none: &[u32] = &[];
    assert!(Counts::count(&Rows::new(none, none, none), 1, 2).is_err());
    assert!(Counts::count(&Rows::new(&[0, 0], &[1, 0], &[1]), 1, 2).is_err());
    let mut late = vec![0; 9000];
    late[8999] = 5;
    let zero = vec![0; 9000];
    assert_eq!(
        Counts::count(&Rows::new(&late, &zero, &zero), 5, 2).unwrap_err(),
        LearnError::OutOfRange { what: "group", at: 8999, index: 5, limit: 5 }
    );
    assert!(Counts::count(&Rows::new(&zero, &late, &zero), 1, 2).is_err());
    let rows = Rows { overturned: Some(&[true]), ..Rows::new(&[0], &[0], &[0]) };
    assert!(Counts::count(&rows, 1, 2).is_err());
    let rows = Rows { scores: Some(&[f32::NAN]), ..Rows::new(&[0], &[0], &[0]) };
    assert!(Counts::count(&rows, 1, 2).is_err());
    let mut one = Counts::count(&Rows::new(&[0], &[0], &[0]), 1, 2).unwrap();
    assert!(one.report(2, ALL).is_err());
    assert!(one.report(1, ReportOptions { delta: 0.0, ..ALL }).is_err());
    assert!(one.merge(&Counts::count(&Rows::new(&[0], &[0], &[0]), 2, 2).unwrap()).is_err());
    assert!(Counts::count(&Rows::new(&[0], &[0], &[0]), 1 << 20, 1 << 20).is_err());
}
