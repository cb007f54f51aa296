//! Terms with their weights, and the features of a text by them.

use std::sync::Arc;

use super::FeatureKind;
use super::terms::{Lowered, TermMap};

/// Terms in alphabetical order, with a weight each.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Vocabulary {
    pub(super) terms: Vec<Arc<str>>,
    pub(super) weights: Vec<f32>,
    pub(super) index: TermMap<u32>,
}

impl Vocabulary {
    /// `terms` must be in ascending order, with one weight each.
    pub(super) fn new(terms: Vec<Arc<str>>, weights: Vec<f32>) -> Self {
        let index = terms.iter().enumerate().map(|(i, t)| (Arc::clone(t), i as u32)).collect();
        Self { terms, weights, index }
    }

    /// Keeps terms of at least `min_df` rows, of those the `limit` most frequent.
    pub(super) fn from_counts(df: TermMap<u32>, rows: usize, min_df: u32, limit: usize) -> Self {
        let mut kept: Vec<(Arc<str>, u32)> = df.into_iter().filter(|e| e.1 >= min_df).collect();
        kept.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        kept.truncate(limit);
        kept.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let idf = |df: u32| (((1 + rows) as f64 / f64::from(1 + df)).ln() + 1.0) as f32;
        let weights = kept.iter().map(|e| idf(e.1)).collect();
        Self::new(kept.into_iter().map(|e| e.0).collect(), weights)
    }

    /// Appends the TF-IDF features of a text, scaled to length 1, from feature `start` on.
    pub(super) fn push(
        &self,
        kind: FeatureKind,
        text: &str,
        sublinear: bool,
        start: u32,
        out: &mut Vec<(u32, f32)>,
    ) {
        let mut found: Vec<u32> = Vec::new();
        Lowered::new(text).for_each_term(kind, &mut |term, _, _| {
            found.extend(self.index.get(term));
        });
        found.sort_unstable();
        let first = out.len();
        for group in found.chunk_by(|a, b| a == b) {
            let count = group.len() as f32;
            let tf = if sublinear { 1.0 + count.ln() } else { count };
            out.push((start + group[0], tf * self.weights[group[0] as usize]));
        }
        let length =
            out[first..].iter().map(|e| f64::from(e.1) * f64::from(e.1)).sum::<f64>().sqrt();
        for (_, x) in &mut out[first..] {
            *x = (f64::from(*x) / length) as f32;
        }
    }
}
