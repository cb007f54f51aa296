//! Laws of the classifier as a whole.

use super::*;
use crate::features::FeatureKind;
use proptest::prelude::*;

const TEXTS: [&str; 6] = [
    "please refund my card",
    "refund the payment please",
    "card refund not arrived",
    "how is the weather today",
    "weather in london today",
    "rain today or sun",
];
const LABELS: [u32; 6] = [0, 0, 0, 1, 1, 1];

fn options(classes: usize) -> TrainOptions {
    let kind = FeatureKind::Words { min: 1, max: 1 };
    let spec = FeatureSpec { column: 0, name: "message".to_owned(), kind };
    let mut options = TrainOptions::new(classes, vec![spec]);
    options.features.min_df = 1;
    options
}

fn inputs() -> Vec<Input<'static>> {
    TEXTS.iter().map(|t| Input::text(t)).collect()
}

#[test]
fn learns_predicts_and_explains() {
    let (model, report) = LinearClassifier::fit(&inputs(), &LABELS, &options(2), None, 1).unwrap();
    assert!(report.convergence.converged);
    assert_eq!(report.class_rows, [3, 3]);
    let input = Input::text("My REFUND today?");
    let p = model.predict(&[Input::text("refund card"), input.clone()]).unwrap();
    assert_eq!(p.top(0).0, 0);
    let parts = model.explain(&input, 0, 5).unwrap();
    let refund = parts.iter().find(|c| c.feature == "refund").unwrap();
    assert_eq!(refund.place.spans, [(3, 9)]);
    assert!(refund.contribution > 0.0);
    assert!(parts.iter().any(|c| c.feature == "today" && c.contribution < 0.0));
    assert!(parts.windows(2).all(|w| w[0].contribution.abs() >= w[1].contribution.abs()));
    assert!(model.explain(&input, 2, 5).is_err());
}

#[test]
fn contributions_and_intercept_add_up_to_the_logit() {
    let (model, _) = LinearClassifier::fit(&inputs(), &LABELS, &options(2), None, 1).unwrap();
    let input = Input::text("refund the weather in london");
    let logits = model
        .weights
        .logits(&model.features.transform(std::slice::from_ref(&input)).unwrap())
        .unwrap();
    let sum: f32 = model.explain(&input, 1, 99).unwrap().iter().map(|c| c.contribution).sum();
    let intercept = model.weights.of(model.weights.features())[1];
    let want = logits[1] / model.temperature as f32;
    assert!((sum + intercept / model.temperature as f32 - want).abs() < 1e-4);
}

#[test]
fn equal_arguments_give_equal_bytes_and_warm_starts_reach_the_same_optimum() {
    let (a, _) = LinearClassifier::fit(&inputs(), &LABELS, &options(2), None, 1).unwrap();
    let (b, _) = LinearClassifier::fit(&inputs(), &LABELS, &options(2), None, 1).unwrap();
    assert_eq!(a.to_bytes(), b.to_bytes());
    // Over a smaller vocabulary and fewer classes, then warm over all of them.
    let (small, _) =
        LinearClassifier::fit(&inputs()[..4], &LABELS[..4], &options(2), None, 1).unwrap();
    let mut tight = options(3);
    tight.fit.tolerance = 1e-6;
    let (cold, _) = LinearClassifier::fit(&inputs(), &LABELS, &tight, None, 1).unwrap();
    let (warm, _) = LinearClassifier::fit(&inputs(), &LABELS, &tight, Some(&small), 1).unwrap();
    let (p, q) = (cold.predict(&inputs()).unwrap(), warm.predict(&inputs()).unwrap());
    assert!(p.values.iter().zip(&q.values).all(|(a, b)| (a - b).abs() < 1e-3));
}

#[test]
fn a_class_without_rows_is_unlikely_but_possible() {
    let (model, _) = LinearClassifier::fit(&inputs(), &LABELS, &options(4), None, 1).unwrap();
    let p = model.predict(&inputs()).unwrap();
    for i in 0..6 {
        assert!(p.row(i)[2] > 1e-4 && p.row(i)[2] < 0.2, "{:?}", p.row(i));
        assert_eq!(p.row(i)[2], p.row(i)[3]);
    }
}

#[test]
fn one_row_and_one_class_are_enough() {
    let (model, report) =
        LinearClassifier::fit(&inputs()[..1], &[0], &options(1), None, 1).unwrap();
    assert_eq!(model.predict(&inputs()).unwrap().row(3), [1.0]);
    assert!(report.held_out.is_none());
    assert!(LinearClassifier::fit(&[], &[], &options(2), None, 1).is_err());
    assert!(LinearClassifier::fit(&inputs(), &[0; 5], &options(2), None, 1).is_err());
    assert!(LinearClassifier::fit(&inputs(), &[7; 6], &options(2), None, 1).is_err());
}

proptest! {
    #[test]
    fn probabilities_sum_to_one_and_bytes_round_trip(
        labels in prop::collection::vec(0_u32..3, 6), seed: u64, text in "\\PC{0,30}",
    ) {
        let (model, _) = LinearClassifier::fit(&inputs(), &labels, &options(3), None, seed).unwrap();
        let p = model.predict(&[Input::text(&text)]).unwrap();
        prop_assert!((p.values.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        prop_assert_eq!(LinearClassifier::from_bytes(&model.to_bytes()).unwrap(), model);
    }

    #[test]
    fn damaged_bytes_are_errors_not_panics(at: prop::sample::Index, with: u8, cut: prop::sample::Index) {
        let (model, _) = LinearClassifier::fit(&inputs(), &LABELS, &options(2), None, 1).unwrap();
        let mut bytes = model.to_bytes();
        prop_assert!(LinearClassifier::from_bytes(&bytes[..cut.index(bytes.len())]).is_err());
        let i = at.index(bytes.len());
        bytes[i] ^= with;
        if let Ok(read) = LinearClassifier::from_bytes(&bytes) {
            drop(read.predict(&inputs()));
        }
    }
}
