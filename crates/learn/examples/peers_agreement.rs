//! The cases of `tools/peers/agreement.py` by this crate: JSON lines on standard output.
//!
//! Usage: `cargo run --release -p tandem-learn --example peers_agreement -- DATA_DIR`.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

#[path = "peers/common.rs"]
#[expect(dead_code, reason = "shared with other programs")]
mod common;

use std::collections::{HashMap, HashSet};

use common::try_timed;
use tandem_learn::agreement::{
    Bootstrap, Contingency, Measure, Metric, Repeats, Table, Triples, Weights, bootstrap, cohen,
    measure,
};
use tandem_learn::{LearnError, rng};

const UNITS: u64 = 200_000;
const PER_UNIT: u64 = 5;
const VALUES: usize = 5;
const METRICS: [(&str, Metric); 4] = [
    ("nominal", Metric::Nominal),
    ("ordinal", Metric::Ordinal),
    ("interval", Metric::Interval),
    ("ratio", Metric::Ratio),
];

fn emit(case: &str, seconds: f64, figure: &str, value: f64) {
    println!(
        "{{\"case\": \"{case}\", \"system\": \"tandem\", \"cpu_s\": {seconds}, \
         \"quality\": {{\"{figure}\": {value}}}}}"
    );
}

fn unit(x: u64) -> f64 {
    (rng::hash(x) >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// Units, raters and values of a million ratings: six in ten are the unit's own value.
fn synthetic() -> [Vec<u32>; 3] {
    let mut out = [Vec::new(), Vec::new(), Vec::new()];
    for k in 0..UNITS * PER_UNIT {
        let u = k / PER_UNIT;
        let own = rng::hash(u + (1 << 40)) % VALUES as u64;
        let other = rng::hash(k + (2 << 40)) % VALUES as u64;
        let value = if unit(k + (3 << 40)) < 0.6 { own } else { other };
        let rater = k % PER_UNIT + PER_UNIT * (u % 100);
        for (column, x) in out.iter_mut().zip([u, rater, value]) {
            column.push(x as u32);
        }
    }
    out
}

fn dense(units: &[u32], values: &[u32]) -> Vec<u32> {
    let mut counts = vec![0; UNITS as usize * VALUES];
    for (&u, &v) in units.iter().zip(values) {
        counts[u as usize * VALUES + v as usize] += 1;
    }
    counts
}

fn levels() -> Vec<f64> {
    (1..=VALUES).map(|k| k as f64).collect()
}

fn value(table: &Table, which: Measure) -> Result<f64, LearnError> {
    Ok(measure(table, which)?.value.unwrap_or(f64::NAN))
}

fn crowd(data: &str) -> Result<(), LearnError> {
    let Ok(text) = std::fs::read_to_string(format!("{data}/crowd_cf_amt/answers.csv")) else {
        return Ok(());
    };
    let (mut tasks, mut seen) = (HashMap::new(), HashSet::new());
    let mut counts: Vec<u32> = Vec::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let next = tasks.len();
        let task = *tasks.entry(cells[0]).or_insert(next);
        counts.resize(tasks.len() * VALUES, 0);
        if seen.insert((cells[0], cells[1])) {
            counts[task * VALUES + cells[2].parse::<usize>().unwrap_or(0)] += 1;
        }
    }
    for (name, metric) in METRICS {
        let (alpha, seconds) = try_timed(5, || {
            let table = Table::from_counts(&counts, VALUES)?.with_levels(levels())?;
            value(&table, Measure::Krippendorff(metric))
        })?;
        emit(&format!("alpha {name}, cf_amt, from counts"), seconds, "value", alpha);
    }
    Ok(())
}

fn main() -> Result<(), LearnError> {
    crowd(&std::env::args().nth(1).unwrap_or_default())?;
    let [units, raters, values] = synthetic();
    let counts = dense(&units, &values);
    let triples = Triples { units: &units, raters: &raters, values: &values, n_values: VALUES };
    let from_counts = || Table::from_counts(&counts, VALUES)?.with_levels(levels());
    let from_triples = || Table::from_triples(&triples, Repeats::First)?.with_levels(levels());
    let mut measures: Vec<(String, Measure)> = METRICS
        .map(|(name, metric)| (format!("alpha {name}"), Measure::Krippendorff(metric)))
        .into();
    measures.push(("Fleiss' kappa".to_owned(), Measure::Fleiss));
    for (name, which) in measures {
        let (got, seconds) = try_timed(7, || value(&from_counts()?, which))?;
        emit(&format!("{name}, 1M ratings, from counts"), seconds, "value", got);
        let (got, seconds) = try_timed(7, || value(&from_triples()?, which))?;
        emit(&format!("{name}, 1M ratings, from triples"), seconds, "value", got);
    }
    let every = |start: usize| values.iter().copied().skip(start).step_by(5).collect::<Vec<u32>>();
    let (first, second) = (every(0), every(1));
    for (name, weights) in [
        ("unweighted", Weights::Identity),
        ("linear", Weights::Linear),
        ("quadratic", Weights::Quadratic),
    ] {
        let (kappa, seconds) = try_timed(7, || {
            let table = Contingency::new(&first, &second, VALUES)?;
            Ok(cohen(&table, weights).value.unwrap_or(f64::NAN))
        })?;
        emit(&format!("Cohen's kappa {name}, 200k pairs"), seconds, "value", kappa);
    }
    for resamples in [20, 1000] {
        let options = Bootstrap { resamples, ..Bootstrap::default() };
        let nominal = Measure::Krippendorff(Metric::Nominal);
        let (interval, seconds) = try_timed(3, || bootstrap(&from_counts()?, nominal, &options))?;
        let error = interval.map_or(f64::NAN, |i| i.standard_error);
        let case = format!("bootstrap of alpha nominal, {resamples} resamples of 1M ratings");
        emit(&case, seconds, "error", error);
    }
    Ok(())
}
