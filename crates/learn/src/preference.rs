//! Strengths of items from comparisons: Bradley-Terry, Plackett-Luce, Elo.
//!
//! In the model of Bradley and Terry (1952), item `a` beats item `b` with probability
//! `1 / (1 + exp(s_b - s_a))`, where `s` are strengths. Extensions here: ties (Davidson 1970, or as
//! half a win for each), an advantage of the item shown first, annotators of different quality
//! ([`crowd`], Chen et al. 2013), rankings of any length ([`rankings`], Plackett 1975 and Luce 1959),
//! and strengths that are updated game by game ([`Elo`], 1978).
//!
//! Comparisons are first added up to one row per pair of items ([`Comparisons`]); fitting then costs
//! the number of *pairs*, not of comparisons. Fits are maximum a posteriori under a normal prior of
//! precision `prior` on each strength, by Newton's method with conjugate gradients, to a stated
//! accuracy. The prior decides what data cannot: strengths of items in parts of the graph that were
//! never compared with each other, and of items that only won or only lost. Without a prior such
//! data are refused.
//!
//! Strengths have no zero of their own; they are given with mean zero.

mod bradley_terry;
mod comparisons;
mod crowd;
mod elo;
mod newton;
mod rankings;
mod spread;

pub use bradley_terry::{BradleyTerry, Convergence, Options, TieModel, fit, log_likelihood};
pub use comparisons::{Comparisons, Edge, Outcome};
pub use crowd::{CrowdOptions, CrowdStrengths, crowd};
pub use elo::Elo;
pub use rankings::{PlackettLuce, RankingOptions, Rankings, rankings};
pub use spread::{ItemSpread, Spread, resampled, standard_errors};
