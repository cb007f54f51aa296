//! All ways to choose a batch behind one name.

use std::fmt;
use std::str::FromStr;

use super::{Pool, check_pool, select};
use crate::LearnError;
use crate::active::committee::{Disagreement, disagreement};
use crate::active::cost::per_cost;
use crate::diversity::{badge, density, density_weighted, k_center, typical};
use crate::rng::Rng;
use crate::uncertainty::{Uncertainty, scores, top_k};

/// A rule that chooses which open rows a person should look at next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// By chance: the yardstick of all others.
    Random,
    /// Smallest largest probability (Lewis and Gale 1994).
    LeastConfidence,
    /// Smallest gap between the two largest probabilities (Scheffer et al. 2001).
    Margin,
    /// Largest entropy (Settles 2009); poor with many classes.
    Entropy,
    /// Largest entropy of a committee's votes (Dagan and Engelson 1995).
    VoteEntropy,
    /// Largest mutual information of label and committee member (BALD; Houlsby et al. 2011).
    Bald,
    /// Margin times mean cosine to the pool (Settles and Craven 2008).
    Density,
    /// k-center greedy over cosine (core-set; Sener and Savarese 2018).
    CoreSet,
    /// k-means++ over gradients (BADGE; Ash et al. 2020).
    Badge,
    /// Most typical rows of clusters without labels (TypiClust; Hacohen et al. 2022).
    Typical,
    /// What [`select`] does: the recommended rule.
    Auto,
}

impl Strategy {
    /// All strategies with their names.
    pub const ALL: [(Self, &'static str); 11] = [
        (Self::Random, "random"),
        (Self::LeastConfidence, "least-confidence"),
        (Self::Margin, "margin"),
        (Self::Entropy, "entropy"),
        (Self::VoteEntropy, "vote-entropy"),
        (Self::Bald, "bald"),
        (Self::Density, "density"),
        (Self::CoreSet, "core-set"),
        (Self::Badge, "badge"),
        (Self::Typical, "typical"),
        (Self::Auto, "auto"),
    ];

    /// The strategy's name, as [`FromStr`] reads it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|e| e.0 == self).map_or("auto", |e| e.1)
    }

    /// Whether the strategy asks a committee ([`Advice::committee`]).
    pub fn needs_committee(self) -> bool {
        matches!(self, Self::VoteEntropy | Self::Bald)
    }

    /// Whether the strategy chooses well before there is a model; the others choose by chance.
    pub fn starts_cold(self) -> bool {
        matches!(self, Self::CoreSet | Self::Typical | Self::Auto)
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Strategy {
    type Err = LearnError;

    fn from_str(s: &str) -> Result<Self, LearnError> {
        Self::ALL.iter().find(|e| e.1 == s).map(|e| e.0).ok_or(LearnError::Parameter {
            name: "strategy",
            must: "random, least-confidence, margin, entropy, vote-entropy, bald, density, \
                   core-set, badge, typical or auto",
        })
    }
}

/// What some strategies ask for beside the pool.
#[derive(Debug, Clone, Copy, Default)]
pub struct Advice<'a> {
    /// Probabilities of the open rows by each member of a committee, each like
    /// [`Pool::probabilities`].
    pub committee: &'a [Vec<f32>],
    /// Cost of looking at each open row, in the order of [`Pool::open`]: strategies that give each
    /// row a score then take the largest score per cost. The others refuse costs.
    pub costs: Option<&'a [f32]>,
}

/// Chooses `batch` of the open rows (all, if there are fewer) by `strategy`, most useful first, as
/// indices into `pool.rows`. Equal arguments give equal choices; ties are broken by `seed`.
///
/// Strategies that need a model choose by chance before there is one.
pub fn select_by(
    strategy: Strategy,
    pool: &Pool<'_>,
    advice: &Advice<'_>,
    batch: usize,
    seed: u64,
) -> Result<Vec<usize>, LearnError> {
    check_pool(pool)?;
    let scored = match (strategy, pool.probabilities) {
        (Strategy::Auto | Strategy::CoreSet | Strategy::Typical, _)
        | (Strategy::Badge, Some(_)) => {
            if advice.costs.is_some() {
                let must = "absent for a strategy that gives rows no score";
                return Err(LearnError::Parameter { name: "costs", must });
            }
            return whole_batch(strategy, pool, batch, seed);
        }
        (Strategy::Random, _) | (_, None) => None,
        (_, Some((p, classes))) => Some(score(strategy, pool, advice, p, classes)?),
    };
    let chosen = match (scored, advice.costs) {
        (Some(s), Some(costs)) => top_k(&per_cost(&s, costs)?, batch, seed),
        (Some(s), None) => top_k(&s, batch, seed),
        (None, _) => by_chance(pool.open.len(), batch, seed),
    };
    Ok(chosen.into_iter().map(|i| pool.open[i]).collect())
}

/// Scores of the open rows; more is more useful.
fn score(
    strategy: Strategy,
    pool: &Pool<'_>,
    advice: &Advice<'_>,
    probabilities: &[f32],
    classes: usize,
) -> Result<Vec<f32>, LearnError> {
    let by = |measure| scores(probabilities, classes, measure);
    let votes = |measure| {
        let found = disagreement(advice.committee, classes, measure)?;
        if found.len() == pool.open.len() {
            return Ok(found);
        }
        let (expected, found) = (pool.open.len(), found.len());
        Err(LearnError::Shape { what: "rows of the committee's probabilities", expected, found })
    };
    match strategy {
        Strategy::LeastConfidence => by(Uncertainty::LeastConfidence),
        Strategy::Entropy => by(Uncertainty::Entropy),
        Strategy::VoteEntropy => votes(Disagreement::VoteEntropy),
        Strategy::Bald => votes(Disagreement::MutualInformation),
        Strategy::Density => {
            let density = density(&pool.rows.select(pool.open));
            density_weighted(&by(Uncertainty::Margin)?, &density, 1.0)
        }
        _ => by(Uncertainty::Margin),
    }
}

/// Strategies that choose a batch as a whole.
fn whole_batch(
    strategy: Strategy,
    pool: &Pool<'_>,
    batch: usize,
    seed: u64,
) -> Result<Vec<usize>, LearnError> {
    if let (Strategy::Badge, Some((p, classes))) = (strategy, pool.probabilities) {
        let chosen = badge(&pool.rows.select(pool.open), p, classes, batch, seed)?;
        return Ok(chosen.into_iter().map(|i| pool.open[i]).collect());
    }
    if strategy == Strategy::Auto {
        return select(pool, batch, seed);
    }
    let together: Vec<usize> = pool.open.iter().chain(pool.labelled).copied().collect();
    let labelled: Vec<usize> = (pool.open.len()..together.len()).collect();
    let rows = pool.rows.select(&together);
    let chosen = if strategy == Strategy::CoreSet {
        k_center(&rows.normalised(), batch, &labelled, seed)?.rows
    } else {
        typical(&rows, batch, &labelled, seed)?
    };
    Ok(chosen.into_iter().map(|i| together[i]).collect())
}

fn by_chance(n: usize, batch: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    Rng::stream(seed, 4).shuffle(&mut order);
    order.truncate(batch);
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sparse::Csr;
    use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};

    proptest! {
        #[test]
        fn every_strategy_chooses_distinct_open_rows(
            values in prop::collection::vec(0_u8..4, 2 * 30), batch in 0_usize..40, seed: u64,
            with_model: bool,
        ) {
            let dense: Vec<f32> = values.iter().map(|&x| f32::from(x)).collect();
            let rows = Csr::from_dense(&dense, 2).unwrap();
            let open: Vec<usize> = (0..30).filter(|i| i % 3 > 0).collect();
            let labelled: Vec<usize> = (0..30).filter(|i| i % 3 == 0).collect();
            let p: Vec<f32> =
                open.iter().flat_map(|&i| [i as f32 / 30.0, 1.0 - i as f32 / 30.0]).collect();
            let probabilities = with_model.then_some((&p[..], 2));
            let pool = Pool { rows: &rows, open: &open, labelled: &labelled, probabilities };
            let committee = [p.clone(), p.iter().map(|p| 1.0 - p).collect()];
            let advice = Advice { committee: &committee, costs: None };
            for (strategy, name) in Strategy::ALL {
                prop_assert_eq!(name.parse::<Strategy>().unwrap(), strategy);
                let got = select_by(strategy, &pool, &advice, batch, seed).unwrap();
                prop_assert_eq!(got.len(), batch.min(open.len()), "{}", name);
                let set: std::collections::BTreeSet<_> = got.iter().collect();
                prop_assert_eq!(set.len(), got.len());
                prop_assert!(got.iter().all(|i| open.contains(i)));
                prop_assert_eq!(got, select_by(strategy, &pool, &advice, batch, seed).unwrap());
            }
        }
    }

    #[test]
    fn with_two_classes_the_measures_choose_alike() {
        let rows = Csr::from_dense(&[1.0; 50], 1).unwrap();
        let open: Vec<usize> = (0..50).collect();
        let p: Vec<f32> = (0..50).flat_map(|i| [i as f32 / 52.3, 1.0 - i as f32 / 52.3]).collect();
        let pool = Pool { rows: &rows, open: &open, labelled: &[], probabilities: Some((&p, 2)) };
        let get = |s| select_by(s, &pool, &Advice::default(), 10, 5).unwrap();
        assert_eq!(get(Strategy::Margin), get(Strategy::LeastConfidence));
        assert_eq!(get(Strategy::Margin), get(Strategy::Entropy));
        // Equal densities change nothing.
        assert_eq!(get(Strategy::Margin), get(Strategy::Density));
        assert!(select_by(Strategy::Bald, &pool, &Advice::default(), 10, 5).is_err());
        assert!("best".parse::<Strategy>().is_err());
    }

    #[test]
    fn costs_divide_the_score() {
        let rows = Csr::from_dense(&[1.0; 3], 1).unwrap();
        let p = [0.5, 0.5, 0.4, 0.6, 0.1, 0.9];
        let open = [0, 1, 2];
        let pool = Pool { rows: &rows, open: &open, labelled: &[], probabilities: Some((&p, 2)) };
        let advice = Advice { costs: Some(&[10.0, 1.0, 1.0]), ..Advice::default() };
        assert_eq!(select_by(Strategy::Margin, &pool, &advice, 3, 1).unwrap(), [1, 2, 0]);
        assert!(select_by(Strategy::Auto, &pool, &advice, 3, 1).is_err());
        let advice = Advice { costs: Some(&[0.0, 1.0, 1.0]), ..Advice::default() };
        assert!(select_by(Strategy::Margin, &pool, &advice, 3, 1).is_err());
    }
}
