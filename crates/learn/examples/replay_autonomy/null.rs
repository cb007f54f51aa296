//! Streams without a threshold that deserves a certificate, and bugs that would give one.

use tandem_learn::LearnError;
use tandem_learn::autonomy::{Certificate, Grid, Start};
use tandem_learn::rng::Rng;
use tandem_learn::sequential::Audit;

pub(crate) const TARGET: f64 = 0.05;
pub(crate) const DELTA: f64 = 0.05;

/// A stream of cases with scores uniform in `[0, 1)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stream {
    pub(crate) name: &'static str,
    pub(crate) epochs: u32,
    /// Cases of an epoch.
    pub(crate) cases: usize,
    /// Cases of an epoch that are all reviewed; after them those in the upper half are audited.
    pub(crate) full: usize,
    /// Propensity of an audit.
    pub(crate) audit: f64,
    /// Whether the score says anything: then the top fifth is good and what is below is bad, such
    /// that every threshold from half of the cases on has 1.01 times the target.
    pub(crate) informative: bool,
    /// Share of audits of wrong cases that lapse.
    pub(crate) lapse: f64,
}

const FLAT: Stream = Stream {
    name: "flat error, full review",
    epochs: 1,
    cases: 3000,
    full: 3000,
    audit: 1.0,
    informative: false,
    lapse: 0.0,
};

/// The streams of the check, all with 1.01 times the target.
pub(crate) const STREAMS: [Stream; 5] = [
    FLAT,
    Stream { name: "flat error, ten epochs", epochs: 10, cases: 600, full: 600, ..FLAT },
    Stream { name: "informative score", informative: true, ..FLAT },
    Stream { name: "reviews, then audits of 20 %", full: 500, audit: 0.2, cases: 4000, ..FLAT },
    Stream {
        name: "audits of wrong cases lapse",
        full: 500,
        audit: 0.2,
        cases: 3000,
        lapse: 0.7,
        ..FLAT
    },
];

/// A bug planted between the stream and the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    None,
    /// Audits that lapsed are told as if the coin had spared the case.
    DroppedAudits,
    /// Twice the real propensity is told.
    WrongPropensity,
    /// The score map and the grid are made with the labels that then test them.
    LabelledGrid,
    /// Every start and every epoch spends all of `delta`.
    NoSplit,
    /// Bets are ten times as large for the upper fifth of scores.
    BetsByScore,
}

impl Stream {
    /// Error rate at a score.
    fn error(&self, score: f64) -> f64 {
        let times = match score {
            s if !self.informative || s < 0.5 => 1.01,
            s if s >= 0.8 => 0.3,
            // The top half has 1.01 on average.
            _ => (0.5 * 1.01 - 0.2 * 0.3) / 0.3,
        };
        TARGET * times
    }

    /// Error rate above a threshold.
    fn error_above(&self, threshold: f64) -> f64 {
        let n = 2000;
        let scores = (0..n).map(|i| (f64::from(i) + 0.5) / f64::from(n));
        let above: Vec<f64> = scores.filter(|&s| s >= threshold).collect();
        above.iter().map(|&s| self.error(s)).sum::<f64>() / above.len().max(1) as f64
    }
}

/// Share of seeds in which a threshold with an error above the target is ever certified.
pub(crate) fn false_certificates(stream: &Stream, bug: Bug, seeds: u64) -> Result<f64, LearnError> {
    let mut broken = 0;
    for seed in 0..seeds {
        broken += u32::from(ever_false(stream, bug, seed)?);
    }
    Ok(f64::from(broken) / seeds as f64)
}

fn grids(bug: Bug, cases: &[(f64, f64)]) -> Result<Vec<Grid>, LearnError> {
    let scores: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
    match bug {
        Bug::NoSplit => Grid::STARTS
            .iter()
            .map(|s| Grid::with_starts(&scores, 20, &[Start { share: 1.0, ..*s }]))
            .collect(),
        Bug::LabelledGrid => {
            let scores: Vec<f64> = cases.iter().map(|c| c.0).collect();
            Ok(vec![Grid::from_scores(&scores, 20)?])
        }
        _ => Ok(vec![Grid::from_scores(&scores, 20)?]),
    }
}

/// Replaces scores by the share of right cases in their bin, as a calibration map fitted to the
/// very evidence does.
fn fit_to_labels(cases: &mut [(f64, f64)]) {
    const BINS: usize = 50;
    let bin = |score: f64| ((score * BINS as f64) as usize).min(BINS - 1);
    let mut sums = [(0.0, 0.0); BINS];
    for &(score, error) in cases.iter() {
        sums[bin(score)].0 += 1.0;
        sums[bin(score)].1 += error;
    }
    for (score, _) in cases {
        let (n, wrong) = sums[bin(*score)];
        *score = 1.0 - wrong / n + 1e-6 * *score;
    }
}

fn ever_false(stream: &Stream, bug: Bug, seed: u64) -> Result<bool, LearnError> {
    let mut rng = Rng::stream(seed, 47);
    for epoch in 1..=stream.epochs {
        let draw = |rng: &mut Rng| {
            let score = rng.unit();
            (score, f64::from(rng.coin(stream.error(score))))
        };
        let mut cases: Vec<(f64, f64)> = (0..stream.cases).map(|_| draw(&mut rng)).collect();
        if bug == Bug::LabelledGrid {
            fit_to_labels(&mut cases);
        }
        let spent = if bug == Bug::NoSplit { 1 } else { epoch };
        for grid in grids(bug, &cases)? {
            let mut certificate = Certificate::new(grid, TARGET, DELTA, spent)?;
            if run(stream, bug, &cases, &mut certificate, &mut rng)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn run(
    stream: &Stream,
    bug: Bug,
    cases: &[(f64, f64)],
    certificate: &mut Certificate,
    rng: &mut Rng,
) -> Result<bool, LearnError> {
    let grid = certificate.grid();
    let truly: Vec<bool> = (0..grid.levels())
        .map(|l| stream.error_above(grid.threshold(l).unwrap_or(0.0)) <= TARGET)
        .collect();
    let told = |p: f64| if bug == Bug::WrongPropensity { (2.0 * p).min(1.0) } else { p };
    for (i, &(score, error)) in cases.iter().enumerate() {
        if i == stream.full {
            certificate.set_floor(told(stream.audit))?;
        }
        let audited = i >= stream.full && score >= 0.5;
        let p = if audited { stream.audit } else { 1.0 };
        let drawn = rng.coin(p);
        let lapses = audited && drawn && error > 0.0 && rng.coin(stream.lapse);
        let weight = if bug == Bug::BetsByScore && score < 0.8 { 0.1 } else { 1.0 };
        let case = i as u128;
        if lapses && bug == Bug::DroppedAudits || !drawn {
            certificate.add(case, score, told(p), weight, Audit::None)?;
        } else {
            certificate.add(case, score, told(p), weight, Audit::Pending)?;
            if lapses {
                certificate.lapse(case);
            } else {
                certificate.judge(case, error)?;
            }
        }
        if certificate.certified().is_some_and(|l| !truly[l]) {
            return Ok(true);
        }
    }
    Ok(false)
}
