//! Label errors on the data below `DATA_DIR`, the work of `tools/peers/labels.py`; JSON lines.
#![expect(clippy::print_stdout, reason = "the figures are this program's purpose")]

#[path = "peers/common.rs"]
#[expect(dead_code, reason = "shared with other programs")]
mod common;
#[path = "peers/probabilities.rs"]
#[expect(dead_code, reason = "shared with other programs")]
mod probabilities;

use std::collections::BTreeMap;
use std::path::Path;

use probabilities::repeated;
use tandem_learn::LearnError;
use tandem_learn::calibrate::ProbabilityMatrix;
use tandem_learn::label_errors::{Prune, Ranking, find};
use tandem_learn::rng::hash;

const ROWS: usize = 100_000;
const CLASSES: usize = 20;

fn measure(
    case: &str,
    values: &[f32],
    classes: usize,
    labels: &[u32],
    wrong: &BTreeMap<usize, bool>,
) -> Result<(), LearnError> {
    for (prune, name) in [(Prune::ByNoiseRate, "by noise rate"), (Prune::Both, "both")] {
        let (mut found, seconds) = repeated(1, |_| {
            // Checking the probabilities is part of the work.
            let matrix = ProbabilityMatrix::new(values, classes)?;
            find(&matrix, labels, prune, Ranking::SelfConfidence)
        });
        let (issues, _) = found.remove(0)?;
        let known: Vec<bool> = issues.iter().filter_map(|i| wrong.get(&i.row).copied()).collect();
        let hits = known.iter().filter(|w| **w).count() as f64;
        let all = wrong.values().filter(|w| **w).count() as f64;
        println!(
            "{{\"case\": \"{name} {case}\", \"system\": \"tandem\", \"cpu_s\": {seconds:.6}, \
             \"quality\": {{\"found\": {}, \"precision\": {:.4}, \"recall\": {:.4}}}}}",
            issues.len(),
            hits / known.len().max(1) as f64,
            hits / all
        );
    }
    Ok(())
}

/// Rows that five people looked at, and whether most of them call the label wrong.
fn verdicts(root: &str, name: &str) -> Option<BTreeMap<usize, bool>> {
    let text = std::fs::read_to_string(Path::new(root).join(name).join("mturk.jsonl")).ok()?;
    let number = |line: &str, key: &str| -> Option<usize> {
        let rest = &line[line.find(key)? + key.len()..];
        rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
    };
    text.lines()
        .map(|line| {
            let wrong = number(line, "\"guessed\": ")? + number(line, "\"neither\": ")?;
            let right = number(line, "\"given\": ")? + number(line, "\"both\": ")?;
            Some((number(line, "\"id\": ")?, wrong > right))
        })
        .collect()
}

/// Softmax rows whose label is turned to the next class for one in ten.
fn synthetic() -> (Vec<f32>, Vec<u32>, BTreeMap<usize, bool>) {
    let unit = |x: u64| (hash(x) >> 11) as f64 / (1_u64 << 53) as f64;
    let (mut values, mut labels) = (Vec::with_capacity(ROWS * CLASSES), Vec::new());
    let mut wrong = BTreeMap::new();
    for row in 0..ROWS {
        let truth = (unit(row as u64) * CLASSES as f64) as usize;
        let exps: Vec<f64> = (0..CLASSES)
            .map(|k| {
                let cell = (row * CLASSES + k) as u64 + (1 << 32);
                (3.0 * unit(cell) + if k == truth { 4.0 } else { 0.0 }).exp()
            })
            .collect();
        let sum: f64 = exps.iter().sum();
        values.extend(exps.iter().map(|x| (x / sum) as f32));
        let turned = unit(row as u64 + (1 << 40)) < 0.1;
        labels.push(((truth + usize::from(turned)) % CLASSES) as u32);
        wrong.insert(row, turned);
    }
    (values, labels, wrong)
}

fn main() -> Result<(), LearnError> {
    let root = std::env::args().nth(1).unwrap_or_else(|| "../shared/data".to_owned());
    for name in ["cifar10_pyx", "news20_pyx"] {
        let (Some([even, odd]), Some(wrong)) =
            (probabilities::load(&root, name), verdicts(&root, name))
        else {
            continue;
        };
        let (mut values, mut labels) = (Vec::new(), Vec::new());
        for i in 0..even.labels.len() + odd.labels.len() {
            let half = if i % 2 == 0 { &even } else { &odd };
            values.extend_from_slice(&half.values[i / 2 * half.classes..][..half.classes]);
            labels.push(half.labels[i / 2]);
        }
        measure(name, &values, even.classes, &labels, &wrong)?;
    }
    let (values, labels, wrong) = synthetic();
    measure("100,000 x 20", &values, CLASSES, &labels, &wrong)
}
