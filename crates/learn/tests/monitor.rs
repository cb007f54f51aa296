//! Drift, novelty and fairness on public data sets, where they lie beside the repository.
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

use std::path::PathBuf;

use tandem_learn::drift::mmd::{MmdOptions, mmd, mmd_linear};
use tandem_learn::fairness::{Counts, Report, ReportOptions, Rows};
use tandem_learn::features::{FeatureKind, FeatureMap, FeatureOptions, FeatureSpec, Input};
use tandem_learn::logistic::{FitOptions, fit};
use tandem_learn::novelty::{
    Mahalanobis, Neighbours, NoveltyThreshold, Shrinkage, auroc, energy, max_probability,
};
use tandem_learn::sparse::Csr;

/// A file below `../shared/data`; says so where it is absent.
fn read(path: &str) -> Option<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let text = std::fs::read_to_string(root.join(path)).ok();
    if text.is_none() {
        println!("skipped: ../shared/data/{path} is absent");
    }
    text
}

#[test]
fn digits_of_other_classes_have_the_reference_discrepancy() {
    let Some(text) = read("digits/digits.csv") else { return };
    let (mut low, mut high) = (Vec::new(), Vec::new());
    for line in text.lines().skip(1) {
        let row: Vec<f32> = line.split(',').map(|x| x.parse().unwrap()).collect();
        let side = if row[64] <= 4.0 { &mut low } else { &mut high };
        if side.len() < 200 * 64 {
            side.extend(row[..64].iter().map(|x| x / 16.0));
        }
    }
    let options = MmdOptions { permutations: 200, ..MmdOptions::default() };
    let got = mmd(&low, &high, 64, options).unwrap();
    println!("{got:?}");
    assert_eq!(got.squared_distance, 9.378_906_25);
    assert!((got.squared - 0.040_698_332_582_580_53).abs() < 1e-7, "{got:?}");
    assert!(got.p_value < 0.006);
    // The linear estimate of the same quantity is noisy: 100 pairs.
    let linear = mmd_linear(&low, &high, 64, options).unwrap();
    println!("{linear:?}");
    assert!((linear.squared - got.squared).abs() < 0.15);
    // Neighbouring rows are by the same hand, so halves are taken by turns.
    let turn = |odd: usize| low.chunks(64).skip(odd).step_by(2).flatten().copied().collect();
    let (even, odd): (Vec<f32>, Vec<f32>) = (turn(0), turn(1));
    let halves = mmd(&even, &odd, 64, options).unwrap();
    assert!(halves.squared < 0.01 && halves.p_value > 0.01, "{halves:?}");
}

/// Texts and labels; no text of the set holds a quoted line break.
fn texts(path: &str) -> Option<(Vec<String>, Vec<String>)> {
    let text = read(path)?;
    let rows =
        text.lines().skip(1).map(|line| line.rsplit_once(',').expect("a label after a comma"));
    Some(rows.map(|(t, l)| (t.trim_matches('"').replace("\"\"", "\""), l.to_owned())).unzip())
}

fn transform(map: &FeatureMap, texts: &[String]) -> Csr {
    map.transform(&texts.iter().map(|t| Input::text(t)).collect::<Vec<_>>())
        .expect("texts fit the features")
}

#[test]
fn questions_out_of_scope_are_found_at_the_stated_rate() {
    let folder = |name: &str| texts(&format!("clinc_small_oos/{name}.csv"));
    let (Some(train), Some(val), Some(test), Some(oos)) =
        (folder("train"), folder("val"), folder("test"), folder("oos_test"))
    else {
        return;
    };
    let mut names: Vec<&String> = train.1.iter().collect();
    names.sort_unstable();
    names.dedup();
    let labels: Vec<u32> =
        train.1.iter().map(|l| names.binary_search(&l).unwrap() as u32).collect();
    let kind = FeatureKind::Words { min: 1, max: 1 };
    let spec = FeatureSpec { column: 0, name: "text".to_owned(), kind };
    let inputs: Vec<Input<'_>> = train.0.iter().map(|t| Input::text(t)).collect();
    let map = FeatureMap::fit(&[spec], &inputs, FeatureOptions::default()).unwrap();
    let rows = map.transform(&inputs).unwrap();
    let classes = names.len();
    let (weights, _) = fit(&rows, &labels, None, classes, &FitOptions::default(), None).unwrap();
    // Words that were never seen have no column, so a novel question may well look near to one.
    let neighbours = Neighbours::fit(&rows, 1).unwrap();

    let logits = weights.logits(&rows).unwrap();
    let mahalanobis = Mahalanobis::fit(&logits, classes, &labels, Shrinkage::LedoitWolf).unwrap();

    let sets = [&val.0, &test.0, &oos.0].map(|texts| transform(&map, texts));
    let of = |score: &dyn Fn(&Csr) -> Vec<f64>| [score(&sets[0]), score(&sets[1]), score(&sets[2])];
    let scores = [
        (
            "max probability",
            0.86,
            of(&|rows| {
                max_probability(&weights.probabilities(rows, 1.0).unwrap(), classes).unwrap()
            }),
        ),
        ("energy", 0.88, of(&|rows| energy(&weights.logits(rows).unwrap(), classes, 1.0).unwrap())),
        ("neighbours", 0.77, of(&|rows| neighbours.scores(rows).unwrap())),
        (
            "mahalanobis of logits",
            0.74,
            of(&|rows| mahalanobis.scores(&weights.logits(rows).unwrap()).unwrap()),
        ),
    ];
    for (name, least, [calibration, ordinary, novel]) in scores {
        let area = auroc(&ordinary, &novel).unwrap();
        let threshold = NoveltyThreshold::calibrate(&calibration).unwrap();
        let flagged = |scores: &[f64]| {
            scores.iter().filter(|s| threshold.flags(**s, 0.1)).count() as f64 / scores.len() as f64
        };
        let (alarms, caught) = (flagged(&ordinary), flagged(&novel));
        println!("{name}: AUROC {area:.4}, false alarms {alarms:.4}, caught {caught:.4}");
        assert!(area > least, "{name}: {area}");
        // 3,000 calibration and 4,500 test rows: a deviation of 0.007.
        assert!(alarms < 0.125, "{name}: {alarms}");
        assert!(caught > 2.0 * alarms, "{name}: {caught}");
    }
}

/// Groups by `column`, labels, and predictions of a rule, of the adult test set.
fn adult(column: usize) -> Option<(Vec<String>, [Vec<u32>; 3])> {
    let text = read("adult_test/adult.csv")?;
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|l| l.split(',').collect()).collect();
    let mut names: Vec<String> = rows.iter().map(|r| r[column].trim().to_owned()).collect();
    let groups = names.clone();
    names.sort_unstable();
    names.dedup();
    let number = |text: &str| text.trim().parse::<u32>().expect("a whole number");
    let columns = [
        groups.iter().map(|g| names.binary_search(g).expect("a known group") as u32).collect(),
        rows.iter().map(|r| u32::from(r[14].contains(">50K"))).collect(),
        rows.iter().map(|r| u32::from(number(r[4]) >= 13 || number(r[12]) >= 50)).collect(),
    ];
    Some((names, columns))
}

fn close(got: f64, want: f64) {
    assert!((got - want).abs() < 1e-12, "{got} for {want}");
}

fn gaps(report: &Report, want: [f64; 6]) {
    let parity = report.demographic_parity.expect("two groups");
    close(parity.difference, want[0]);
    close(parity.ratio, want[1]);
    close(report.equalized_odds_difference.expect("two groups"), want[2]);
    close(report.equalized_odds_ratio.expect("two groups"), want[3]);
    close(report.equal_opportunity.expect("two groups").difference, want[4]);
    close(report.predictive_parity.expect("two groups").difference, want[5]);
}

#[test]
fn rates_of_adults_match_fairlearn() {
    // fairlearn 0.15.0; predicted is 13 years of education or 50 hours a week.
    let (Some((_, by_sex)), Some((races, by_race))) = (adult(9), adult(8)) else { return };
    let all = ReportOptions { least_rows: 0, ..ReportOptions::default() };
    let of = |c: &[Vec<u32>; 3], groups, options| {
        Counts::count(&Rows::new(&c[0], &c[1], &c[2]), groups, 2)
            .unwrap()
            .report(1, options)
            .unwrap()
    };
    let report = of(&by_sex, 2, all);
    gaps(
        &report,
        [
            0.124_017_505_077_960_6,
            0.698_425_860_916_558,
            0.064_940_627_071_938_4,
            0.790_670_399_213_641_6,
            0.016_604_547_536_750_89,
            0.232_865_831_929_017_1,
        ],
    );
    let female = &report.groups[0];
    assert_eq!(female.n, 5421);
    close(female.selection_rate.value.unwrap(), 0.287_216_380_741_560_6);
    close(female.true_positive_rate.value.unwrap(), 0.630_508_474_576_271_2);
    close(female.false_positive_rate.value.unwrap(), 0.245_290_830_055_889_06);
    close(female.accuracy.value.unwrap(), 0.741_191_662_054_971_4);
    close(female.precision.value.unwrap(), 0.238_921_001_926_782_28);
    gaps(
        &of(&by_race, 5, all),
        [
            0.286_163_522_012_578_6,
            0.427_672_955_974_842_8,
            0.353_383_458_646_616_5,
            0.394_318_181_818_181_8,
            0.353_383_458_646_616_5,
            0.264_705_882_352_941_2,
        ],
    );
    // By default, rates of few rows are left out: 19 American Indians and 25 others earn more.
    let report = of(&by_race, 5, ReportOptions::default());
    assert_eq!(races[0], "Amer-Indian-Eskimo");
    assert_eq!(report.groups[0].true_positive_rate.value, None);
    assert!(report.equal_opportunity.unwrap().difference < 0.2);
}
