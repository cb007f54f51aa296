//! Bytes of an [`AuditSequence`].

use super::{AuditSequence, BETS, Counts};
use crate::LearnError;
use crate::bytes::{Reader, Writer};

const NAME: [u8; 4] = *b"TLAS";
const VERSION: u8 = 1;

impl AuditSequence {
    /// The state as bytes; equal states give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new(NAME, VERSION);
        w.f64(self.min_propensity);
        w.f64(self.max_weight);
        let c = &self.counts;
        for x in [c.cases, c.judged, c.pending] {
            w.u64(x);
        }
        for x in [c.weight, c.pending_weight, c.errors, c.spared_weight, c.inverse_errors] {
            w.f64(x);
        }
        for x in [c.inverse_weight, c.inverse_variance, c.inverse_squares] {
            w.f64(x);
        }
        self.upper.iter().chain(&self.lower).for_each(|&x| w.f64(x));
        w.finish()
    }

    /// Reads back what [`AuditSequence::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LearnError> {
        let mut r = Reader::new("audit sequence", NAME, VERSION, bytes)?;
        let (min_propensity, max_weight) = (r.f64()?, r.f64()?);
        let mut state = Self::weighted(min_propensity, max_weight)
            .map_err(|_| r.wrong("impossible propensity or weight"))?;
        let (cases, judged, pending) = (r.u64()?, r.u64()?, r.u64()?);
        state.counts = Counts {
            cases,
            judged,
            pending,
            weight: r.f64()?,
            pending_weight: r.f64()?,
            errors: r.f64()?,
            spared_weight: r.f64()?,
            inverse_errors: r.f64()?,
            inverse_weight: r.f64()?,
            inverse_variance: r.f64()?,
            inverse_squares: r.f64()?,
        };
        for j in 0..BETS {
            state.upper[j] = r.f64()?;
        }
        for j in 0..BETS {
            state.lower[j] = r.f64()?;
        }
        r.finish()?;
        Ok(state)
    }
}
