//! Rates by group on the data of `tools/peers/fairness.py`: JSON lines on standard output.
//!
//!     cargo run --release -p tandem-learn --example peers_fairness DATA_DIR
#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "peers/common.rs"]
#[expect(dead_code, reason = "shared with other programs")]
mod common;

use std::fmt::Write as _;

use common::{emit, try_timed, unit};
use tandem_learn::LearnError;
use tandem_learn::fairness::{Counts, Gap, GroupRates, Rate, Report, ReportOptions, Rows};

struct Data {
    groups: Vec<u32>,
    labels: Vec<u32>,
    predictions: Vec<u32>,
    n_groups: usize,
}

fn synthetic(rows: usize, n_groups: usize) -> Data {
    let mut out =
        Data { groups: Vec::new(), labels: Vec::new(), predictions: Vec::new(), n_groups };
    for i in 0..rows {
        let group = (unit(i, 1) * n_groups as f64) as u32;
        let label = u32::from(unit(i, 2) < 0.2 + 0.05 * f64::from(group));
        let flip = unit(i, 3) < 0.1 + 0.03 * f64::from(group);
        out.groups.push(group);
        out.labels.push(label);
        out.predictions.push(if flip { 1 - label } else { label });
    }
    out
}

/// Groups in alphabetical order; predicted is 13 years of education or 50 hours a week.
fn adult(directory: &str, column: usize) -> Option<Data> {
    let text = std::fs::read_to_string(format!("{directory}/adult_test/adult.csv")).ok()?;
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|l| l.split(',').collect()).collect();
    let mut names: Vec<&str> = rows.iter().map(|row| row[column]).collect();
    names.sort_unstable();
    names.dedup();
    let number = |text: &str| text.trim().parse::<u32>().unwrap_or(0);
    Some(Data {
        groups: rows.iter().map(|r| names.partition_point(|n| *n < r[column]) as u32).collect(),
        labels: rows.iter().map(|r| u32::from(r[14].contains(">50K"))).collect(),
        predictions: rows
            .iter()
            .map(|r| u32::from(number(r[4]) >= 13 || number(r[12]) >= 50))
            .collect(),
        n_groups: names.len(),
    })
}

/// Counting and reporting together.
fn compare(data: &Data) -> Result<(Report, f64), LearnError> {
    let options = ReportOptions { least_rows: 0, ..ReportOptions::default() };
    try_timed(3, || {
        let rows = Rows::new(&data.groups, &data.labels, &data.predictions);
        Counts::count(&rows, data.n_groups, 2)?.report(1, options)
    })
}

fn all_rates(report: &Report) -> String {
    type Measure<'a> = (&'a str, fn(&GroupRates) -> Rate, Option<Gap>);
    let measures: [Measure<'_>; 5] = [
        ("selection_rate", |g| g.selection_rate, report.demographic_parity),
        ("tpr", |g| g.true_positive_rate, report.equal_opportunity),
        ("fpr", |g| g.false_positive_rate, report.false_positive),
        ("accuracy", |g| g.accuracy, report.accuracy),
        ("precision", |g| g.precision, report.predictive_parity),
    ];
    let n: Vec<f64> = report.groups.iter().map(|g| g.n as f64).collect();
    let mut out = format!("\"n\": {n:?}");
    for (name, pick, gap) in measures {
        let values: Vec<f64> =
            report.groups.iter().map(|g| pick(g).value.unwrap_or(f64::NAN)).collect();
        let _ = write!(out, ", \"{name}\": {values:?}");
        if let Some(gap) = gap {
            let _ = write!(
                out,
                ", \"{name}_difference\": {}, \"{name}_ratio\": {}",
                gap.difference, gap.ratio
            );
        }
    }
    out
}

fn main() -> Result<(), LearnError> {
    let directory = std::env::args().nth(1).unwrap_or_else(|| "../shared/data".to_owned());
    for (name, column) in [("sex", 9), ("race", 8)] {
        if let Some(data) = adult(&directory, column) {
            let (report, seconds) = compare(&data)?;
            let case = format!("all rates, adult_test by {name}");
            emit(&case, seconds, &all_rates(&report));
        }
    }
    let (report, seconds) = compare(&synthetic(1_000_000, 5))?;
    let odds = report.equalized_odds_difference.unwrap_or(f64::NAN);
    let quality = format!("\"equalized_odds_difference\": {odds}");
    emit("equalized odds, 1M rows x 5 groups", seconds, &quality);
    emit("all rates, 1M rows x 5 groups", seconds, &all_rates(&report));
    Ok(())
}
