//! Fitted weights: probabilities, contributions, bytes.

use crate::LearnError;
use crate::bytes::{Reader, Writer};
use crate::sparse::{Csr, Row};
use crate::vmath;

const NAME: [u8; 4] = *b"TLLW";
const VERSION: u8 = 1;

/// Weights of a linear classifier: `features + 1` rows of `classes` numbers, the last row being
/// the intercepts.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    features: usize,
    classes: usize,
    values: Vec<f32>,
}

impl Weights {
    /// All-zero weights.
    pub fn zero(features: usize, classes: usize) -> Self {
        Self { features, classes, values: vec![0.0; (features + 1) * classes] }
    }

    /// Number of features, without the intercept.
    pub fn features(&self) -> usize {
        self.features
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Weight of each class for `feature`; `feature == features()` names the intercepts.
    pub fn of(&self, feature: usize) -> &[f32] {
        &self.values[feature * self.classes..(feature + 1) * self.classes]
    }

    /// Weight of each class for `feature`, to write.
    pub fn of_mut(&mut self, feature: usize) -> &mut [f32] {
        &mut self.values[feature * self.classes..(feature + 1) * self.classes]
    }

    /// Writes `W x + b` of a row into `out`, of length [`Weights::classes`].
    pub fn logits_into(&self, row: Row<'_>, out: &mut [f32]) {
        out.copy_from_slice(self.of(self.features));
        for (j, x) in row.iter() {
            for (o, w) in out.iter_mut().zip(self.of(j)) {
                *o += x * w;
            }
        }
    }

    /// `W x + b` of every row: `rows` x `classes`, row by row.
    pub fn logits(&self, rows: &Csr) -> Result<Vec<f32>, LearnError> {
        if rows.columns() != self.features {
            return Err(LearnError::Shape {
                what: "columns of the rows",
                expected: self.features,
                found: rows.columns(),
            });
        }
        let mut out = vec![0.0; rows.rows() * self.classes];
        for (row, out) in rows.iter().zip(out.chunks_exact_mut(self.classes.max(1))) {
            self.logits_into(row, out);
        }
        Ok(out)
    }

    /// `softmax((W x + b) / temperature)` of every row: `rows` x `classes`, row by row.
    pub fn probabilities(&self, rows: &Csr, temperature: f64) -> Result<Vec<f32>, LearnError> {
        if !(temperature.is_finite() && temperature > 0.0) {
            return Err(LearnError::Parameter { name: "temperature", must: "positive" });
        }
        let mut out = self.logits(rows)?;
        let inverse = (1.0 / temperature) as f32;
        for row in out.chunks_exact_mut(self.classes.max(1)) {
            softmax(row, inverse);
        }
        Ok(out)
    }

    /// What each feature of a row adds to the logit of `class`: `(feature, weight * value)`, in
    /// the row's order. The weights of a feature sum to zero over the classes (at the optimum), so
    /// a positive number speaks for `class` and a negative one against it. Empty for an unknown
    /// class.
    pub fn contributions(&self, row: Row<'_>, class: usize) -> Vec<(usize, f32)> {
        let known = row.iter().filter(|(j, _)| *j < self.features && class < self.classes);
        known.map(|(j, x)| (j, self.of(j)[class] * x)).collect()
    }

    /// The same weights over other features: feature `j` of the result is `from[j]` of these, or
    /// zero. Intercepts stay.
    pub fn moved(&self, from: &[Option<usize>]) -> Self {
        let mut out = Self::zero(from.len(), self.classes);
        for (j, old) in from.iter().enumerate() {
            if let Some(old) = old.filter(|&old| old < self.features) {
                out.of_mut(j).copy_from_slice(self.of(old));
            }
        }
        out.of_mut(from.len()).copy_from_slice(self.of(self.features));
        out
    }

    /// The same weights with feature `j` put at `to[j]` of `features`, the others zero.
    pub(super) fn spread(&self, to: &[usize], features: usize) -> Self {
        let mut out = Self::zero(features, self.classes);
        for (j, &place) in to.iter().enumerate() {
            out.of_mut(place).copy_from_slice(self.of(j));
        }
        out.of_mut(features).copy_from_slice(self.of(self.features));
        out
    }

    /// Intercepts of the classes that no row of the fit had: the logarithm of half a count against
    /// the mean log-normaliser of the seen classes.
    pub(super) fn give_unseen(&mut self, rows: &Csr, seen: &[bool]) {
        let mut logits = vec![0.0; self.classes];
        let mut sum = 0.0_f64;
        for row in rows.iter() {
            self.logits_into(row, &mut logits);
            let largest = |a: f32, (&b, &s): (&f32, &bool)| if s { a.max(b) } else { a };
            let top = logits.iter().zip(seen).fold(f32::NEG_INFINITY, largest);
            let share = |(&z, &s): (&f32, &bool)| if s { f64::from(z - top).exp() } else { 0.0 };
            sum += f64::from(top) + logits.iter().zip(seen).map(share).sum::<f64>().ln();
        }
        let rows = rows.rows() as f64;
        let intercept = (sum / rows - (2.0 * (rows + 1.0)).ln()) as f32;
        let features = self.features;
        for (b, _) in self.of_mut(features).iter_mut().zip(seen).filter(|(_, seen)| !**seen) {
            *b = intercept;
        }
    }

    /// The weights as bytes; equal weights give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new(NAME, VERSION);
        w.u64(self.features as u64);
        w.u64(self.classes as u64);
        w.f32s(&self.values);
        w.finish()
    }

    /// Reads back what [`Weights::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LearnError> {
        let mut r = Reader::new("weights", NAME, VERSION, bytes)?;
        let (features, classes) = (r.u64()? as usize, r.u64()? as usize);
        let values = r.f32s()?;
        let expected = features.checked_add(1).and_then(|n| n.checked_mul(classes));
        if expected != Some(values.len()) {
            return Err(r.wrong("the number of weights is not (features + 1) x classes"));
        }
        r.finish()?;
        Ok(Self { features, classes, values })
    }
}

/// `softmax(inverse * z)` in place; sums to 1 up to rounding.
pub(crate) fn softmax(z: &mut [f32], inverse: f32) {
    let top = z.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b));
    let mut sum = 0.0;
    for x in z.iter_mut() {
        *x = vmath::exp((*x - top) * inverse);
        sum += *x;
    }
    let factor = 1.0 / sum;
    for x in z {
        *x *= factor;
    }
}
