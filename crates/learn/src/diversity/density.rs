//! How many others a row speaks for: information density and typicality.
//!
//! Settles and Craven ("An analysis of active learning strategies for sequence labeling tasks",
//! EMNLP 2008) weigh uncertainty by the mean similarity to the pool, so that outliers, which teach
//! nothing about the others, fall behind. Hacohen, Dekel and Weinshall ("Active learning on a
//! budget: opposite strategies suit high and low budgets", ICML 2022; TypiClust) take, of each
//! cluster that has no label yet, the row whose nearest neighbours are closest.

use super::{assign, kmeans_plus_plus, recentre};
use crate::LearnError;
use crate::sparse::Csr;

/// Neighbours that decide how typical a row is, as in the paper.
const NEIGHBOURS: usize = 20;
/// Clusters at most, as in the paper.
const MOST_CLUSTERS: usize = 500;
/// Rows of one cluster compared with each other at most; more are thinned evenly.
const MOST_COMPARED: usize = 1_000;
/// Iterations of k-means.
const ROUNDS: u32 = 10;

/// Mean cosine of each row with all rows, itself included; 0 for rows of zeros.
///
/// `sum_j cos(i, j) / n = u_i . mean(u)` with rows scaled to length 1, so one pass over the
/// entries is enough for all pairs.
pub fn density(rows: &Csr) -> Vec<f32> {
    let rows = rows.normalised();
    let mut mean = vec![0.0_f64; rows.columns()];
    for row in rows.iter() {
        row.iter().for_each(|(j, x)| mean[j] += f64::from(x));
    }
    let n = rows.rows().max(1) as f64;
    let product =
        |row: super::Row<'_>| row.iter().map(|(j, x)| f64::from(x) * mean[j]).sum::<f64>() / n;
    rows.iter().map(|row| product(row) as f32).collect()
}

/// `scores[i] * max(density[i], 0)^beta`; `beta` 0 leaves the scores as they are.
pub fn density_weighted(
    scores: &[f32],
    density: &[f32],
    beta: f64,
) -> Result<Vec<f32>, LearnError> {
    if scores.len() != density.len() {
        let (expected, found) = (scores.len(), density.len());
        return Err(LearnError::Shape { what: "densities", expected, found });
    }
    if !(beta.is_finite() && beta >= 0.0) {
        return Err(LearnError::Parameter { name: "beta", must: "not negative" });
    }
    let weigh = |(&s, &d): (&f32, &f32)| s * (f64::from(d.max(0.0)).powf(beta) as f32);
    Ok(scores.iter().zip(density).map(weigh).collect())
}

/// Chooses `k` rows (fewer if there are fewer): of the largest clusters with the fewest labelled
/// rows, the most typical one each, in that order.
///
/// Clusters are those of spherical k-means, one for each labelled and each wanted row, at most
/// 500. `labelled` are rows that have a label; they are not chosen.
pub fn typical(
    rows: &Csr,
    k: usize,
    labelled: &[usize],
    seed: u64,
) -> Result<Vec<usize>, LearnError> {
    let n = rows.rows();
    if let Some((at, &index)) = labelled.iter().enumerate().find(|e| *e.1 >= n) {
        return Err(LearnError::OutOfRange { what: "labelled row", at, index, limit: n });
    }
    let mut taken = vec![false; n];
    for &i in labelled {
        taken[i] = true;
    }
    let open = taken.iter().filter(|t| !**t).count();
    let k = k.min(open);
    if k == 0 {
        return Ok(Vec::new());
    }
    let rows = rows.normalised();
    let clusters = (n - open + k).min(MOST_CLUSTERS).min(n);
    let mut groups = clusters_of(&rows, clusters, seed);
    let mut order: Vec<Vec<usize>> =
        groups.iter_mut().map(|group| by_typicality(&rows, group, &taken)).collect();
    let mut labels: Vec<usize> =
        groups.iter().map(|g| g.iter().filter(|&&i| taken[i]).count()).collect();
    let mut out = Vec::with_capacity(k);
    while out.len() < k {
        let open_groups = (0..groups.len()).filter(|&g| !order[g].is_empty());
        let key = |g: usize| (labels[g], usize::MAX - groups[g].len(), g);
        let Some(g) = open_groups.min_by_key(|&g| key(g)) else { break };
        out.extend(order[g].pop());
        labels[g] += 1;
    }
    Ok(out)
}

fn clusters_of(rows: &Csr, k: usize, seed: u64) -> Vec<Vec<usize>> {
    let seeds = kmeans_plus_plus(rows, k, &[], None, 1, seed);
    let k = seeds.len();
    let mut centres = vec![0.0_f32; rows.columns() * k];
    for (c, &i) in seeds.iter().enumerate() {
        rows.row(i).iter().for_each(|(j, x)| centres[j * k + c] = x);
    }
    let mut nearest = vec![(0_usize, 0.0_f32); rows.rows()];
    for round in 0..=ROUNDS {
        let moved = assign(rows, &centres, k, &mut nearest);
        if round == ROUNDS || (round > 0 && !moved) {
            break;
        }
        recentre(rows, &nearest, k, &mut centres);
    }
    let mut groups = vec![Vec::new(); k];
    for (i, n) in nearest.iter().enumerate() {
        groups[n.0].push(i);
    }
    groups
}

/// The open rows of a group, the most typical last.
fn by_typicality(rows: &Csr, group: &[usize], taken: &[bool]) -> Vec<usize> {
    let step = group.len().div_ceil(MOST_COMPARED).max(1);
    let sample: Vec<usize> = group.iter().copied().step_by(step).collect();
    let mut dense = vec![0.0_f32; rows.columns()];
    let mut out: Vec<(f64, usize)> = Vec::new();
    for &i in group.iter().filter(|&&i| !taken[i]) {
        rows.row(i).iter().for_each(|(j, x)| dense[j] = x);
        let others = sample.iter().filter(|&&o| o != i);
        let mut gaps: Vec<f64> =
            others.map(|&o| (2.0 - 2.0 * rows.row(o).dot_dense(&dense)).max(0.0).sqrt()).collect();
        rows.row(i).iter().for_each(|(j, _)| dense[j] = 0.0);
        let near = NEIGHBOURS.min(gaps.len());
        if near > 0 && near < gaps.len() {
            gaps.select_nth_unstable_by(near - 1, f64::total_cmp);
        }
        let mean = gaps[..near].iter().sum::<f64>() / near.max(1) as f64;
        out.push((if near == 0 { f64::INFINITY } else { mean }, i));
    }
    out.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    out.into_iter().map(|e| e.1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn density_is_the_mean_of_all_cosines(x in prop::collection::vec(-3.0_f32..3.0, 3 * 9)) {
            let rows = Csr::from_dense(&x, 3).unwrap();
            let unit = rows.normalised();
            for (i, d) in density(&rows).iter().enumerate() {
                let sum: f64 = (0..9).map(|j| unit.row(i).dot(unit.row(j))).sum();
                prop_assert!((f64::from(*d) - sum / 9.0).abs() < 1e-5);
            }
        }

        #[test]
        fn typical_rows_are_distinct_and_open(
            x in prop::collection::vec(0_u8..4, 2 * 25), k in 0_usize..30, seed: u64,
            labelled in prop::collection::vec(0_usize..25, 0..5),
        ) {
            let x: Vec<f32> = x.iter().map(|&v| f32::from(v)).collect();
            let rows = Csr::from_dense(&x, 2).unwrap();
            let got = typical(&rows, k, &labelled, seed).unwrap();
            let distinct = labelled.iter().collect::<std::collections::BTreeSet<_>>().len();
            prop_assert_eq!(got.len(), k.min(25 - distinct));
            let set: std::collections::BTreeSet<_> = got.iter().chain(&labelled).collect();
            prop_assert_eq!(set.len(), got.len() + distinct);
            prop_assert_eq!(&got, &typical(&rows, k, &labelled, seed).unwrap());
        }
    }

    #[test]
    fn crowds_without_a_label_come_first_by_their_middle() {
        // Three crowds of directions; the one around 10 degrees has a label.
        let degrees = [5.0_f32, 10.0, 15.0, 40.0, 45.0, 46.0, 50.0, 80.0, 85.0];
        let x: Vec<f32> =
            degrees.iter().flat_map(|d| [d.to_radians().cos(), d.to_radians().sin()]).collect();
        let rows = Csr::from_dense(&x, 2).unwrap();
        let mut right = 0;
        for seed in 0..20 {
            let got = typical(&rows, 2, &[1], seed).unwrap();
            right += usize::from((4..=5).contains(&got[0]) && got[1] >= 7);
        }
        assert!(right >= 12, "{right} of 20");
    }

    #[test]
    fn weights_uncertainty_by_density() {
        let got = density_weighted(&[1.0, 2.0, 3.0], &[0.5, 0.25, -0.1], 2.0).unwrap();
        assert_eq!(got, [0.25, 0.125, 0.0]);
        assert_eq!(density_weighted(&[1.0, 2.0], &[0.5, 0.1], 0.0).unwrap(), [1.0, 2.0]);
        assert!(density_weighted(&[1.0], &[], 1.0).is_err());
        assert!(density_weighted(&[1.0], &[1.0], f64::NAN).is_err());
        assert!(typical(&Csr::new(2), 1, &[3], 1).is_err());
        assert!(density(&Csr::new(3)).is_empty());
    }
}
