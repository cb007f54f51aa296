//! The fitted map from values to sparse features.

use super::fit::{check_kind, fit_block};
use super::image::Layout;
use super::terms::Lowered;
use super::values::{image_of, number_of, text_of};
use super::vocabulary::Vocabulary;
use super::{FeatureOptions, FeatureSpec, Input, Value};
use crate::LearnError;
use crate::sparse::Csr;

/// Standard deviations from the mean beyond which a number is taken as if it were just so far: an
/// absurd value may decide a prediction, but must not break it.
const FARTHEST: f64 = 1e4;

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

/// Where in a row a feature was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Place {
    /// For texts: start and end of each occurrence, in code points of the original text.
    pub spans: Vec<(usize, usize)>,
    /// For images: left, top, width and height in pixels of the spec's size.
    pub region: Option<[usize; 4]>,
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
                    vocabulary.push(spec.kind, text, self.options.sublinear_tf, start, out);
                }
            }
            Block::Number { mean, scale } => {
                if let Some(x) = number_of(spec, row, input)? {
                    let x = ((x - mean) * scale).clamp(-FARTHEST, FARTHEST);
                    out.push((start, x as f32));
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

#[cfg(test)]
mod tests;
