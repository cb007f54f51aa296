//! Query by committee: rows about which several models disagree.
//!
//! Seung, Opper and Sompolinsky ("Query by committee", COLT 1992). Members are fits to the same
//! labelled rows under the Bayesian bootstrap (Rubin 1981): each row weighs an exponential random
//! number, so that no class is lost, as it is by drawing rows. They stand for draws from the
//! posterior, which makes the mutual information below that of BALD (Houlsby, Huszár, Ghahramani
//! and Lengyel 2011).

use crate::LearnError;
use crate::logistic::{self, FitOptions, Weights};
use crate::rng::Rng;
use crate::sparse::Csr;
use crate::vmath;

/// How far a committee disagrees about a row; more is worth asking more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disagreement {
    /// Entropy of the members' votes, in nats (Dagan and Engelson 1995): `-sum_k v_k ln v_k`, `v_k`
    /// the share of members whose most probable class is `k` (ties: the first).
    VoteEntropy,
    /// Mean Kullback-Leibler divergence of the members from their mean (McCallum and Nigam 1998):
    /// `sum_m KL(p_m || mean) / M`.
    KlToConsensus,
    /// Mutual information between label and member: `H(mean) - sum_m H(p_m) / M`. The same number
    /// as [`Disagreement::KlToConsensus`], from entropies.
    MutualInformation,
}

/// Fits `members` models to the same rows under random weights; equal arguments give equal bytes.
///
/// `warm` starts every fit. Errors as [`logistic::fit`] and for no members.
pub fn committee(
    rows: &Csr,
    labels: &[u32],
    classes: usize,
    members: usize,
    fit: &FitOptions,
    warm: Option<&Weights>,
    seed: u64,
) -> Result<Vec<Weights>, LearnError> {
    if members == 0 {
        return Err(LearnError::Parameter { name: "members", must: "at least 1" });
    }
    (0..members as u64)
        .map(|member| {
            let mut rng = Rng::stream(seed, member);
            // 1 - unit is in (0, 1], so every weight is finite; never all of them zero.
            let weights: Vec<f32> =
                labels.iter().map(|_| (-(1.0 - rng.unit()).ln()).max(1e-6) as f32).collect();
            Ok(logistic::fit(rows, labels, Some(&weights), classes, fit, warm)?.0)
        })
        .collect()
}

/// Disagreement about each row. Each member is a row-major matrix of `classes` columns of
/// probabilities over the same rows; at least one member, one row or none at all.
pub fn disagreement<M: AsRef<[f32]>>(
    members: &[M],
    classes: usize,
    measure: Disagreement,
) -> Result<Vec<f32>, LearnError> {
    let first = members.first().ok_or(LearnError::Empty { what: "the committee" })?.as_ref();
    for member in members {
        check(member.as_ref(), first.len(), classes)?;
    }
    let share = 1.0 / members.len() as f32;
    let mut mean = vec![0.0_f32; classes];
    let mut logs = vec![0.0_f32; classes];
    let score = |at: usize| {
        let rows = || members.iter().map(|m| &m.as_ref()[at..at + classes]);
        mean.fill(0.0);
        if measure == Disagreement::VoteEntropy {
            rows().for_each(|p| mean[top(p)] += share);
            return entropy(&mean).max(0.0);
        }
        rows().for_each(|p| mean.iter_mut().zip(p).for_each(|(m, &p)| *m += share * p));
        if measure == Disagreement::MutualInformation {
            return (entropy(&mean) - share * rows().map(entropy).sum::<f32>()).max(0.0);
        }
        logs.iter_mut().zip(&mean).for_each(|(l, &m)| *l = ln(m));
        (share * rows().map(|p| divergence(p, &logs)).sum::<f32>()).max(0.0)
    };
    Ok((0..first.len()).step_by(classes).map(score).collect())
}

fn check(member: &[f32], expected: usize, classes: usize) -> Result<(), LearnError> {
    if classes == 0 || !expected.is_multiple_of(classes) {
        let what = "probabilities (a multiple of the classes)";
        return Err(LearnError::Shape { what, expected: classes, found: expected });
    }
    if member.len() != expected {
        let what = "probabilities of a committee member";
        return Err(LearnError::Shape { what, expected, found: member.len() });
    }
    match member.iter().position(|p| !(p.is_finite() && *p >= 0.0)) {
        Some(at) => {
            let what = "probability (not negative) of row";
            Err(LearnError::NotFinite { what, at: at / classes })
        }
        None => Ok(()),
    }
}

fn top(p: &[f32]) -> usize {
    (0..p.len()).fold(0, |best, k| if p[k] > p[best] { k } else { best })
}

/// `ln x`; of the smallest normal number where `x` is less, so that `x ln x` is 0 for 0.
#[inline]
fn ln(x: f32) -> f32 {
    vmath::ln(if x > f32::MIN_POSITIVE { x } else { f32::MIN_POSITIVE })
}

fn entropy(p: &[f32]) -> f32 {
    -sum(p, p, |p, _| p * ln(p))
}

/// `sum p (ln p - log q)`.
fn divergence(p: &[f32], logs: &[f32]) -> f32 {
    sum(p, logs, |p, log| p * (ln(p) - log))
}

/// Sum of `term` in four lanes, which the compiler can run side by side.
#[inline]
fn sum(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let ((a_fours, a_rest), (b_fours, b_rest)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let mut lanes = [0.0_f32; 4];
    for (a, b) in a_fours.iter().zip(b_fours) {
        for i in 0..4 {
            lanes[i] += term(a[i], b[i]);
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(&a, &b)| term(a, b)).sum();
    lanes.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normalised(raw: &[f32], classes: usize) -> Vec<f32> {
        let row = |r: &[f32]| r.iter().map(|x| x / r.iter().sum::<f32>()).collect::<Vec<_>>();
        raw.chunks_exact(classes).flat_map(row).collect()
    }

    proptest! {
        #[test]
        fn divergence_from_the_mean_is_the_mutual_information(
            raw in prop::collection::vec(0.001_f32..1.0, 3 * 4 * 5),
        ) {
            let members: Vec<Vec<f32>> = raw.chunks(20).map(|m| normalised(m, 4)).collect();
            let kl = disagreement(&members, 4, Disagreement::KlToConsensus).unwrap();
            let mi = disagreement(&members, 4, Disagreement::MutualInformation).unwrap();
            let votes = disagreement(&members, 4, Disagreement::VoteEntropy).unwrap();
            for i in 0..5 {
                prop_assert!((kl[i] - mi[i]).abs() < 1e-5);
                prop_assert!(mi[i] <= 3.0_f32.ln() + 1e-5 && votes[i] <= 3.0_f32.ln() + 1e-5);
            }
            // Members who agree disagree about nothing.
            let same = [members[0].clone(), members[0].clone()];
            for m in [Disagreement::VoteEntropy, Disagreement::KlToConsensus, Disagreement::MutualInformation] {
                prop_assert!(disagreement(&same, 4, m).unwrap().iter().all(|&x| x < 1e-6));
            }
        }
    }

    #[test]
    fn known_values() {
        // Two sure members who contradict each other: ln 2 by every measure.
        let members = [vec![1.0_f32, 0.0], vec![0.0, 1.0]];
        for m in [
            Disagreement::VoteEntropy,
            Disagreement::KlToConsensus,
            Disagreement::MutualInformation,
        ] {
            let got = disagreement(&members, 2, m).unwrap()[0];
            assert!((got - 2.0_f32.ln()).abs() < 1e-6, "{m:?}");
        }
        // scikit-activeml 1.0.1: vote_entropy and average_kl_divergence of two rows.
        let members = [
            vec![0.9_f32, 0.1, 0.0, 0.2, 0.5, 0.3],
            vec![0.5, 0.3, 0.2, 0.3, 0.4, 0.3],
            vec![0.1, 0.8, 0.1, 0.6, 0.2, 0.2],
        ];
        for (measure, want) in [
            (Disagreement::VoteEntropy, [0.636_514_2, 0.636_514_2]),
            (Disagreement::KlToConsensus, [0.278_758_6, 0.065_281_93]),
            (Disagreement::MutualInformation, [0.278_758_6, 0.065_281_93]),
        ] {
            let got = disagreement(&members, 3, measure).unwrap();
            assert!(
                got.iter().zip(want).all(|(g, w)| (g - w).abs() < 1e-6),
                "{measure:?}: {got:?}"
            );
        }
    }

    #[test]
    fn members_agree_more_the_more_labels_there_are() {
        let x: Vec<f32> = vec![1.0, 0.0, 0.6, 0.5, 0.0, 1.0, 0.4, 0.5];
        let asked = Csr::from_dense(&[0.5, 0.5, 0.8, 0.3], 2).unwrap();
        let fit = FitOptions::default();
        let of = |copies: usize| {
            let rows = Csr::from_dense(&x.repeat(copies), 2).unwrap();
            let labels = [0, 0, 1, 1].repeat(copies);
            let members = committee(&rows, &labels, 2, 8, &fit, None, 3).unwrap();
            assert_eq!(members, committee(&rows, &labels, 2, 8, &fit, None, 3).unwrap());
            let p: Vec<Vec<f32>> =
                members.iter().map(|m| m.probabilities(&asked, 1.0).unwrap()).collect();
            disagreement(&p, 2, Disagreement::MutualInformation).unwrap()[0]
        };
        assert!(of(1) > 4.0 * of(100), "{} {}", of(1), of(100));
        let rows = Csr::from_dense(&x, 2).unwrap();
        assert!(committee(&rows, &[0, 0, 1, 1], 2, 0, &fit, None, 3).is_err());
    }

    #[test]
    fn refuses_bad_committees() {
        let m = Disagreement::VoteEntropy;
        assert!(disagreement::<Vec<f32>>(&[], 2, m).is_err());
        assert!(disagreement(&[vec![0.5; 4], vec![0.5; 2]], 2, m).is_err());
        assert!(disagreement(&[vec![0.5; 3]], 2, m).is_err());
        assert!(disagreement(&[vec![0.5; 4]], 0, m).is_err());
        assert!(disagreement(&[vec![f32::NAN; 4]], 2, m).is_err());
        assert!(disagreement(&[Vec::<f32>::new()], 2, m).unwrap().is_empty());
    }
}
