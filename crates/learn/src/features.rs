//! From a row's values (texts, numbers, categories, images) to sparse numbers.
//!
//! A [`FeatureMap`] is fitted once, preferably on the whole pool of unlabelled rows, then applied
//! to any row; it names every feature, so that a prediction can be explained.

mod fit;
mod image;
mod map;
mod stored;
mod terms;
mod values;
mod vocabulary;

pub use map::{FeatureMap, Place};

/// What one fitted block of features is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureSpec {
    /// Index of the value in [`Input::values`]; several specs may read the same value.
    pub column: usize,
    /// The column's name, for explanations.
    pub name: String,
    /// What to make of the value.
    pub kind: FeatureKind,
}

impl FeatureSpec {
    /// The features that learn a text from fewest labels: words and pairs of words, and pieces of
    /// words, which forgive spelling and endings.
    pub fn text(column: usize, name: &str) -> Vec<Self> {
        let spec = |kind| Self { column, name: name.to_owned(), kind };
        vec![
            spec(FeatureKind::Words { min: 1, max: 2 }),
            spec(FeatureKind::Chars { min: 3, max: 5 }),
        ]
    }
}

/// How a value becomes features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeatureKind {
    /// TF-IDF of word n-grams of `min..=max` words; words are scikit-learn's default
    /// `(?u)\b\w\w+\b` of the lower-cased text.
    Words {
        /// Fewest words of a term.
        min: u8,
        /// Most words of a term.
        max: u8,
    },
    /// TF-IDF of character n-grams of `min..=max` characters inside words padded with one blank
    /// (scikit-learn's `char_wb`).
    Chars {
        /// Fewest characters of a term.
        min: u8,
        /// Most characters of a term.
        max: u8,
    },
    /// A number, standardised to mean 0 and variance 1 of the fitted rows. Missing is the mean.
    Number,
    /// One 0/1 feature for each distinct text of the fitted rows. Unknown and missing are all 0.
    Category,
    /// Grey pixels and edge directions of an image brought to `width` x `height` by area means.
    Image {
        /// Pixels across.
        width: u16,
        /// Pixels down.
        height: u16,
    },
}

/// One value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Nothing is known; never an error.
    Missing,
    /// A text, or the name of a category.
    Text(&'a str),
    /// A finite number.
    Number(f64),
    /// A grey image.
    Image(Image<'a>),
}

/// A grey image: `pixels` row by row, `pixels.len() == width * height`, any non-negative scale (the
/// largest pixel of the fitted rows becomes 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Image<'a> {
    /// Brightness of each pixel, row by row.
    pub pixels: &'a [f32],
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
}

/// The values of one row, in the order that [`FeatureSpec::column`] counts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Input<'a> {
    /// One value a column; columns beyond the end count as missing.
    pub values: Vec<Value<'a>>,
}

impl<'a> Input<'a> {
    /// A row of one text.
    pub fn text(text: &'a str) -> Self {
        Self { values: vec![Value::Text(text)] }
    }

    /// A row of one image.
    pub fn image(pixels: &'a [f32], width: usize, height: usize) -> Self {
        Self { values: vec![Value::Image(Image { pixels, width, height })] }
    }

    /// A row of numbers.
    pub fn numbers(numbers: &[f64]) -> Self {
        Self { values: numbers.iter().map(|&x| Value::Number(x)).collect() }
    }

    pub(crate) fn value(&self, column: usize) -> Value<'a> {
        self.values.get(column).copied().unwrap_or(Value::Missing)
    }
}

/// How a [`FeatureMap`] is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureOptions {
    /// A term must occur in at least this many rows. Default 2.
    pub min_df: u32,
    /// At most this many terms a block: those in most rows, ties in alphabetical order.
    /// Default 20,000.
    pub max_terms: usize,
    /// Term frequency `1 + ln(count)` instead of `count`. Default true.
    pub sublinear_tf: bool,
    /// Length to which the features of an image are scaled, against length 1 of a text. Under L2
    /// a length of `s` acts as `C * s^2`. Default 6.
    pub image_norm: f32,
}

impl Default for FeatureOptions {
    fn default() -> Self {
        Self { min_df: 2, max_terms: 20_000, sublinear_tf: true, image_norm: 6.0 }
    }
}
