//! One answer from several people's answers (crowd label aggregation), with how sure it is.
//!
//! Task `i` has an unknown label `y_i`; worker `w` answers some tasks with one of `K` labels.
//! Every method gives posteriors `P(y_i = k)`, what it thinks of each worker, and the trace of its
//! objective. Which one to take:
//!
//! | method | a worker is | after |
//! |---|---|---|
//! | [`Method::Majority`] | like every other | - |
//! | [`Method::Wawa`] | weighted by agreement with the majority | Appen |
//! | [`Method::ZeroBasedSkill`] | weighted, step by step | Ustalov et al., JOSS 2024 (crowd-kit) |
//! | [`Method::OneCoin`] | right with one probability | Zhang, Chen, Zhou and Jordan, JMLR 2016 |
//! | [`Method::DawidSkene`] | a confusion matrix | Dawid and Skene, Applied Statistics 28, 1979 |
//! | [`Method::Glad`] | an ability, and a task a difficulty | Whitehill et al., NIPS 2009 |
//! | [`Method::Mace`] | someone who knows or spams | Hovy et al., NAACL 2013 |
//!
//! None dominates (Zheng et al., VLDB 2017): [`auto`] fits them all and takes the one whose
//! posteriors best predict answers it has not seen, and the sharpness with which they do.
//!
//! # The pooled prior
//!
//! A confusion matrix has `K (K - 1)` numbers and a worker may have given five answers. Plain
//! maximum likelihood then believes in miracles: its posteriors are near 0 or 1 and often wrong.
//! [`Method::DawidSkene`] therefore maximises
//!
//! `sum_i ln sum_k p_k prod_w pi_w[k][l_iw]  +  s sum_w sum_k sum_l b[k][l] ln pi_w[k][l]`
//!
//! where `b` is the confusion of all workers together, vote shares standing for the truth, and `s`
//! the `strength`: every worker starts with `s` answers per class that look like everybody's.
//! `s = 0` is the plain method; as `s` grows all workers become alike. `b` is computed once, so
//! this is an ordinary log-posterior, which EM never lowers, and it keeps classes from trading
//! places. One-coin is treated alike; class shares `p` get `min(s, 1)` tasks each. (GLAD and MACE
//! take classes for equally likely, as published.)
//!
//! # Duplicates, ties, gaps
//!
//! See [`Duplicates`] and [`Ties`]. A task without answers gets the class shares as posterior, a
//! worker without answers the prior.

mod answers;
mod auto;
mod crowdlab;
mod dawid_skene;
mod em;
mod fit;
mod glad;
mod mace;
mod majority;
mod one_coin;
mod overlap;

use crate::LearnError;

pub use answers::{Answer, Answers, Duplicates};
pub use auto::{Auto, AutoOptions, Score, auto};
pub use crowdlab::{CrowdLab, crowdlab};
pub use em::{EmOptions, Trace};
pub use fit::{Fit, Ties, Workers};
pub use overlap::{Next, OverlapOptions, Stop, next_needed};

/// Pseudo-count that keeps every estimated probability above zero.
const TRACE: f64 = 1e-10;
/// Confusion tables (workers x classes x classes) above this need too much memory (2 GB).
const MAX_CELLS: usize = 1 << 28;

/// A way to aggregate; see the [module](self) for which one is what.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// Vote shares.
    Majority,
    /// Vote shares weighted by agreement with the majority.
    Wawa,
    /// Vote shares weighted by skills that move towards the agreement with their own result.
    ZeroBasedSkill,
    /// One accuracy per worker.
    OneCoin {
        /// Weight of the pooled accuracy, in answers per worker. Not negative.
        strength: f64,
    },
    /// One confusion matrix per worker.
    DawidSkene {
        /// Weight of the pooled confusion, in answers per worker and class. Not negative.
        strength: f64,
    },
    /// Abilities and difficulties.
    Glad,
    /// Knowers and spammers.
    Mace {
        /// Weight of the priors: half of it each for "knows" and "spams", twice of it for the
        /// overall label frequencies in a worker's spam. In answers per worker; not negative.
        strength: f64,
        /// Fits from different starts, of which the best counts. At least 1.
        restarts: usize,
    },
}

impl Method {
    /// The method's usual name, in lower case.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Majority => "majority",
            Self::Wawa => "wawa",
            Self::ZeroBasedSkill => "zero-based-skill",
            Self::OneCoin { .. } => "one-coin",
            Self::DawidSkene { .. } => "dawid-skene",
            Self::Glad => "glad",
            Self::Mace { .. } => "mace",
        }
    }

    /// The strength of its prior, where it has one that can be chosen.
    pub fn strength(&self) -> Option<f64> {
        match self {
            Self::OneCoin { strength }
            | Self::DawidSkene { strength }
            | Self::Mace { strength, .. } => Some(*strength),
            _ => None,
        }
    }

    fn check(&self, answers: &Answers) -> Result<(), LearnError> {
        if self.strength().is_some_and(|s| !(s.is_finite() && s >= 0.0)) {
            return Err(LearnError::Parameter { name: "strength", must: "finite, not negative" });
        }
        if matches!(self, Self::Mace { restarts: 0, .. }) {
            return Err(LearnError::Parameter { name: "restarts", must: "at least 1" });
        }
        let table = matches!(self, Self::DawidSkene { .. } | Self::Mace { .. });
        if table && !fits_in_memory(answers) {
            return Err(LearnError::Parameter {
                name: "workers x classes x classes",
                must: "at most 2^28 for a method with confusion tables; try one-coin",
            });
        }
        Ok(())
    }
}

/// Whether a confusion table per worker can be held.
fn fits_in_memory(answers: &Answers) -> bool {
    let cells = answers.workers().checked_mul(answers.classes() * answers.classes());
    cells.is_some_and(|c| c <= MAX_CELLS)
}

/// Aggregates by one method, starting from the vote shares. O(answers x iterations).
///
/// Errors if there are no answers, or a parameter makes no sense.
pub fn fit(answers: &Answers, method: Method, options: &EmOptions) -> Result<Fit, LearnError> {
    start_from(answers, method, options, answers.shares())
}

/// Aggregates by one method, starting from an earlier fit: after some answers, tasks or workers
/// were added, a few iterations do (`options.max_iterations`; the trace says whether it settled).
///
/// Indices keep their meaning; new tasks and workers come after the old ones.
///
/// Errors as [`fit()`], and if the earlier fit has other classes.
pub fn refit(
    answers: &Answers,
    method: Method,
    options: &EmOptions,
    before: &Fit,
) -> Result<Fit, LearnError> {
    let k = answers.classes();
    if before.classes() != k {
        let found = before.classes();
        return Err(LearnError::Shape { what: "classes of the earlier fit", expected: k, found });
    }
    start_from(answers, method, options, before.posteriors_of(answers))
}

fn start_from(
    answers: &Answers,
    method: Method,
    options: &EmOptions,
    start: Vec<f64>,
) -> Result<Fit, LearnError> {
    options.check()?;
    method.check(answers)?;
    if answers.is_empty() {
        return Err(LearnError::Empty { what: "the answers" });
    }
    Ok(match method {
        Method::Majority => majority::majority(answers),
        Method::Wawa => majority::wawa(answers),
        Method::ZeroBasedSkill => majority::zero_based_skill(answers),
        Method::OneCoin { strength } => one_coin::fit(answers, strength, options, start),
        Method::DawidSkene { strength } => dawid_skene::fit(answers, strength, options, start),
        Method::Glad => glad::fit(answers, options, start),
        Method::Mace { strength, restarts } => {
            mace::fit(answers, strength, restarts, options, start)
        }
    })
}

#[cfg(test)]
mod tests;
