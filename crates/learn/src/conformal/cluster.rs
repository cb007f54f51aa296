//! Classes with like scores share a threshold (Ding, Angelopoulos, Bates, Jordan and Tibshirani,
//! "Class-conditional conformal prediction with many classes", NeurIPS 2023).
//!
//! A share of the calibration rows describes each class by quantiles of its scores; k-means with
//! weights `sqrt(rows)` clusters the descriptions; the other rows set a threshold for each
//! cluster. Classes too small to be described form the null cluster, which takes the threshold of
//! all remaining rows. Share and number of clusters follow the paper's rule: with `K` classes that
//! are large enough and `n` rows in the smallest of them, the share is `K / (75 + K)` and the
//! number `share * n / 2`, so that a class describes itself with rows in proportion to how many
//! clusters have to be told apart.

use super::least_rows;
use super::strata::Strata;
use crate::rng::{Rng, hash};

/// Levels of the quantiles that describe a class, besides `1 - alpha`.
const LEVELS: [f64; 5] = [0.5, 0.6, 0.7, 0.8, 0.9];
/// Numbers that describe a class.
const DIMENSIONS: usize = LEVELS.len() + 1;
/// Starts of k-means, of which the best is taken.
const STARTS: u64 = 10;

type Point = [f64; DIMENSIONS];

pub(super) fn strata(
    scores: &[f64],
    labels: &[u32],
    classes: usize,
    alpha: f64,
    seed: u64,
) -> Strata {
    let mut rows = vec![0_usize; classes];
    for &k in labels {
        rows[k as usize] += 1;
    }
    // Fewer rows than this describe nothing: their `1 - alpha` quantile does not exist.
    let enough = least_rows(alpha.min(0.1));
    let large = rows.iter().filter(|&&n| n >= enough).count();
    let smallest = rows.iter().copied().filter(|&n| n >= enough).min().unwrap_or(0);
    let share = large as f64 / (75.0 + large as f64);
    let clusters = (share * smallest as f64 / 2.0).floor() as usize;
    if clusters < 2 {
        return Strata::assign(vec![Vec::new(), scores.to_vec()], &vec![1; classes], labels, alpha);
    }
    // Each class gives the same share of its rows, drawn by the seed.
    let mut order: Vec<(u32, u64, usize)> =
        labels.iter().enumerate().map(|(i, &k)| (k, hash(seed ^ hash(i as u64)), i)).collect();
    order.sort_unstable();
    let mut described: Vec<(usize, Point, f64)> = Vec::new();
    let mut kept: Vec<usize> = Vec::with_capacity(scores.len());
    for group in order.chunk_by(|a, b| a.0 == b.0) {
        let part = (share * group.len() as f64) as usize;
        let mut own: Vec<f64> = group[..part].iter().map(|r| scores[r.2]).collect();
        if group.len() >= enough && part > 0 {
            own.sort_unstable_by(f64::total_cmp);
            described.push((group[0].0 as usize, describe(&own, alpha), (part as f64).sqrt()));
        }
        kept.extend(group[part..].iter().map(|r| r.2));
    }
    let cluster = kmeans(&described, clusters, seed);
    let mut stratum = vec![0; classes];
    for ((class, _, _), &c) in described.iter().zip(&cluster) {
        stratum[*class] = c + 1;
    }
    let mut split = vec![Vec::new(); clusters + 1];
    for &i in &kept {
        // The null cluster holds all remaining rows.
        split[0].push(scores[i]);
        let at = stratum[labels[i] as usize];
        if at > 0 {
            split[at].push(scores[i]);
        }
    }
    Strata::assign(split, &stratum, labels, alpha)
}

/// Quantiles of sorted scores, by linear interpolation.
fn describe(sorted: &[f64], alpha: f64) -> Point {
    let mut point = [0.0; DIMENSIONS];
    for (x, level) in point.iter_mut().zip(LEVELS.into_iter().chain([1.0 - alpha])) {
        let at = level * (sorted.len() - 1) as f64;
        let (below, above) = (at.floor() as usize, at.ceil() as usize);
        *x = sorted[below] + (at - below as f64) * (sorted[above] - sorted[below]);
    }
    point
}

fn distance(a: &Point, b: &Point) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}

/// The nearest centre (ties: the first) and its squared distance.
fn nearest(point: &Point, centres: &[Point]) -> (usize, f64) {
    let mut best = (0, f64::INFINITY);
    for (c, centre) in centres.iter().enumerate() {
        let d = distance(point, centre);
        if d < best.1 {
            best = (c, d);
        }
    }
    best
}

/// Weighted k-means: Lloyd's iterations from k-means++ (Arthur and Vassilvitskii, SODA 2007).
fn kmeans(points: &[(usize, Point, f64)], clusters: usize, seed: u64) -> Vec<usize> {
    let mut best: (f64, Vec<usize>) = (f64::INFINITY, vec![0; points.len()]);
    for start in 0..STARTS {
        let mut rng = Rng::stream(seed, start);
        let mut centres = seeds(points, clusters, &mut rng);
        let mut of = vec![usize::MAX; points.len()];
        let mut cost = f64::INFINITY;
        for _ in 0..100 {
            let near: Vec<(usize, f64)> =
                points.iter().map(|(_, p, _)| nearest(p, &centres)).collect();
            cost = near.iter().zip(points).map(|(n, p)| n.1 * p.2).sum();
            let next: Vec<usize> = near.iter().map(|n| n.0).collect();
            if next == of {
                break;
            }
            of = next;
            means(points, &of, &mut centres);
        }
        if cost < best.0 {
            best = (cost, of);
        }
    }
    best.1
}

fn seeds(points: &[(usize, Point, f64)], clusters: usize, rng: &mut Rng) -> Vec<Point> {
    let mut centres: Vec<Point> = Vec::with_capacity(clusters);
    while centres.len() < clusters.min(points.len()) {
        let weights: Vec<f64> = points
            .iter()
            .map(|(_, p, w)| if centres.is_empty() { *w } else { w * nearest(p, &centres).1 })
            .collect();
        let total: f64 = weights.iter().sum();
        if total <= 0.0 {
            break;
        }
        let mut left = rng.unit() * total;
        let chosen = weights.iter().position(|w| {
            left -= w;
            left < 0.0
        });
        centres.push(points[chosen.unwrap_or(points.len() - 1)].1);
    }
    centres
}

/// Moves each centre to the weighted mean of its points; a centre without points stays.
fn means(points: &[(usize, Point, f64)], of: &[usize], centres: &mut [Point]) {
    let mut sums = vec![([0.0; DIMENSIONS], 0.0); centres.len()];
    for ((_, point, weight), &c) in points.iter().zip(of) {
        let (sum, total) = &mut sums[c];
        sum.iter_mut().zip(point).for_each(|(s, x)| *s += weight * x);
        *total += weight;
    }
    for (centre, (sum, total)) in centres.iter_mut().zip(&sums) {
        if *total > 0.0 {
            *centre = sum.map(|s| s / total);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_with_like_scores_share_a_stratum() {
        // 30 classes of 200 rows: 15 with low scores, 15 with high ones; one class of 3 rows.
        let mut rng = Rng::new(4);
        let (mut scores, mut labels) = (Vec::new(), Vec::new());
        for class in 0..31_u32 {
            for _ in 0..if class == 30 { 3 } else { 200 } {
                scores.push(rng.unit() * 0.3 + if class % 2 == 0 { 0.0 } else { 0.6 });
                labels.push(class);
            }
        }
        let got = strata(&scores, &labels, 31, 0.1, 9);
        for (a, first) in got.categories.iter().enumerate().take(30) {
            assert_eq!(first.rows, 200);
            assert!(!first.fell_back);
            let range = if a % 2 == 0 { 0.2..0.3 } else { 0.8..0.9 };
            assert!(range.contains(&first.threshold), "{a} {first:?}");
        }
        assert!(got.categories[30].fell_back);
        assert_eq!(got, strata(&scores, &labels, 31, 0.1, 9));
    }

    #[test]
    fn few_rows_make_one_cluster() {
        let scores: Vec<f64> = (0..40).map(f64::from).collect();
        let labels: Vec<u32> = (0..40).map(|i| i % 4).collect();
        let got = strata(&scores, &labels, 4, 0.1, 1);
        assert!(got.categories.iter().all(|c| c.threshold == 36.0 && !c.fell_back), "{got:?}");
    }
}
