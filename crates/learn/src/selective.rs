//! Answering only where it pays: risk against coverage, thresholds by cost.
//!
//! Rows come with a confidence and whether the automatic answer would be wrong. Those at or above
//! a threshold are answered, the others go to a person.
//!
//! - [`RiskCoverage`]: the error among answered rows at every threshold (El-Yaniv and Wiener, JMLR
//!   2010), its area (AURC; Geifman and El-Yaniv, NeurIPS 2017), the coverage at a given risk;
//! - [`RiskCoverage::cost_optimal`]: the threshold with the least cost, by one sweep. With
//!   calibrated confidences it is close to Chow's rule ([`chow`]; IEEE Trans. Inf. Theory 1970);
//! - [`guaranteed`]: a threshold whose error is below a target with a stated certainty. What the
//!   first two read off the rows they were chosen on is optimistic; this is not.
//!
//! Rows of equal confidence are answered together or not at all, since no threshold parts them.

mod guarantee;

pub use guarantee::{Guarantee, Level, default_starts, guaranteed, quantile_grid};

use crate::LearnError;

/// A threshold and what it would have answered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The least confidence that is answered.
    pub threshold: f64,
    /// Rows answered.
    pub answered: u64,
    /// Wrong ones among them.
    pub errors: u64,
}

impl Point {
    /// Share wrong among answered rows; 0 if none is answered.
    pub fn risk(&self) -> f64 {
        if self.answered == 0 { 0.0 } else { self.errors as f64 / self.answered as f64 }
    }
}

/// The errors among answered rows at every threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskCoverage {
    rows: u64,
    /// One for each distinct confidence, falling.
    points: Vec<Point>,
}

/// What decisions cost, in any one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// A wrong answer.
    pub error: f64,
    /// A person's look at a row.
    pub review: f64,
    /// Share of reviewed rows that the person gets wrong; each costs an error.
    pub human_error: f64,
    /// Largest share of rows that people can review; 1 if there is no limit.
    pub capacity: f64,
}

impl Costs {
    /// Costs of an error and of a review, with people who do not err and have the time.
    pub fn new(error: f64, review: f64) -> Self {
        Self { error, review, human_error: 0.0, capacity: 1.0 }
    }

    fn check(&self) -> Result<(), LearnError> {
        let parameter = |name, must| Err(LearnError::Parameter { name, must });
        if !(self.error.is_finite() && self.error > 0.0) {
            return parameter("cost of an error", "positive");
        }
        if !(self.review.is_finite() && self.review >= 0.0) {
            return parameter("cost of a review", "not negative");
        }
        if !(0.0..=1.0).contains(&self.human_error) {
            return parameter("human error rate", "in [0, 1]");
        }
        if !(0.0..=1.0).contains(&self.capacity) {
            return parameter("capacity", "a share in [0, 1]");
        }
        Ok(())
    }

    /// What a row costs that goes to a person.
    fn reviewed(&self) -> f64 {
        self.review + self.human_error * self.error
    }

    /// Mean cost of a row.
    fn mean(&self, rows: u64, answered: u64, errors: u64) -> f64 {
        let reviewed = (rows - answered) as f64 * self.reviewed();
        (self.error * errors as f64 + reviewed) / rows as f64
    }
}

/// The threshold of least cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostOptimal {
    /// The least confidence that is answered; infinite if everything is reviewed.
    pub threshold: f64,
    /// Rows answered.
    pub answered: u64,
    /// Wrong ones among them.
    pub errors: u64,
    /// Share of rows answered.
    pub coverage: f64,
    /// Mean cost of a row.
    pub cost: f64,
    /// Mean cost of a row if every one is answered.
    pub all_automatic: f64,
    /// Mean cost of a row if every one is reviewed.
    pub all_reviewed: f64,
    /// Whether fewer reviews than would pay were taken, for want of capacity.
    pub limited: bool,
}

/// Errors unless there are rows with finite confidences, one outcome each.
fn check(confidence: &[f32], wrong: &[bool]) -> Result<(), LearnError> {
    if confidence.is_empty() {
        return Err(LearnError::Empty { what: "the rows with a confidence" });
    }
    if confidence.len() != wrong.len() {
        let (expected, found) = (confidence.len(), wrong.len());
        return Err(LearnError::Shape { what: "outcomes (one a row)", expected, found });
    }
    match confidence.iter().position(|c| !c.is_finite()) {
        Some(at) => Err(LearnError::NotFinite { what: "confidence of row", at }),
        None => Ok(()),
    }
}

impl RiskCoverage {
    /// Sorts rows by `confidence` and counts the `wrong` ones. `O(n log n)`.
    ///
    /// Errors if there is no row, lengths differ or a confidence is not finite.
    pub fn new(confidence: &[f32], wrong: &[bool]) -> Result<Self, LearnError> {
        check(confidence, wrong)?;
        // One integer sorts by falling confidence; its last bit carries the outcome.
        let mut keys: Vec<u64> = confidence
            .iter()
            .zip(wrong)
            .map(|(&c, &w)| (u64::from(!ordered(c)) << 1) | u64::from(w))
            .collect();
        keys.sort_unstable();
        let mut points: Vec<Point> = Vec::new();
        let (mut answered, mut errors) = (0, 0);
        for group in keys.chunk_by(|a, b| a >> 1 == b >> 1) {
            answered += group.len() as u64;
            errors += group.iter().map(|k| k & 1).sum::<u64>();
            let threshold = f64::from(unordered(!((group[0] >> 1) as u32)));
            points.push(Point { threshold, answered, errors });
        }
        Ok(Self { rows: answered, points })
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// A point for each distinct confidence, by falling threshold.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Share wrong if every row is answered.
    pub fn error(&self) -> f64 {
        self.points.last().map_or(0.0, Point::risk)
    }

    /// Area under the risk-coverage curve: the mean over `k = 1..=n` of the risk of the `k` most
    /// confident rows. Rows of equal confidence are taken in random order on average.
    pub fn aurc(&self) -> f64 {
        let mut before = Point { threshold: f64::INFINITY, answered: 0, errors: 0 };
        let mut sum = 0.0;
        for point in &self.points {
            let group = (point.answered - before.answered) as f64;
            let rate = (point.errors - before.errors) as f64 / group;
            for j in 1..=point.answered - before.answered {
                let errors = before.errors as f64 + rate * j as f64;
                sum += errors / (before.answered + j) as f64;
            }
            before = *point;
        }
        sum / self.rows as f64
    }

    /// AURC less that of a confidence that ranks every right row above every wrong one (E-AURC;
    /// Geifman, Uziel and El-Yaniv, ICLR 2019): how much better the ranking could be.
    pub fn excess_aurc(&self) -> f64 {
        let errors = self.points.last().map_or(0, |p| p.errors);
        let right = self.rows - errors;
        let best: f64 = (1..=errors).map(|j| j as f64 / (right + j) as f64).sum();
        self.aurc() - best / self.rows as f64
    }

    /// The loosest threshold whose risk **on these rows** is at most `risk`: an optimistic figure,
    /// see [`guaranteed`].
    pub fn at_risk(&self, risk: f64) -> Option<Point> {
        self.points.iter().rev().find(|p| p.risk() <= risk).copied()
    }

    /// What `threshold` answers.
    pub fn at_threshold(&self, threshold: f64) -> Point {
        let answered = self.points.partition_point(|p| p.threshold >= threshold);
        let none = Point { threshold, answered: 0, errors: 0 };
        answered.checked_sub(1).map_or(none, |i| Point { threshold, ..self.points[i] })
    }

    /// Mean cost of a row at `threshold`, whatever the capacity: for rows on which it was not
    /// chosen.
    pub fn cost(&self, threshold: f64, costs: &Costs) -> Result<f64, LearnError> {
        costs.check()?;
        let point = self.at_threshold(threshold);
        Ok(costs.mean(self.rows, point.answered, point.errors))
    }

    /// The threshold with the least mean cost that leaves people no more than they can review;
    /// between equal costs the one with fewer reviews.
    pub fn cost_optimal(&self, costs: &Costs) -> Result<CostOptimal, LearnError> {
        costs.check()?;
        let none = Point { threshold: f64::INFINITY, answered: 0, errors: 0 };
        let cost = |p: &Point| costs.mean(self.rows, p.answered, p.errors);
        let room = (costs.capacity * self.rows as f64 + 1e-9).floor() as u64;
        let (mut best, mut free) = (None::<(Point, f64)>, f64::INFINITY);
        for point in std::iter::once(&none).chain(&self.points) {
            let own = cost(point);
            free = free.min(own);
            if self.rows - point.answered <= room && best.is_none_or(|b| own <= b.1) {
                best = Some((*point, own));
            }
        }
        // Answering everything needs no capacity, so there always is a best.
        let (point, least) = best.unwrap_or((none, cost(&none)));
        Ok(CostOptimal {
            threshold: point.threshold,
            answered: point.answered,
            errors: point.errors,
            coverage: point.answered as f64 / self.rows as f64,
            cost: least,
            all_automatic: costs.error * self.error(),
            all_reviewed: costs.reviewed(),
            limited: free < least,
        })
    }
}

/// Chow's rule for calibrated confidences: answer from `1 - (review + human_error * error) / error`
/// on (0 at least). No rows needed, but it is only as good as the calibration.
pub fn chow(costs: &Costs) -> Result<f64, LearnError> {
    costs.check()?;
    Ok((1.0 - costs.reviewed() / costs.error).max(0.0))
}

/// Bits that rise with a finite float.
fn ordered(x: f32) -> u32 {
    // `+ 0.0` turns a negative zero into a positive one.
    let bits = (x + 0.0).to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 0x8000_0000 }
}

/// The float of [`ordered`] bits.
fn unordered(bits: u32) -> f32 {
    f32::from_bits(if bits >> 31 == 1 { bits & 0x7fff_ffff } else { !bits })
}

#[cfg(test)]
mod tests;
