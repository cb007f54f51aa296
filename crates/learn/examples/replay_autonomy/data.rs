//! Populations to replay: rows of a score and whether the proposal was wrong.

use std::path::PathBuf;

use tandem_learn::calibrate::{apply_temperature, temperature};
use tandem_learn::rng::Rng;

/// A row of a population.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) score: f64,
    pub(crate) wrong: bool,
}

/// A population to draw from, with the unlabelled scores of other rows for the grid.
#[derive(Debug, Clone)]
pub(crate) struct Set {
    pub(crate) name: &'static str,
    pub(crate) grid_scores: Vec<f64>,
    pub(crate) rows: Vec<Row>,
}

impl Set {
    /// Share of rows at or above a threshold, and the error rate among them.
    pub(crate) fn above(&self, threshold: f64) -> (f64, f64) {
        let above = self.rows.iter().filter(|r| r.score >= threshold);
        let (n, wrong) = above.fold((0.0, 0.0), |(n, w), r| (n + 1.0, w + f64::from(r.wrong)));
        (n / self.rows.len() as f64, if n > 0.0 { wrong / n } else { 0.0 })
    }

    /// Largest share of rows above any threshold whose error rate is at most the target.
    pub(crate) fn oracle(&self, target: f64) -> f64 {
        let mut rows = self.rows.clone();
        rows.sort_by(|a, b| b.score.total_cmp(&a.score));
        let (mut wrong, mut best) = (0.0, 0);
        for (i, row) in rows.iter().enumerate() {
            wrong += f64::from(row.wrong);
            let last_of_ties = rows.get(i + 1).is_none_or(|next| next.score < row.score);
            if last_of_ties && wrong <= target * (i + 1) as f64 {
                best = i + 1;
            }
        }
        best as f64 / rows.len() as f64
    }
}

/// The text of a file below `../shared/data`; None where it is absent.
pub(crate) fn read(path: &str) -> Option<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    std::fs::read_to_string(root.join(path)).ok()
}

/// Stored probabilities: half of the rows, drawn at random, give the temperature and the grid; the
/// other half is the population.
pub(crate) fn stored(name: &'static str, classes: usize, path: &str) -> Option<Set> {
    let text = read(path)?;
    let mut rows: Vec<(u32, Vec<f32>)> = text
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut numbers = line.split(',').map(str::parse::<f32>);
            let label = numbers.next()?.ok()?;
            let logs = numbers.map(|p| p.map(f32::ln)).collect::<Result<_, _>>().ok()?;
            Some((label as u32, logs))
        })
        .collect();
    Rng::new(12).shuffle(&mut rows);
    let (fitted, drawn) = rows.split_at(rows.len() / 2);
    let flat = |rows: &[(u32, Vec<f32>)]| -> (Vec<u32>, Vec<f32>) {
        (rows.iter().map(|r| r.0).collect(), rows.iter().flat_map(|r| r.1.clone()).collect())
    };
    let (labels, mut logits) = flat(fitted);
    let t = temperature(&logits, &labels, classes, 0.0).ok()?;
    apply_temperature(&mut logits, classes, t).ok()?;
    let (own_labels, mut own_logits) = flat(drawn);
    apply_temperature(&mut own_logits, classes, t).ok()?;
    let grid_scores = scored(&labels, &logits, classes).iter().map(|r| r.score).collect();
    Some(Set { name, grid_scores, rows: scored(&own_labels, &own_logits, classes) })
}

/// The most probable class of each row as the proposal, its probability as the score.
pub(crate) fn scored(labels: &[u32], probabilities: &[f32], classes: usize) -> Vec<Row> {
    let score = |(&label, p): (&u32, &[f32])| {
        let first = (0, f32::NEG_INFINITY);
        let (top, score) =
            p.iter().enumerate().fold(first, |b, (k, &x)| if x > b.1 { (k, x) } else { b });
        Row { score: f64::from(score), wrong: top != label as usize }
    };
    labels.iter().zip(probabilities.chunks_exact(classes)).map(score).collect()
}
