//! Reliability diagrams and the errors read off them.

use super::pairs;
use crate::LearnError;
use crate::proportion::wilson;

/// How confidences are put into bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binning {
    /// Bins of equal width over `[0, 1]`, each closed on the right; 0 belongs to the first.
    EqualWidth,
    /// Bins of about equally many rows (adaptive calibration error, Nixon et al. 2019). Equal
    /// confidences stay together, so bins differ where there are ties.
    EqualMass,
}

/// One row of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Lower edge (equal width) or least confidence (equal mass).
    pub low: f64,
    /// Upper edge or largest confidence.
    pub high: f64,
    /// Rows in the bin.
    pub rows: u64,
    /// Rows whose outcome was 1.
    pub hits: u64,
    /// Mean confidence.
    pub confidence: f64,
    /// Share of hits; equal to the confidence if calibrated.
    pub share: f64,
    /// Wilson's interval of the share at 95 %.
    pub interval: (f64, f64),
}

/// The reliability diagram of `outcomes` (for a top label: whether it was right) against their
/// `confidences` in `[0, 1]`. Empty bins are left out.
///
/// Errors if there is no row or no bin, lengths differ, or a confidence is not in `[0, 1]`.
pub fn reliability(
    confidences: &[f32],
    outcomes: &[bool],
    bins: usize,
    binning: Binning,
) -> Result<Vec<Bin>, LearnError> {
    pairs(confidences, outcomes)?;
    if bins == 0 {
        return Err(LearnError::Parameter { name: "bins", must: "at least 1" });
    }
    // Probabilities may exceed 1 by as much as their sums may.
    if confidences.iter().any(|c| !(0.0..=1.001).contains(c)) {
        return Err(LearnError::Parameter { name: "confidence", must: "in [0, 1]" });
    }
    match binning {
        Binning::EqualWidth => equal_width(confidences, outcomes, bins),
        Binning::EqualMass => equal_mass(confidences, outcomes, bins),
    }
}

fn bin(edges: (f64, f64), rows: u64, hits: u64, sum: f64) -> Result<Bin, LearnError> {
    Ok(Bin {
        low: edges.0,
        high: edges.1,
        rows,
        hits,
        confidence: sum / rows as f64,
        share: hits as f64 / rows as f64,
        interval: wilson(hits, rows, 0.05)?,
    })
}

fn equal_width(
    confidences: &[f32],
    outcomes: &[bool],
    bins: usize,
) -> Result<Vec<Bin>, LearnError> {
    let mut sums = vec![(0_u64, 0_u64, 0.0_f64); bins];
    for (&c, &hit) in confidences.iter().zip(outcomes) {
        let at = ((f64::from(c) * bins as f64).ceil() as usize).clamp(1, bins) - 1;
        sums[at].0 += 1;
        sums[at].1 += u64::from(hit);
        sums[at].2 += f64::from(c);
    }
    let edge = |i: usize| i as f64 / bins as f64;
    let full = sums.iter().enumerate().filter(|(_, s)| s.0 > 0);
    full.map(|(i, s)| bin((edge(i), edge(i + 1)), s.0, s.1, s.2)).collect()
}

fn equal_mass(confidences: &[f32], outcomes: &[bool], bins: usize) -> Result<Vec<Bin>, LearnError> {
    let mut order: Vec<(f32, bool)> =
        confidences.iter().copied().zip(outcomes.iter().copied()).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut out = Vec::with_capacity(bins.min(order.len()));
    let mut start = 0;
    for i in 1..=bins {
        let mut end = (order.len() * i / bins).max(start);
        while end > start && end < order.len() && order[end].0 == order[end - 1].0 {
            end += 1;
        }
        let inside = &order[start..end];
        if let [first, .., last] | [first @ last] = inside {
            let hits = inside.iter().filter(|r| r.1).count() as u64;
            let sum = inside.iter().map(|r| f64::from(r.0)).sum();
            let edges = (f64::from(first.0), f64::from(last.0));
            out.push(bin(edges, inside.len() as u64, hits, sum)?);
        }
        start = end;
    }
    Ok(out)
}

/// Expected calibration error: the mean over rows of a bin's gap `|share - confidence|`.
pub fn calibration_error(bins: &[Bin]) -> f64 {
    let rows: u64 = bins.iter().map(|b| b.rows).sum();
    let gaps: f64 = bins.iter().map(|b| b.rows as f64 * (b.share - b.confidence).abs()).sum();
    gaps / (rows.max(1)) as f64
}

/// Maximum calibration error: the largest gap `|share - confidence|` of a bin.
pub fn largest_gap(bins: &[Bin]) -> f64 {
    bins.iter().map(|b| (b.share - b.confidence).abs()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn edges_are_closed_on_the_right() {
        let bins = reliability(
            &[0.0, 0.25, 0.5, 0.500_01, 1.0],
            &[false, true, true, true, false],
            4,
            Binning::EqualWidth,
        )
        .unwrap();
        let rows: Vec<(f64, f64, u64, u64)> =
            bins.iter().map(|b| (b.low, b.high, b.rows, b.hits)).collect();
        let want = [(0.0, 0.25, 2, 1), (0.25, 0.5, 1, 1), (0.5, 0.75, 1, 1), (0.75, 1.0, 1, 0)];
        assert_eq!(rows, want);
        assert_eq!(largest_gap(&bins), 1.0);
        assert!(reliability(&[0.5], &[true], 0, Binning::EqualMass).is_err());
        assert!(reliability(&[1.5], &[true], 3, Binning::EqualMass).is_err());
        assert!(reliability(&[0.5], &[], 3, Binning::EqualMass).is_err());
    }

    proptest! {
        #[test]
        fn bins_hold_every_row_once(
            rows in prop::collection::vec((0_u8..=20, any::<bool>()), 1..200), bins in 1_usize..30,
        ) {
            let (c, y): (Vec<f32>, Vec<bool>) =
                rows.into_iter().map(|(c, y)| (f32::from(c) / 20.0, y)).unzip();
            for binning in [Binning::EqualWidth, Binning::EqualMass] {
                let got = reliability(&c, &y, bins, binning).unwrap();
                prop_assert!(got.len() <= bins);
                prop_assert_eq!(got.iter().map(|b| b.rows).sum::<u64>(), c.len() as u64);
                prop_assert_eq!(
                    got.iter().map(|b| b.hits).sum::<u64>(),
                    y.iter().filter(|y| **y).count() as u64
                );
                prop_assert!(got.windows(2).all(|w| w[0].high <= w[1].low));
                for b in &got {
                    prop_assert!(b.low <= b.confidence + 1e-9 && b.confidence <= b.high + 1e-9);
                    prop_assert!(b.interval.0 <= b.share && b.share <= b.interval.1);
                }
                prop_assert!(calibration_error(&got) <= largest_gap(&got) + 1e-12);
            }
        }

        #[test]
        fn equal_mass_is_even_without_ties(n in 1_usize..300, bins in 1_usize..20) {
            let c: Vec<f32> = (0..n).map(|i| i as f32 / n as f32).collect();
            let got = reliability(&c, &vec![true; n], bins, Binning::EqualMass).unwrap();
            let sizes: Vec<u64> = got.iter().map(|b| b.rows).collect();
            prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
        }
    }
}
