//! How far each rater agrees with the others.

use super::Undefined;
use super::table::{Repeats, Triples};
use crate::LearnError;

/// One rater against the others on the same units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RaterAgreement {
    /// Units rated.
    pub units: usize,
    /// Units of those that somebody else rated too.
    pub shared: usize,
    /// Mean over shared units of the share of the others' ratings that equal the rater's.
    pub raw: Option<f64>,
    /// The same corrected for chance, as in Cohen's kappa: chance is the product of the rater's
    /// frequencies with those of the others on the shared units.
    pub kappa: Result<f64, Undefined>,
}

/// Agreement of every rater with the rest, by rater index; `O(ratings + raters x values)` time,
/// and memory for `raters x values` numbers twice.
pub fn raters(triples: &Triples<'_>) -> Result<Vec<RaterAgreement>, LearnError> {
    let k = triples.n_values;
    let n = triples.n_raters()?;
    if k.saturating_mul(n) > 1 << 28 {
        let must = "at most 2^28 when multiplied by the raters; round the values";
        return Err(LearnError::Parameter { name: "n_values", must });
    }
    // What the rater gave, and what the others gave (each unit's mean), on shared units.
    let (mut own, mut others) = (vec![0.0; n * k], vec![0.0; n * k]);
    let (mut units, mut shared, mut equal) = (vec![0_usize; n], vec![0_usize; n], vec![0.0; n]);
    let mut counts = vec![0.0; k];
    let mut present: Vec<u32> = Vec::new();
    triples.each_unit(Repeats::First, |ratings| {
        present.clear();
        for &(_, v) in ratings {
            if counts[v as usize] == 0.0 {
                present.push(v);
            }
            counts[v as usize] += 1.0;
        }
        let rest = (ratings.len() - 1) as f64;
        for &(r, v) in ratings {
            let (r, v) = (r as usize, v as usize);
            units[r] += 1;
            if rest == 0.0 {
                continue;
            }
            shared[r] += 1;
            equal[r] += (counts[v] - 1.0) / rest;
            own[r * k + v] += 1.0;
            for &c in &present {
                others[r * k + c as usize] += counts[c as usize] / rest;
            }
            others[r * k + v] -= 1.0 / rest;
        }
        for &v in &present {
            counts[v as usize] = 0.0;
        }
    })?;
    let rater = |r: usize| {
        let pairs = own[r * k..(r + 1) * k].iter().zip(&others[r * k..(r + 1) * k]);
        let n = shared[r] as f64;
        let (raw, chance) = (equal[r] / n, pairs.map(|(a, b)| a * b).sum::<f64>() / (n * n));
        let kappa = match shared[r] {
            0 => Err(Undefined::NoPairs),
            _ if chance >= 1.0 - 1e-12 => Err(Undefined::NoVariance),
            _ => Ok((raw - chance) / (1.0 - chance)),
        };
        let raw = (shared[r] > 0).then_some(raw);
        RaterAgreement { units: units[r], shared: shared[r], raw, kappa }
    };
    Ok((0..n).map(rater).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agreement::{Contingency, Weights, cohen};

    #[test]
    fn two_raters_have_their_cohen_kappa() {
        let (first, second) = ([0, 1, 2, 1, 0, 0, 2], [0, 1, 1, 1, 0, 2, 2]);
        let units = [0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 7];
        let raters_of = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1];
        let values = [&first[..], &second[..], &[0]].concat();
        let triples = Triples { units: &units, raters: &raters_of, values: &values, n_values: 3 };
        let table = Contingency::new(&first, &second, 3).unwrap();
        let kappa = cohen(&table, Weights::Identity).value.unwrap();
        let got = raters(&triples).unwrap();
        assert_eq!((got[1].units, got[1].shared), (8, 7));
        for rater in &got {
            assert!((rater.kappa.unwrap() - kappa).abs() < 1e-12);
            assert!((rater.raw.unwrap() - 5.0 / 7.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_rater_alone_has_no_agreement() {
        let triples = Triples { units: &[0, 1], raters: &[0, 1], values: &[0, 0], n_values: 1 };
        let got = raters(&triples).unwrap();
        assert_eq!((got[0].raw, got[0].kappa), (None, Err(Undefined::NoPairs)));
        assert!(raters(&Triples { n_values: 0, ..triples }).is_err());
    }
}
