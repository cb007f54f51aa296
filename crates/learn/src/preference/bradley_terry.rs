//! The model of Bradley and Terry, with ties and position, fitted by Newton's method.
//!
//! With strengths `s`, an advantage `b` of the item shown first and `d = s_first - s_second + b`,
//! the three outcomes have probabilities in the proportion
//!
//! ```text
//! first : tie : second  =  exp(d / 2) : nu : exp(-d / 2)
//! ```
//!
//! which is Davidson's model (JASA 1970); `nu = 0` is Bradley and Terry's (Biometrika 1952). The
//! logarithm of `nu` and `b` are fitted with the strengths; the log-likelihood is concave in all.

use super::comparisons::{Comparisons, Edge};
use super::newton::{Objective, minimise};
use crate::LearnError;

/// What a tie says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TieModel {
    /// Half a win for each.
    #[default]
    HalfWins,
    /// A third outcome, likelier between equals (Davidson 1970).
    Davidson,
    /// Nothing: ties are passed over.
    Ignore,
}

/// Options of [`fit`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Precision (inverse variance) of the normal prior on every parameter: the penalty is
    /// `prior / 2` times the sum of squares. 0 is maximum likelihood.
    pub prior: f64,
    /// What a tie says.
    pub ties: TieModel,
    /// Whether to fit an advantage of the item shown first.
    pub position: bool,
    /// The fit ends when no entry of the gradient exceeds `tolerance` times the comparisons per
    /// item (at least 1).
    pub tolerance: f64,
    /// Most Newton steps.
    pub max_iterations: usize,
}

impl Default for Options {
    fn default() -> Self {
        let (ties, position) = (TieModel::default(), false);
        Self { prior: 0.01, ties, position, tolerance: 1e-9, max_iterations: 100 }
    }
}

/// How an iterative fit ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Convergence {
    /// Newton steps taken.
    pub iterations: usize,
    /// Largest entry of the gradient at the end, in comparisons.
    pub gradient: f64,
    /// Whether the tolerance was reached.
    pub converged: bool,
}

/// Fitted strengths.
#[derive(Debug, Clone, PartialEq)]
pub struct BradleyTerry {
    /// Strength of each item, mean 0, on the logistic scale: a lead of 1.1 wins three times in
    /// four.
    pub strengths: Vec<f64>,
    /// Advantage of being shown first, on the same scale; 0 if not fitted.
    pub position: f64,
    /// Davidson's `nu`; 0 if not fitted. Equals tie with probability `nu / (2 + nu)`.
    pub tie: f64,
    /// Log-likelihood of the comparisons at the fit, in nats, without the prior.
    pub log_likelihood: f64,
    /// Parts of the comparison graph. If more than 1, only the prior relates strengths of
    /// different parts: see [`Comparisons::components`].
    pub components: usize,
    /// How the fit ended.
    pub convergence: Convergence,
}

impl BradleyTerry {
    /// Probabilities that `first` wins, nobody wins, `second` wins, if `first` is shown first.
    /// Errors if an item is out of range.
    pub fn probabilities(&self, first: usize, second: usize) -> Result<[f64; 3], LearnError> {
        let limit = self.strengths.len();
        if first.max(second) >= limit {
            let (what, index) = ("item", first.max(second));
            return Err(LearnError::OutOfRange { what, at: 0, index, limit });
        }
        let d = self.strengths[first] - self.strengths[second] + self.position;
        Ok(outcomes(d, self.tie))
    }
}

/// Probabilities of first, tie, second.
fn outcomes(d: f64, nu: f64) -> [f64; 3] {
    // Scaled by the likelier winner, so that nothing overflows.
    let (strong, weak) = (1.0, (-d.abs()).exp());
    let tie = nu * (-0.5 * d.abs()).exp();
    let sum = strong + weak + tie;
    let (first, second) = if d >= 0.0 { (strong, weak) } else { (weak, strong) };
    [first / sum, tie / sum, second / sum]
}

/// Strengths of the items of `comparisons`.
///
/// A Newton step costs a few passes over the pairs. Errors if the prior is negative, if a position
/// effect is asked for where the order of showing is not known, and, without a prior, if the
/// maximum does not exist: some items only won (or lost) against the rest, or were never compared
/// with it.
pub fn fit(comparisons: &Comparisons, options: &Options) -> Result<BradleyTerry, LearnError> {
    fit_from(comparisons, options, None)
}

/// [`fit`], starting from the parameters of an earlier fit.
pub(super) fn fit_from(
    comparisons: &Comparisons,
    options: &Options,
    start: Option<&BradleyTerry>,
) -> Result<BradleyTerry, LearnError> {
    check(comparisons, options)?;
    let n = comparisons.n_items;
    let mut model = Model::new(comparisons, options);
    let mut x = vec![0.0; model.len()];
    if let Some(start) = start {
        x[..n].copy_from_slice(&start.strengths);
        if let Some(at) = model.position {
            x[at] = start.position;
        }
        if let Some(at) = model.tie {
            x[at] = start.tie.max(1e-12).ln();
        }
    }
    let per_item = comparisons.total() / n.max(1) as f64;
    let tolerance = options.tolerance * per_item.max(1.0);
    let convergence = minimise(&mut model, &mut x, tolerance, options.max_iterations);
    let mean = x[..n].iter().sum::<f64>() / n.max(1) as f64;
    x[..n].iter_mut().for_each(|s| *s -= mean);
    let position = model.position.map_or(0.0, |at| x[at]);
    let tie = model.tie.map_or(0.0, |at| x[at].exp());
    let log_likelihood = model.likelihood(&x);
    x.truncate(n);
    let components = comparisons.components().1;
    Ok(BradleyTerry { strengths: x, position, tie, log_likelihood, components, convergence })
}

/// Log-likelihood of `comparisons` under given strengths (and position and tie parameters), in
/// nats: the quality of a fit on comparisons it has not seen. Ties count as half a win for each if
/// `tie` is 0.
pub fn log_likelihood(
    comparisons: &Comparisons,
    strengths: &[f64],
    position: f64,
    tie: f64,
) -> Result<f64, LearnError> {
    let (expected, found) = (comparisons.n_items, strengths.len());
    if expected != found {
        return Err(LearnError::Shape { what: "strengths", expected, found });
    }
    if let Some(at) = strengths.iter().position(|x| !x.is_finite()) {
        return Err(LearnError::NotFinite { what: "strength", at });
    }
    if !(tie >= 0.0 && tie.is_finite() && position.is_finite()) {
        return Err(LearnError::Parameter { name: "tie and position", must: "finite, tie >= 0" });
    }
    let ties = if tie > 0.0 { TieModel::Davidson } else { TieModel::HalfWins };
    let options = Options { prior: 0.0, ties, position: true, ..Options::default() };
    let mut x = strengths.to_vec();
    x.push(position);
    if tie > 0.0 {
        x.push(tie.ln());
    }
    Ok(Model::new(comparisons, &options).likelihood(&x))
}

fn check(comparisons: &Comparisons, options: &Options) -> Result<(), LearnError> {
    if !(options.prior >= 0.0 && options.prior.is_finite()) {
        return Err(LearnError::Parameter { name: "prior", must: "finite and not negative" });
    }
    if !(options.tolerance > 0.0 && options.tolerance.is_finite()) {
        return Err(LearnError::Parameter { name: "tolerance", must: "finite and positive" });
    }
    if options.position && !comparisons.ordered {
        let must = "off, unless the comparisons say which item was shown first";
        return Err(LearnError::Parameter { name: "position", must });
    }
    if options.prior > 0.0 {
        return Ok(());
    }
    // Ties tell of strengths only where they are counted.
    let ignore = options.ties == TieModel::Ignore;
    let edges =
        comparisons.edges.iter().map(|e| Edge { ties: if ignore { 0.0 } else { e.ties }, ..*e });
    let seen = Comparisons { edges: edges.collect(), ..comparisons.clone() };
    let undetermined =
        options.ties == TieModel::Davidson && seen.edges.iter().all(|e| e.ties == 0.0);
    if seen.strongly_connected() && !undetermined {
        return Ok(());
    }
    let must = "positive: some items only won or only lost against the rest, were never compared \
                with it, or there is no tie to learn from";
    Err(LearnError::Parameter { name: "prior", must })
}

/// The negative log-posterior. Parameters: strengths, then position, then the logarithm of `nu`.
pub(super) struct Model {
    edges: Vec<Edge>,
    n: usize,
    prior: f64,
    pub(super) position: Option<usize>,
    pub(super) tie: Option<usize>,
    /// Curvature by `d` of each edge.
    by_d: Vec<f64>,
    /// Mixed curvature and curvature by `ln nu`, if ties are modelled.
    by_tie: Vec<(f64, f64)>,
}

impl Model {
    pub(super) fn new(comparisons: &Comparisons, options: &Options) -> Self {
        let n = comparisons.n_items;
        let davidson = options.ties == TieModel::Davidson;
        let half = if options.ties == TieModel::HalfWins { 0.5 } else { 0.0 };
        let seen = |e: &Edge| {
            let (first_wins, second_wins) =
                (e.first_wins + half * e.ties, e.second_wins + half * e.ties);
            let ties = if davidson { e.ties } else { 0.0 };
            Edge { first_wins, second_wins, ties, ..*e }
        };
        let edges: Vec<Edge> =
            comparisons.edges.iter().map(seen).filter(|e| e.total() > 0.0).collect();
        let position = options.position.then_some(n);
        let tie = davidson.then_some(n + usize::from(options.position));
        let by_tie = vec![(0.0, 0.0); if davidson { edges.len() } else { 0 }];
        Self { by_d: vec![0.0; edges.len()], edges, n, prior: options.prior, position, tie, by_tie }
    }

    pub(super) fn len(&self) -> usize {
        self.n + usize::from(self.position.is_some()) + usize::from(self.tie.is_some())
    }

    /// Writes the strengths' part of the curvature into a row-major matrix of `size` columns.
    pub(super) fn fill(&self, matrix: &mut [f64], size: usize) {
        for i in 0..self.n {
            matrix[i * size + i] += self.prior;
        }
        for (e, by_d) in self.edges.iter().zip(&self.by_d) {
            let (i, j) = (e.first as usize, e.second as usize);
            matrix[i * size + i] += by_d;
            matrix[j * size + j] += by_d;
            matrix[i * size + j] -= by_d;
            matrix[j * size + i] -= by_d;
        }
    }

    fn lead(&self, e: &Edge, x: &[f64]) -> f64 {
        x[e.first as usize] - x[e.second as usize] + self.position.map_or(0.0, |at| x[at])
    }

    pub(super) fn likelihood(&self, x: &[f64]) -> f64 {
        let Some(at) = self.tie else {
            return self.edges.iter().map(|e| Self::plain(e, self.lead(e, x)).0).sum();
        };
        self.edges.iter().map(|e| Self::davidson(e, self.lead(e, x), x[at]).0).sum()
    }

    /// Log-likelihood of an edge without ties, and the probability that its first item wins.
    fn plain(e: &Edge, d: f64) -> (f64, f64) {
        let weak = (-d.abs()).exp();
        let n = e.first_wins + e.second_wins;
        let upsets = if d >= 0.0 { e.second_wins } else { e.first_wins };
        let value = -n * weak.ln_1p() - upsets * d.abs();
        let strong = 1.0 / (1.0 + weak);
        (value, if d >= 0.0 { strong } else { weak * strong })
    }

    /// Log-likelihood of an edge with ties, and the probabilities of first, tie, second.
    fn davidson(e: &Edge, d: f64, eta: f64) -> (f64, [f64; 3]) {
        let z = [0.5 * d, eta, -0.5 * d];
        let top = z[0].max(z[1]).max(z[2]);
        let p = z.map(|z| (z - top).exp());
        let sum: f64 = p.iter().sum();
        let counts = [e.first_wins, e.ties, e.second_wins];
        let value: f64 = counts.iter().zip(z).map(|(n, z)| n * (z - top)).sum();
        (value - e.total() * sum.ln(), p.map(|p| p / sum))
    }

    fn evaluate_plain(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let offset = self.position.map_or(0.0, |at| x[at]);
        let (mut value, mut slope) = (0.0, 0.0);
        for (e, curvature) in self.edges.iter().zip(&mut self.by_d) {
            let (i, j) = (e.first as usize, e.second as usize);
            let (ln, p) = Self::plain(e, x[i] - x[j] + offset);
            let n = e.first_wins + e.second_wins;
            let g = n * p - e.first_wins;
            *curvature = n * p * (1.0 - p);
            value -= ln;
            gradient[i] += g;
            gradient[j] -= g;
            slope += g;
        }
        if let Some(at) = self.position {
            gradient[at] += slope;
        }
        value
    }

    fn evaluate_davidson(&mut self, x: &[f64], gradient: &mut [f64], at: usize) -> f64 {
        let offset = self.position.map_or(0.0, |at| x[at]);
        let (mut value, mut slope, mut tie_slope) = (0.0, 0.0, 0.0);
        let curvatures = self.by_d.iter_mut().zip(&mut self.by_tie);
        for (e, (by_d, by_tie)) in self.edges.iter().zip(curvatures) {
            let (i, j) = (e.first as usize, e.second as usize);
            let (ln, [first, tie, second]) = Self::davidson(e, x[i] - x[j] + offset, x[at]);
            let n = e.total();
            let g = 0.5 * (n * (first - second) - (e.first_wins - e.second_wins));
            *by_d = 0.25 * n * (first + second - (first - second).powi(2));
            *by_tie = (-0.5 * n * tie * (first - second), n * tie * (1.0 - tie));
            value -= ln;
            gradient[i] += g;
            gradient[j] -= g;
            slope += g;
            tie_slope += n * tie - e.ties;
        }
        if let Some(at) = self.position {
            gradient[at] += slope;
        }
        gradient[at] += tie_slope;
        value
    }
}

impl Objective for Model {
    fn evaluate(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        for (g, x) in gradient.iter_mut().zip(x) {
            *g = self.prior * x;
        }
        let penalty = 0.5 * self.prior * x.iter().map(|x| x * x).sum::<f64>();
        penalty
            + match self.tie {
                None => self.evaluate_plain(x, gradient),
                Some(at) => self.evaluate_davidson(x, gradient, at),
            }
    }

    fn curve(&self, v: &[f64], out: &mut [f64]) {
        for (o, v) in out.iter_mut().zip(v) {
            *o = self.prior * v;
        }
        let offset = self.position.map_or(0.0, |at| v[at]);
        let tie = self.tie.map_or(0.0, |at| v[at]);
        let (mut slope, mut tie_slope) = (0.0, 0.0);
        for (k, (e, by_d)) in self.edges.iter().zip(&self.by_d).enumerate() {
            let (i, j) = (e.first as usize, e.second as usize);
            let d = v[i] - v[j] + offset;
            let mut q = by_d * d;
            if let Some((mixed, own)) = self.by_tie.get(k) {
                q += mixed * tie;
                tie_slope += mixed * d + own * tie;
            }
            out[i] += q;
            out[j] -= q;
            slope += q;
        }
        if let Some(at) = self.position {
            out[at] += slope;
        }
        if let Some(at) = self.tie {
            out[at] += tie_slope;
        }
    }

    fn diagonal(&self, out: &mut [f64]) {
        out.fill(self.prior);
        for (e, by_d) in self.edges.iter().zip(&self.by_d) {
            out[e.first as usize] += by_d;
            out[e.second as usize] += by_d;
        }
        if let Some(at) = self.position {
            out[at] += self.by_d.iter().sum::<f64>();
        }
        if let Some(at) = self.tie {
            out[at] += self.by_tie.iter().map(|t| t.1).sum::<f64>();
        }
    }
}

#[cfg(test)]
#[path = "bradley_terry_tests.rs"]
mod tests;
