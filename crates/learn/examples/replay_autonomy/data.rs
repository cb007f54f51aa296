//! Populations to replay: rows of a score and whether the proposal was wrong.

use std::path::PathBuf;

use tandem_learn::LearnError;
use tandem_learn::calibrate::{apply_temperature, temperature};
use tandem_learn::features::{FeatureKind, FeatureSpec, Input};
use tandem_learn::model::{LinearClassifier, TrainOptions};
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
fn read(path: &str) -> Option<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    std::fs::read_to_string(root.join(path)).ok()
}

/// All sets that are there, by name.
pub(crate) fn all() -> Vec<Set> {
    let probabilities = [
        ("cifar10_pyx", 10, "cifar10_pyx/pyx.csv"),
        ("news20_pyx", 20, "news20_pyx/pyx.csv"),
        ("banking77_lr_pyx", 77, "banking77_lr_pyx/pyx.csv"),
    ];
    let mut sets: Vec<Set> = probabilities
        .into_iter()
        .filter_map(|(name, classes, path)| stored(name, classes, path))
        .collect();
    sets.extend(own("sms_spam", sms()));
    sets.extend(own("digits", digits()));
    sets
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
fn scored(labels: &[u32], probabilities: &[f32], classes: usize) -> Vec<Row> {
    let score = |(&label, p): (&u32, &[f32])| {
        let first = (0, f32::NEG_INFINITY);
        let (top, score) =
            p.iter().enumerate().fold(first, |b, (k, &x)| if x > b.1 { (k, x) } else { b });
        Row { score: f64::from(score), wrong: top != label as usize }
    };
    labels.iter().zip(probabilities.chunks_exact(classes)).map(score).collect()
}

/// Inputs with labels.
struct Labelled {
    texts: Vec<String>,
    pixels: Vec<Vec<f32>>,
    labels: Vec<u32>,
}

fn sms() -> Option<Labelled> {
    let (mut texts, mut labels) = (Vec::new(), Vec::new());
    let mut record = String::new();
    for line in read("sms_spam/sms.csv")?.lines().skip(1) {
        record.push_str(line);
        // A quoted text may run over several lines.
        if record.matches('"').count() % 2 == 1 {
            record.push('\n');
            continue;
        }
        let (text, label) = record.rsplit_once(',')?;
        texts.push(text.trim_matches('"').replace("\"\"", "\""));
        labels.push(u32::from(label == "spam"));
        record.clear();
    }
    Some(Labelled { texts, pixels: Vec::new(), labels })
}

fn digits() -> Option<Labelled> {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for line in read("digits/digits.csv")?.lines().skip(1) {
        let numbers: Vec<f32> = line.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
        labels.push(numbers[64] as u32);
        pixels.push(numbers[..64].to_vec());
    }
    Some(Labelled { texts: Vec::new(), pixels, labels })
}

/// Out-of-fold probabilities of the crate's own model, trained on few rows so that it errs: each
/// fifth is predicted by a model of 4 % (texts) or 6 % (images) of the other rows.
fn own(name: &'static str, data: Option<Labelled>) -> Option<Set> {
    let data = data?;
    match own_rows(&data) {
        Ok(mut rows) => {
            Rng::new(5).shuffle(&mut rows);
            let drawn = rows.split_off(rows.len() / 3);
            let grid_scores = rows.iter().map(|r| r.score).collect();
            Some(Set { name, grid_scores, rows: drawn })
        }
        Err(_) => None,
    }
}

fn own_rows(data: &Labelled) -> Result<Vec<Row>, LearnError> {
    let images = !data.pixels.is_empty();
    let inputs: Vec<Input<'_>> = if images {
        data.pixels.iter().map(|p| Input::image(p, 8, 8)).collect()
    } else {
        data.texts.iter().map(|t| Input::text(t)).collect()
    };
    let specs = if images {
        let kind = FeatureKind::Image { width: 8, height: 8 };
        vec![FeatureSpec { column: 0, name: "image".to_owned(), kind }]
    } else {
        FeatureSpec::text(0, "text")
    };
    let classes = data.labels.iter().max().map_or(1, |&k| k as usize + 1);
    let mut order: Vec<usize> = (0..inputs.len()).collect();
    Rng::new(9).shuffle(&mut order);
    let folds = 5;
    let mut rows = Vec::new();
    for fold in 0..folds {
        let held: Vec<usize> = order.iter().skip(fold).step_by(folds).copied().collect();
        let share = if images { 16 } else { 25 };
        let others = order.iter().enumerate().filter(|(i, _)| i % folds != fold);
        let train: Vec<usize> = others.map(|(_, &i)| i).step_by(share).collect();
        let pick = |at: &[usize]| at.iter().map(|&i| inputs[i].clone()).collect::<Vec<_>>();
        let labels = |at: &[usize]| at.iter().map(|&i| data.labels[i]).collect::<Vec<_>>();
        let options = TrainOptions::new(classes, specs.clone());
        let (model, _) = LinearClassifier::fit(&pick(&train), &labels(&train), &options, None, 3)?;
        let p = model.predict(&pick(&held))?;
        rows.extend(scored(&labels(&held), &p.values, classes));
    }
    Ok(rows)
}
