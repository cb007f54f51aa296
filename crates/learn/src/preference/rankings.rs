//! Strengths from rankings of any length (Plackett 1975, Luce 1959).
//!
//! A ranking is a sequence of choices: the best of all, then the best of the rest, and so on, each
//! with probability in proportion to `exp(s)`. With two items it is the model of Bradley and Terry.
//! The iterations of Hunter (MM, 2004) and of Maystre and Grossglauser (I-LSR, 2015) converge
//! linearly to the maximum that Newton's method reaches here in a few steps, each a few passes over
//! the rankings.

use super::bradley_terry::Convergence;
use super::comparisons::{components, strongly_connected};
use super::newton::{Objective, minimise};
use crate::LearnError;

/// Rankings laid end to end, best item first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rankings {
    items: Vec<u32>,
    /// Ranking `r` is `offsets[r]..offsets[r + 1]`.
    offsets: Vec<usize>,
    n_items: usize,
}

impl Rankings {
    /// Checks and copies rankings, each best first. Those of fewer than two items say nothing and
    /// are kept only to be counted. Errors if an item is out of range or occurs twice in one
    /// ranking.
    pub fn new<R: AsRef<[u32]>>(rankings: &[R], n_items: usize) -> Result<Self, LearnError> {
        if rankings.is_empty() {
            return Err(LearnError::Empty { what: "the list of rankings" });
        }
        let mut seen = vec![usize::MAX; n_items];
        let (mut items, mut offsets) = (Vec::new(), vec![0]);
        for (at, ranking) in rankings.iter().enumerate() {
            for &item in ranking.as_ref() {
                let index = item as usize;
                if index >= n_items {
                    let what = "item of ranking";
                    return Err(LearnError::OutOfRange { what, at, index, limit: n_items });
                }
                if std::mem::replace(&mut seen[index], at) == at {
                    let why = "holds an item twice; drop one";
                    return Err(LearnError::Row { what: "ranking", at, why });
                }
                items.push(item);
            }
            offsets.push(items.len());
        }
        Ok(Self { items, offsets, n_items })
    }

    fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.offsets.windows(2).map(|ends| &self.items[ends[0]..ends[1]])
    }

    fn steps(&self) -> impl Iterator<Item = (u32, u32)> {
        self.iter().flat_map(|r| r.windows(2).map(|w| (w[0], w[1])))
    }
}

/// Options of [`rankings`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankingOptions {
    /// Precision of the normal prior on every strength; 0 is maximum likelihood.
    pub prior: f64,
    /// As in [`super::Options`], with choices in place of comparisons.
    pub tolerance: f64,
    /// Most Newton steps.
    pub max_iterations: usize,
}

impl Default for RankingOptions {
    fn default() -> Self {
        Self { prior: 0.01, tolerance: 1e-9, max_iterations: 100 }
    }
}

/// Fitted strengths.
#[derive(Debug, Clone, PartialEq)]
pub struct PlackettLuce {
    /// Strength of each item, mean 0.
    pub strengths: Vec<f64>,
    /// Log-likelihood of the rankings, in nats, without the prior.
    pub log_likelihood: f64,
    /// Parts of the graph of items ranked together.
    pub components: usize,
    /// How the fit ended.
    pub convergence: Convergence,
}

/// Plackett-Luce strengths of all items. Errors as [`super::fit`] does.
pub fn rankings(data: &Rankings, options: &RankingOptions) -> Result<PlackettLuce, LearnError> {
    if !(options.prior >= 0.0 && options.prior.is_finite()) {
        return Err(LearnError::Parameter { name: "prior", must: "finite and not negative" });
    }
    if !(options.tolerance > 0.0 && options.tolerance.is_finite()) {
        return Err(LearnError::Parameter { name: "tolerance", must: "finite and positive" });
    }
    let n = data.n_items;
    if options.prior == 0.0 && !strongly_connected(n, data.steps()) {
        let must = "positive: some items were always before or always behind the rest, or were \
                    never ranked with it";
        return Err(LearnError::Parameter { name: "prior", must });
    }
    let mut model = Model {
        data,
        prior: options.prior,
        weights: vec![0.0; data.items.len()],
        rest: vec![0.0; data.items.len()],
    };
    let mut x = vec![0.0; n];
    let tolerance = options.tolerance * (data.items.len() as f64 / n.max(1) as f64).max(1.0);
    let convergence = minimise(&mut model, &mut x, tolerance, options.max_iterations);
    let mean = x.iter().sum::<f64>() / n.max(1) as f64;
    for s in &mut x {
        *s -= mean;
    }
    model.prior = 0.0;
    let log_likelihood = -model.evaluate(&x, &mut vec![0.0; n]);
    let components = components(n, data.steps()).1;
    Ok(PlackettLuce { strengths: x, log_likelihood, components, convergence })
}

struct Model<'a> {
    data: &'a Rankings,
    prior: f64,
    /// `exp(s)` of each ranked item, relative to the largest of its ranking.
    weights: Vec<f64>,
    /// Sum of the weights from each place to the end: what that place was chosen from.
    rest: Vec<f64>,
}

impl Model<'_> {
    /// Items, weights and rests of each ranking.
    fn parts(&self) -> impl Iterator<Item = (&[u32], &[f64], &[f64])> {
        self.data.offsets.windows(2).map(|ends| {
            let range = ends[0]..ends[1];
            (&self.data.items[range.clone()], &self.weights[range.clone()], &self.rest[range])
        })
    }
}

impl Objective for Model<'_> {
    fn evaluate(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        for (g, x) in gradient.iter_mut().zip(x) {
            *g = self.prior * x;
        }
        let mut value = 0.5 * self.prior * x.iter().map(|x| x * x).sum::<f64>();
        for ends in self.data.offsets.windows(2) {
            let items = &self.data.items[ends[0]..ends[1]];
            let weights = &mut self.weights[ends[0]..ends[1]];
            let rest = &mut self.rest[ends[0]..ends[1]];
            let top = items.iter().map(|&i| x[i as usize]).fold(f64::NEG_INFINITY, f64::max);
            let mut sum = 0.0;
            for (k, &i) in items.iter().enumerate().rev() {
                weights[k] = (x[i as usize] - top).exp();
                sum += weights[k];
                // Strengths far apart may leave nothing; the last choice is certain anyway.
                rest[k] = sum.max(1e-300);
            }
            // The last place was no choice.
            let choices = items.len().saturating_sub(1);
            let mut inverse = 0.0;
            for (k, &i) in items.iter().enumerate() {
                if k < choices {
                    value -= x[i as usize] - top - rest[k].ln();
                    gradient[i as usize] -= 1.0;
                    inverse += 1.0 / rest[k];
                }
                gradient[i as usize] += weights[k] * inverse;
            }
        }
        value
    }

    fn curve(&self, v: &[f64], out: &mut [f64]) {
        for (o, v) in out.iter_mut().zip(v) {
            *o = self.prior * v;
        }
        let mut weighted: Vec<f64> = Vec::new();
        for (items, weights, rest) in self.parts() {
            let choices = items.len().saturating_sub(1);
            // Suffix sums of weight times direction.
            weighted.clear();
            weighted.resize(items.len(), 0.0);
            let mut sum = 0.0;
            for k in (0..items.len()).rev() {
                sum += weights[k] * v[items[k] as usize];
                weighted[k] = sum;
            }
            let (mut inverse, mut mean) = (0.0, 0.0);
            for (k, &i) in items.iter().enumerate() {
                if k < choices {
                    inverse += 1.0 / rest[k];
                    mean += weighted[k] / (rest[k] * rest[k]);
                }
                out[i as usize] += weights[k] * (v[i as usize] * inverse - mean);
            }
        }
    }

    fn diagonal(&self, out: &mut [f64]) {
        out.fill(self.prior);
        for (items, weights, rest) in self.parts() {
            let choices = items.len().saturating_sub(1);
            let (mut inverse, mut squares) = (0.0, 0.0);
            for (k, &i) in items.iter().enumerate() {
                if k < choices {
                    inverse += 1.0 / rest[k];
                    squares += 1.0 / (rest[k] * rest[k]);
                }
                out[i as usize] += weights[k] * (inverse - weights[k] * squares);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preference::{Comparisons, Options, fit};
    use proptest::prelude::*;

    #[test]
    fn rankings_of_two_are_comparisons() {
        let pairs = [[0, 1], [1, 0], [1, 2], [2, 0], [0, 2], [0, 2]];
        let options = RankingOptions { prior: 0.2, ..RankingOptions::default() };
        let data = Rankings::new(&pairs, 3).unwrap();
        let got = rankings(&data, &options).unwrap();
        let (w, l): (Vec<u32>, Vec<u32>) = pairs.iter().map(|p| (p[0], p[1])).unzip();
        let comparisons = Comparisons::from_wins(&w, &l, 3).unwrap();
        let pairs = fit(&comparisons, &Options { prior: 0.2, ..Options::default() }).unwrap();
        for (a, b) in got.strengths.iter().zip(&pairs.strengths) {
            assert!((a - b).abs() < 1e-8);
        }
        assert!((got.log_likelihood - pairs.log_likelihood).abs() < 1e-8);
        assert!(rankings(&data, &RankingOptions { prior: 0.0, ..options }).is_ok());
    }

    #[test]
    fn bad_rankings_are_refused_and_short_ones_are_harmless() {
        assert!(Rankings::new(&[[0, 0]], 2).is_err());
        assert!(Rankings::new(&[[0, 2]], 2).is_err());
        assert!(Rankings::new::<[u32; 0]>(&[], 2).is_err());
        let data = Rankings::new(&[&[0, 1][..], &[1], &[]], 3).unwrap();
        assert!(
            rankings(&data, &RankingOptions { prior: 0.0, ..RankingOptions::default() }).is_err()
        );
        let got = rankings(&data, &RankingOptions::default()).unwrap();
        assert!(got.strengths[0] > got.strengths[1] && got.components == 2);
        assert!(got.strengths[2].abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn the_gradient_vanishes_and_the_curvature_is_its_derivative(
            seed: u64,
            n in 3_usize..7,
        ) {
            let mut rng = crate::rng::Rng::new(seed);
            let lists: Vec<Vec<u32>> = (0..12).map(|_| {
                let mut items: Vec<u32> = (0..n as u32).collect();
                rng.shuffle(&mut items);
                items.truncate(1 + rng.below(n));
                items
            }).collect();
            let data = Rankings::new(&lists, n).unwrap();
            let got = rankings(&data, &RankingOptions::default()).unwrap();
            prop_assert!(got.convergence.converged);
            let size = data.items.len();
            let mut model =
                Model { data: &data, prior: 0.01, weights: vec![0.0; size], rest: vec![0.0; size] };
            let x: Vec<f64> = (0..n).map(|_| rng.unit() * 4.0).collect();
            let v: Vec<f64> = (0..n).map(|_| rng.unit() - 0.5).collect();
            let (mut plus, mut minus, mut curved) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
            let h = 1e-5;
            let at = |t: f64| -> Vec<f64> { x.iter().zip(&v).map(|(x, v)| x + t * v).collect() };
            let up = model.evaluate(&at(h), &mut plus);
            let down = model.evaluate(&at(-h), &mut minus);
            let mut gradient = vec![0.0; n];
            model.evaluate(&x, &mut gradient);
            model.curve(&v, &mut curved);
            let slope: f64 = gradient.iter().zip(&v).map(|(g, v)| g * v).sum();
            prop_assert!(((up - down) / (2.0 * h) - slope).abs() < 1e-6);
            for i in 0..n {
                prop_assert!(((plus[i] - minus[i]) / (2.0 * h) - curved[i]).abs() < 1e-6);
            }
            let mut diagonal = vec![0.0; n];
            model.diagonal(&mut diagonal);
            for i in 0..n {
                let mut unit = vec![0.0; n];
                unit[i] = 1.0;
                model.curve(&unit, &mut curved);
                prop_assert!((curved[i] - diagonal[i]).abs() < 1e-9);
            }
        }
    }
}
