//! The built-in classifier: features, linear weights and a temperature.
//!
//! Training is a few lines: [`FeatureMap::fit`] on the pool, [`FeatureMap::transform`] on the
//! labelled rows, [`LinearClassifier::fit_on`]; or [`LinearClassifier::fit`], which does the three
//! with the labelled rows as the pool.

mod train;

use crate::LearnError;
use crate::bytes::{Reader, Writer};
use crate::calibrate::Quality;
use crate::features::{FeatureMap, FeatureOptions, FeatureSpec, Input, Place};
use crate::logistic::{Convergence, FitOptions, Weights};
use crate::sparse::Csr;

const NAME: [u8; 4] = *b"TLLC";
const VERSION: u8 = 1;

/// A fitted classifier. Its numbers are public to be shown; [`LinearClassifier::from_parts`] makes
/// one from parts that fit together.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearClassifier {
    /// How rows become features.
    pub features: FeatureMap,
    /// Weight of each feature for each class.
    pub weights: Weights,
    /// What logits are divided by before the softmax.
    pub temperature: f64,
}

/// How a classifier is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainOptions {
    /// Features to make, used where the map is fitted along with the weights.
    pub specs: Vec<FeatureSpec>,
    /// How features are fitted.
    pub features: FeatureOptions,
    /// Number of classes; labels are below it. Classes without a row are allowed.
    pub classes: usize,
    /// How weights are fitted. Default tolerance 2e-4; the folds use 5e-4 or this, the larger.
    pub fit: FitOptions,
    /// Folds of the cross-validation that finds the temperature and tells the quality; below 2
    /// there is none, and the temperature is 1. Default 3.
    pub folds: u32,
}

impl TrainOptions {
    /// Defaults for `classes` classes from `specs`.
    pub fn new(classes: usize, specs: Vec<FeatureSpec>) -> Self {
        Self {
            specs,
            features: FeatureOptions::default(),
            classes,
            fit: FitOptions { tolerance: 2e-4, ..FitOptions::default() },
            folds: 3,
        }
    }
}

/// How training went.
#[derive(Debug, Clone, PartialEq)]
pub struct FitReport {
    /// Rows trained on.
    pub rows: usize,
    /// Rows of each class.
    pub class_rows: Vec<usize>,
    /// How the final fit went.
    pub convergence: Convergence,
    /// The temperature found.
    pub temperature: f64,
    /// Quality on held-out folds, at the temperature found on them; the rows' own order of being
    /// chosen is not corrected for. None without folds, or if too few rows allow it.
    pub held_out: Option<Quality>,
}

/// Probabilities of classes, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Probabilities {
    /// `rows x classes` numbers, each row summing to 1.
    pub values: Vec<f32>,
    /// Number of classes.
    pub classes: usize,
}

impl Probabilities {
    /// Probabilities of row `i`.
    pub fn row(&self, i: usize) -> &[f32] {
        &self.values[i * self.classes..(i + 1) * self.classes]
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.classes).unwrap_or(0)
    }

    /// The most probable class of row `i` (ties: the first) and its probability.
    pub fn top(&self, i: usize) -> (usize, f32) {
        let best =
            |best: (usize, f32), (k, &p): (usize, &f32)| if p > best.1 { (k, p) } else { best };
        self.row(i).iter().enumerate().fold((0, f32::NEG_INFINITY), best)
    }
}

/// What one feature of a row says about a class.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// Name of the column.
    pub column: String,
    /// Name of the feature: a term, a category, a pixel, or the column itself.
    pub feature: String,
    /// Where it stands in the row.
    pub place: Place,
    /// The feature's value after scaling.
    pub value: f32,
    /// What it adds to the logit of the class, after the temperature: positive speaks for it.
    pub contribution: f32,
}

impl LinearClassifier {
    /// A classifier from parts, if their sizes agree.
    pub fn from_parts(
        features: FeatureMap,
        weights: Weights,
        temperature: f64,
    ) -> Result<Self, LearnError> {
        if features.features() != weights.features() {
            return Err(LearnError::Shape {
                what: "features of the weights",
                expected: features.features(),
                found: weights.features(),
            });
        }
        if !(temperature.is_finite() && temperature > 0.0) {
            return Err(LearnError::Parameter { name: "temperature", must: "positive" });
        }
        Ok(Self { features, weights, temperature })
    }

    /// Fits features, weights and temperature to labelled rows.
    ///
    /// `warm` is an earlier classifier to start from; its weights are matched by the names of
    /// features, and it may have fewer classes. Equal arguments give equal bytes.
    pub fn fit(
        rows: &[Input<'_>],
        labels: &[u32],
        options: &TrainOptions,
        warm: Option<&Self>,
        seed: u64,
    ) -> Result<(Self, FitReport), LearnError> {
        let features = FeatureMap::fit(&options.specs, rows, options.features)?;
        let matrix = features.transform(rows)?;
        Self::fit_on(features, &matrix, labels, None, options, warm, seed)
    }

    /// Fits weights and temperature to rows already transformed by `features`, which is best
    /// fitted on the whole pool. `row_weights` (one a row) default to 1.
    pub fn fit_on(
        features: FeatureMap,
        rows: &Csr,
        labels: &[u32],
        row_weights: Option<&[f32]>,
        options: &TrainOptions,
        warm: Option<&Self>,
        seed: u64,
    ) -> Result<(Self, FitReport), LearnError> {
        train::fit_on(features, rows, labels, row_weights, options, warm, seed)
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.weights.classes()
    }

    /// Probabilities of the classes for each of `rows`.
    pub fn predict(&self, rows: &[Input<'_>]) -> Result<Probabilities, LearnError> {
        self.predict_on(&self.features.transform(rows)?)
    }

    /// Probabilities of the classes for rows already transformed by this classifier's features.
    pub fn predict_on(&self, rows: &Csr) -> Result<Probabilities, LearnError> {
        let values = self.weights.probabilities(rows, self.temperature)?;
        Ok(Probabilities { values, classes: self.classes() })
    }

    /// Energy (see [`crate::novelty::energy`]) at temperature 1 of rows already transformed by this
    /// classifier's features: the larger, the less a row is like what it was trained on.
    pub fn energies_on(&self, rows: &Csr) -> Result<Vec<f64>, LearnError> {
        crate::novelty::energy(&self.weights.logits(rows)?, self.classes(), 1.0)
    }

    /// The `top` features of a row that speak most strongly for or against `class`, strongest
    /// first.
    pub fn explain(
        &self,
        input: &Input<'_>,
        class: usize,
        top: usize,
    ) -> Result<Vec<Contribution>, LearnError> {
        if class >= self.classes() {
            return Err(LearnError::OutOfRange {
                what: "class to explain",
                at: 0,
                index: class,
                limit: self.classes(),
            });
        }
        let rows = self.features.transform(std::slice::from_ref(input))?;
        let row = rows.row(0);
        let mut parts: Vec<(usize, f32, f32)> = self
            .weights
            .contributions(row, class)
            .into_iter()
            .zip(row.values)
            .map(|((feature, part), &value)| (feature, value, part))
            .collect();
        parts.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()).then(a.0.cmp(&b.0)));
        parts.truncate(top);
        let features: Vec<usize> = parts.iter().map(|p| p.0).collect();
        let places = self.features.places(input, &features);
        let scale = (1.0 / self.temperature) as f32;
        let out = parts.into_iter().zip(places).map(|((feature, value, part), place)| {
            let (spec, name) = self.features.name(feature);
            let column = spec.name.clone();
            Contribution { column, feature: name, place, value, contribution: part * scale }
        });
        Ok(out.collect())
    }

    /// The classifier as bytes; equal classifiers give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new(NAME, VERSION);
        w.f64(self.temperature);
        w.bytes(&self.features.to_bytes());
        w.bytes(&self.weights.to_bytes());
        w.finish()
    }

    /// Reads back what [`LinearClassifier::to_bytes`] wrote; never panics, whatever the bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LearnError> {
        let mut r = Reader::new("classifier", NAME, VERSION, bytes)?;
        let temperature = r.f64()?;
        let features = FeatureMap::from_bytes(r.bytes()?)?;
        let weights = Weights::from_bytes(r.bytes()?)?;
        r.finish()?;
        Self::from_parts(features, weights, temperature)
    }
}

#[cfg(test)]
mod tests;
