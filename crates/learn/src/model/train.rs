//! Fitting a [`LinearClassifier`]: weights on all rows, temperature on held-out folds.

use super::{FitReport, LinearClassifier, TrainOptions};
use crate::LearnError;
use crate::calibrate::{self, Quality};
use crate::features::FeatureMap;
use crate::logistic::{self, FitOptions};
use crate::rng::Rng;
use crate::sparse::Csr;

/// Strength of the pull of the temperature towards 1, in rows: a few dozen labels say little.
const TEMPERATURE_PRIOR: f64 = 2.0;

/// Closer fits of the folds would move neither the temperature nor the quality told.
const FOLD_TOLERANCE: f64 = 5e-4;

pub(super) fn fit_on(
    features: FeatureMap,
    rows: &Csr,
    labels: &[u32],
    row_weights: Option<&[f32]>,
    options: &TrainOptions,
    warm: Option<&LinearClassifier>,
    seed: u64,
) -> Result<(LinearClassifier, FitReport), LearnError> {
    if features.features() != rows.columns() {
        return Err(LearnError::Shape {
            what: "columns of the rows",
            expected: features.features(),
            found: rows.columns(),
        });
    }
    // A warm start over another vocabulary is moved by names; one of more classes is no use.
    let start = warm.filter(|w| w.classes() <= options.classes).map(|w| {
        if w.features == features {
            w.weights.clone()
        } else {
            w.weights.moved(&features.positions_in(&w.features))
        }
    });
    let (weights, convergence) =
        logistic::fit(rows, labels, row_weights, options.classes, &options.fit, start.as_ref())?;
    let mut class_rows = vec![0; options.classes];
    for &k in labels {
        class_rows[k as usize] += 1;
    }
    let (temperature, held_out) = match held_out_logits(rows, labels, row_weights, options, seed)? {
        Some((mut logits, held_labels)) => {
            let classes = options.classes;
            let t = calibrate::temperature(&logits, &held_labels, classes, TEMPERATURE_PRIOR)?;
            calibrate::apply_temperature(&mut logits, classes, t)?;
            (t, Some(calibrate::quality(&logits, &held_labels, classes)?))
        }
        None => (1.0, None::<Quality>),
    };
    let report = FitReport { rows: rows.rows(), class_rows, convergence, temperature, held_out };
    Ok((LinearClassifier::from_parts(features, weights, temperature)?, report))
}

/// Fold of each row: within each class the rows are dealt out in a random order.
fn deal(labels: &[u32], classes: usize, folds: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    Rng::stream(seed, 1).shuffle(&mut order);
    let mut next = vec![0; classes];
    let mut out = vec![0; labels.len()];
    // Classes start at different folds, so that small classes do not all fill the first.
    next.iter_mut().enumerate().for_each(|(k, n)| *n = k);
    for i in order {
        let class = labels[i] as usize;
        out[i] = next[class] % folds;
        next[class] += 1;
    }
    out
}

/// Logits and labels of held-out rows.
type HeldOut = (Vec<f32>, Vec<u32>);

/// Logits and labels of rows by models that did not see them. Rows whose class the other folds
/// lack say nothing about a temperature and are left out; None if fewer than ten remain.
fn held_out_logits(
    rows: &Csr,
    labels: &[u32],
    row_weights: Option<&[f32]>,
    options: &TrainOptions,
    seed: u64,
) -> Result<Option<HeldOut>, LearnError> {
    let folds = (options.folds as usize).min(labels.len());
    if folds < 2 {
        return Ok(None);
    }
    let tolerance = options.fit.tolerance.max(FOLD_TOLERANCE);
    let fit = FitOptions { tolerance, ..options.fit };
    let fold = deal(labels, options.classes, folds, seed);
    let (mut logits, mut held_labels) = (Vec::new(), Vec::new());
    for f in 0..folds {
        let used = |i: &usize| row_weights.is_none_or(|w| w[*i] > 0.0);
        let train: Vec<usize> = (0..labels.len()).filter(|&i| fold[i] != f).filter(used).collect();
        let mut seen = vec![false; options.classes];
        for &i in &train {
            seen[labels[i] as usize] = true;
        }
        let held: Vec<usize> = (0..labels.len())
            .filter(|&i| fold[i] == f && seen[labels[i] as usize])
            .filter(used)
            .collect();
        if train.is_empty() || held.is_empty() {
            continue;
        }
        let pick = |which: &[usize]| which.iter().map(|&i| labels[i]).collect::<Vec<_>>();
        let weights = row_weights.map(|w| train.iter().map(|&i| w[i]).collect::<Vec<_>>());
        let (model, _) = logistic::fit(
            &rows.select(&train),
            &pick(&train),
            weights.as_deref(),
            options.classes,
            &fit,
            None,
        )?;
        logits.extend(model.logits(&rows.select(&held))?);
        held_labels.extend(pick(&held));
    }
    Ok((held_labels.len() >= 10).then_some((logits, held_labels)))
}
