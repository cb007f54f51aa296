//! The same work as `tools/peers/active.py`, by this crate: JSON lines on stdout.
//!
//! `cargo run --release -p tandem-learn --example peers_active DATA_DIR`
#![expect(clippy::print_stdout, reason = "the figures are this program's purpose")]

#[path = "peers/common.rs"]
#[expect(dead_code, reason = "shared with other programs")]
mod common;

use std::path::Path;

use common::timed;
use tandem_learn::LearnError;
use tandem_learn::active::Strategy;
use tandem_learn::active::committee::{Disagreement, disagreement};
use tandem_learn::diversity::k_center;
use tandem_learn::features::{FeatureKind, FeatureMap, FeatureOptions, FeatureSpec, Input};
use tandem_learn::rng::Rng;
use tandem_learn::simulate::{Metric, Options, Set, run};
use tandem_learn::sparse::Csr;
use tandem_learn::uncertainty::{Uncertainty, scores, top_k};

fn main() -> Result<(), LearnError> {
    let root = std::env::args().nth(1).unwrap_or("../shared/data".to_owned());
    queries()?;
    committees()?;
    core_set(Path::new(&root))?;
    replays(Path::new(&root))
}

fn emit(case: &str, system: &str, seconds: f64, quality: &str) {
    println!(
        "{{\"case\": \"{case}\", \"system\": \"{system}\", \"cpu_s\": {seconds}, \"quality\": {{{quality}}}}}"
    );
}

fn synthetic(seed: u64, rows: usize, classes: usize) -> Vec<f32> {
    let mut rng = Rng::new(seed);
    let mut p: Vec<f32> = (0..rows * classes).map(|_| -(1.0 - rng.unit()).ln() as f32).collect();
    for row in p.chunks_exact_mut(classes) {
        let sum: f32 = row.iter().sum();
        for x in row.iter_mut() {
            *x /= sum;
        }
    }
    p
}

/// The score in `f64`, to compare what was chosen.
fn exact(p: &[f32], measure: Uncertainty) -> f64 {
    let mut sorted: Vec<f64> = p.iter().map(|&x| f64::from(x)).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    match measure {
        Uncertainty::LeastConfidence => 1.0 - sorted[0],
        Uncertainty::Margin => 1.0 - (sorted[0] - sorted[1]),
        Uncertainty::Entropy => sorted.iter().filter(|x| **x > 0.0).map(|x| -x * x.ln()).sum(),
    }
}

fn queries() -> Result<(), LearnError> {
    for rows in [10_000, 100_000, 1_000_000] {
        let p = synthetic(1, rows, 20);
        for (name, measure) in [
            ("least-confidence", Uncertainty::LeastConfidence),
            ("margin", Uncertainty::Margin),
            ("entropy", Uncertainty::Entropy),
        ] {
            let (top, seconds) = timed(5, || scores(&p, 20, measure).map(|s| top_k(&s, 100, 1)));
            let sum: f64 = top?.iter().map(|&i| exact(&p[i * 20..(i + 1) * 20], measure)).sum();
            let case = format!("top 100 of {rows} x 20 by {name}");
            emit(&case, "tandem", seconds, &format!("\"sum_of_scores\": {sum}"));
        }
    }
    Ok(())
}

fn committees() -> Result<(), LearnError> {
    let members: Vec<Vec<f32>> = (0..5).map(|m| synthetic(2 + m, 100_000, 20)).collect();
    for (case, measure) in [
        ("vote entropy 5 x 100k x 20", Disagreement::VoteEntropy),
        ("KL to consensus 5 x 100k x 20", Disagreement::KlToConsensus),
    ] {
        let (got, seconds) = timed(3, || disagreement(&members, 20, measure));
        let got = got?;
        let mean = got.iter().map(|&x| f64::from(x)).sum::<f64>() / got.len() as f64;
        emit(case, "tandem", seconds, &format!("\"mean\": {mean}"));
    }
    Ok(())
}

fn core_set(root: &Path) -> Result<(), LearnError> {
    let text = std::fs::read_to_string(root.join("digits/digits.csv")).unwrap_or_default();
    let number = |cell: &str| cell.parse::<f32>().unwrap_or(0.0);
    let x: Vec<f32> =
        text.lines().skip(1).flat_map(|l| l.split(',').take(64).map(number)).collect();
    let rows = Csr::from_dense(&x, 64)?;
    let (got, seconds) = timed(3, || k_center(&rows, 100, &[0], 1));
    emit("k-center 100 of digits", "tandem", seconds, &format!("\"radius\": {}", got?.radius));
    Ok(())
}

type Rows = Vec<(String, String)>;

/// Text and label of each row; none where the file is absent.
fn texts(path: &Path) -> Rows {
    let all = std::fs::read_to_string(path).unwrap_or_default();
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    for c in all.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\r' => {}
            _ => cell.push(c),
        }
    }
    let two = |row: Vec<String>| <[String; 2]>::try_from(row).ok().map(|[a, b]| (a, b));
    rows.into_iter().skip(1).filter_map(two).collect()
}

fn replays(root: &Path) -> Result<(), LearnError> {
    let mut rows = texts(&root.join("sms_spam/sms.csv"));
    Rng::new(42).shuffle(&mut rows);
    let test = rows.split_off(rows.len() * 7 / 10);
    labels_to_ninety("sms_spam", (&rows, &test), "spam", (20, 10, 20))?;
    let (pool, test) =
        (texts(&root.join("banking77/train.csv")), texts(&root.join("banking77/test.csv")));
    labels_to_ninety("banking77", (&pool, &test), "", (154, 154, 3))
}

/// F1 of the label `positive`, or accuracy if it is empty.
fn labels_to_ninety(
    name: &str,
    (pool, test): (&Rows, &Rows),
    positive: &str,
    (first, batch, seeds): (usize, usize, u32),
) -> Result<(), LearnError> {
    let mut names: Vec<&str> = pool.iter().chain(test).map(|row| row.1.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let label = |row: &(String, String)| names.partition_point(|n| *n < row.1.as_str()) as u32;
    let kind = FeatureKind::Words { min: 1, max: 1 };
    let spec = FeatureSpec { column: 0, name: "text".to_owned(), kind };
    let inputs = |rows: &'_ Rows| rows.iter().map(|row| row.0.clone()).collect::<Vec<String>>();
    let (pool_texts, test_texts) = (inputs(pool), inputs(test));
    let rows: Vec<Input<'_>> = pool_texts.iter().map(|t| Input::text(t)).collect();
    let tests: Vec<Input<'_>> = test_texts.iter().map(|t| Input::text(t)).collect();
    let map = FeatureMap::fit(&[spec], &rows, FeatureOptions::default())?;
    let (rows, tests) = (map.transform(&rows)?, map.transform(&tests)?);
    let (labels, truth): (Vec<u32>, Vec<u32>) =
        (pool.iter().map(label).collect(), test.iter().map(label).collect());
    let metric = match positive {
        "" => Metric::Accuracy,
        name => Metric::F1(names.partition_point(|n| *n < name) as u32),
    };
    for strategy in [Strategy::Margin, Strategy::Auto] {
        let options =
            Options { stop_at_goal: true, metric, ..Options::new(strategy, first, batch, seeds) };
        let pool = Set { rows: &rows, labels: &labels };
        let test = Set { rows: &tests, labels: &truth };
        let (got, seconds) = timed(1, || run(pool, test, names.len(), &options, &mut |_| ()));
        let got = got?;
        let needed = got.labels_to_goal().map_or(f64::NAN, |l| l.mean);
        let quality = format!("\"labels\": {needed}, \"full_score\": {}", got.full);
        let case = format!("{name} labels to 90 %, {seeds} seeds");
        emit(&case, &format!("tandem {strategy}"), seconds, &quality);
    }
    Ok(())
}
