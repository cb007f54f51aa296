//! Two scores that fail in different ways, as one p-value.

use super::{Neighbours, NoveltyThreshold};
use crate::LearnError;
use crate::bytes::{Reader, Writer};
use crate::sparse::Csr;

const NAME: [u8; 4] = *b"NOVD";
const VERSION: u8 = 1;

/// Tells rows that are unlike anything seen by the energy of a classifier's logits and by the cosine
/// distance to the nearest row seen.
///
/// Either alone has a blind side. The energy misses rows that are far out in a direction the
/// classifier happens to weigh (pictures turned by a quarter look more sure to it than upright ones);
/// the distance misses texts whose novel words have no column. The p-value is twice the smaller of the
/// two, at most 1 (Bonferroni), so `P(p <= alpha) <= alpha` for ordinary rows as for each alone.
#[derive(Debug, Clone, PartialEq)]
pub struct NoveltyDetector {
    neighbours: Neighbours,
    energy: NoveltyThreshold,
    distance: NoveltyThreshold,
}

impl NoveltyDetector {
    /// Takes the rows that the classifier was trained on, or some of them, and ordinary rows that it
    /// was not trained on, with their energies.
    ///
    /// Errors if one is empty, the columns differ, or a number is not finite.
    pub fn fit(seen: &Csr, ordinary: &Csr, energies: &[f64]) -> Result<Self, LearnError> {
        let neighbours = Neighbours::fit(seen, 1)?;
        let distance = NoveltyThreshold::calibrate(&neighbours.scores(ordinary)?)?;
        let energy = NoveltyThreshold::calibrate(energies)?;
        Ok(Self { neighbours, energy, distance })
    }

    /// Conformal p-values of rows with their energies; small means novel, never below
    /// `2 / (n + 1)` with `n` calibration rows.
    ///
    /// Errors if the number of columns or of energies is another.
    pub fn p_values(&self, rows: &Csr, energies: &[f64]) -> Result<Vec<f64>, LearnError> {
        if energies.len() != rows.rows() {
            return Err(LearnError::Shape {
                what: "energies (one a row)",
                expected: rows.rows(),
                found: energies.len(),
            });
        }
        let distances = self.neighbours.scores(rows)?;
        let both = energies.iter().zip(distances).map(|(energy, distance)| {
            let least = self.energy.p_value(*energy).min(self.distance.p_value(distance));
            (2.0 * least).min(1.0)
        });
        Ok(both.collect())
    }

    /// Ordinary rows that it was calibrated on.
    pub fn rows(&self) -> usize {
        self.distance.rows()
    }

    /// The detector as bytes; equal detectors give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new(NAME, VERSION);
        self.neighbours.write(&mut w);
        self.energy.write(&mut w);
        self.distance.write(&mut w);
        w.finish()
    }

    /// Reads back what [`NoveltyDetector::to_bytes`] wrote; never panics, whatever the bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LearnError> {
        let mut r = Reader::new("novelty detector", NAME, VERSION, bytes)?;
        let neighbours = Neighbours::read(&mut r)?;
        let energy = NoveltyThreshold::read(&mut r)?;
        let distance = NoveltyThreshold::read(&mut r)?;
        r.finish()?;
        Ok(Self { neighbours, energy, distance })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    fn rows(rng: &mut Rng, n: usize) -> Csr {
        let values: Vec<f32> = (0..4 * n).map(|_| rng.unit() as f32 + 0.1).collect();
        Csr::from_dense(&values, 4).unwrap()
    }

    #[test]
    fn false_alarms_keep_the_stated_rate_and_either_score_alone_raises_one() {
        let mut rng = Rng::new(3);
        let mut flagged = 0;
        for _ in 0..300 {
            let (seen, ordinary) = (rows(&mut rng, 40), rows(&mut rng, 79));
            let energies: Vec<f64> = (0..79).map(|_| rng.unit()).collect();
            let detector = NoveltyDetector::fit(&seen, &ordinary, &energies).unwrap();
            let next = rows(&mut rng, 20);
            let energies: Vec<f64> = (0..20).map(|_| rng.unit()).collect();
            let p = detector.p_values(&next, &energies).unwrap();
            flagged += p.iter().filter(|p| **p <= 0.1).count();
            let odd = Csr::from_dense(&[-1.0, 0.0, 0.0, 0.0], 4).unwrap();
            assert_eq!(detector.p_values(&odd, &[0.5]).unwrap(), [2.0 / 80.0]);
            let one = next.select(&[0]);
            assert_eq!(detector.p_values(&one, &[2.0]).unwrap(), [2.0 / 80.0]);
        }
        // Six standard errors above the rate.
        assert!((0.05..0.124).contains(&(f64::from(flagged as u32) / 6_000.0)), "{flagged}");
    }

    #[test]
    fn round_trips_and_refuses_other_shapes() {
        let mut rng = Rng::new(5);
        let (seen, ordinary) = (rows(&mut rng, 6), rows(&mut rng, 3));
        let detector = NoveltyDetector::fit(&seen, &ordinary, &[0.1, 0.2, 0.3]).unwrap();
        let bytes = detector.to_bytes();
        assert_eq!(NoveltyDetector::from_bytes(&bytes).unwrap(), detector);
        assert!((0..bytes.len()).all(|cut| NoveltyDetector::from_bytes(&bytes[..cut]).is_err()));
        assert!(detector.p_values(&ordinary, &[0.1]).is_err());
        assert!(NoveltyDetector::fit(&seen, &ordinary, &[]).is_err());
    }

    proptest! {
        #[test]
        fn broken_bytes_are_an_error_or_a_detector_that_works(at in any::<prop::sample::Index>(), x in any::<u8>()) {
            let mut rng = Rng::new(6);
            let (seen, ordinary) = (rows(&mut rng, 6), rows(&mut rng, 3));
            let detector = NoveltyDetector::fit(&seen, &ordinary, &[0.1, 0.2, 0.3]).unwrap();
            let mut bytes = detector.to_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= x;
            if let Ok(read) = NoveltyDetector::from_bytes(&bytes) {
                let _ = read.p_values(&ordinary, &[0.1, 0.2, 0.3]);
            }
        }
    }
}
