//! Drift on the data of `tools/peers/drift.py`: JSON lines on standard output.
//!
//!     cargo run --release -p tandem-learn --example peers_drift DATA_DIR
#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "peers/common.rs"]
#[expect(dead_code, reason = "shared with other programs")]
mod common;

use common::{emit, try_timed, unit};
use tandem_learn::LearnError;
use tandem_learn::drift::adwin::{Adwin, AdwinOptions};
use tandem_learn::drift::chi_square::chi_square;
use tandem_learn::drift::ddm::{Ddm, DdmOptions, DdmState};
use tandem_learn::drift::ks::ks;
use tandem_learn::drift::mmd::{MmdOptions, mmd};
use tandem_learn::drift::page_hinkley::{PageHinkley, PageHinkleyOptions};

/// The linear congruential generator of the reference stream.
fn lcg(seed: u64) -> impl Iterator<Item = f64> {
    let next = |x: &u64| Some((x * 1_103_515_245 + 12_345) % (1 << 31));
    std::iter::successors(Some(seed), next).skip(1).map(|x| x as f64 / f64::from(1_u32 << 31))
}

fn adwin(stream: &[bool]) -> Result<Vec<usize>, LearnError> {
    let mut adwin = Adwin::new(AdwinOptions::default())?;
    let mut found = Vec::new();
    for (i, &error) in stream.iter().enumerate() {
        if adwin.add(f64::from(u8::from(error)))? {
            found.push(i);
        }
    }
    Ok(found)
}

fn page_hinkley(stream: &[bool]) -> Result<Vec<usize>, LearnError> {
    let mut test = PageHinkley::new(PageHinkleyOptions::default())?;
    let mut found = Vec::new();
    for (i, &error) in stream.iter().enumerate() {
        if test.add(f64::from(u8::from(error)))? {
            found.push(i);
        }
    }
    Ok(found)
}

fn ddm(stream: &[bool]) -> Result<Vec<usize>, LearnError> {
    let mut ddm = Ddm::new(DdmOptions::default())?;
    let drift = |(_, error): &(usize, &bool)| ddm.add(**error) == DdmState::Drift;
    Ok(stream.iter().enumerate().filter(drift).map(|(i, _)| i).collect())
}

fn streams() -> Result<(), LearnError> {
    let rate = |i: usize| if i < 1000 { 0.1 } else { 0.3 };
    let reference: Vec<bool> = lcg(42).take(2000).enumerate().map(|(i, u)| u < rate(i)).collect();
    let long: Vec<bool> = (0..100_000).map(|i| unit(i, 1) < 0.2).collect();
    type Detector = fn(&[bool]) -> Result<Vec<usize>, LearnError>;
    let detectors: [(&str, Detector); 3] =
        [("ADWIN", adwin), ("Page-Hinkley", page_hinkley), ("DDM", ddm)];
    for (name, detect) in detectors {
        let (found, seconds) = try_timed(3, || detect(&reference))?;
        let first = found.first().copied().unwrap_or(0);
        emit(&format!("{name}, reference stream"), seconds, &format!("\"first_alarm\": {first}"));
        let (found, seconds) = try_timed(3, || detect(&long))?;
        emit(&format!("{name}, 100k updates"), seconds, &format!("\"alarms\": {}", found.len()));
    }
    Ok(())
}

fn two_samples() -> Result<(), LearnError> {
    for (n, m, case) in [
        (200, 300, "KS exact, 200 and 300 values"),
        (3000, 3000, "KS exact, 3k and 3k values"),
        (1_000_000, 1_000_000, "KS, 1M and 1M values"),
    ] {
        let a: Vec<f64> = (0..n).map(|i| unit(i, 2)).collect();
        let b: Vec<f64> = (0..m).map(|i| unit(i, 3).powf(1.02)).collect();
        let (got, seconds) = try_timed(3, || ks(&a, &b))?;
        let (statistic, p) = (got.statistic, got.p_value);
        emit(case, seconds, &format!("\"statistic\": {statistic}, \"p_value\": {p}"));
    }
    let table: Vec<u64> = [4, 5]
        .into_iter()
        .flat_map(|stream| (0..200).map(move |i| 1 + (unit(i, stream) * 1000.0) as u64))
        .collect();
    let (got, seconds) = try_timed(3, || chi_square(&table, 200))?;
    let quality = format!("\"statistic\": {}, \"p_value\": {}", got.statistic, got.p_value);
    emit("chi-square, 2 x 200", seconds, &quality);
    Ok(())
}

fn kernels(directory: &str) -> Result<(), LearnError> {
    let Ok(text) = std::fs::read_to_string(format!("{directory}/digits/digits.csv")) else {
        return Ok(());
    };
    let (mut low, mut high) = (Vec::new(), Vec::new());
    for line in text.lines().skip(1) {
        let row: Vec<f32> = line.split(',').filter_map(|x| x.parse().ok()).collect();
        let side = if row[64] <= 4.0 { &mut low } else { &mut high };
        if side.len() < 200 * 64 {
            side.extend(row[..64].iter().map(|x| x / 16.0));
        }
    }
    let (got, seconds) = try_timed(3, || mmd(&low, &high, 64, MmdOptions::default()))?;
    let quality = format!(
        "\"mmd2\": {}, \"squared_distance\": {}, \"p_value\": {}",
        got.squared, got.squared_distance, got.p_value
    );
    emit("MMD2, digits 200 and 200, 500 permutations", seconds, &quality);
    Ok(())
}

fn main() -> Result<(), LearnError> {
    let directory = std::env::args().nth(1).unwrap_or_else(|| "../shared/data".to_owned());
    streams()?;
    two_samples()?;
    kernels(&directory)
}
