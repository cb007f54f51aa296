//! How sure strengths are: standard errors from the curvature, and the bootstrap.

use super::bradley_terry::{BradleyTerry, Model, Options, fit_from};
use super::comparisons::{Comparisons, Edge};
use super::newton::{Objective, dot};
use crate::LearnError;
use crate::agreement::Bootstrap;
use crate::agreement::resample::{Resampler, quantile};
use crate::rng::Rng;

/// Most parameters for which [`standard_errors`] factorises the curvature.
const DENSE: usize = 5000;

/// Standard error of each centred strength (then of the position effect and of `ln nu`, if fitted):
/// the Laplace approximation, from the inverse of the curvature of the log-posterior at the fit.
///
/// `O(items^3)` time and `O(items^2)` memory, at most 5,000 parameters; use [`resampled`] above.
/// The errors are of `s_i` minus the mean strength: of its own, the level is known only from the
/// prior, and its error would hide those of the differences.
pub fn standard_errors(
    comparisons: &Comparisons,
    options: &Options,
    fit: &BradleyTerry,
) -> Result<Vec<f64>, LearnError> {
    let (expected, found) = (comparisons.n_items(), fit.strengths.len());
    if expected != found {
        return Err(LearnError::Shape { what: "strengths", expected, found });
    }
    let mut model = Model::new(comparisons, options);
    let (n, size) = (expected, model.len());
    if size > DENSE {
        let must = "at most 5,000 for standard errors; use the bootstrap";
        return Err(LearnError::Parameter { name: "items", must });
    }
    let mut x = fit.strengths.clone();
    x.extend(model.position.map(|_| fit.position));
    x.extend(model.tie.map(|_| fit.tie.max(1e-12).ln()));
    model.evaluate(&x, &mut vec![0.0; size]);
    let mut matrix = vec![0.0; size * size];
    let mut unit = vec![0.0; size];
    for (i, row) in matrix.chunks_exact_mut(size).enumerate() {
        unit[i] = 1.0;
        if i >= n {
            model.curve(&unit, row);
        }
        unit[i] = 0.0;
    }
    model.fill(&mut matrix, size);
    // The common level is an eigenvector with the prior as its eigenvalue. A level of ordinary
    // stiffness is added to it, and what that makes of the inverse is taken off again.
    let stiff = (0..n).map(|i| matrix[i * size + i]).sum::<f64>() / n.max(1) as f64;
    for i in 0..n {
        matrix[i * size..i * size + n].iter_mut().for_each(|x| *x += stiff / n as f64);
    }
    let level = 1.0 / (n as f64 * (options.prior + stiff));
    let inverse = inverse_diagonal(&mut matrix, size).ok_or(LearnError::Parameter {
        name: "prior",
        must: "positive: the comparisons alone do not determine all strengths",
    })?;
    let variance = |(i, v): (usize, f64)| if i < n { (v - level).max(0.0) } else { v };
    Ok(inverse.into_iter().enumerate().map(|iv| variance(iv).sqrt()).collect())
}

/// Diagonal of the inverse of a positive definite matrix, by Cholesky's factorisation; `None` if
/// it is not positive definite. Reads the lower triangle.
fn inverse_diagonal(a: &mut [f64], n: usize) -> Option<Vec<f64>> {
    for i in 0..n {
        let (above, row) = a.split_at_mut(i * n);
        for j in 0..i {
            let other = &above[j * n..j * n + n];
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let pivot = row[i] - dot(&row[..i], &row[..i]);
        if pivot.is_nan() || pivot <= 1e-12 * row[i].abs() {
            return None;
        }
        row[i] = pivot.sqrt();
    }
    // Column k of the inverse factor, whose squares add up to the diagonal of the inverse.
    let mut diagonal = vec![0.0; n];
    let mut column = vec![0.0; n];
    for (k, out) in diagonal.iter_mut().enumerate() {
        column[k] = 1.0 / a[k * n + k];
        for i in k + 1..n {
            column[i] = -dot(&a[i * n + k..i * n + i], &column[k..i]) / a[i * n + i];
        }
        *out = dot(&column[k..], &column[k..]);
    }
    Some(diagonal)
}

/// How an item fared in the resamples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ItemSpread {
    /// Quantile `delta / 2` of its strength.
    pub low: f64,
    /// Quantile `1 - delta / 2` of its strength.
    pub high: f64,
    /// Standard deviation of its strength.
    pub standard_error: f64,
    /// Best rank of the interval; 1 is the strongest. Equal strengths share the better rank.
    pub best_rank: usize,
    /// Worst rank of the interval.
    pub worst_rank: usize,
    /// Share of resamples in which no item was stronger.
    pub top: f64,
}

/// Bootstrap of all strengths.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// Each item.
    pub items: Vec<ItemSpread>,
    /// Resamples in which, without a prior, the strengths did not exist; left out.
    pub undefined: usize,
}

/// Percentile bootstrap of strengths over comparisons: resamples the counts and fits anew from
/// `fit`, which converges in a few steps.
pub fn resampled(
    comparisons: &Comparisons,
    options: &Options,
    fit: &BradleyTerry,
    bootstrap: &Bootstrap,
) -> Result<Spread, LearnError> {
    bootstrap.check()?;
    let n = comparisons.n_items();
    if fit.strengths.len() != n {
        let found = fit.strengths.len();
        return Err(LearnError::Shape { what: "strengths", expected: n, found });
    }
    let edges = comparisons.edges();
    let cells: Vec<u32> = edges
        .iter()
        .flat_map(|e| [e.first_wins, e.second_wins, e.ties].map(|count| count as u32))
        .collect();
    let resampler = Resampler::new(&cells);
    let mut rng = Rng::new(bootstrap.seed);
    let mut draw = vec![0; cells.len()];
    // Item by item, one strength and one rank per resample.
    let mut strengths: Vec<Vec<f64>> = vec![Vec::with_capacity(bootstrap.resamples); n];
    let mut ranks: Vec<Vec<f64>> = strengths.clone();
    let mut undefined = 0;
    let mut again = comparisons.clone();
    for _ in 0..bootstrap.resamples {
        resampler.draw(&mut rng, &mut draw);
        for (e, counts) in again.edges.iter_mut().zip(draw.chunks_exact(3)) {
            let [first_wins, second_wins, ties] = [0, 1, 2].map(|k| f64::from(counts[k]));
            *e = Edge { first_wins, second_wins, ties, ..*e };
        }
        let fitted = match fit_from(&again, options, Some(fit)) {
            Ok(fitted) => fitted,
            Err(error) if options.prior > 0.0 => return Err(error),
            Err(_) => {
                undefined += 1;
                continue;
            }
        };
        let by_strength = order(&fitted.strengths);
        let mut rank = 0;
        for (place, &i) in by_strength.iter().enumerate() {
            if place == 0 || fitted.strengths[i] < fitted.strengths[by_strength[place - 1]] {
                rank = place + 1;
            }
            ranks[i].push(rank as f64);
            strengths[i].push(fitted.strengths[i]);
        }
    }
    if undefined + 2 > bootstrap.resamples {
        let must = "positive: in nearly all resamples the strengths do not exist without it";
        return Err(LearnError::Parameter { name: "prior", must });
    }
    let items = strengths.iter_mut().zip(&mut ranks).map(|(s, r)| spread(s, r, bootstrap));
    Ok(Spread { items: items.collect(), undefined })
}

/// Items by falling strength.
fn order(strengths: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..strengths.len()).collect();
    order.sort_unstable_by(|&a, &b| strengths[b].total_cmp(&strengths[a]).then(a.cmp(&b)));
    order
}

fn spread(strengths: &mut [f64], ranks: &mut [f64], bootstrap: &Bootstrap) -> ItemSpread {
    let n = strengths.len() as f64;
    let mean = strengths.iter().sum::<f64>() / n;
    let squares: f64 = strengths.iter().map(|s| (s - mean).powi(2)).sum();
    strengths.sort_unstable_by(f64::total_cmp);
    ranks.sort_unstable_by(f64::total_cmp);
    let (low, high) = (0.5 * bootstrap.delta, 1.0 - 0.5 * bootstrap.delta);
    ItemSpread {
        low: quantile(strengths, low),
        high: quantile(strengths, high),
        standard_error: (squares / (n - 1.0)).sqrt(),
        best_rank: quantile(ranks, low).floor() as usize,
        worst_rank: quantile(ranks, high).ceil() as usize,
        top: ranks.iter().filter(|&&r| r == 1.0).count() as f64 / n,
    }
}
