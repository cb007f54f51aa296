//! How far a threshold, and a stratum, is on its way, in numbers and in a sentence.

use std::fmt;

/// What the wrong cases are that a certificate counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Real errors: how often people miss them was measured and is accounted for.
    Error,
    /// Disagreements with the reviewers, who are taken at their word.
    Disagreement,
}

/// How one threshold stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// Its level in the grid; 0 is the strictest.
    pub level: usize,
    /// The threshold.
    pub threshold: f64,
    /// Share of cases at or above it.
    pub coverage: f64,
    /// Weight of the cases at or above it that were consumed as evidence.
    pub cases: f64,
    /// Their estimated error rate; None without cases.
    pub error: Option<f64>,
    /// Natural logarithm of the wealth now.
    pub wealth: f64,
    /// Logarithm of the wealth that certifies it, once all between the start and it are certified.
    /// None if it is stricter than every start: then it is not tested.
    pub needed: Option<f64>,
    /// Largest wealth so far against what is needed, on the logarithmic scale, in `0..=1`.
    pub progress: f64,
    /// Whether it is certified.
    pub certified: bool,
    /// Expected further cases until it is certified, at the error rate seen and the propensity in
    /// force; during full review each is one review. None if there is no end in sight. A projection,
    /// no promise.
    pub further_cases: Option<u64>,
}

/// How a stratum stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// What is claimed.
    pub claim: Claim,
    /// Epoch, from 1.
    pub epoch: u32,
    /// Threshold in force, if cases are decided automatically.
    pub acting: Option<f64>,
    /// Share of cases at or above it; 0 under full review.
    pub acting_coverage: f64,
    /// Loosest certified threshold.
    pub certified: Option<f64>,
    /// Share of cases at or above that.
    pub certified_coverage: f64,
    /// Share of cases that the estimates so far may lead to.
    pub achievable_coverage: f64,
    /// The threshold to be certified next.
    pub next: Option<Standing>,
    /// Reviews and audits that wait for a judgment.
    pub waiting: usize,
    /// Cases counted as wrong for want of a judgment.
    pub overdue: usize,
    /// Probability of an audit now.
    pub audit_probability: f64,
    /// Automatic cases left of a surge.
    pub surge_left: u32,
    /// The detector's log evidence, against its bar.
    pub alarm: (f64, f64),
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |x: f64| 100.0 * x;
        match self.acting {
            Some(_) => write!(f, "{:.0} % of cases are automatic", percent(self.acting_coverage))?,
            None => write!(f, "every case is reviewed")?,
        }
        if self.certified.is_some() {
            write!(f, "; {:.0} % are certified", percent(self.certified_coverage))?;
        }
        if let Some(next) = &self.next {
            write!(f, "; the step to {:.0} % is ", percent(next.coverage))?;
            write!(f, "{:.0} % earned", percent(next.progress))?;
            match (next.further_cases, self.acting) {
                (None, _) => write!(f, ", with no end in sight at the errors seen so far")?,
                (Some(n), None) => write!(f, ", about {n} further reviews away")?,
                (Some(n), Some(_)) => write!(f, ", about {n} further cases away")?,
            }
        }
        if self.waiting > 0 {
            write!(f, "; {} wait for a judgment", self.waiting)?;
        }
        if self.overdue > 0 {
            write!(f, "; {} count as wrong until judged", self.overdue)?;
        }
        Ok(())
    }
}
