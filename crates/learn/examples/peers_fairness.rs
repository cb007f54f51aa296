//! Rates by group on the data of `tools/peers/fairness.py`: JSON lines on standard output.
//!
//!     cargo run --release -p tandem-learn --example peers_fairness DATA_DIR
#![expect(clippy::print_stdout, reason = "a program's output")]

use std::fmt::Write as _;
use std::time::Instant;

use tandem_learn::LearnError;
use tandem_learn::fairness::{Counts, Gap, GroupRates, Rate, Report, ReportOptions, Rows};

/// CPU seconds of this thread; wall time where the system does not tell.
fn cpu_seconds(start: Instant) -> f64 {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|s| s.split(' ').next()?.parse::<f64>().ok())
        .map_or_else(|| start.elapsed().as_secs_f64(), |ns| ns * 1e-9)
}

/// Uniform in `[0, 1)`: SplitMix64's finaliser of a counter, the same in both programs.
fn unit(index: usize, stream: u64) -> f64 {
    let mut z = (index as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z ^= stream.wrapping_mul(0xd134_2543_de82_ef95);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    (z >> 11) as f64 / (1_u64 << 53) as f64
}

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

/// The last result of `f` and its CPU seconds: the median of three batches of many runs, as the
/// system counts a thread's time in steps of some milliseconds.
fn timed<T>(mut f: impl FnMut() -> Result<T, LearnError>) -> Result<(T, f64), LearnError> {
    let start = Instant::now();
    let mut result = f()?;
    let once = start.elapsed().as_secs_f64();
    let runs = (0.1 / once.max(1e-7)).ceil().clamp(1.0, 1e6) as usize;
    let mut seconds = [0.0; 3];
    for batch in &mut seconds {
        let before = cpu_seconds(start);
        for _ in 0..runs {
            result = std::hint::black_box(f()?);
        }
        *batch = (cpu_seconds(start) - before) / runs as f64;
    }
    seconds.sort_by(f64::total_cmp);
    Ok((result, seconds[1]))
}

/// Counting and reporting together.
fn compare(data: &Data) -> Result<(Report, f64), LearnError> {
    let options = ReportOptions { least_rows: 0, ..ReportOptions::default() };
    timed(|| {
        let rows = Rows::new(&data.groups, &data.labels, &data.predictions);
        Counts::count(&rows, data.n_groups, 2)?.report(1, options)
    })
}

fn show(case: &str, seconds: f64, quality: &str) {
    println!(
        "{{\"case\": \"{case}\", \"system\": \"tandem\", \"cpu_s\": {seconds:.3e}, \"quality\": {{{quality}}}}}"
    );
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
            show(&case, seconds, &all_rates(&report));
        }
    }
    let (report, seconds) = compare(&synthetic(1_000_000, 5))?;
    let odds = report.equalized_odds_difference.unwrap_or(f64::NAN);
    let quality = format!("\"equalized_odds_difference\": {odds}");
    show("equalized odds, 1M rows x 5 groups", seconds, &quality);
    show("all rates, 1M rows x 5 groups", seconds, &all_rates(&report));
    Ok(())
}
