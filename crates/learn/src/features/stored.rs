//! Bytes of a [`FeatureMap`].

use std::sync::Arc;

use super::fit::check_kind;
use super::image::Layout;
use super::map::Block;
use super::vocabulary::Vocabulary;
use super::{FeatureKind, FeatureMap, FeatureOptions, FeatureSpec};
use crate::LearnError;
use crate::bytes::{Reader, Writer};

const NAME: [u8; 4] = *b"TLFM";
const VERSION: u8 = 1;

impl FeatureMap {
    /// The map as bytes; equal maps give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new(NAME, VERSION);
        w.u32(self.options.min_df);
        w.u64(self.options.max_terms as u64);
        w.u8(u8::from(self.options.sublinear_tf));
        w.f32(self.options.image_norm);
        w.len(self.specs.len());
        for (spec, block) in self.specs.iter().zip(&self.blocks) {
            w.u64(spec.column as u64);
            w.str(&spec.name);
            let (tag, a, b) = match spec.kind {
                FeatureKind::Words { min, max } => (0, u32::from(min), u32::from(max)),
                FeatureKind::Chars { min, max } => (1, u32::from(min), u32::from(max)),
                FeatureKind::Number => (2, 0, 0),
                FeatureKind::Category => (3, 0, 0),
                FeatureKind::Image { width, height } => (4, u32::from(width), u32::from(height)),
            };
            w.u8(tag);
            w.u32(a);
            w.u32(b);
            match block {
                Block::Terms(v) | Block::Category(v) => {
                    w.len(v.terms.len());
                    v.terms.iter().for_each(|t| w.str(t));
                    w.f32s(&v.weights);
                }
                Block::Number { mean, scale } => {
                    w.f64(*mean);
                    w.f64(*scale);
                }
                Block::Image { scale, .. } => w.f32(*scale),
            }
        }
        w.finish()
    }

    /// Reads back what [`FeatureMap::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LearnError> {
        let mut r = Reader::new("feature map", NAME, VERSION, bytes)?;
        let options = FeatureOptions {
            min_df: r.u32()?,
            max_terms: r.u64()? as usize,
            sublinear_tf: r.u8()? != 0,
            image_norm: r.f32()?,
        };
        let n = r.len(16)?;
        let mut specs = Vec::with_capacity(n);
        let mut blocks = Vec::with_capacity(n);
        for _ in 0..n {
            let column = r.u64()? as usize;
            let name = r.str()?.to_owned();
            let kind = read_kind(&mut r)?;
            blocks.push(read_block(&mut r, kind)?);
            specs.push(FeatureSpec { column, name, kind });
        }
        r.finish()?;
        Self::assemble(specs, options, blocks)
    }
}

fn read_kind(r: &mut Reader<'_>) -> Result<FeatureKind, LearnError> {
    let (tag, a, b) = (r.u8()?, r.u32()?, r.u32()?);
    let small = |x: u32| u8::try_from(x).unwrap_or(u8::MAX);
    let side = |x: u32| u16::try_from(x).unwrap_or(0);
    let kind = match tag {
        0 => FeatureKind::Words { min: small(a), max: small(b) },
        1 => FeatureKind::Chars { min: small(a), max: small(b) },
        2 => FeatureKind::Number,
        3 => FeatureKind::Category,
        4 => FeatureKind::Image { width: side(a), height: side(b) },
        _ => return Err(r.wrong("unknown kind of feature")),
    };
    check_kind(kind).map_err(|_| r.wrong("impossible numbers of a kind of feature"))?;
    Ok(kind)
}

fn read_block(r: &mut Reader<'_>, kind: FeatureKind) -> Result<Block, LearnError> {
    match kind {
        FeatureKind::Words { .. } | FeatureKind::Chars { .. } => {
            Ok(Block::Terms(read_vocabulary(r)?))
        }
        FeatureKind::Category => Ok(Block::Category(read_vocabulary(r)?)),
        FeatureKind::Number => Ok(Block::Number { mean: r.f64()?, scale: r.f64()? }),
        FeatureKind::Image { width, height } => {
            let layout = Layout { width: usize::from(width), height: usize::from(height) };
            Ok(Block::Image { layout, scale: r.f32()? })
        }
    }
}

fn read_vocabulary(r: &mut Reader<'_>) -> Result<Vocabulary, LearnError> {
    let n = r.len(8)?;
    let mut terms: Vec<Arc<str>> = Vec::with_capacity(n);
    for _ in 0..n {
        let term = r.str()?;
        if terms.last().is_some_and(|last| &**last >= term) {
            return Err(r.wrong("terms are out of order"));
        }
        terms.push(Arc::from(term));
    }
    let weights = r.f32s()?;
    if weights.len() != n {
        return Err(r.wrong("there is not one weight a term"));
    }
    Ok(Vocabulary::new(terms, weights))
}
