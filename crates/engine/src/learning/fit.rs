//! Training itself: labelled rows in, a model and its figures out. No store, no clock.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tandem_domain::loops::LoopSpec;
use tandem_learn::LearnError;
use tandem_learn::calibrate;
use tandem_learn::features::{FeatureMap, FeatureOptions};
use tandem_learn::model::{LinearClassifier, TrainOptions};
use tandem_learn::novelty::NoveltyDetector;
use tandem_learn::proportion;
use tandem_learn::sparse::Csr;

use super::layout::{Layout, Row};
use super::model::{Header, Model, ModelError};

/// Certainty of the interval of an accuracy.
const DELTA: f64 = 0.05;

/// Rows that novelty is told by, at most: of those trained on and of those held out, each.
const MOST_KNOWN: usize = 1_000;

/// A case that people labelled.
#[derive(Debug, Clone)]
pub(crate) struct Labelled {
    pub(crate) row: Row,
    pub(crate) label: String,
    pub(crate) weight: f64,
    /// Kept out of training: only the evaluation sees it.
    pub(crate) held_out: bool,
    /// The loop's draw of the case, 0..=1, that has nothing to do with what the case is.
    pub(crate) draw: f64,
}

/// A share with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The share itself.
    pub estimate: f64,
    /// Lower end (Wilson, 95 %).
    pub lower: f64,
    /// Upper end (Wilson, 95 %).
    pub upper: f64,
    /// Rows it is of.
    pub n: u64,
}

impl Share {
    /// `k` of `n` with Wilson's interval; `None` of nothing.
    pub(crate) fn of(k: u64, n: u64) -> Option<Self> {
        if n == 0 {
            return None;
        }
        let (lower, upper) = proportion::wilson(k, n, DELTA).ok()?;
        Some(Self { estimate: k as f64 / n as f64, lower, upper, n })
    }
}

/// A model trained on a random part of the labelled rows, to compare the queue's choice with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RandomSlice {
    /// Rows trained on.
    pub trained_on: u64,
    /// Accuracy on the held-out rows.
    pub accuracy: Share,
}

/// Figures of a trained model, kept with it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Metrics {
    /// Accuracy on the rows that no model of this loop is ever trained on.
    pub accuracy: Option<Share>,
    /// Mean negative log-likelihood there, in nats.
    pub nll: Option<f64>,
    /// Expected calibration error there.
    pub ece: Option<f64>,
    /// Accuracy on folds held out of the training rows.
    pub cross_validated: Option<f64>,
    /// What logits are divided by.
    pub temperature: f64,
    /// Labelled rows known at the time, held-out ones among them.
    pub examples: u64,
    /// Counted judgments at the time.
    pub judgments: u64,
    /// Training rows of each option.
    pub class_rows: BTreeMap<String, u64>,
    /// Rows whose label is no option any more, left out.
    pub unknown_labels: u64,
    /// Version whose weights it started from.
    pub warm_from: Option<u64>,
    /// Iterations of the optimiser.
    pub iterations: u32,
    /// Whether the optimiser reached its tolerance.
    pub converged: bool,
    /// What cases drawn at random taught.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomSlice>,
    /// From the start of the job to the finished model, in milliseconds.
    pub duration_ms: u64,
    /// SHA-256 of the model's bytes, hex.
    pub sha256: String,
}

/// What training made.
#[derive(Debug)]
pub(crate) struct Fitted {
    pub(crate) model: Model,
    pub(crate) metrics: Metrics,
    /// Rows trained on.
    pub(crate) trained_on: u64,
}

/// Why nothing could be trained. The text is shown with the failed job.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FitError {
    #[error("the loop has no single-choice answer field to learn")]
    NoField,
    #[error(
        "{have} labelled rows are there to train on, {need} are needed (learner.min_examples); \
         review some more cases"
    )]
    TooFew { have: usize, need: usize },
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Learn(#[from] tandem_learn::LearnError),
}

/// Fits a model for the head of a loop.
///
/// Weights and temperature see the rows that are not held out; the vocabulary may also see `pool`,
/// unlabelled rows; accuracy is told on the held-out rows alone. `warm` is the live model, whose
/// weights it starts from where the options still agree. Equal arguments give an equal model.
pub(crate) fn fit(
    spec: &LoopSpec,
    layout: Layout,
    rows: &[Labelled],
    pool: &[Row],
    warm: Option<&Model>,
    seed: u64,
) -> Result<Fitted, FitError> {
    let (field, choice) = spec.learned_field().ok_or(FitError::NoField)?;
    let options: Vec<String> = choice.options.iter().map(|o| o.value.clone()).collect();
    let known = |row: &&Labelled| options.contains(&row.label);
    let (held, train): (Vec<&Labelled>, Vec<&Labelled>) =
        rows.iter().filter(known).partition(|row| row.held_out);
    // Half a dozen cases and an unlucky draw must not leave a loop without its first model.
    let need = (spec.learner.min_examples as usize).div_ceil(2).max(1);
    if train.len() < need || rows.len() < spec.learner.min_examples as usize {
        let (have, need) = (rows.len(), spec.learner.min_examples as usize);
        return Err(FitError::TooFew { have, need });
    }
    let label = |row: &&Labelled| options.iter().position(|o| *o == row.label).unwrap_or(0) as u32;
    let labels: Vec<u32> = train.iter().map(label).collect();
    let weights: Vec<f32> = train.iter().map(|row| row.weight as f32).collect();

    let specs = layout.specs(train.iter().map(|row| &row.row).chain(pool));
    let inputs: Vec<_> = train.iter().map(|row| row.row.input()).collect();
    let features = FeatureOptions { min_df: min_df(inputs.len()), ..FeatureOptions::default() };
    let map = if pool.is_empty() {
        FeatureMap::fit(&specs, &inputs, features)?
    } else {
        let all: Vec<_> = inputs.iter().cloned().chain(pool.iter().map(Row::input)).collect();
        FeatureMap::fit(&specs, &all, features)?
    };
    let matrix = map.transform(&inputs)?;
    let mut train_options = TrainOptions::new(options.len(), specs);
    train_options.features = features;
    let warm = warm.filter(|m| m.header.field == field && options.starts_with(&m.header.options));
    let (classifier, report) = LinearClassifier::fit_on(
        map,
        &matrix,
        &labels,
        Some(&weights),
        &train_options,
        warm.map(|m| &m.classifier),
        seed,
    )?;
    let trained_on = train.len() as u64;
    let class_rows = options.iter().cloned().zip(report.class_rows.iter().map(|&n| n as u64));
    let mut metrics = Metrics {
        cross_validated: report.held_out.map(|q| q.accuracy),
        temperature: report.temperature,
        examples: rows.len() as u64,
        class_rows: class_rows.collect(),
        unknown_labels: (rows.len() - train.len() - held.len()) as u64,
        iterations: report.convergence.iterations,
        converged: report.convergence.converged,
        ..Metrics::default()
    };
    let header = Header { field: field.to_owned(), options: options.clone(), layout };
    let mut model = Model { header, classifier, novelty: None };
    if !held.is_empty() {
        let inputs: Vec<_> = held.iter().map(|row| row.row.input()).collect();
        let truth: Vec<u32> = held.iter().map(label).collect();
        let p = model.classifier.predict(&inputs)?;
        let hits = (0..p.rows()).filter(|&i| p.top(i).0 == truth[i] as usize).count();
        let quality = calibrate::quality(&p.values, &truth, options.len())?;
        metrics.accuracy = Share::of(hits as u64, truth.len() as u64);
        metrics.nll = Some(quality.nll);
        metrics.ece = Some(quality.ece);
        if spec.policy.novelty.is_some() {
            let ordinary = model.classifier.features.transform(&inputs)?;
            model.novelty = Some(detector(&model.classifier, &matrix, &ordinary)?);
        }
    }
    Ok(Fitted { model, metrics, trained_on })
}

/// What the rows whose draw is below `below` teach by themselves; `None` where they are too few, or
/// (nearly) all rows, so that nothing was chosen.
///
/// Draws have nothing to do with content. When `below` is the least draw of all cases that wait,
/// every case drawn below it has been labelled whatever it is, and these rows are a fair sample of
/// what went to people (settled by the draw alone, although the queue chose most of the rest).
pub(crate) fn random_slice(
    spec: &LoopSpec,
    layout: &Layout,
    rows: &[Labelled],
    pool: &[Row],
    below: f64,
    seed: u64,
) -> Option<RandomSlice> {
    /// A slice of more than this share of the rows is no contrast to them.
    const MOST: f64 = 0.8;
    let trained = rows.iter().filter(|row| !row.held_out).count();
    let slice: Vec<Labelled> =
        rows.iter().filter(|row| row.held_out || row.draw < below).cloned().collect();
    let drawn = slice.iter().filter(|row| !row.held_out).count();
    if drawn as f64 > MOST * trained as f64 {
        return None;
    }
    // Too few rows are no failure of the training that this accompanies.
    let fitted = fit(spec, layout.clone(), &slice, pool, None, seed).ok()?;
    let accuracy = fitted.metrics.accuracy?;
    Some(RandomSlice { trained_on: fitted.trained_on, accuracy })
}

/// Rows of either kind come in the order of their cases, so every n-th is as good as a draw.
fn detector(
    classifier: &LinearClassifier,
    trained: &Csr,
    ordinary: &Csr,
) -> Result<NoveltyDetector, LearnError> {
    let some = |rows: &Csr| {
        let step = rows.rows().div_ceil(MOST_KNOWN).max(1);
        rows.select(&(0..rows.rows()).step_by(step).collect::<Vec<_>>())
    };
    let (seen, ordinary) = (some(trained), some(ordinary));
    NoveltyDetector::fit(&seen, &ordinary, &classifier.energies_on(&ordinary)?)
}

/// A term that occurs once is noise among thousands of rows and all there is among a dozen.
fn min_df(rows: usize) -> u32 {
    if rows < 50 { 1 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TEXTS: [(&str, &str); 10] = [
        ("please refund my card", "money"),
        ("refund the payment please", "money"),
        ("card refund not arrived", "money"),
        ("my payment is missing", "money"),
        ("charged twice on my card", "money"),
        ("how is the weather today", "small_talk"),
        ("weather in london today", "small_talk"),
        ("rain today or sun", "small_talk"),
        ("tell me a joke today", "small_talk"),
        ("will it rain in london", "small_talk"),
    ];

    fn spec() -> LoopSpec {
        serde_json::from_value(json!({
            "loop": "l", "input": {"text": {"kind": "text"}},
            "answer": {"intent": {"kind": "choice", "options": ["money", "small_talk"]}},
            "learner": {"kind": "linear"},
        }))
        .unwrap()
    }

    /// Every third row is held out.
    fn rows(layout: &Layout) -> Vec<Labelled> {
        let row = |(i, (text, label)): (usize, &(&str, &str))| Labelled {
            row: layout.read(&json!({"text": text})),
            label: (*label).to_owned(),
            weight: 1.0,
            held_out: i % 3 == 2,
            draw: i as f64 / 10.0,
        };
        TEXTS.iter().enumerate().map(row).collect()
    }

    fn bytes(rows: &[Labelled], warm: Option<&Model>) -> (Vec<u8>, Metrics) {
        let layout = Layout::of(&spec()).unwrap();
        let fitted = fit(&spec(), layout, rows, &[], warm, 7).unwrap();
        assert_eq!(fitted.trained_on, 7);
        (fitted.model.to_bytes().unwrap(), fitted.metrics)
    }

    #[test]
    fn held_out_rows_change_the_figures_and_never_the_model() {
        let layout = Layout::of(&spec()).unwrap();
        let plain = rows(&layout);
        let (model, metrics) = bytes(&plain, None);
        assert_eq!(metrics.accuracy.unwrap().n, 3);
        let mut other = plain.clone();
        for row in other.iter_mut().filter(|row| row.held_out) {
            row.label = if row.label == "money" { "small_talk" } else { "money" }.to_owned();
            row.row = layout.read(&json!({"text": "words that nothing else has"}));
        }
        let (same, changed) = bytes(&other, None);
        assert_eq!(model, same, "a held-out row was trained on");
        assert_ne!(metrics.nll, changed.nll);
        let mut trained = plain;
        trained[0].label = "small_talk".to_owned();
        assert_ne!(bytes(&trained, None).0, model, "a training row did not matter");
    }

    #[test]
    fn a_model_round_trips_warms_the_next_and_explains_itself() {
        let layout = Layout::of(&spec()).unwrap();
        let (stored, _) = bytes(&rows(&layout), None);
        let model = Model::from_bytes(&stored).unwrap();
        assert_eq!(model.to_bytes().unwrap(), stored);
        assert!(model.fits(&spec()));
        let (again, metrics) = bytes(&rows(&layout), Some(&model));
        assert!(metrics.converged && Model::from_bytes(&again).is_ok());

        let input = json!({"text": "a refund today?"});
        let why = model.explain(&input, Some("money")).unwrap().unwrap();
        let refund = why.contributions.iter().find(|c| c.feature == "refund").unwrap();
        assert_eq!((refund.start, refund.end, refund.field.as_str()), (Some(2), Some(8), "text"));
        assert!(refund.weight > 0.0);
        let (_, p) = model.predict(&[model.header.layout.read(&input)]).unwrap();
        let proposal = model.proposal(p.row(0), "l@1", true).unwrap();
        assert_eq!(proposal.confidence["intent"], {
            let shares = &proposal.probabilities["intent"];
            shares.values().copied().fold(0.0, f64::max)
        });
        assert!(model.proposal(p.row(0), "l@1", false).unwrap().confidence.is_empty());
    }

    #[test]
    fn a_random_slice_is_what_was_drawn_and_no_slice_is_all_or_nothing() {
        let layout = Layout::of(&spec()).unwrap();
        let many: Vec<Labelled> = (0..6).flat_map(|_| rows(&layout)).collect();
        let slice = |below| random_slice(&spec(), &layout, &many, &[], below, 7);
        // Of ten draws the third, sixth and ninth are held out.
        let some = slice(0.65).unwrap();
        assert_eq!((some.trained_on, some.accuracy.n), (30, 18));
        assert!(slice(1.0).is_none() && slice(0.0).is_none());
    }

    #[test]
    fn labels_that_are_no_options_are_left_out_and_too_few_rows_are_refused() {
        let layout = Layout::of(&spec()).unwrap();
        let mut rows = rows(&layout);
        rows.push(Labelled { label: "gone".to_owned(), ..rows[0].clone() });
        let (_, metrics) = bytes(&rows, None);
        assert_eq!(metrics.unknown_labels, 1);
        let few = fit(&spec(), layout, &rows[..5], &[], None, 7);
        assert!(matches!(few, Err(FitError::TooFew { have: 5, need: 10 })));
    }
}
