//! The fitted map from values to sparse features.

use std::sync::Arc;

use super::image::Layout;
use super::terms::{Lowered, TermMap};
use super::{FeatureKind, FeatureOptions, FeatureSpec, Image, Input, Value};
use crate::LearnError;
use crate::sparse::Csr;

/// Pixels of an image feature, at most; more would make the model larger than its use.
const MAX_PIXELS: usize = 1 << 16;

/// A map from rows to sparse features, fitted once; the same row always gives the same features.
///
/// Text terms weigh `tf * idf` with `idf = ln((1 + n) / (1 + df)) + 1` (scikit-learn's
/// `smooth_idf`), `tf = 1 + ln(count)` if sublinear, each block scaled to Euclidean length 1.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureMap {
    pub(super) specs: Vec<FeatureSpec>,
    pub(super) options: FeatureOptions,
    pub(super) blocks: Vec<Block>,
    /// First feature of each block, and the number of features.
    pub(super) starts: Vec<u32>,
}

/// What fitting learnt for one spec.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Block {
    Terms(Vocabulary),
    Number { mean: f64, scale: f64 },
    Category(Vocabulary),
    Image { layout: Layout, scale: f32 },
}

/// Terms in alphabetical order, with a weight each.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Vocabulary {
    pub(super) terms: Vec<Arc<str>>,
    pub(super) weights: Vec<f32>,
    index: TermMap<u32>,
}

/// Where in a row a feature was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Place {
    /// For texts: start and end of each occurrence, in code points of the original text.
    pub spans: Vec<(usize, usize)>,
    /// For images: left, top, width and height in pixels of the spec's size.
    pub region: Option<[usize; 4]>,
}

impl Vocabulary {
    /// `terms` must be in ascending order, with one weight each.
    pub(super) fn new(terms: Vec<Arc<str>>, weights: Vec<f32>) -> Self {
        let index = terms.iter().enumerate().map(|(i, t)| (Arc::clone(t), i as u32)).collect();
        Self { terms, weights, index }
    }

    /// Keeps terms of at least `min_df` rows, of those the `limit` most frequent.
    fn from_counts(df: TermMap<u32>, rows: usize, min_df: u32, limit: usize) -> Self {
        let mut kept: Vec<(Arc<str>, u32)> = df.into_iter().filter(|e| e.1 >= min_df).collect();
        kept.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        kept.truncate(limit);
        kept.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let idf = |df: u32| (((1 + rows) as f64 / f64::from(1 + df)).ln() + 1.0) as f32;
        let weights = kept.iter().map(|e| idf(e.1)).collect();
        Self::new(kept.into_iter().map(|e| e.0).collect(), weights)
    }
}

impl FeatureMap {
    /// Learns vocabulary, document frequencies, means and scales from `rows`.
    pub fn fit(
        specs: &[FeatureSpec],
        rows: &[Input<'_>],
        options: FeatureOptions,
    ) -> Result<Self, LearnError> {
        if !(options.image_norm.is_finite() && options.image_norm > 0.0) {
            return Err(LearnError::Parameter { name: "image_norm", must: "positive" });
        }
        let mut blocks = Vec::with_capacity(specs.len());
        for spec in specs {
            check_kind(spec.kind)?;
            blocks.push(fit_block(spec, rows, &options)?);
        }
        Self::assemble(specs.to_vec(), options, blocks)
    }

    /// Puts fitted blocks together, counting their features.
    pub(super) fn assemble(
        specs: Vec<FeatureSpec>,
        options: FeatureOptions,
        blocks: Vec<Block>,
    ) -> Result<Self, LearnError> {
        let mut starts = vec![0_u32];
        let mut total = 0_u32;
        for block in &blocks {
            let more = u32::try_from(block.features()).ok();
            total = more.and_then(|n| total.checked_add(n)).ok_or(LearnError::Parameter {
                name: "specs",
                must: "of fewer than 2^32 features in all",
            })?;
            starts.push(total);
        }
        Ok(Self { specs, options, blocks, starts })
    }

    /// Number of features.
    pub fn features(&self) -> usize {
        self.starts.last().map_or(0, |&n| n as usize)
    }

    /// What the map was fitted for.
    pub fn specs(&self) -> &[FeatureSpec] {
        &self.specs
    }

    /// Features of `rows`: `rows.len()` x [`FeatureMap::features`].
    pub fn transform(&self, rows: &[Input<'_>]) -> Result<Csr, LearnError> {
        let mut out = Csr::new(self.features());
        let mut entries = Vec::new();
        for (row, input) in rows.iter().enumerate() {
            for block in 0..self.blocks.len() {
                self.push_block(block, row, input, &mut entries)?;
            }
            out.push_row(&mut entries)?;
        }
        Ok(out)
    }

    /// Index of the block that `feature` belongs to.
    fn block_of(&self, feature: usize) -> usize {
        self.starts.partition_point(|&s| s as usize <= feature).saturating_sub(1)
    }

    /// The spec and the readable name of a feature below [`FeatureMap::features`].
    pub fn name(&self, feature: usize) -> (&FeatureSpec, String) {
        let block = self.block_of(feature);
        let inner = feature - self.starts[block] as usize;
        let spec = &self.specs[block];
        let name = match &self.blocks[block] {
            Block::Terms(v) | Block::Category(v) => v.terms[inner].to_string(),
            Block::Number { .. } => spec.name.clone(),
            Block::Image { layout, .. } => layout.describe(inner).0,
        };
        (spec, name)
    }

    /// Where `input` holds each of `features`, in the same order.
    pub fn places(&self, input: &Input<'_>, features: &[usize]) -> Vec<Place> {
        let mut out = vec![Place::default(); features.len()];
        for (block, spec) in self.specs.iter().enumerate() {
            let range = self.starts[block] as usize..self.starts[block + 1] as usize;
            let wanted = || features.iter().enumerate().filter(|(_, f)| range.contains(f));
            if wanted().next().is_none() {
                continue;
            }
            match (&self.blocks[block], input.value(spec.column)) {
                (Block::Terms(vocabulary), Value::Text(text)) => {
                    let slots: std::collections::BTreeMap<usize, usize> =
                        wanted().map(|(slot, f)| (f - range.start, slot)).collect();
                    Lowered::new(text).for_each_term(spec.kind, &mut |term, start, end| {
                        let slot =
                            vocabulary.index.get(term).and_then(|&i| slots.get(&(i as usize)));
                        if let Some(&slot) = slot {
                            out[slot].spans.push((start, end));
                        }
                    });
                }
                (Block::Category(_), Value::Text(text)) => {
                    let whole = (0, text.chars().count());
                    wanted().for_each(|(slot, _)| out[slot].spans.push(whole));
                }
                (Block::Image { layout, .. }, _) => {
                    wanted().for_each(|(slot, f)| {
                        out[slot].region = Some(layout.describe(f - range.start).1);
                    });
                }
                _ => {}
            }
        }
        out
    }

    /// For each feature here, the feature of `old` with the same spec and name, if there is one;
    /// so that weights learnt over `old` can start a fit over this map.
    pub fn positions_in(&self, old: &Self) -> Vec<Option<usize>> {
        let mut out = vec![None; self.features()];
        for (block, spec) in self.specs.iter().enumerate() {
            let start = self.starts[block] as usize;
            let Some(other) = old.specs.iter().position(|s| s == spec) else { continue };
            let old_start = old.starts[other] as usize;
            match (&self.blocks[block], &old.blocks[other]) {
                (Block::Terms(a), Block::Terms(b)) | (Block::Category(a), Block::Category(b)) => {
                    for (i, term) in a.terms.iter().enumerate() {
                        out[start + i] = b.index.get(term).map(|&j| old_start + j as usize);
                    }
                }
                (a, b) if a.features() == b.features() => {
                    for i in 0..a.features() {
                        out[start + i] = Some(old_start + i);
                    }
                }
                _ => {}
            }
        }
        out
    }

    fn push_block(
        &self,
        block: usize,
        row: usize,
        input: &Input<'_>,
        out: &mut Vec<(u32, f32)>,
    ) -> Result<(), LearnError> {
        let spec = &self.specs[block];
        let start = self.starts[block];
        match &self.blocks[block] {
            Block::Terms(vocabulary) => {
                if let Some(text) = text_of(spec, row, input)? {
                    push_terms(vocabulary, spec.kind, text, self.options.sublinear_tf, start, out);
                }
            }
            Block::Number { mean, scale } => {
                if let Some(x) = number_of(spec, row, input)? {
                    out.push((start, ((x - mean) * scale) as f32));
                }
            }
            Block::Category(vocabulary) => {
                if let Some(&i) = text_of(spec, row, input)?.and_then(|t| vocabulary.index.get(t)) {
                    out.push((start + i, 1.0));
                }
            }
            Block::Image { layout, scale } => {
                if let Some(image) = image_of(spec, row, input)? {
                    let pixels = layout.resample(image, *scale);
                    let norm = self.options.image_norm / 3.0_f32.sqrt();
                    layout.push(&pixels, norm, start, out);
                }
            }
        }
        Ok(())
    }
}

impl Block {
    fn features(&self) -> usize {
        match self {
            Self::Terms(v) | Self::Category(v) => v.terms.len(),
            Self::Number { .. } => 1,
            Self::Image { layout, .. } => layout.features(),
        }
    }
}

/// Checks what a kind's numbers can be.
pub(super) fn check_kind(kind: FeatureKind) -> Result<(), LearnError> {
    let wrong = |name, must| Err(LearnError::Parameter { name, must });
    match kind {
        FeatureKind::Words { min, max } if min < 1 || min > max || max > 5 => {
            wrong("words", "min..=max within 1..=5")
        }
        FeatureKind::Chars { min, max } if min < 1 || min > max || max > 8 => {
            wrong("chars", "min..=max within 1..=8")
        }
        FeatureKind::Image { width, height }
            if width == 0
                || height == 0
                || usize::from(width) * usize::from(height) > MAX_PIXELS =>
        {
            wrong("image", "of 1 to 65536 pixels")
        }
        _ => Ok(()),
    }
}

fn fit_block(
    spec: &FeatureSpec,
    rows: &[Input<'_>],
    options: &FeatureOptions,
) -> Result<Block, LearnError> {
    match spec.kind {
        FeatureKind::Words { .. } | FeatureKind::Chars { .. } => {
            let df = document_frequencies(spec, rows)?;
            Ok(Block::Terms(Vocabulary::from_counts(
                df,
                rows.len(),
                options.min_df,
                options.max_terms,
            )))
        }
        FeatureKind::Category => {
            let mut df = TermMap::<u32>::default();
            for (row, input) in rows.iter().enumerate() {
                if let Some(text) = text_of(spec, row, input)? {
                    *df.entry(Arc::from(text)).or_insert(0) += 1;
                }
            }
            Ok(Block::Category(Vocabulary::from_counts(df, rows.len(), 1, options.max_terms)))
        }
        FeatureKind::Number => fit_number(spec, rows),
        FeatureKind::Image { width, height } => {
            let mut largest = 0.0_f32;
            for (row, input) in rows.iter().enumerate() {
                if let Some(image) = image_of(spec, row, input)? {
                    largest = image.pixels.iter().fold(largest, |a, &b| a.max(b));
                }
            }
            let layout = Layout { width: usize::from(width), height: usize::from(height) };
            // Images that are already within 0..=1 are left as they are, also dark ones.
            Ok(Block::Image { layout, scale: if largest > 1.0 { 1.0 / largest } else { 1.0 } })
        }
    }
}

fn fit_number(spec: &FeatureSpec, rows: &[Input<'_>]) -> Result<Block, LearnError> {
    let (mut n, mut mean, mut squares) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (row, input) in rows.iter().enumerate() {
        if let Some(x) = number_of(spec, row, input)? {
            // Welford's update: no cancellation for large means.
            n += 1.0;
            let step = x - mean;
            mean += step / n;
            squares += step * (x - mean);
        }
    }
    let deviation = if n > 0.0 { (squares / n).sqrt() } else { 0.0 };
    let usable = deviation.is_finite() && deviation > 1e-12 * mean.abs().max(1e-290);
    let mean = if mean.is_finite() { mean } else { 0.0 };
    Ok(Block::Number { mean, scale: if usable { 1.0 / deviation } else { 0.0 } })
}

fn document_frequencies(
    spec: &FeatureSpec,
    rows: &[Input<'_>],
) -> Result<TermMap<u32>, LearnError> {
    let mut last_row = TermMap::<(u32, usize)>::default();
    for (row, input) in rows.iter().enumerate() {
        let Some(text) = text_of(spec, row, input)? else { continue };
        Lowered::new(text).for_each_term(spec.kind, &mut |term, _, _| {
            if let Some((df, last)) = last_row.get_mut(term) {
                *df += u32::from(*last != row);
                *last = row;
            } else {
                last_row.insert(Arc::from(term), (1, row));
            }
        });
    }
    Ok(last_row.into_iter().map(|(term, (df, _))| (term, df)).collect())
}

fn push_terms(
    vocabulary: &Vocabulary,
    kind: FeatureKind,
    text: &str,
    sublinear: bool,
    start: u32,
    out: &mut Vec<(u32, f32)>,
) {
    let mut found: Vec<u32> = Vec::new();
    Lowered::new(text).for_each_term(kind, &mut |term, _, _| {
        found.extend(vocabulary.index.get(term));
    });
    found.sort_unstable();
    let first = out.len();
    for group in found.chunk_by(|a, b| a == b) {
        let count = group.len() as f32;
        let tf = if sublinear { 1.0 + count.ln() } else { count };
        out.push((start + group[0], tf * vocabulary.weights[group[0] as usize]));
    }
    let length = out[first..].iter().map(|e| f64::from(e.1) * f64::from(e.1)).sum::<f64>().sqrt();
    for (_, x) in &mut out[first..] {
        *x = (f64::from(*x) / length) as f32;
    }
}

fn wrong_kind(spec: &FeatureSpec, row: usize, expected: &'static str) -> LearnError {
    LearnError::Kind { column: spec.name.clone(), row, expected }
}

fn text_of<'a>(
    spec: &FeatureSpec,
    row: usize,
    input: &Input<'a>,
) -> Result<Option<&'a str>, LearnError> {
    match input.value(spec.column) {
        Value::Text(text) => Ok(Some(text)),
        Value::Missing => Ok(None),
        _ => Err(wrong_kind(spec, row, "a text")),
    }
}

fn number_of(spec: &FeatureSpec, row: usize, input: &Input<'_>) -> Result<Option<f64>, LearnError> {
    match input.value(spec.column) {
        Value::Number(x) if x.is_finite() => Ok(Some(x)),
        Value::Number(_) => Err(LearnError::NotFinite { what: "number of row", at: row }),
        Value::Missing => Ok(None),
        _ => Err(wrong_kind(spec, row, "a number")),
    }
}

fn image_of<'a>(
    spec: &FeatureSpec,
    row: usize,
    input: &Input<'a>,
) -> Result<Option<Image<'a>>, LearnError> {
    let image = match input.value(spec.column) {
        Value::Image(image) => image,
        Value::Missing => return Ok(None),
        _ => return Err(wrong_kind(spec, row, "an image")),
    };
    let pixels = image.width.saturating_mul(image.height);
    if pixels == 0 || pixels != image.pixels.len() {
        return Err(LearnError::Shape {
            what: "image (pixels of width x height)",
            expected: pixels.max(1),
            found: image.pixels.len(),
        });
    }
    if image.pixels.iter().any(|x| !x.is_finite()) {
        return Err(LearnError::NotFinite { what: "pixel of row", at: row });
    }
    Ok(Some(image))
}

#[cfg(test)]
mod tests;
