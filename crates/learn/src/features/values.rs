//! Taking a value of the right kind from a row.

use super::{FeatureSpec, Image, Input, Value};
use crate::LearnError;

fn wrong_kind(spec: &FeatureSpec, row: usize, expected: &'static str) -> LearnError {
    LearnError::Kind { column: spec.name.clone(), row, expected }
}

/// The value of a spec's column, if it is there and fits the kind.
pub(super) fn text_of<'a>(
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

/// The value of a spec's column, if it is there and fits the kind.
pub(super) fn number_of(
    spec: &FeatureSpec,
    row: usize,
    input: &Input<'_>,
) -> Result<Option<f64>, LearnError> {
    match input.value(spec.column) {
        Value::Number(x) if x.is_finite() => Ok(Some(x)),
        Value::Number(_) => Err(LearnError::NotFinite { what: "number of row", at: row }),
        Value::Missing => Ok(None),
        _ => Err(wrong_kind(spec, row, "a number")),
    }
}

/// The value of a spec's column, if it is there and fits the kind.
pub(super) fn image_of<'a>(
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
