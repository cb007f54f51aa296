//! The cases of `tools/peers/preference.py` by this crate: JSON lines on standard output.
//!
//! Usage: `cargo run --release -p tandem-learn --example peers_preference`.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

#[path = "peers/common.rs"]
#[expect(dead_code, reason = "shared with other programs")]
mod common;

use common::try_timed;
use tandem_learn::preference::{
    Comparisons, Options, RankingOptions, Rankings, fit, rankings, standard_errors,
};
use tandem_learn::{LearnError, rng};

fn emit(case: &str, seconds: f64, log_likelihood: f64, correlation: f64) {
    println!(
        "{{\"case\": \"{case}\", \"system\": \"tandem\", \"cpu_s\": {seconds}, \"quality\": \
         {{\"log_likelihood\": {log_likelihood}, \"correlation\": {correlation}}}}}"
    );
}

fn unit(x: u64) -> f64 {
    (rng::hash(x) >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// Sums of four uniforms: bell-shaped, standard deviation 1.15.
fn truth(items: u64) -> Vec<f64> {
    let strength = |i: u64| {
        let part = |k: u64| unit(4 * i + (1 << 40) + k);
        2.0 * ((part(0) + part(1)) + (part(2) + part(3)) - 2.0)
    };
    (0..items).map(strength).collect()
}

/// Winners and losers of `n` comparisons of random pairs.
fn comparisons(strengths: &[f64], n: u64) -> (Vec<u32>, Vec<u32>) {
    let items = strengths.len() as u64;
    let one = |k: u64| {
        let first = rng::hash(4 * k + (2 << 40)) % items;
        let second = (first + 1 + rng::hash(4 * k + (2 << 40) + 1) % (items - 1)) % items;
        let lead = strengths[first as usize] - strengths[second as usize];
        let won = unit(4 * k + (2 << 40) + 2) < 1.0 / (1.0 + (-lead).exp());
        let (w, l) = if won { (first, second) } else { (second, first) };
        (w as u32, l as u32)
    };
    (0..n).map(one).unzip()
}

/// Rankings of `length` random items, by Gumbel noise on the strengths.
fn ranked(strengths: &[f64], n: u64, length: usize) -> Vec<Vec<u32>> {
    let items = strengths.len() as u64;
    let one = |r: u64| {
        let base = (3 << 40) + r * items;
        let mut chosen: Vec<u64> = (0..items).collect();
        chosen.sort_by_key(|i| rng::hash(base + i));
        chosen.truncate(length);
        let score = |i: &u64| {
            let u = unit(base + i + (1 << 42)) + 0.5_f64.powi(54);
            strengths[*i as usize] - (-u.ln()).ln()
        };
        chosen.sort_by(|a, b| score(b).total_cmp(&score(a)));
        chosen.into_iter().map(|i| i as u32).collect()
    };
    (0..n).map(one).collect()
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        a.iter().zip(b).map(|(x, y)| f(x - ma, y - mb)).sum()
    };
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}

fn main() -> Result<(), LearnError> {
    let strengths = truth(1000);
    for (name, n) in [("100k", 100_000), ("1M", 1_000_000)] {
        let (winners, losers) = comparisons(&strengths, n);
        for (kind, prior) in [("regularised", 0.01), ("maximum likelihood", 0.0)] {
            let options = Options { prior, ..Options::default() };
            let ((counts, fitted), seconds) = try_timed(5, || {
                let counts = Comparisons::from_wins(&winners, &losers, 1000)?;
                let fitted = fit(&counts, &options)?;
                Ok((counts, fitted))
            })?;
            let quality = correlation(&fitted.strengths, &strengths);
            let case = format!("Bradley-Terry {kind}, {name} pairs of 1,000 items");
            emit(&case, seconds, fitted.log_likelihood, quality);
            if prior > 0.0 {
                let (_, seconds) = try_timed(3, || standard_errors(&counts, &options, &fitted))?;
                let case = format!("standard errors, {name} pairs of 1,000 items");
                emit(&case, seconds, fitted.log_likelihood, quality);
            }
        }
    }
    let strengths = truth(500);
    let lists = ranked(&strengths, 10_000, 8);
    let options = RankingOptions { prior: 0.0, ..RankingOptions::default() };
    let (fitted, seconds) = try_timed(5, || rankings(&Rankings::new(&lists, 500)?, &options))?;
    let case = "Plackett-Luce maximum likelihood, 10k rankings of 8 of 500 items";
    emit(case, seconds, fitted.log_likelihood, correlation(&fitted.strengths, &strengths));
    Ok(())
}
