//! Agreement about spans and boxes: F1 and mean intersection over union between pairs of raters.
//!
//! There is no fixed list of units to disagree about, so chance cannot be taken off as in the
//! kappas; F1 between annotators is the usual figure (Hripcsak and Rothschild 2005 show it is what
//! kappa tends to when the text outside the spans grows). The gamma coefficient (Mathet 2015),
//! which does correct for chance, is not here.

use super::Undefined;
use super::resample::{Bootstrap, Interval};
use crate::LearnError;
use crate::combine::{Answer, Rect, Span};

/// When two spans are the same find. The labels must be equal in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanMatch {
    /// Equal start and end.
    Exact,
    /// At least one shared offset; each span is matched once, largest overlap first.
    Overlap,
    /// Not spans but single offsets are matched: partial overlap is partial agreement.
    Offsets,
}

/// How two lists of finds compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// Finds (or offsets) the two have in common.
    pub matched: usize,
    /// Sum of intersections over unions of the matched; equals `matched` for exact matches.
    pub iou: f64,
    /// Finds (or offsets) of the first list.
    pub first: usize,
    /// Finds (or offsets) of the second list.
    pub second: usize,
}

impl Match {
    /// `2 matched / (first + second)`; 1 for two empty lists, which do agree.
    pub fn f1(&self) -> f64 {
        share(Figure::F1.parts(self))
    }

    /// Mean intersection over union, finds without a partner counting 0; 1 for two empty lists.
    pub fn mean_iou(&self) -> f64 {
        share(Figure::MeanIou.parts(self))
    }
}

fn share((part, whole): (f64, f64)) -> f64 {
    if whole > 0.0 { part / whole } else { 1.0 }
}

/// Compares two lists of spans. Spans of one list should not be equal to each other; with
/// [`SpanMatch::Offsets`], offsets covered twice by one label count twice.
///
/// `O(n log n)` for exact matches, else `O(n + overlapping pairs)` after sorting.
pub fn match_spans(first: &[Span], second: &[Span], rule: SpanMatch) -> Match {
    let (a, b) = (sorted(first), sorted(second));
    match rule {
        SpanMatch::Exact => {
            let matched = common(&a, &b);
            Match { matched, iou: matched as f64, first: a.len(), second: b.len() }
        }
        SpanMatch::Overlap => {
            let pairs = overlaps(&a, &b)
                .map(|(i, j, shared)| (shared as f64 / union(&a[i], &b[j], shared) as f64, i, j));
            one_to_one(pairs.collect(), a.len(), b.len())
        }
        SpanMatch::Offsets => {
            let length = |spans: &[Span]| -> u64 { spans.iter().map(Span::length).sum() };
            let (first, second) = (length(&a), length(&b));
            let matched = overlaps(&a, &b).map(|p| p.2).sum::<u64>().min(first).min(second);
            let [matched, first, second] = [matched, first, second].map(|x| x as usize);
            Match { matched, iou: matched as f64, first, second }
        }
    }
}

/// Compares two lists of boxes: pairs of equal label whose intersection over union is at least
/// `min_iou`, each box in one pair, best pairs first; `O(n m)`.
pub fn match_boxes(first: &[Rect], second: &[Rect], min_iou: f64) -> Match {
    let mut pairs = Vec::new();
    for (i, a) in first.iter().enumerate() {
        for (j, b) in second.iter().enumerate().filter(|(_, b)| b.label == a.label) {
            let iou = a.iou(b);
            if iou > 0.0 && iou >= min_iou {
                pairs.push((iou, i, j));
            }
        }
    }
    one_to_one(pairs, first.len(), second.len())
}

fn sorted(spans: &[Span]) -> Vec<Span> {
    let mut spans = spans.to_vec();
    spans.sort_unstable();
    spans
}

fn common(a: &[Span], b: &[Span]) -> usize {
    let (mut i, mut j, mut matched) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, matched) = (i + 1, j + 1, matched + 1),
        }
    }
    matched
}

fn union(a: &Span, b: &Span, shared: u64) -> u64 {
    a.length() + b.length() - shared
}

/// Pairs of equal label that share offsets, with how many; both lists sorted by start.
fn overlaps<'a>(
    a: &'a [Span],
    b: &'a [Span],
) -> impl Iterator<Item = (usize, usize, u64)> + use<'a> {
    let longest = b.iter().map(|s| s.end.saturating_sub(s.start)).max().unwrap_or(0);
    a.iter().enumerate().flat_map(move |(i, x)| {
        // No span that begins earlier than this reaches `x`.
        let from = b.partition_point(|y| u64::from(y.start) + u64::from(longest) <= x.start.into());
        let near = b[from..].iter().enumerate().take_while(|(_, y)| y.start < x.end);
        near.filter_map(move |(j, y)| {
            let shared = x.shared(y);
            (shared > 0 && x.label == y.label).then_some((i, from + j, shared))
        })
    })
}

/// Greedy one-to-one matching, best first.
fn one_to_one(mut pairs: Vec<(f64, usize, usize)>, first: usize, second: usize) -> Match {
    pairs.sort_unstable_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let (mut used_first, mut used_second) = (vec![false; first], vec![false; second]);
    let (mut matched, mut iou) = (0, 0.0);
    for (score, i, j) in pairs {
        if !used_first[i] && !used_second[j] {
            (used_first[i], used_second[j]) = (true, true);
            matched += 1;
            iou += score;
        }
    }
    Match { matched, iou, first, second }
}

/// Which figure of a [`Match`] is pooled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// [`Match::f1`].
    F1,
    /// [`Match::mean_iou`].
    MeanIou,
}

impl Figure {
    fn parts(self, m: &Match) -> (f64, f64) {
        let all = (m.first + m.second) as f64;
        match self {
            Self::F1 => (2.0 * m.matched as f64, all),
            Self::MeanIou => (m.iou, all - m.matched as f64),
        }
    }
}

/// Agreement of all pairs of raters on structured answers.
#[derive(Debug, Clone, PartialEq)]
pub struct StructureAgreement {
    /// Pooled over pairs of raters and units; each unit weighs as its ratings.
    pub value: Result<f64, Undefined>,
    /// Percentile bootstrap interval over units, if asked for and defined.
    pub interval: Option<Interval>,
    /// The same figure of each rater against all others; `None` without a shared find.
    pub raters: Vec<Option<f64>>,
    /// Units with at least two answers.
    pub units: usize,
}

/// Pools `figure` over all pairs of answers to the same task. A list of answers by the same worker
/// to one task counts once, with the first. Two empty lists agree but weigh nothing.
///
/// `compare` is [`match_spans`] or [`match_boxes`] with its options fixed.
pub fn pairwise<T>(
    answers: &[Answer<Vec<T>>],
    figure: Figure,
    compare: impl Fn(&[T], &[T]) -> Match,
    options: Option<&Bootstrap>,
) -> Result<StructureAgreement, LearnError> {
    if answers.is_empty() {
        return Err(LearnError::Empty { what: "the list of answers" });
    }
    let mut order: Vec<usize> = (0..answers.len()).collect();
    order.sort_by_key(|&i| (answers[i].task, answers[i].worker));
    order.dedup_by_key(|i| (answers[*i].task, answers[*i].worker));
    let n_raters = answers.iter().map(|a| a.worker).max().unwrap_or(0).saturating_add(1);
    if n_raters > answers.len().saturating_mul(4).saturating_add(1 << 20) {
        let must = "numbered densely from 0";
        return Err(LearnError::Parameter { name: "worker", must });
    }
    let mut raters = vec![(0.0, 0.0); n_raters];
    let mut units: Vec<(f64, f64)> = Vec::new();
    for unit in order.chunk_by(|&a, &b| answers[a].task == answers[b].task) {
        if unit.len() < 2 {
            continue;
        }
        let mut sums = (0.0, 0.0);
        for (n, &i) in unit.iter().enumerate() {
            for &j in &unit[..n] {
                let parts = figure.parts(&compare(&answers[i].value, &answers[j].value));
                for sum in [i, j].map(|r| answers[r].worker) {
                    raters[sum].0 += parts.0;
                    raters[sum].1 += parts.1;
                }
                sums = (sums.0 + parts.0, sums.1 + parts.1);
            }
        }
        let others = (unit.len() - 1) as f64;
        units.push((sums.0 / others, sums.1 / others));
    }
    let pooled = |times: &mut dyn Iterator<Item = f64>| {
        let weighted = times.zip(&units);
        let (part, whole) =
            weighted.fold((0.0, 0.0), |sum, (t, u)| (sum.0 + t * u.0, sum.1 + t * u.1));
        (whole > 0.0).then(|| part / whole)
    };
    let undefined = if units.is_empty() { Undefined::NoPairs } else { Undefined::NoVariance };
    let interval = match options {
        None => None,
        Some(options) => options.interval(&vec![1; units.len()], |times| {
            pooled(&mut times.iter().map(|&t| f64::from(t)))
        })?,
    };
    Ok(StructureAgreement {
        value: pooled(&mut std::iter::repeat(1.0)).ok_or(undefined),
        interval,
        raters: raters.into_iter().map(|(p, w)| (w > 0.0).then(|| p / w)).collect(),
        units: units.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(start: u32, end: u32, label: u32) -> Span {
        Span { start, end, label }
    }

    #[test]
    fn spans_are_matched_by_each_rule() {
        let a = [span(0, 5, 0), span(10, 14, 1), span(20, 22, 0)];
        let b = [span(0, 5, 0), span(10, 16, 1), span(20, 22, 1)];
        assert_eq!(match_spans(&a, &b, SpanMatch::Exact).matched, 1);
        let overlap = match_spans(&a, &b, SpanMatch::Overlap);
        assert_eq!(overlap.matched, 2);
        assert!((overlap.iou - (1.0 + 4.0 / 6.0)).abs() < 1e-12);
        let offsets = match_spans(&a, &b, SpanMatch::Offsets);
        assert_eq!((offsets.matched, offsets.first, offsets.second), (9, 11, 13));
        assert_eq!(match_spans(&[], &[], SpanMatch::Exact).f1(), 1.0);
        assert_eq!(match_spans(&a, &[], SpanMatch::Overlap).f1(), 0.0);
    }

    #[test]
    fn boxes_are_matched_best_first() {
        let unit = |x0: f64| Rect { x0, y0: 0.0, x1: x0 + 1.0, y1: 1.0, label: 0 };
        let m = match_boxes(&[unit(0.0), unit(0.4)], &[unit(0.5)], 0.1);
        // Overlap .9 of 1.1 wins over .5 of 1.5.
        assert_eq!(m.matched, 1);
        assert!((m.iou - 0.9 / 1.1).abs() < 1e-12);
        assert!((m.mean_iou() - 0.9 / 1.1 / 2.0).abs() < 1e-12);
        let other = [Rect { label: 1, ..unit(0.5) }];
        assert_eq!(match_boxes(&[unit(0.5)], &other, 0.1).matched, 0);
    }

    #[test]
    fn answers_are_pooled_over_pairs() {
        let answer = |task, worker, value: &[Span]| Answer { task, worker, value: value.to_vec() };
        let answers = [
            answer(0, 0, &[span(0, 5, 0)]),
            answer(0, 1, &[span(0, 5, 0)]),
            answer(1, 0, &[span(0, 5, 0), span(7, 9, 0)]),
            answer(1, 1, &[span(1, 5, 0), span(7, 9, 0)]),
            answer(2, 0, &[]),
        ];
        let exact = |a: &[Span], b: &[Span]| match_spans(a, b, SpanMatch::Exact);
        let options = Bootstrap { resamples: 200, ..Bootstrap::default() };
        let got = pairwise(&answers, Figure::F1, exact, Some(&options)).unwrap();
        assert_eq!((got.value, got.units), (Ok(4.0 / 6.0), 2));
        let interval = got.interval.unwrap();
        assert_eq!((interval.low, interval.high), (0.5, 1.0));
        assert_eq!(got.raters, [Some(4.0 / 6.0); 2]);
        let alone = pairwise(&answers[4..], Figure::F1, exact, None).unwrap();
        assert_eq!(alone.value, Err(Undefined::NoPairs));
        assert!(pairwise(&answers[..0], Figure::F1, exact, None).is_err());
    }

    fn spans() -> impl Strategy<Value = Vec<Span>> {
        prop::collection::btree_set((0_u32..40, 1_u32..9, 0_u32..2), 0..8)
            .prop_map(|set| set.into_iter().map(|(s, l, k)| span(s, s + l, k)).collect())
    }

    proptest! {
        #[test]
        fn agreement_is_symmetric_bounded_and_full_with_itself(a in spans(), b in spans()) {
            for rule in [SpanMatch::Exact, SpanMatch::Overlap] {
                let (ab, ba) = (match_spans(&a, &b, rule), match_spans(&b, &a, rule));
                prop_assert!((0.0..=1.0).contains(&ab.f1()) && ab.mean_iou() <= 1.0);
                prop_assert!(rule == SpanMatch::Overlap || ab.matched == ba.matched);
                prop_assert_eq!(match_spans(&a, &a, rule).f1(), 1.0);
            }
            let exact = match_spans(&a, &b, SpanMatch::Exact).matched;
            prop_assert!(exact <= match_spans(&a, &b, SpanMatch::Overlap).matched);
            let slow: u64 = a.iter().flat_map(|x| b.iter().map(move |y| (x, y)))
                .filter(|(x, y)| x.label == y.label).map(|(x, y)| x.shared(y)).sum();
            let (x, y) = (sorted(&a), sorted(&b));
            prop_assert_eq!(overlaps(&x, &y).map(|p| p.2).sum::<u64>(), slow);
        }
    }
}
