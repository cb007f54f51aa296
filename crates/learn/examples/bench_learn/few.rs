//! Accuracy from few labels, chosen by chance or by the learner.

use tandem_learn::LearnError;
use tandem_learn::active::{Pool, select};
use tandem_learn::features::{FeatureKind, FeatureMap, FeatureOptions, FeatureSpec, Input};
use tandem_learn::model::{LinearClassifier, TrainOptions};
use tandem_learn::rng::Rng;
use tandem_learn::sparse::Csr;

use crate::data::{csv, texts, timed};

/// How the next rows are chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Choice {
    Random,
    Margin,
    Tandem,
}

struct Task {
    map: FeatureMap,
    pool: Csr,
    labels: Vec<u32>,
    test: Csr,
    test_labels: Vec<u32>,
    options: TrainOptions,
}

/// Accuracy on the test rows each time one of `sizes` labels is reached.
fn curve(
    task: &Task,
    sizes: &[usize],
    start: usize,
    batch: usize,
    choice: Choice,
    seed: u64,
    score: &dyn Fn(&[f32], &[u32]) -> f64,
) -> Result<(Vec<f64>, Vec<f64>), LearnError> {
    let n = task.pool.rows();
    let mut order: Vec<usize> = (0..n).collect();
    Rng::new(seed).shuffle(&mut order);
    let mut labelled: Vec<usize> = match choice {
        Choice::Tandem => {
            let pool = Pool { rows: &task.pool, open: &order, labelled: &[], probabilities: None };
            select(&pool, start, seed)?
        }
        Choice::Random | Choice::Margin => order[..start].to_vec(),
    };
    let mut model: Option<LinearClassifier> = None;
    let (mut out, mut times) = (Vec::new(), Vec::new());
    loop {
        let labels: Vec<u32> = labelled.iter().map(|&i| task.labels[i]).collect();
        let rows = task.pool.select(&labelled);
        let (fitted, seconds) = timed(1, || {
            let map = task.map.clone();
            LinearClassifier::fit_on(map, &rows, &labels, None, &task.options, model.as_ref(), seed)
        });
        let fitted = fitted?.0;
        times.push(seconds);
        if sizes.contains(&labelled.len()) {
            let p = fitted.predict_on(&task.test)?;
            out.push(score(&p.values, &task.test_labels));
        }
        if sizes.iter().all(|&s| s <= labelled.len()) {
            return Ok((out, times));
        }
        let mut taken = vec![false; n];
        for &i in &labelled {
            taken[i] = true;
        }
        let open: Vec<usize> = order.iter().copied().filter(|&i| !taken[i]).collect();
        let next = sizes.iter().copied().filter(|&s| s > labelled.len()).min().unwrap_or(n);
        let batch = batch.min(next - labelled.len());
        let chosen = match choice {
            Choice::Random => open[..batch].to_vec(),
            Choice::Margin | Choice::Tandem => {
                let p = fitted.predict_on(&task.pool.select(&open))?;
                if choice == Choice::Margin {
                    use tandem_learn::uncertainty::{Uncertainty, scores, top_k};
                    let s = scores(&p.values, p.classes, Uncertainty::Margin)?;
                    top_k(&s, batch, seed).into_iter().map(|i| open[i]).collect()
                } else {
                    let probabilities = Some((&p.values[..], p.classes));
                    let labelled = &labelled;
                    let pool = Pool { rows: &task.pool, open: &open, labelled, probabilities };
                    select(&pool, batch, seed)?
                }
            }
        };
        labelled.extend(chosen);
        model = Some(fitted);
    }
}

fn accuracy(p: &[f32], labels: &[u32], classes: usize) -> f64 {
    tandem_learn::calibrate::quality(p, labels, classes).map_or(0.0, |q| q.accuracy)
}

/// Digits: pool of rows 0..1000, test on the others.
pub(crate) fn digits() -> Result<(), LearnError> {
    let Some(rows) = csv("digits/digits.csv") else {
        println!("digits is absent: skipped");
        return Ok(());
    };
    let number = |x: &String| x.parse::<f32>().unwrap_or(0.0);
    let pixels: Vec<Vec<f32>> = rows.iter().map(|r| r[..64].iter().map(number).collect()).collect();
    let labels: Vec<u32> = rows.iter().map(|r| number(&r[64]) as u32).collect();
    let inputs: Vec<Input<'_>> = pixels.iter().map(|p| Input::image(p, 8, 8)).collect();
    let kind = FeatureKind::Image { width: 8, height: 8 };
    let specs = vec![FeatureSpec { column: 0, name: "image".to_owned(), kind }];
    let options = TrainOptions::new(10, specs);
    let map = FeatureMap::fit(&options.specs, &inputs[..1000], options.features)?;
    let task = Task {
        pool: map.transform(&inputs[..1000])?,
        test: map.transform(&inputs[1000..])?,
        labels: labels[..1000].to_vec(),
        test_labels: labels[1000..].to_vec(),
        map,
        options,
    };
    let sizes = [20, 50, 100, 200, 400];
    for choice in [Choice::Random, Choice::Margin, Choice::Tandem] {
        let mut sums = vec![0.0; sizes.len()];
        let mut slowest = 0.0_f64;
        let mut total = (0.0, 0.0);
        for seed in 0..10 {
            let score = |p: &[f32], l: &[u32]| accuracy(p, l, 10);
            let (got, times) = curve(&task, &sizes, 20, 10, choice, seed, &score)?;
            sums.iter_mut().zip(&got).for_each(|(s, g)| *s += g / 10.0);
            slowest = times.iter().fold(slowest, |a, &b| a.max(b));
            total = (total.0 + times.iter().sum::<f64>(), total.1 + times.len() as f64);
        }
        let mean = total.0 / total.1;
        println!(
            "digits {choice:?} at {sizes:?}: {sums:.3?}; fit mean {mean:.4}, most {slowest:.4} CPU s"
        );
    }
    Ok(())
}

/// Labels needed to reach 90 % of the score of all labels.
pub(crate) fn labels_to_ninety() -> Result<(), LearnError> {
    let f1 = |p: &[f32], labels: &[u32]| {
        let (mut hits, mut wrong) = (0.0, 0.0);
        for (p, &label) in p.chunks_exact(2).zip(labels) {
            match (p[1] > p[0], label == 1) {
                (true, true) => hits += 1.0,
                (true, false) | (false, true) => wrong += 1.0,
                (false, false) => {}
            }
        }
        2.0 * hits / (2.0 * hits + wrong)
    };
    let mut names = Vec::new();
    if let Some((rows, labels)) = texts("sms_spam/sms.csv", &mut names) {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        Rng::new(42).shuffle(&mut order);
        let split = rows.len() * 7 / 10;
        let pick = |range: &[usize]| {
            let texts: Vec<&str> = range.iter().map(|&i| rows[i].as_str()).collect();
            (texts, range.iter().map(|&i| labels[i]).collect::<Vec<u32>>())
        };
        for specs in text_features() {
            let task = text_task(pick(&order[..split]), pick(&order[split..]), 2, specs)?;
            compare("sms_spam", &task, (20, 10, 400, 8), &f1)?;
        }
    } else {
        println!("sms_spam is absent: skipped");
    }
    let mut names = Vec::new();
    let train = texts("banking77/train.csv", &mut names);
    let test = texts("banking77/test.csv", &mut names);
    if let (Some((train, labels)), Some((test, test_labels))) = (train, test) {
        let score = |p: &[f32], l: &[u32]| accuracy(p, l, 77);
        for specs in text_features() {
            let pool = (train.iter().map(String::as_str).collect(), labels.clone());
            let test = (test.iter().map(String::as_str).collect(), test_labels.clone());
            let task = text_task(pool, test, 77, specs)?;
            compare("banking77", &task, (154, 154, 3080, 3), &score)?;
        }
    } else {
        println!("banking77 is absent: skipped");
    }
    Ok(())
}

/// Single words, as in published comparisons, and what the learner recommends.
fn text_features() -> [Vec<FeatureSpec>; 2] {
    let kind = FeatureKind::Words { min: 1, max: 1 };
    let words = FeatureSpec { column: 0, name: "text".to_owned(), kind };
    [vec![words], FeatureSpec::text(0, "text")]
}

fn text_task(
    train: (Vec<&str>, Vec<u32>),
    test: (Vec<&str>, Vec<u32>),
    classes: usize,
    specs: Vec<FeatureSpec>,
) -> Result<Task, LearnError> {
    let inputs: Vec<Input<'_>> = train.0.iter().map(|t| Input::text(t)).collect();
    let tests: Vec<Input<'_>> = test.0.iter().map(|t| Input::text(t)).collect();
    let mut options = TrainOptions::new(classes, specs);
    options.folds = 0;
    let map = FeatureMap::fit(&options.specs, &inputs, FeatureOptions::default())?;
    let (pool, test_rows) = (map.transform(&inputs)?, map.transform(&tests)?);
    Ok(Task { map, pool, labels: train.1, test: test_rows, test_labels: test.1, options })
}

fn compare(
    name: &str,
    task: &Task,
    (start, batch, most, seeds): (usize, usize, usize, u64),
    score: &dyn Fn(&[f32], &[u32]) -> f64,
) -> Result<(), LearnError> {
    let map = task.map.clone();
    let (full, _) =
        LinearClassifier::fit_on(map, &task.pool, &task.labels, None, &task.options, None, 0)?;
    let goal = 0.9 * score(&full.predict_on(&task.test)?.values, &task.test_labels);
    println!("{name}: {} features", task.map.features());
    for choice in [Choice::Random, Choice::Margin, Choice::Tandem] {
        let most = if choice == Choice::Random { 3 * most } else { most };
        let sizes: Vec<usize> = (start..=most.min(task.pool.rows())).step_by(batch).collect();
        let mut needed = Vec::new();
        for seed in 0..seeds {
            let (scores, _) = curve(task, &sizes, start, batch, choice, seed, score)?;
            needed.push(crossing(&sizes, &scores, goal));
        }
        let mean = needed.iter().sum::<f64>() / needed.len() as f64;
        println!("{name} {choice:?}: {mean:.0} labels to {goal:.3} ({needed:.0?})");
    }
    Ok(())
}

/// Labels at which the scores first reach `goal`, between two sizes by proportion; the last size
/// if they never do.
fn crossing(sizes: &[usize], scores: &[f64], goal: f64) -> f64 {
    let Some(i) = scores.iter().position(|&s| s >= goal) else {
        return sizes.last().map_or(0.0, |&s| s as f64);
    };
    if i == 0 {
        return sizes[0] as f64;
    }
    let share = (goal - scores[i - 1]) / (scores[i] - scores[i - 1]);
    sizes[i - 1] as f64 + share * (sizes[i] - sizes[i - 1]) as f64
}
