//! Comparisons by annotators of different quality (Crowd-BT: Chen, Bennett, Collins-Thompson and
//! Horvitz, "Pairwise ranking aggregation in a crowdsourced setting", WSDM 2013).
//!
//! Annotator `k` reports the outcome of the Bradley-Terry model with probability `q_k` and its
//! opposite otherwise: 1 is perfect, 1/2 is noise, 0 inverts. Fitted by expectation-maximisation:
//! whether each report was inverted is the hidden part, and each maximisation is a Bradley-Terry
//! fit with fractional wins.

use super::bradley_terry::{BradleyTerry, Convergence, Options, fit_from};
use super::comparisons::{Comparisons, Edge};
use crate::LearnError;

/// Options of [`crowd`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CrowdOptions {
    /// Precision of the normal prior on strengths; must be positive, because quality and spread of
    /// strengths trade off against each other.
    pub prior: f64,
    /// Beta prior of quality, as comparisons reported right and wrong before the first one (each at
    /// least 1 in effect: the mode is `(a - 1) / (a + b - 2)`). More right than wrong also decides
    /// which of two mirrored solutions is meant.
    pub quality: (f64, f64),
    /// Ends when the log-posterior rises by less than this share of its size.
    pub tolerance: f64,
    /// Most rounds.
    pub max_iterations: usize,
}

impl Default for CrowdOptions {
    fn default() -> Self {
        Self { prior: 0.1, quality: (10.0, 2.0), tolerance: 1e-9, max_iterations: 500 }
    }
}

/// Strengths and qualities.
#[derive(Debug, Clone, PartialEq)]
pub struct CrowdStrengths {
    /// Strength of each item, mean 0.
    pub strengths: Vec<f64>,
    /// Quality of each annotator; the prior's mode for one without comparisons.
    pub quality: Vec<f64>,
    /// Log-likelihood of the reports, without the priors.
    pub log_likelihood: f64,
    /// Parts of the comparison graph.
    pub components: usize,
    /// How the fit ended; `gradient` is the last rise of the log-posterior.
    pub convergence: Convergence,
}

/// Strengths and annotator qualities from reports: `annotators[i]` said `winners[i]` beats
/// `losers[i]`.
pub fn crowd(
    winners: &[u32],
    losers: &[u32],
    annotators: &[u32],
    n_items: usize,
    n_annotators: usize,
    options: &CrowdOptions,
) -> Result<CrowdStrengths, LearnError> {
    check(winners, annotators, n_annotators, options)?;
    let mut comparisons = Comparisons::from_wins(winners, losers, n_items)?;
    let fit_options = Options { prior: options.prior, ..Options::default() };
    let mut fitted = fit_from(&comparisons, &fit_options, None)?;
    let places = places(&comparisons, winners, losers);
    let mut round = Round { places: &places, annotators, winners, losers, options };
    let mut quality = round.first_quality(&fitted, n_annotators);
    let mut before = round.posterior(&fitted, &quality);
    let (mut rise, mut iterations) = (f64::INFINITY, 0);
    while iterations < options.max_iterations && rise > options.tolerance * before.1.abs().max(1.0)
    {
        quality = round.step(&mut comparisons.edges, &fitted, &quality);
        fitted = fit_from(&comparisons, &fit_options, Some(&fitted))?;
        let now = round.posterior(&fitted, &quality);
        rise = now.1 - before.1;
        before = now;
        iterations += 1;
    }
    let converged = rise <= options.tolerance * before.1.abs().max(1.0);
    Ok(CrowdStrengths {
        strengths: fitted.strengths,
        quality,
        log_likelihood: before.0,
        components: fitted.components,
        convergence: Convergence { iterations, gradient: rise.max(0.0), converged },
    })
}

fn check(
    winners: &[u32],
    annotators: &[u32],
    n_annotators: usize,
    options: &CrowdOptions,
) -> Result<(), LearnError> {
    let (expected, found) = (winners.len(), annotators.len());
    if expected != found {
        return Err(LearnError::Shape { what: "annotators", expected, found });
    }
    let bad = annotators.iter().enumerate().find(|(_, a)| **a as usize >= n_annotators);
    if let Some((at, &index)) = bad {
        let (what, index, limit) = ("annotator of comparison", index as usize, n_annotators);
        return Err(LearnError::OutOfRange { what, at, index, limit });
    }
    if !(options.prior > 0.0 && options.prior.is_finite()) {
        return Err(LearnError::Parameter { name: "prior", must: "finite and positive" });
    }
    let (a, b) = options.quality;
    if !(a > b && b > 1.0 && a.is_finite()) {
        return Err(LearnError::Parameter { name: "quality", must: "a > b > 1, both finite" });
    }
    Ok(())
}

/// The edge of each comparison.
fn places(comparisons: &Comparisons, winners: &[u32], losers: &[u32]) -> Vec<u32> {
    let edges = comparisons.edges();
    let mut starts = vec![0_u32; comparisons.n_items() + 1];
    for e in edges {
        starts[e.first as usize + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let find = |(&w, &l): (&u32, &u32)| {
        let (a, b) = (w.min(l), w.max(l));
        let row = starts[a as usize] as usize..starts[a as usize + 1] as usize;
        row.start as u32 + edges[row].partition_point(|e| e.second < b) as u32
    };
    winners.iter().zip(losers).map(find).collect()
}

struct Round<'a> {
    places: &'a [u32],
    annotators: &'a [u32],
    winners: &'a [u32],
    losers: &'a [u32],
    options: &'a CrowdOptions,
}

impl Round<'_> {
    /// Annotator, item wins first of its edge, and probability of the report if it is not inverted.
    fn reports(&self, fit: &BradleyTerry) -> impl Iterator<Item = (usize, bool, f64)> {
        let strengths = &fit.strengths;
        let pairs = self.winners.iter().zip(self.losers);
        self.annotators.iter().zip(pairs).map(move |(&a, (&w, &l))| {
            let lead = strengths[w as usize] - strengths[l as usize];
            (a as usize, w < l, 1.0 / (1.0 + (-lead).exp()))
        })
    }

    /// Quality by how far the pooled strengths agree with each annotator.
    fn first_quality(&self, fit: &BradleyTerry, n_annotators: usize) -> Vec<f64> {
        let mut sums = vec![(0.0, 0.0); n_annotators];
        for (a, _, p) in self.reports(fit) {
            sums[a].0 += f64::from(u8::from(p > 0.5)) + 0.5 * f64::from(u8::from(p == 0.5));
            sums[a].1 += 1.0;
        }
        sums.into_iter().map(|(right, n)| self.mode(right, n)).collect()
    }

    fn mode(&self, right: f64, n: f64) -> f64 {
        let (a, b) = self.options.quality;
        (right + a - 1.0) / (n + a + b - 2.0)
    }

    /// Fills the edges with expected wins and returns the next qualities.
    fn step(&mut self, edges: &mut [Edge], fit: &BradleyTerry, quality: &[f64]) -> Vec<f64> {
        for e in edges.iter_mut() {
            (e.first_wins, e.second_wins) = (0.0, 0.0);
        }
        let mut sums = vec![(0.0, 0.0); quality.len()];
        for ((a, first, p), &place) in self.reports(fit).zip(self.places) {
            let straight = quality[a] * p;
            let true_report = straight / (straight + (1.0 - quality[a]) * (1.0 - p));
            sums[a].0 += true_report;
            sums[a].1 += 1.0;
            let e = &mut edges[place as usize];
            let (for_winner, for_loser) = (true_report, 1.0 - true_report);
            e.first_wins += if first { for_winner } else { for_loser };
            e.second_wins += if first { for_loser } else { for_winner };
        }
        sums.into_iter().map(|(right, n)| self.mode(right, n)).collect()
    }

    /// Log-likelihood and log-posterior.
    fn posterior(&self, fit: &BradleyTerry, quality: &[f64]) -> (f64, f64) {
        let report = |(a, _, p): (usize, bool, f64)| {
            let q: f64 = quality[a];
            (q * p + (1.0 - q) * (1.0 - p)).ln()
        };
        let likelihood: f64 = self.reports(fit).map(report).sum();
        let (a, b) = self.options.quality;
        let beta = |q: &f64| (a - 1.0) * q.ln() + (b - 1.0) * (1.0 - q).ln();
        let squares: f64 = fit.strengths.iter().map(|s| s * s).sum();
        let prior = quality.iter().map(beta).sum::<f64>() - 0.5 * self.options.prior * squares;
        (likelihood, likelihood + prior)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preference::fit;
    use crate::rng::Rng;

    /// Reports on 20 items by 30 annotators, some of whom guess or invert.
    fn reports() -> (Vec<f64>, [Vec<u32>; 3]) {
        let mut rng = Rng::new(5);
        let truth: Vec<f64> = (0..20).map(|i| 0.25 * (f64::from(i) - 9.5)).collect();
        let quality: Vec<f64> = (0..30)
            .map(|k| {
                if k < 20 {
                    0.97
                } else if k < 27 {
                    0.5
                } else {
                    0.05
                }
            })
            .collect();
        let mut rows = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..4000 {
            let (i, k) = (rng.below(20), rng.below(30));
            let j = (i + 1 + rng.below(19)) % 20;
            let wins = rng.coin(1.0 / (1.0 + (truth[j] - truth[i]).exp()));
            let (w, l) = if wins == rng.coin(quality[k]) { (i, j) } else { (j, i) };
            for (row, x) in rows.iter_mut().zip([w, l, k]) {
                row.push(x as u32);
            }
        }
        (truth, rows)
    }

    #[test]
    fn guessers_and_inverters_are_found_and_strengths_are_better_than_pooled() {
        let (truth, [w, l, k]) = reports();
        let got = crowd(&w, &l, &k, 20, 30, &CrowdOptions::default()).unwrap();
        assert!(got.convergence.converged && got.components == 1, "{:?}", got.convergence);
        // The prior holds 130 reports each towards .9.
        assert!(got.quality[..20].iter().all(|q| *q > 0.8), "{:?}", got.quality);
        assert!(got.quality[20..27].iter().all(|q| (0.35..0.7).contains(q)), "{:?}", got.quality);
        assert!(got.quality[27..].iter().all(|q| *q < 0.35), "{:?}", got.quality);
        let pooled = Comparisons::from_wins(&w, &l, 20).unwrap();
        let pooled = fit(&pooled, &Options { prior: 0.1, ..Options::default() }).unwrap();
        let error = |s: &[f64]| -> f64 { s.iter().zip(&truth).map(|(a, b)| (a - b).powi(2)).sum() };
        assert!(error(&got.strengths) < 0.2 * error(&pooled.strengths));
    }

    #[test]
    fn bad_options_are_refused() {
        let run = |options: &CrowdOptions, who: &[u32]| crowd(&[0], &[1], who, 2, 1, options);
        let good = CrowdOptions::default();
        assert!(run(&good, &[0]).is_ok());
        assert!(run(&good, &[1]).is_err() && run(&good, &[]).is_err());
        assert!(run(&CrowdOptions { prior: 0.0, ..good }, &[0]).is_err());
        assert!(run(&CrowdOptions { quality: (1.0, 2.0), ..good }, &[0]).is_err());
    }
}
