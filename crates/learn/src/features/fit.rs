//! Learning what each kind of feature needs from the rows.

use std::sync::Arc;

use super::image::Layout;
use super::map::Block;
use super::terms::{Lowered, TermMap};
use super::values::{image_of, number_of, text_of};
use super::vocabulary::Vocabulary;
use super::{FeatureKind, FeatureOptions, FeatureSpec, Input};
use crate::LearnError;

/// Pixels of an image feature, at most; more would make the model larger than its use.
const MAX_PIXELS: usize = 1 << 16;

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

/// Learns what one spec needs from the rows.
pub(super) fn fit_block(
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
