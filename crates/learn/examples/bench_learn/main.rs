//! Speed and accuracy of the learner on one thread.
//!
//! `cargo run --release -p tandem-learn --example bench_learn [fit|query|digits|labels]`. Run
//! `scikit_learn.py` beside it for the same figures of scikit-learn.
#![expect(clippy::print_stdout, reason = "the figures are this program's purpose")]

mod data;
mod few;

use data::{texts, timed};
use tandem_learn::features::{FeatureKind, FeatureMap, FeatureOptions, FeatureSpec, Input};
use tandem_learn::logistic::{FitOptions, fit};
use tandem_learn::rng::Rng;
use tandem_learn::uncertainty::{Uncertainty, scores, top_k};

fn main() -> Result<(), tandem_learn::LearnError> {
    let only = std::env::args().nth(1);
    let wanted = |name: &str| only.as_deref().is_none_or(|o| o == name);
    if wanted("fit") {
        full_fit()?;
    }
    if wanted("query") {
        query()?;
    }
    if wanted("digits") {
        few::digits()?;
    }
    if wanted("labels") {
        few::labels_to_ninety()?;
    }
    Ok(())
}

/// Full and warm fits on banking77.
fn full_fit() -> Result<(), tandem_learn::LearnError> {
    let mut names = Vec::new();
    let (Some((train, labels)), Some((test, test_labels))) =
        (texts("banking77/train.csv", &mut names), texts("banking77/test.csv", &mut names))
    else {
        println!("banking77 is absent: skipped");
        return Ok(());
    };
    let kind = FeatureKind::Words { min: 1, max: 1 };
    let spec = FeatureSpec { column: 0, name: "text".to_owned(), kind };
    let inputs: Vec<Input<'_>> = train.iter().map(|t| Input::text(t)).collect();
    let tests: Vec<Input<'_>> = test.iter().map(|t| Input::text(t)).collect();
    let (map, seconds) = timed(3, || {
        FeatureMap::fit(std::slice::from_ref(&spec), &inputs, FeatureOptions::default())
    });
    let map = map?;
    println!("banking77 vocabulary of {}: {seconds:.3} CPU s", map.features());
    let (rows, seconds) = timed(3, || map.transform(&inputs));
    let rows = rows?;
    println!("transform {} rows, {} entries: {seconds:.3} CPU s", rows.rows(), rows.entries());
    let options = FitOptions::default();
    let (full, seconds) = timed(3, || fit(&rows, &labels, None, names.len(), &options, None));
    let (weights, report) = full?;
    println!("full fit: {seconds:.3} CPU s, {report:?}");
    let p = weights.probabilities(&map.transform(&tests)?, 1.0)?;
    let quality = tandem_learn::calibrate::quality(&p, &test_labels, names.len())?;
    println!("test: {quality:?}");

    let mut order: Vec<usize> = (0..rows.rows()).collect();
    Rng::new(1).shuffle(&mut order);
    let before = &order[..rows.rows() * 100 / 101];
    let some: Vec<u32> = before.iter().map(|&i| labels[i]).collect();
    let (start, _) = fit(&rows.select(before), &some, None, names.len(), &options, None)?;
    let (warm, seconds) =
        timed(3, || fit(&rows, &labels, None, names.len(), &options, Some(&start)));
    println!("warm refit after 1 % more rows: {seconds:.3} CPU s, {:?}", warm?.1);
    Ok(())
}

/// The 100 most uncertain of a million rows of 20 classes.
fn query() -> Result<(), tandem_learn::LearnError> {
    let mut rng = Rng::new(1);
    let mut p: Vec<f32> = (0..20_000_000).map(|_| -(1.0 - rng.unit()).ln() as f32).collect();
    for row in p.chunks_exact_mut(20) {
        let sum: f32 = row.iter().sum();
        for x in row {
            *x /= sum;
        }
    }
    for measure in [Uncertainty::LeastConfidence, Uncertainty::Margin, Uncertainty::Entropy] {
        let (top, seconds) = timed(5, || scores(&p, 20, measure).map(|s| top_k(&s, 100, 1)));
        println!("top {} of 1M x 20 by {measure:?}: {seconds:.4} CPU s", top?.len());
    }
    Ok(())
}
