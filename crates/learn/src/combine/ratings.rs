//! One number from several people's ratings.

use super::reweigh::{Groups, weighted_median};
use super::types::Answer;
use crate::LearnError;
use crate::proportion::normal_quantile;

/// Options of [`ratings`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatingOptions {
    /// Ratings at which a rater's own bias, stretch and spread count as much as those of all raters
    /// together; the larger, the closer to plain means.
    pub shrink: f64,
    /// Whether raters' use of the scale (stretch) is corrected, beside their bias.
    pub stretch: bool,
    /// One minus the level of the intervals.
    pub delta: f64,
    /// Most rounds.
    pub max_iterations: usize,
}

impl Default for RatingOptions {
    fn default() -> Self {
        Self { shrink: 5.0, stretch: true, delta: 0.05, max_iterations: 500 }
    }
}

/// A task's rating.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rated {
    /// The task.
    pub task: usize,
    /// Mean of the corrected ratings, weighted by their raters' precision.
    pub mean: f64,
    /// Median of the ratings as given.
    pub median: f64,
    /// Normal interval of `mean` at level `1 - delta`, for raters' spread as estimated.
    pub interval: (f64, f64),
    /// Share of the variance between ratings that the interval's variance leaves explained:
    /// `1 - variance of mean / (that + variance between tasks)`. `None` if one person answered.
    pub confidence: Option<f64>,
    /// People who answered.
    pub answers: usize,
}

/// How a rater uses the scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rater {
    /// Added to every rating, against the mean rater.
    pub bias: f64,
    /// Factor on the distance from the mean; 1 for the mean rater, below for timid ones.
    pub stretch: f64,
    /// Standard deviation of the ratings about what bias and stretch explain.
    pub spread: f64,
    /// `1 / (1 + spread^2 / variance between tasks)`: the share of signal in a rating. `None`
    /// without ratings.
    pub agreement: Option<f64>,
    /// Ratings given.
    pub ratings: usize,
}

/// Ratings of tasks and how raters use the scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratings {
    /// One outcome per rated task, by task.
    pub tasks: Vec<Rated>,
    /// Each rater.
    pub raters: Vec<Rater>,
    /// Rounds taken.
    pub iterations: usize,
    /// Whether the last round changed no value by more than a millionth of the ratings' spread.
    pub converged: bool,
}

/// One rating per task, after taking off each rater's bias and stretch:
///
/// ```text
/// rating = mean + bias_r + stretch_r * value_t + spread_r * noise
/// ```
///
/// Alternating (weighted) least squares. Biases are shrunk to 0, stretches to 1 and spreads to the
/// common spread, so that raters of few tasks stay near the mean rater. Biases average 0 and
/// stretches 1 over ratings; bias and value can be told apart only where raters share tasks. Each
/// round costs
/// `O(ratings)`. Errors if a rating is not finite.
pub fn ratings(answers: &[Answer<f64>], options: &RatingOptions) -> Result<Ratings, LearnError> {
    if let Some(at) = answers.iter().position(|a| !a.value.is_finite()) {
        return Err(LearnError::NotFinite { what: "rating", at });
    }
    if !(options.shrink > 0.0 && options.shrink.is_finite()) {
        return Err(LearnError::Parameter { name: "shrink", must: "finite and positive" });
    }
    if !(options.delta > 0.0 && options.delta < 1.0) {
        return Err(LearnError::Parameter { name: "delta", must: "in (0, 1)" });
    }
    let groups = Groups::new(answers)?;
    let mut fit = Fit::new(answers, &groups, options);
    let (mut iterations, mut converged) = (0, fit.scale == 0.0);
    while !converged && iterations < options.max_iterations {
        converged = fit.round() <= 1e-6 * fit.scale;
        iterations += 1;
    }
    let tasks = (0..fit.values.len()).map(|t| fit.rated(answers, &groups, t)).collect();
    let raters = (0..groups.n_workers).map(|r| fit.rater(r)).collect();
    Ok(Ratings { tasks, raters, iterations, converged })
}

struct Fit<'a> {
    options: &'a RatingOptions,
    /// Task, rater and rating less the mean, by task.
    rows: Vec<(usize, usize, f64)>,
    mean: f64,
    /// Standard deviation of all ratings.
    scale: f64,
    values: Vec<f64>,
    bias: Vec<f64>,
    stretch: Vec<f64>,
    variance: Vec<f64>,
    counts: Vec<f64>,
}

impl<'a> Fit<'a> {
    fn new(answers: &[Answer<f64>], groups: &Groups, options: &'a RatingOptions) -> Self {
        let n = groups.order.len() as f64;
        // Divided first, lest the sum overflow.
        let mean = groups.order.iter().map(|&i| answers[i].value / n).sum::<f64>();
        let mut rows = Vec::with_capacity(groups.order.len());
        for (t, members) in groups.tasks().enumerate() {
            rows.extend(members.iter().map(|&i| (t, answers[i].worker, answers[i].value - mean)));
        }
        let scale = rows.iter().map(|r| r.2 * r.2 / n).sum::<f64>().sqrt();
        let mut counts = vec![0.0; groups.n_workers];
        for row in &rows {
            counts[row.1] += 1.0;
        }
        let values = vec![0.0; groups.offsets.len() - 1];
        let [bias, stretch, variance] = [0.0, 1.0, scale * scale].map(|x| vec![x; counts.len()]);
        Self { options, rows, mean, scale, values, bias, stretch, variance, counts }
    }

    /// One round over all parameters; the largest change of a value.
    fn round(&mut self) -> f64 {
        let before = self.values.clone();
        self.update_values();
        self.update_bias();
        if self.options.stretch {
            self.update_stretch();
        }
        self.update_variance();
        self.values.iter().zip(&before).fold(0.0, |a, (x, y)| a.max((x - y).abs()))
    }

    fn update_values(&mut self) {
        let mut sums = vec![(0.0, 0.0); self.values.len()];
        for &(t, r, x) in &self.rows {
            let weight = self.stretch[r] / self.variance[r];
            sums[t].0 += weight * (x - self.bias[r]);
            sums[t].1 += weight * self.stretch[r];
        }
        for (value, sum) in self.values.iter_mut().zip(&sums) {
            *value = sum.0 / sum.1;
        }
    }

    fn update_bias(&mut self) {
        let mut sums = vec![0.0; self.bias.len()];
        for &(t, r, x) in &self.rows {
            sums[r] += x - self.stretch[r] * self.values[t];
        }
        for ((bias, sum), n) in self.bias.iter_mut().zip(&sums).zip(&self.counts) {
            *bias = sum / (n + self.options.shrink);
        }
        let level = self.over_ratings(&self.bias);
        self.bias.iter_mut().for_each(|b| *b -= level);
        self.values.iter_mut().for_each(|v| *v += level);
    }

    fn update_stretch(&mut self) {
        let between = self.between();
        if between <= 1e-12 * self.scale * self.scale {
            return;
        }
        let prior = self.options.shrink * between;
        let mut sums = vec![(prior, prior); self.stretch.len()];
        for &(t, r, x) in &self.rows {
            sums[r].0 += self.values[t] * (x - self.bias[r]);
            sums[r].1 += self.values[t] * self.values[t];
        }
        for (stretch, sum) in self.stretch.iter_mut().zip(&sums) {
            // One who inverts the scale is heard little rather than turned round.
            *stretch = (sum.0 / sum.1).clamp(0.1, 10.0);
        }
        let level = self.over_ratings(&self.stretch);
        self.stretch.iter_mut().for_each(|s| *s /= level);
        self.values.iter_mut().for_each(|v| *v *= level);
    }

    fn update_variance(&mut self) {
        let mut sums = vec![0.0; self.variance.len()];
        for &(t, r, x) in &self.rows {
            sums[r] += (x - self.bias[r] - self.stretch[r] * self.values[t]).powi(2);
        }
        // Every task's value was fitted to its own ratings.
        let n = self.rows.len() as f64;
        let free = (n - self.values.len() as f64).max(1.0);
        let common = sums.iter().sum::<f64>() / free;
        let shrink = self.options.shrink;
        let least = 1e-12 * self.scale * self.scale;
        for ((variance, sum), count) in self.variance.iter_mut().zip(&sums).zip(&self.counts) {
            let own = sum * n / free;
            *variance = ((own + shrink * common) / (count + shrink)).max(least);
        }
    }

    fn over_ratings(&self, of: &[f64]) -> f64 {
        of.iter().zip(&self.counts).map(|(x, n)| x * n).sum::<f64>() / self.rows.len() as f64
    }

    /// Variance between the values of tasks.
    fn between(&self) -> f64 {
        let n = self.values.len() as f64;
        let mean = self.values.iter().sum::<f64>() / n;
        self.values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n
    }

    fn rated(&self, answers: &[Answer<f64>], groups: &Groups, t: usize) -> Rated {
        let members = &groups.order[groups.offsets[t]..groups.offsets[t + 1]];
        let precision: f64 = members
            .iter()
            .map(|&i| answers[i].worker)
            .map(|r| self.stretch[r] * self.stretch[r] / self.variance[r])
            .sum();
        let (variance, between) = match self.scale {
            // All ratings are equal.
            0.0 => (0.0, 0.0),
            _ => (1.0 / precision, self.between()),
        };
        let mean = self.mean + self.values[t];
        let half = normal_quantile(1.0 - 0.5 * self.options.delta) * variance.sqrt();
        let mut given: Vec<(f64, f64)> = members.iter().map(|&i| (answers[i].value, 1.0)).collect();
        let signal = if variance + between > 0.0 { between / (variance + between) } else { 1.0 };
        Rated {
            task: answers[members[0]].task,
            mean,
            median: weighted_median(&mut given),
            interval: (mean - half, mean + half),
            confidence: (members.len() > 1).then_some(signal),
            answers: members.len(),
        }
    }

    fn rater(&self, r: usize) -> Rater {
        let spread = self.variance[r].sqrt();
        let signal = self.stretch[r].powi(2) * self.between();
        let whole = signal + self.variance[r];
        let agreement = if whole > 0.0 { signal / whole } else { 1.0 };
        Rater {
            bias: self.bias[r],
            stretch: self.stretch[r],
            spread,
            agreement: (self.counts[r] > 0.0).then_some(agreement),
            ratings: self.counts[r] as usize,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    /// True values, bias and stretch of raters, ratings.
    type Drawn = (Vec<f64>, Vec<(f64, f64)>, Vec<Answer<f64>>);

    /// Ratings of 60 tasks by 12 raters with bias and stretch of their own, 5 per task.
    fn drawn(seed: u64) -> Drawn {
        let mut rng = Rng::new(seed);
        let noise = |rng: &mut Rng| (0..12).map(|_| rng.unit()).sum::<f64>() - 6.0;
        let truth: Vec<f64> = (0..60).map(|_| 3.0 + noise(&mut rng)).collect();
        let raters: Vec<(f64, f64)> =
            (0..12).map(|r| (f64::from(r % 4) - 1.5, 0.6 + 0.2 * f64::from(r % 5))).collect();
        let mut answers = Vec::new();
        for (task, value) in truth.iter().enumerate() {
            let mut who: Vec<usize> = (0..12).collect();
            rng.shuffle(&mut who);
            for &worker in &who[..5] {
                let (bias, stretch) = raters[worker];
                let value = 3.0 + bias + stretch * (value - 3.0) + 0.2 * noise(&mut rng);
                answers.push(Answer { task, worker, value });
            }
        }
        (truth, raters, answers)
    }

    #[test]
    fn corrected_means_are_closer_to_the_truth_than_plain_ones() {
        let (truth, raters, answers) = drawn(1);
        let got = ratings(&answers, &RatingOptions::default()).unwrap();
        assert!(got.converged, "{} rounds", got.iterations);
        let plain: Vec<f64> =
            answers.chunks(5).map(|a| a.iter().map(|a| a.value).sum::<f64>() / 5.0).collect();
        let error = |of: &dyn Fn(usize) -> f64| -> f64 {
            (0..60).map(|t| (of(t) - truth[t]).powi(2)).sum::<f64>() / 60.0
        };
        let (ours, theirs) = (error(&|t| got.tasks[t].mean), error(&|t| plain[t]));
        assert!(ours < 0.25 * theirs, "{ours} {theirs}");
        for (found, real) in got.raters.iter().zip(&raters) {
            assert!((found.bias - real.0).abs() < 0.5, "{found:?} {real:?}");
        }
        let inside =
            |t: usize| got.tasks[t].interval.0 < truth[t] && truth[t] < got.tasks[t].interval.1;
        assert!((0..60).filter(|&t| inside(t)).count() > 40);
    }

    #[test]
    fn equal_ratings_single_ratings_and_bad_ones() {
        let answer = |task, worker, value| Answer { task, worker, value };
        let same = [answer(0, 0, 2.0), answer(0, 1, 2.0), answer(3, 0, 2.0)];
        let got = ratings(&same, &RatingOptions::default()).unwrap();
        assert_eq!((got.tasks[1].task, got.tasks[1].mean, got.tasks[1].median), (3, 2.0, 2.0));
        assert_eq!(got.tasks[0].interval, (2.0, 2.0));
        assert_eq!(got.tasks[1].confidence, None);
        let one = ratings(&[answer(0, 0, 4.0)], &RatingOptions::default()).unwrap();
        assert_eq!(one.tasks[0].mean, 4.0);
        assert!(ratings(&[answer(0, 0, f64::NAN)], &RatingOptions::default()).is_err());
        assert!(ratings(&[], &RatingOptions::default()).is_err());
        let bad = RatingOptions { shrink: 0.0, ..RatingOptions::default() };
        assert!(ratings(&same, &bad).is_err());
    }

    proptest! {
        #[test]
        fn shifting_and_scaling_all_ratings_does_the_same_to_the_outcome(seed in 0_u64..50) {
            let (_, _, answers) = drawn(seed);
            let moved: Vec<_> =
                answers.iter().map(|a| Answer { value: 4.0 * a.value - 7.0, ..*a }).collect();
            let a = ratings(&answers, &RatingOptions::default()).unwrap();
            let b = ratings(&moved, &RatingOptions::default()).unwrap();
            for (x, y) in a.tasks.iter().zip(&b.tasks) {
                prop_assert!((4.0 * x.mean - 7.0 - y.mean).abs() < 1e-6);
                prop_assert!((4.0 * x.median - 7.0 - y.median).abs() < 1e-9);
            }
        }
    }
}
