//! Probabilities of many rows, checked once.

use crate::{LearnError, rng};

/// How far the probabilities of a row may be from summing to 1.
const TOLERANCE: f64 = 1e-3;

/// A row-major matrix of class probabilities whose rows were checked: finite, not negative, and
/// summing to 1 within 0.001. Rows are used as they are, not normalised.
///
/// Each row has a key, by default its index, from which whatever is random about the row is drawn;
/// a row that keeps its key keeps its draw, wherever it is looked at.
#[derive(Debug, Clone, Copy)]
pub struct ProbabilityMatrix<'a> {
    values: &'a [f32],
    classes: usize,
    keys: Option<&'a [u64]>,
}

impl<'a> ProbabilityMatrix<'a> {
    /// Checks `values` (`rows x classes`). No row at all is allowed, no class is not.
    pub fn new(values: &'a [f32], classes: usize) -> Result<Self, LearnError> {
        if classes == 0 {
            return Err(LearnError::Empty { what: "the list of classes" });
        }
        if !values.len().is_multiple_of(classes) {
            return Err(LearnError::Shape {
                what: "probabilities (a multiple of the classes)",
                expected: values.len().next_multiple_of(classes),
                found: values.len(),
            });
        }
        for (row, p) in values.chunks_exact(classes).enumerate() {
            let (sum, least) = sum_and_least(p);
            if !sum.is_finite() {
                return Err(LearnError::NotFinite { what: "probability of row", at: row });
            }
            if least < 0.0 || (sum - 1.0).abs() > TOLERANCE {
                return Err(LearnError::Sum { row, sum });
            }
        }
        Ok(Self { values, classes, keys: None })
    }

    /// Gives rows the keys by which they are drawn for, one a row.
    pub fn keyed(self, keys: &'a [u64]) -> Result<Self, LearnError> {
        if keys.len() == self.rows() {
            Ok(Self { keys: Some(keys), ..self })
        } else {
            let (expected, found) = (self.rows(), keys.len());
            Err(LearnError::Shape { what: "keys (one a row)", expected, found })
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len() / self.classes
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// All values, row by row.
    pub fn values(&self) -> &'a [f32] {
        self.values
    }

    /// The rows in order.
    pub fn iter_rows(&self) -> std::slice::ChunksExact<'a, f32> {
        self.values.chunks_exact(self.classes)
    }

    /// Probabilities of row `i`.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn row(&self, i: usize) -> &'a [f32] {
        &self.values[i * self.classes..][..self.classes]
    }

    /// The most probable class of each row (ties: the first) and its probability.
    pub fn tops(&self) -> (Vec<u32>, Vec<f32>) {
        self.iter_rows()
            .map(|p| {
                let (k, x) = super::largest(p);
                (k as u32, x)
            })
            .unzip()
    }

    /// Uniform draw in `[0, 1)` for row `i` under `seed`: a hash of the seed and the row's key.
    pub fn draw(&self, i: usize, seed: u64) -> f64 {
        let key = self.keys.map_or(i as u64, |keys| keys[i]);
        (rng::hash(seed ^ rng::hash(key)) >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Errors unless there is a label for every row, each a class, and at least one row.
    pub(crate) fn check_labels(&self, labels: &[u32]) -> Result<(), LearnError> {
        super::check_rows(self.values.len(), labels, self.classes)
    }
}

/// Sum and least entry; the sum is NaN or infinite if any entry is.
fn sum_and_least(p: &[f32]) -> (f64, f32) {
    let (fours, rest) = p.as_chunks::<4>();
    let (mut sum, mut least) = ([0.0_f64; 4], [f32::INFINITY; 4]);
    for four in fours {
        for i in 0..4 {
            sum[i] += f64::from(four[i]);
            least[i] = if four[i] < least[i] { four[i] } else { least[i] };
        }
    }
    let (mut total, mut low) = (sum.iter().sum::<f64>(), f32::INFINITY);
    for &x in rest {
        total += f64::from(x);
        low = low.min(x);
    }
    (total, least.iter().fold(low, |a, &b| a.min(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_are_no_probabilities() {
        let check = |p: &[f32], classes| ProbabilityMatrix::new(p, classes).map(|m| m.rows());
        assert_eq!(check(&[0.5, 0.5, 0.25, 0.75], 2), Ok(2));
        assert_eq!(check(&[], 2), Ok(0));
        assert_eq!(check(&[1.0005, 0.0], 2), Ok(1));
        assert!(matches!(check(&[0.5, 0.5, 0.5], 2), Err(LearnError::Shape { .. })));
        assert!(matches!(check(&[0.5], 0), Err(LearnError::Empty { .. })));
        assert!(matches!(check(&[0.5, 0.5, 0.5, 0.6], 2), Err(LearnError::Sum { row: 1, .. })));
        assert!(matches!(check(&[1.5, -0.5], 2), Err(LearnError::Sum { row: 0, .. })));
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for at in 0..7 {
                let mut p = [1.0 / 7.0; 7];
                p[at] = bad;
                let found = check(&p, 7);
                assert!(matches!(found, Err(LearnError::NotFinite { at: 0, .. })), "{bad} {at}");
            }
        }
    }

    #[test]
    fn a_row_keeps_its_draw_with_its_key() {
        let p = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5];
        let all = ProbabilityMatrix::new(&p, 2).unwrap();
        let one = ProbabilityMatrix::new(&p[4..], 2).unwrap().keyed(&[2]).unwrap();
        assert_eq!(all.draw(2, 7), one.draw(0, 7));
        assert_ne!(all.draw(2, 7), all.draw(1, 7));
        assert_ne!(all.draw(2, 7), all.draw(2, 8));
        assert!(all.keyed(&[1, 2]).is_err());
        let mean = (0..20_000).map(|key| one.keyed(&[key]).unwrap().draw(0, 1)).sum::<f64>();
        assert!((mean / 20_000.0 - 0.5).abs() < 0.01, "{mean}");
    }
}
