//! Scores on frozen cases: answers in, figures out. No store, no clock.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tandem_domain::answer::same_answer;
use tandem_domain::case::Answer;
use tandem_domain::loops::LoopSpec;

use super::fit::Share;

/// Least probability that a logarithm is taken of.
const LEAST: f64 = 1e-12;

/// A version's score on a frozen evaluation set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The set.
    pub set: u64,
    /// Share of cases with people's answer, under the loop's error rules.
    pub accuracy: Share,
    /// Mean F1 over the options that occur in people's answers; for loops with a single choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub macro_f1: Option<f64>,
    /// Mean negative log-likelihood of that choice, in nats; where every prediction gave
    /// probabilities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nll: Option<f64>,
}

/// What a model says of one case.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Guess {
    pub(crate) output: Answer,
    /// Probabilities of options by field.
    pub(crate) probabilities: BTreeMap<String, BTreeMap<String, f64>>,
}

/// Scores guesses against people's answers of the same cases, in one order; `None` of nothing. The
/// text has a `1` for each case that was right.
pub(crate) fn score(
    spec: &LoopSpec,
    set: u64,
    truth: &[Answer],
    guesses: &[Guess],
) -> Option<(Score, String)> {
    let right: Vec<bool> =
        truth.iter().zip(guesses).map(|(t, g)| same_answer(spec, t, &g.output)).collect();
    let hits = right.iter().filter(|right| **right).count() as u64;
    let accuracy = Share::of(hits, right.len() as u64)?;
    let field = spec.class_field();
    let score = Score {
        set,
        accuracy,
        macro_f1: field.and_then(|field| macro_f1(field, truth, guesses)),
        nll: field.and_then(|field| nll(field, truth, guesses)),
    };
    Some((score, right.into_iter().map(|right| if right { '1' } else { '0' }).collect()))
}

fn class<'a>(answer: &'a Answer, field: &str) -> Option<&'a str> {
    answer.get(field).and_then(Value::as_str)
}

fn macro_f1(field: &str, truth: &[Answer], guesses: &[Guess]) -> Option<f64> {
    // By option: right, in people's answers, in the model's.
    let mut counts: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    for (truth, guess) in truth.iter().zip(guesses) {
        let (truth, guess) = (class(truth, field), class(&guess.output, field));
        if let Some(truth) = truth {
            counts.entry(truth).or_default()[1] += 1;
        }
        if let Some(guess) = guess {
            counts.entry(guess).or_default()[2] += 1;
        }
        if let Some(both) = truth.filter(|truth| guess == Some(truth)) {
            counts.entry(both).or_default()[0] += 1;
        }
    }
    let f1 = |[right, truth, guess]: &[u64; 3]| 2.0 * *right as f64 / (truth + guess) as f64;
    let each: Vec<f64> = counts.values().filter(|c| c[1] > 0).map(f1).collect();
    (!each.is_empty()).then(|| each.iter().sum::<f64>() / each.len() as f64)
}

fn nll(field: &str, truth: &[Answer], guesses: &[Guess]) -> Option<f64> {
    let mut sum = 0.0;
    for (truth, guess) in truth.iter().zip(guesses) {
        let probabilities = guess.probabilities.get(field)?;
        let p = class(truth, field).and_then(|class| probabilities.get(class)).copied();
        sum -= p.unwrap_or(0.0).max(LEAST).ln();
    }
    (!truth.is_empty()).then(|| sum / truth.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spec() -> LoopSpec {
        serde_json::from_value(json!({
            "loop": "l", "input": {"text": {"kind": "text"}},
            "answer": {"intent": {"kind": "choice", "options": ["a", "b", "c"]}},
        }))
        .unwrap()
    }

    fn answer(intent: &str) -> Answer {
        json!({"intent": intent}).as_object().cloned().unwrap()
    }

    fn guess(intent: &str, p: f64) -> Guess {
        let each = BTreeMap::from([(intent.to_owned(), p)]);
        let probabilities = BTreeMap::from([("intent".to_owned(), each)]);
        Guess { output: answer(intent), probabilities }
    }

    #[test]
    fn figures_are_those_of_a_hand_count() {
        let truth = ["a", "a", "a", "b"].map(answer);
        let guesses = [guess("a", 0.5), guess("a", 0.5), guess("b", 0.5), guess("b", 0.25)];
        let (score, hits) = score(&spec(), 7, &truth, &guesses).unwrap();
        assert_eq!((hits.as_str(), score.set, score.accuracy.n), ("1101", 7, 4));
        assert!((score.accuracy.estimate - 0.75).abs() < 1e-12);
        // a: 2 * 2 / (3 + 2); b: 2 * 1 / (1 + 2).
        assert!((score.macro_f1.unwrap() - f64::midpoint(0.8, 2.0 / 3.0)).abs() < 1e-12);
        let want = -(2.0 * 0.5_f64.ln() + LEAST.ln() + 0.25_f64.ln()) / 4.0;
        assert!((score.nll.unwrap() - want).abs() < 1e-9);
    }

    #[test]
    fn one_guess_without_probabilities_leaves_no_likelihood() {
        let mut guesses = vec![guess("a", 1.0), guess("b", 1.0)];
        guesses[1].probabilities.clear();
        let (some, _) = score(&spec(), 1, &["a", "b"].map(answer), &guesses).unwrap();
        assert_eq!((some.nll, some.macro_f1), (None, Some(1.0)));
        assert!(score(&spec(), 1, &[], &[]).is_none());
    }
}
