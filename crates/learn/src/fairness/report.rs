//! Rates and gaps from counts.

use super::count::Counts;
use crate::LearnError;
use crate::drift::chi_square::chi_square;
use crate::proportion::wilson;

/// How a report is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReportOptions {
    /// Rates over fewer rows than this are not shown and enter no gap. Default 30.
    pub least_rows: u64,
    /// Intervals have the level `1 - delta`. Default 0.05.
    pub delta: f64,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self { least_rows: 30, delta: 0.05 }
    }
}

/// A share with its numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Rows that count.
    pub k: u64,
    /// Rows of which they are a part.
    pub n: u64,
    /// `k / n`; None if `n` is 0 or below the least number of rows.
    pub value: Option<f64>,
    /// Wilson's interval.
    pub interval: (f64, f64),
}

/// Rates of one group, or of all rows.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupRates {
    /// Rows.
    pub n: u64,
    /// Share of positive rows.
    pub base_rate: Rate,
    /// Share of selected rows.
    pub selection_rate: Rate,
    /// Share of positive rows that are selected (recall).
    pub true_positive_rate: Rate,
    /// Share of other rows that are selected.
    pub false_positive_rate: Rate,
    /// Share of selected rows that are positive.
    pub precision: Rate,
    /// Share of rows whose prediction is the label, over all classes.
    pub accuracy: Rate,
    /// Share of rows that a person reviewed.
    pub review_rate: Option<Rate>,
    /// Share of reviewed rows that the person overturned.
    pub overturn_rate: Option<Rate>,
    /// Mean score; against the base rate it tells whether scores are calibrated in the group.
    pub mean_score: Option<f64>,
}

/// How far groups are apart in one rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// Largest rate less the smallest.
    pub difference: f64,
    /// Smallest rate over the largest; 1 if both are 0.
    pub ratio: f64,
    /// Group of the largest rate (ties: the first).
    pub highest: usize,
    /// Group of the smallest rate (ties: the first).
    pub lowest: usize,
    /// Newcombe's interval (Statistics in Medicine 1998, method 10) for the difference of these two
    /// groups. With more than two groups they were picked for being extreme: see the p-value too.
    pub interval: (f64, f64),
    /// Probability of differences like these among all groups if they had the same rate
    /// (chi-square test).
    pub p_value: f64,
}

/// A group's selection rate against the largest one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FourFifths {
    /// The group.
    pub group: usize,
    /// Its selection rate over the largest.
    pub ratio: f64,
    /// Whether the ratio is at least 0.8.
    pub passes: bool,
}

/// Rates by group and gaps, for one class against the rest. A gap is None unless two groups have
/// the rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The class that counts as positive.
    pub class: usize,
    /// Rates over all rows.
    pub overall: GroupRates,
    /// Rates of each group.
    pub groups: Vec<GroupRates>,
    /// Gap of selection rates: demographic parity.
    pub demographic_parity: Option<Gap>,
    /// Gap of true positive rates: equal opportunity.
    pub equal_opportunity: Option<Gap>,
    /// Gap of false positive rates.
    pub false_positive: Option<Gap>,
    /// Gap of precisions: predictive parity.
    pub predictive_parity: Option<Gap>,
    /// Gap of accuracies.
    pub accuracy: Option<Gap>,
    /// Gap of review rates.
    pub review: Option<Gap>,
    /// Gap of overturn rates.
    pub overturn: Option<Gap>,
    /// The larger of the gaps of true and of false positive rates; None unless both exist.
    pub equalized_odds_difference: Option<f64>,
    /// The smaller of their ratios.
    pub equalized_odds_ratio: Option<f64>,
    /// The four-fifths rule, for each group whose selection rate is shown.
    pub four_fifths: Vec<FourFifths>,
}

impl Counts {
    /// Rates and gaps for `class` against the rest.
    ///
    /// Errors if the class is unknown or `delta` not in `(0, 1)`.
    pub fn report(&self, class: usize, options: ReportOptions) -> Result<Report, LearnError> {
        if class >= self.classes {
            let (index, limit) = (class, self.classes);
            return Err(LearnError::OutOfRange { what: "class to report", at: 0, index, limit });
        }
        let groups: Vec<GroupRates> = (0..self.groups)
            .map(|g| Tally::of(self, class, g..g + 1).rates(options))
            .collect::<Result<_, _>>()?;
        let overall = Tally::of(self, class, 0..self.groups).rates(options)?;
        let gap_of = |pick: fn(&GroupRates) -> Option<Rate>| gap(&groups, pick, options.delta);
        let equal_opportunity = gap_of(|g| Some(g.true_positive_rate))?;
        let false_positive = gap_of(|g| Some(g.false_positive_rate))?;
        let odds = equal_opportunity.zip(false_positive);
        Ok(Report {
            class,
            demographic_parity: gap_of(|g| Some(g.selection_rate))?,
            predictive_parity: gap_of(|g| Some(g.precision))?,
            accuracy: gap_of(|g| Some(g.accuracy))?,
            review: gap_of(|g| g.review_rate)?,
            overturn: gap_of(|g| g.overturn_rate)?,
            equalized_odds_difference: odds.map(|(t, f)| t.difference.max(f.difference)),
            equalized_odds_ratio: odds.map(|(t, f)| t.ratio.min(f.ratio)),
            four_fifths: four_fifths(&groups),
            equal_opportunity,
            false_positive,
            overall,
            groups,
        })
    }
}

/// Numbers of a group for a class against the rest.
struct Tally {
    n: u64,
    positive: u64,
    selected: u64,
    hit: u64,
    right: u64,
    reviewed: Option<u64>,
    overturned: Option<u64>,
    score_sum: Option<f64>,
}

impl Tally {
    fn of(counts: &Counts, class: usize, groups: std::ops::Range<usize>) -> Self {
        let k = counts.classes;
        let sum = |v: &Option<Vec<u64>>| v.as_ref().map(|v| v[groups.clone()].iter().sum());
        let score_sum = counts.score_sums.as_ref().map(|v| v[groups.clone()].iter().sum());
        let (reviewed, overturned) = (sum(&counts.reviewed), sum(&counts.overturned));
        let (n, positive, selected, hit, right) = (0, 0, 0, 0, 0);
        let mut out = Self { n, positive, selected, hit, right, reviewed, overturned, score_sum };
        for table in counts.cells[groups.start * k * k..groups.end * k * k].chunks_exact(k * k) {
            for (label, row) in table.chunks_exact(k).enumerate() {
                let in_row: u64 = row.iter().sum();
                out.n += in_row;
                out.right += row[label];
                out.selected += row[class];
                if label == class {
                    out.positive += in_row;
                    out.hit += row[class];
                }
            }
        }
        out
    }

    fn rates(&self, options: ReportOptions) -> Result<GroupRates, LearnError> {
        let rate = |k: u64, n: u64| -> Result<Rate, LearnError> {
            let shown = n > 0 && n >= options.least_rows;
            let interval = wilson(k, n, options.delta)?;
            Ok(Rate { k, n, value: shown.then(|| k as f64 / n as f64), interval })
        };
        let shown = self.n > 0 && self.n >= options.least_rows;
        Ok(GroupRates {
            n: self.n,
            base_rate: rate(self.positive, self.n)?,
            selection_rate: rate(self.selected, self.n)?,
            true_positive_rate: rate(self.hit, self.positive)?,
            false_positive_rate: rate(self.selected - self.hit, self.n - self.positive)?,
            precision: rate(self.hit, self.selected)?,
            accuracy: rate(self.right, self.n)?,
            review_rate: self.reviewed.map(|k| rate(k, self.n)).transpose()?,
            overturn_rate: match (self.overturned, self.reviewed) {
                (Some(k), Some(n)) => Some(rate(k, n)?),
                _ => None,
            },
            mean_score: self.score_sum.filter(|_| shown).map(|s| s / self.n as f64),
        })
    }
}

fn gap(
    groups: &[GroupRates],
    pick: fn(&GroupRates) -> Option<Rate>,
    delta: f64,
) -> Result<Option<Gap>, LearnError> {
    let shown: Vec<(usize, Rate, f64)> = groups
        .iter()
        .enumerate()
        .filter_map(|(g, rates)| pick(rates).and_then(|r| r.value.map(|v| (g, r, v))))
        .collect();
    let [first, rest @ ..] = &shown[..] else { return Ok(None) };
    if rest.is_empty() {
        return Ok(None);
    }
    let (mut high, mut low) = (first, first);
    for one in rest {
        high = if one.2 > high.2 { one } else { high };
        low = if one.2 < low.2 { one } else { low };
    }
    let (h, l) = (wilson(high.1.k, high.1.n, delta)?, wilson(low.1.k, low.1.n, delta)?);
    let difference = high.2 - low.2;
    let below = ((high.2 - h.0).powi(2) + (l.1 - low.2).powi(2)).sqrt();
    let above = ((h.1 - high.2).powi(2) + (low.2 - l.0).powi(2)).sqrt();
    let table: Vec<u64> = shown.iter().flat_map(|s| [s.1.k, s.1.n - s.1.k]).collect();
    Ok(Some(Gap {
        difference,
        ratio: if high.2 > 0.0 { low.2 / high.2 } else { 1.0 },
        highest: high.0,
        lowest: low.0,
        interval: (difference - below, (difference + above).min(1.0)),
        p_value: chi_square(&table, 2)?.p_value,
    }))
}

fn four_fifths(groups: &[GroupRates]) -> Vec<FourFifths> {
    let rates: Vec<(usize, f64)> = groups
        .iter()
        .enumerate()
        .filter_map(|(g, rates)| rates.selection_rate.value.map(|v| (g, v)))
        .collect();
    let largest = rates.iter().map(|r| r.1).fold(0.0, f64::max);
    let ratio = |v: f64| if largest > 0.0 { v / largest } else { 1.0 };
    // Four fifths exactly pass, also where rounding makes them a little less.
    let passes = |r: f64| r >= 0.8 - 1e-12;
    let of = |&(group, v): &(usize, f64)| FourFifths {
        group,
        ratio: ratio(v),
        passes: passes(ratio(v)),
    };
    rates.iter().map(of).collect()
}

#[cfg(test)]
mod tests;
