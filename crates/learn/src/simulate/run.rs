//! The replay itself.

use super::{Curve, Metric, Options, Point, Set, Simulation, crossing, score};
use crate::LearnError;
use crate::active::committee::committee;
use crate::active::{Advice, Pool, Strategy, select_by};
use crate::logistic::{self, Weights};
use crate::rng::Rng;

/// How far a simulation has come, told after every fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Replays finished.
    pub done: u32,
    /// Replays in all.
    pub seeds: u32,
    /// Labels of the current replay.
    pub labels: usize,
    /// Labels at which it ends at the latest.
    pub most: usize,
    /// Score of the last fit.
    pub score: f64,
}

/// A rule of one's own: pool, advice, batch and seed to rows of the pool, distinct and open.
pub type Choose<'a> =
    dyn FnMut(&Pool<'_>, &Advice<'_>, usize, u64) -> Result<Vec<usize>, LearnError> + 'a;

/// Replays `options.strategy` over `pool`, scoring on `test`. Labels are below `classes`.
///
/// Errors for empty sets, labels out of range, a pool of one class only, columns that differ, and
/// options that make no sense. Equal arguments give equal results.
pub fn run(
    pool: Set<'_>,
    test: Set<'_>,
    classes: usize,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Simulation, LearnError> {
    let strategy = options.strategy;
    let mut choose = |pool: &Pool<'_>, advice: &Advice<'_>, batch, seed| {
        select_by(strategy, pool, advice, batch, seed)
    };
    run_with(pool, test, classes, options, &mut choose, progress)
}

/// [`run`] with a rule of one's own in place of `options.strategy`, which then only says whether a
/// committee is fitted for it and whether the rule is asked before there is a model.
pub fn run_with(
    pool: Set<'_>,
    test: Set<'_>,
    classes: usize,
    options: &Options,
    choose: &mut Choose<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Simulation, LearnError> {
    check(pool, test, classes, options)?;
    let (full, _) = logistic::fit(pool.rows, pool.labels, None, classes, &options.fit, None)?;
    let (full, _) = score(options.metric, &predict(&full, test)?, test.labels, classes)?;
    let goal = options.share * full;
    let replay = Replay { pool, test, classes, options, goal };
    let mut curves = Vec::with_capacity(options.seeds as usize);
    for done in 0..options.seeds {
        let seed = options.seed.wrapping_add(u64::from(done));
        curves.push(replay.curve(seed, choose, &mut |labels, score| {
            let most = replay.most();
            progress(Progress { done, seeds: options.seeds, labels, most, score });
        })?);
    }
    Ok(Simulation { full, goal, curves })
}

fn check(
    pool: Set<'_>,
    test: Set<'_>,
    classes: usize,
    options: &Options,
) -> Result<(), LearnError> {
    for (what, labels, set) in [
        ("labels of the pool", "label of pool row", pool),
        ("labels of the test rows", "label of test row", test),
    ] {
        if set.rows.rows() == 0 {
            return Err(LearnError::Empty { what });
        }
        if set.labels.len() != set.rows.rows() {
            let (expected, found) = (set.rows.rows(), set.labels.len());
            return Err(LearnError::Shape { what, expected, found });
        }
        let outside = set.labels.iter().enumerate().find(|e| *e.1 as usize >= classes);
        if let Some((at, &index)) = outside {
            let index = index as usize;
            return Err(LearnError::OutOfRange { what: labels, at, index, limit: classes });
        }
    }
    if pool.rows.columns() != test.rows.columns() {
        let (expected, found) = (pool.rows.columns(), test.rows.columns());
        return Err(LearnError::Shape { what: "columns of the test rows", expected, found });
    }
    let wrong = |name, must| Err(LearnError::Parameter { name, must });
    if pool.labels.iter().all(|k| *k == pool.labels[0]) {
        return wrong("pool", "of at least two classes; with one there is nothing to learn");
    }
    if options.first == 0 || options.batch == 0 || options.seeds == 0 {
        return wrong("first, batch and seeds", "at least 1");
    }
    if !(options.share > 0.0 && options.share <= 1.0) {
        return wrong("share", "in (0, 1]");
    }
    if !(options.reviewer_accuracy >= 0.0 && options.reviewer_accuracy <= 1.0) {
        return wrong("reviewer_accuracy", "in [0, 1]");
    }
    Ok(())
}

struct Replay<'a> {
    pool: Set<'a>,
    test: Set<'a>,
    classes: usize,
    options: &'a Options,
    goal: f64,
}

impl Replay<'_> {
    fn most(&self) -> usize {
        self.options.most.max(self.options.first).min(self.pool.rows.rows())
    }

    fn curve(
        &self,
        seed: u64,
        choose: &mut Choose<'_>,
        told: &mut dyn FnMut(usize, f64),
    ) -> Result<Curve, LearnError> {
        let mut open: Vec<usize> = (0..self.pool.rows.rows()).collect();
        // The order of chance: strategies that cannot start cold all start with its head.
        Rng::new(seed).shuffle(&mut open);
        let mut labelled = self.first(&open, seed, choose)?;
        let mut answers = vec![None; open.len()];
        let mut points: Vec<Point> = Vec::new();
        let mut model: Option<Weights> = None;
        loop {
            for &i in &labelled {
                answers[i].get_or_insert_with(|| self.answer(i, seed));
            }
            open.retain(|&i| answers[i].is_none());
            let labels: Vec<u32> = labelled.iter().filter_map(|&i| answers[i]).collect();
            let rows = self.pool.rows.select(&labelled);
            let fit = &self.options.fit;
            let (weights, _) =
                logistic::fit(&rows, &labels, None, self.classes, fit, model.as_ref())?;
            let point = self.point(&weights, &labels)?;
            told(point.labels, point.score);
            points.push(point);
            let reached = self.options.stop_at_goal && point.score >= self.goal;
            let more = self.options.batch.min(self.most().saturating_sub(labelled.len()));
            if more == 0 || reached {
                break;
            }
            let chosen = self.next(&weights, (&open, &labelled, &labels), more, seed, choose)?;
            labelled.extend(chosen);
            model = Some(weights);
        }
        Ok(Curve { seed, to_goal: crossing(&points, self.goal), points })
    }

    fn first(
        &self,
        open: &[usize],
        seed: u64,
        choose: &mut Choose<'_>,
    ) -> Result<Vec<usize>, LearnError> {
        let first = self.options.first.min(open.len());
        if !self.options.strategy.starts_cold() {
            return Ok(open[..first].to_vec());
        }
        let pool = Pool { rows: self.pool.rows, open, labelled: &[], probabilities: None };
        let chosen = choose(&pool, &Advice::default(), first, seed)?;
        self.check_choice(&chosen, open, first)?;
        Ok(chosen)
    }

    /// The reviewer's label of row `i`: one draw a row and seed, whatever the strategy.
    fn answer(&self, i: usize, seed: u64) -> u32 {
        let truth = self.pool.labels[i];
        let mut rng = Rng::stream(seed, (1 << 40) + i as u64);
        if rng.coin(self.options.reviewer_accuracy) {
            return truth;
        }
        let other = rng.below(self.classes - 1) as u32;
        other + u32::from(other >= truth)
    }

    fn point(&self, weights: &Weights, labels: &[u32]) -> Result<Point, LearnError> {
        let mut seen = vec![false; self.classes];
        for &k in labels {
            seen[k as usize] = true;
        }
        let predictions = predict(weights, self.test)?;
        let metric: Metric = self.options.metric;
        let (score, error) = score(metric, &predictions, self.test.labels, self.classes)?;
        let classes_seen = seen.iter().filter(|s| **s).count();
        Ok(Point { labels: labels.len(), score, error, classes_seen })
    }

    fn next(
        &self,
        weights: &Weights,
        (open, labelled, labels): (&[usize], &[usize], &[u32]),
        batch: usize,
        seed: u64,
        choose: &mut Choose<'_>,
    ) -> Result<Vec<usize>, LearnError> {
        // A seed of its own for every round, so that ties do not repeat themselves.
        let seed = Rng::stream(seed, labelled.len() as u64).next_u64();
        let strategy = self.options.strategy;
        let mut p = Vec::new();
        let mut votes = Vec::new();
        if strategy != Strategy::Random {
            let rows = self.pool.rows.select(open);
            p = weights.probabilities(&rows, 1.0)?;
            if strategy.needs_committee() {
                let own = self.pool.rows.select(labelled);
                let (fit, members) = (&self.options.fit, self.options.members);
                for m in committee(&own, labels, self.classes, members, fit, Some(weights), seed)? {
                    votes.push(m.probabilities(&rows, 1.0)?);
                }
            }
        }
        let probabilities = (!p.is_empty()).then_some((&p[..], self.classes));
        let pool = Pool { rows: self.pool.rows, open, labelled, probabilities };
        let chosen = choose(&pool, &Advice { committee: &votes, costs: None }, batch, seed)?;
        self.check_choice(&chosen, open, batch)?;
        Ok(chosen)
    }

    /// A rule of the caller's may not label rows twice, nor stand still.
    fn check_choice(
        &self,
        chosen: &[usize],
        open: &[usize],
        batch: usize,
    ) -> Result<(), LearnError> {
        let mut free = vec![false; self.pool.rows.rows()];
        for &i in open {
            free[i] = true;
        }
        let distinct = chosen.iter().all(|&i| free.get_mut(i).is_some_and(std::mem::take));
        if distinct && !chosen.is_empty() && chosen.len() <= batch {
            return Ok(());
        }
        Err(LearnError::Parameter { name: "choice", must: "1 to batch distinct open rows" })
    }
}

/// The most probable class of each test row (ties: the first).
fn predict(weights: &Weights, test: Set<'_>) -> Result<Vec<u32>, LearnError> {
    let logits = weights.logits(test.rows)?;
    let top = |z: &[f32]| (0..z.len()).fold(0, |best, k| if z[k] > z[best] { k } else { best });
    Ok(logits.chunks_exact(weights.classes()).map(|z| top(z) as u32).collect())
}
