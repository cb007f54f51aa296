//! How unsure probabilities are, and the rows about which they are most unsure.
//!
//! Least confidence (Lewis and Gale 1994), margin (Scheffer, Decomain and Wrobel 2001) and entropy
//! (Settles 2009). Margin is the one to start with: with many classes entropy prefers rows whose
//! mass is spread over classes that are out of the question anyway. With two classes all three
//! rank alike.

use std::cmp::Ordering;

use crate::LearnError;
use crate::rng;
use crate::vmath;

/// A measure of uncertainty; more is less sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uncertainty {
    /// `1 - p_1`, where `p_1` is the largest probability.
    LeastConfidence,
    /// `1 - (p_1 - p_2)`, where `p_2` is the second largest.
    Margin,
    /// `-sum p ln p`, in nats.
    Entropy,
}

/// Uncertainty of each row of a row-major matrix of `classes` columns.
///
/// Errors if the length is no multiple of `classes`, or a score is not finite.
pub fn scores(
    probabilities: &[f32],
    classes: usize,
    measure: Uncertainty,
) -> Result<Vec<f32>, LearnError> {
    if classes == 0 || !probabilities.len().is_multiple_of(classes) {
        return Err(LearnError::Shape {
            what: "probabilities (a multiple of the classes)",
            expected: classes,
            found: probabilities.len(),
        });
    }
    let rows = probabilities.chunks_exact(classes);
    let out: Vec<f32> = match measure {
        Uncertainty::LeastConfidence => rows.map(|p| 1.0 - top_two(p).0).collect(),
        Uncertainty::Margin => rows
            .map(|p| {
                let (first, second) = top_two(p);
                1.0 - (first - second)
            })
            .collect(),
        Uncertainty::Entropy => entropies(probabilities, classes),
    };
    match out.iter().position(|x| !x.is_finite()) {
        Some(at) => Err(LearnError::NotFinite { what: "probability of row", at }),
        None => Ok(out),
    }
}

/// Largest and second largest entry; the second is 0 if there is one entry only. NaN if any entry
/// is not finite, which comparisons alone would pass over.
fn top_two(p: &[f32]) -> (f32, f32) {
    let max = |a: f32, b: f32| if a > b { a } else { b };
    let min = |a: f32, b: f32| if a > b { b } else { a };
    let (fours, rest) = p.as_chunks::<4>();
    // Four independent tournaments, so that the compiler can run them side by side.
    let (mut first, mut second) = ([f32::NEG_INFINITY; 4], [f32::NEG_INFINITY; 4]);
    let mut sum = [0.0_f32; 4];
    for four in fours {
        for i in 0..4 {
            second[i] = max(second[i], min(first[i], four[i]));
            first[i] = max(first[i], four[i]);
            sum[i] += four[i];
        }
    }
    if !(sum.iter().sum::<f32>() + rest.iter().sum::<f32>()).is_finite() {
        return (f32::NAN, f32::NAN);
    }
    let mut best = (f32::NEG_INFINITY, f32::NEG_INFINITY);
    for &x in first.iter().chain(&second).chain(rest) {
        best = (max(best.0, x), max(best.1, min(best.0, x)));
    }
    if p.len() == 1 { (best.0, 0.0) } else { best }
}

/// Entropies of a stretch of rows, whose terms are computed in one vectorised loop.
fn entropies(probabilities: &[f32], classes: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(probabilities.len() / classes);
    let stretch = classes * (1024 / classes).max(1);
    let mut terms = vec![0.0_f32; stretch.min(probabilities.len())];
    for rows in probabilities.chunks(stretch) {
        let terms = &mut terms[..rows.len()];
        for (t, &x) in terms.iter_mut().zip(rows) {
            *t = x * vmath::ln(if x > f32::MIN_POSITIVE { x } else { f32::MIN_POSITIVE });
        }
        out.extend(terms.chunks_exact(classes).map(|row| {
            let (fours, rest) = row.as_chunks::<4>();
            let mut sum = [0.0_f32; 4];
            for four in fours {
                for i in 0..4 {
                    sum[i] += four[i];
                }
            }
            -(sum.iter().sum::<f32>() + rest.iter().sum::<f32>())
        }));
    }
    out
}

/// The `k` largest of `scores`, largest first; equal scores in an order drawn by `seed`.
///
/// One pass with a rising bar: entries above it gather in a buffer that is cut back to `k` by
/// selection whenever it is full, so the cost is linear whatever `k`.
pub fn top_k(scores: &[f32], k: usize, seed: u64) -> Vec<usize> {
    let k = k.min(scores.len());
    if k == 0 {
        return Vec::new();
    }
    let key = |i: usize| Ranked { score: scores[i], tie: rng::hash(seed ^ rng::hash(i as u64)), i };
    let room = 2 * k + 1024;
    let mut kept: Vec<Ranked> = Vec::with_capacity(room.min(scores.len()));
    let mut bar = f32::NEG_INFINITY;
    for (i, &score) in scores.iter().enumerate() {
        if score < bar {
            continue;
        }
        if kept.len() == room {
            kept.select_nth_unstable_by(k - 1, Ranked::order);
            kept.truncate(k);
            bar = kept[k - 1].score;
        }
        kept.push(key(i));
    }
    if kept.len() > k {
        kept.select_nth_unstable_by(k - 1, Ranked::order);
        kept.truncate(k);
    }
    kept.sort_unstable_by(Ranked::order);
    kept.into_iter().map(|r| r.i).collect()
}

struct Ranked {
    score: f32,
    tie: u64,
    i: usize,
}

impl Ranked {
    fn order(&self, other: &Self) -> Ordering {
        other
            .score
            .total_cmp(&self.score)
            .then_with(|| self.tie.cmp(&other.tie))
            .then_with(|| self.i.cmp(&other.i))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normalised(raw: &[f32], classes: usize) -> Vec<f32> {
        let rows = raw.chunks_exact(classes);
        rows.flat_map(|r| r.iter().map(|x| x / r.iter().sum::<f32>()).collect::<Vec<_>>()).collect()
    }

    proptest! {
        #[test]
        fn scores_follow_their_definitions(
            raw in prop::collection::vec(0.001_f32..1.0, 7 * 5), classes in 1_usize..8,
        ) {
            let n = raw.len() / classes * classes;
            let p = normalised(&raw[..n], classes);
            let get = |m| scores(&p, classes, m).unwrap();
            let (lc, margin, entropy) = (
                get(Uncertainty::LeastConfidence),
                get(Uncertainty::Margin),
                get(Uncertainty::Entropy),
            );
            for (i, row) in p.chunks_exact(classes).enumerate() {
                let mut sorted = row.to_vec();
                sorted.sort_by(|a, b| b.total_cmp(a));
                let second = sorted.get(1).copied().unwrap_or(0.0);
                prop_assert_eq!(lc[i], 1.0 - sorted[0]);
                prop_assert_eq!(margin[i], 1.0 - (sorted[0] - second));
                let want: f64 = row.iter().map(|&x| -f64::from(x) * f64::from(x).ln()).sum();
                prop_assert!((f64::from(entropy[i]) - want).abs() < 1e-5);
            }
        }

        #[test]
        fn two_classes_rank_alike(raw in prop::collection::vec(0.0_f32..1.0, 2..40), seed: u64) {
            let p: Vec<f32> = raw.iter().flat_map(|&x| [x, 1.0 - x]).collect();
            let rank = |m| {
                let s = scores(&p, 2, m).unwrap();
                let top = top_k(&s, 1, seed)[0];
                raw[top].max(1.0 - raw[top])
            };
            let (a, b) = (rank(Uncertainty::Margin), rank(Uncertainty::LeastConfidence));
            prop_assert!((a - b).abs() < 1e-3 && (a - rank(Uncertainty::Entropy)).abs() < 1e-3);
        }

        #[test]
        fn top_k_is_a_sorted_prefix(
            raw in prop::collection::vec(0_u8..20, 0..5000), k in 0_usize..1500, seed: u64,
        ) {
            let s: Vec<f32> = raw.iter().map(|&x| f32::from(x)).collect();
            let top = top_k(&s, k, seed);
            let all = top_k(&s, s.len(), seed);
            prop_assert_eq!(&top[..], &all[..k.min(s.len())]);
            prop_assert!(all.windows(2).all(|w| s[w[0]] >= s[w[1]]));
            let mut seen = all.clone();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..s.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn scores_match_scikit_activeml() {
        // scikit-activeml 1.0.1, uncertainty_scores of the same rows.
        let p = [0.5, 0.3, 0.2, 0.9, 0.05, 0.05, 0.34, 0.33, 0.33, 0.0, 0.6, 0.4];
        for (measure, want) in [
            (Uncertainty::LeastConfidence, [0.5, 0.1, 0.66, 0.4]),
            (Uncertainty::Margin, [0.8, 0.15, 0.99, 0.8]),
            (Uncertainty::Entropy, [1.029_653, 0.394_397_7, 1.098_512_6, 0.673_011_7]),
        ] {
            for (got, want) in scores(&p, 3, measure).unwrap().iter().zip(want) {
                assert!((got - want).abs() < 1e-6, "{measure:?}: {got} for {want}");
            }
        }
    }

    #[test]
    fn ties_are_broken_by_the_seed() {
        let s = [0.5_f32; 1000];
        let firsts: std::collections::BTreeSet<usize> =
            (0..200).map(|seed| top_k(&s, 1, seed)[0]).collect();
        assert!(firsts.len() > 150, "{}", firsts.len());
    }

    #[test]
    fn refuses_what_is_no_matrix() {
        assert!(scores(&[0.5; 5], 2, Uncertainty::Margin).is_err());
        assert!(scores(&[], 0, Uncertainty::Margin).is_err());
        for bad in [f32::NAN, f32::INFINITY] {
            for at in 0..5 {
                let mut p = [0.2_f32; 5];
                p[at] = bad;
                for m in [Uncertainty::LeastConfidence, Uncertainty::Margin, Uncertainty::Entropy] {
                    assert!(scores(&p, 5, m).is_err(), "{bad} at {at} by {m:?}");
                }
            }
        }
    }
}
