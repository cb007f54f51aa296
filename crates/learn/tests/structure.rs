//! Agreement on public crowd answers, where they lie beside the repository, and strengths against
//! the reference library.
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

use std::collections::HashMap;
use std::path::PathBuf;

use tandem_learn::agreement::{
    Bootstrap, Measure, Metric, Repeats, Table, Triples, bootstrap, measure, raters,
};

/// Units, raters and values of a CSV file `task,worker,label,…` with labels `0..=4`.
fn answers(path: &str) -> Option<[Vec<u32>; 3]> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let Ok(text) = std::fs::read_to_string(root.join(path)) else {
        println!("skipped: ../shared/data/{path} is absent");
        return None;
    };
    let mut columns = [Vec::new(), Vec::new(), Vec::new()];
    let mut names = [HashMap::new(), HashMap::new()];
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        for (k, names) in names.iter_mut().enumerate() {
            let next = names.len() as u32;
            columns[k].push(*names.entry(cells[k].to_owned()).or_insert(next));
        }
        columns[2].push(cells[2].parse().expect("a label from 0 to 4"));
    }
    Some(columns)
}

#[test]
fn crowd_answers_have_the_alpha_of_the_reference_library() {
    let Some([units, workers, values]) = answers("crowd_cf_amt/answers.csv") else { return };
    let triples = Triples { units: &units, raters: &workers, values: &values, n_values: 5 };
    let table = Table::from_triples(&triples, Repeats::First).unwrap();
    assert_eq!((table.repeats(), table.ratings()), (5, 6025));
    let alpha = |metric| measure(&table, Measure::Krippendorff(metric)).unwrap().value.unwrap();
    // krippendorff 0.9.0, later answers of a worker to the same task dropped.
    for (metric, want) in [
        (Metric::Nominal, 0.520_895_124_431_025_6),
        (Metric::Ordinal, 0.494_323_457_122_938),
        (Metric::Interval, 0.464_963_421_665_858_47),
        (Metric::Ratio, 0.539_283_101_127_503_2),
    ] {
        assert!((alpha(metric) - want).abs() < 1e-12, "{metric:?}: {}", alpha(metric));
    }
    // The same with repeats as if from other workers.
    let kept = Table::from_triples(&triples, Repeats::Keep).unwrap();
    let nominal = measure(&kept, Measure::Krippendorff(Metric::Nominal)).unwrap().value.unwrap();
    assert!((nominal - 0.521_244_543_118_304_9).abs() < 1e-12, "{nominal}");
    let options = Bootstrap { resamples: 500, ..Bootstrap::default() };
    let interval = bootstrap(&table, Measure::Krippendorff(Metric::Nominal), &options).unwrap();
    let interval = interval.unwrap();
    assert!(interval.low < 0.5209 && 0.5209 < interval.high, "{interval:?}");
    assert!(interval.high - interval.low < 0.1, "{interval:?}");
    let workers = raters(&triples).unwrap();
    assert_eq!(workers.iter().map(|w| w.units).sum::<usize>(), 6025);
}

mod strengths {
    use tandem_learn::preference::{Comparisons, Options, RankingOptions, Rankings, fit, rankings};

    fn close(got: &[f64], want: &[f64], tolerance: f64) {
        let far = got.iter().zip(want).any(|(a, b)| (a - b).abs() > tolerance);
        assert!(got.len() == want.len() && !far, "{got:?} for {want:?}");
    }

    fn strengths(pairs: &[(u32, u32)], prior: f64) -> Vec<f64> {
        let (w, l): (Vec<u32>, Vec<u32>) = pairs.iter().copied().unzip();
        let comparisons = Comparisons::from_wins(&w, &l, 4).expect("items below 4");
        let got = fit(&comparisons, &Options { prior, ..Options::default() }).expect("a maximum");
        assert!(got.convergence.converged);
        got.strengths
    }

    /// choix 0.4.1, `ilsr_pairwise` with `alpha=0` (and `opt_pairwise` with a vanishing `alpha`) on
    /// these thirteen pairs (winner, loser): `[0.374654, 0, -0.374654, 0]`.
    #[test]
    fn thirteen_pairs_have_the_maximum_likelihood_strengths_of_choix() {
        let mut pairs = vec![(1, 0), (2, 0), (2, 1), (2, 3), (3, 0), (0, 2), (0, 2)];
        pairs.extend([(0, 3); 3]);
        pairs.extend([(3, 2); 3]);
        close(&strengths(&pairs, 0.0), &[0.374_654, 0.0, -0.374_654, 0.0], 5e-7);
    }

    #[test]
    fn a_normal_prior_is_twice_the_penalty_of_choix() {
        let pairs = [(0, 1), (0, 2), (1, 2), (2, 3), (3, 0), (1, 3), (0, 1)];
        // opt_pairwise(4, pairs, alpha=0.1): the penalty is alpha times the sum of squares.
        let want = [0.763_529_26, 0.129_950_4, -0.446_739_83, -0.446_739_83];
        close(&strengths(&pairs, 0.2), &want, 1e-6);
        // mm_pairwise(4, pairs, alpha=0).
        let want = [0.945_384_52, 0.189_076_9, -0.567_230_71, -0.567_230_71];
        close(&strengths(&pairs, 0.0), &want, 1e-7);
    }

    #[test]
    fn rankings_have_the_strengths_of_choix() {
        let lists: [&[u32]; 5] = [&[0, 1, 2, 3], &[1, 0, 3, 2], &[2, 0, 1], &[3, 1], &[0, 3, 1, 2]];
        let data = Rankings::new(&lists, 4).unwrap();
        let got = |prior| {
            let options = RankingOptions { prior, ..RankingOptions::default() };
            rankings(&data, &options).unwrap().strengths
        };
        // opt_rankings(4, lists, alpha=0.1) and ilsr_rankings(4, lists, alpha=0).
        let want = [1.033_115_79, -0.094_688_31, -0.690_101_38, -0.248_326_1];
        close(&got(0.2), &want, 1e-6);
        let want = [1.156_181_44, -0.097_673_57, -0.773_838_05, -0.284_669_82];
        close(&got(0.0), &want, 1e-6);
    }
}
