//! Label errors on data whose errors are known.

use crate::shared::{Set, file, load};
use tandem_learn::calibrate::ProbabilityMatrix;
use tandem_learn::features::{FeatureKind, FeatureMap, FeatureOptions, FeatureSpec, Input};
use tandem_learn::label_errors::{Prune, Ranking, find, scores};
use tandem_learn::logistic::{FitOptions, fit};
use tandem_learn::rng::Rng;
use tandem_learn::sparse::Csr;

/// Out-of-fold probabilities of five folds.
fn out_of_fold(rows: &Csr, labels: &[u32], classes: usize, seed: u64) -> Vec<f32> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    Rng::new(seed).shuffle(&mut order);
    let mut out = vec![0.0; labels.len() * classes];
    for fold in 0..5 {
        let (test, train): (Vec<usize>, Vec<usize>) = (0..order.len()).partition(|i| i % 5 == fold);
        let of = |which: &[usize]| -> Vec<usize> { which.iter().map(|&i| order[i]).collect() };
        let (test, train) = (of(&test), of(&train));
        let own: Vec<u32> = train.iter().map(|&i| labels[i]).collect();
        let options = FitOptions { c: 1.0, ..FitOptions::default() };
        let (weights, _) = fit(&rows.select(&train), &own, None, classes, &options, None).unwrap();
        let p = weights.probabilities(&rows.select(&test), 1.0).unwrap();
        for (row, &i) in p.chunks_exact(classes).zip(&test) {
            out[i * classes..][..classes].copy_from_slice(row);
        }
    }
    out
}

/// Area under the ROC curve of `scores` (less is positive) for `positive`, ties counted half.
fn auroc(scores: &[f32], positive: &[bool]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let (mut negatives, mut area) = (0.0, 0.0);
    for group in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let hits = group.iter().filter(|&&i| positive[i]).count() as f64;
        let rest = group.len() as f64 - hits;
        area += hits * (negatives + 0.5 * rest);
        negatives += rest;
    }
    area / (negatives * (scores.len() as f64 - negatives))
}

/// Mean over three seeds of AUROC by self-confidence and by margin, then precision and recall by
/// noise rate and by both, with a tenth of the labels turned to another class.
fn with_noise(rows: &Csr, truth: &[u32], classes: usize) -> [f64; 6] {
    let mut sum = [0.0; 6];
    for seed in 0..3 {
        let mut rng = Rng::stream(seed, 1);
        let turned: Vec<bool> = truth.iter().map(|_| rng.coin(0.1)).collect();
        let labels: Vec<u32> = truth
            .iter()
            .zip(&turned)
            .map(|(&k, &t)| {
                let other = 1 + rng.below(classes - 1) as u32;
                if t { (k + other) % classes as u32 } else { k }
            })
            .collect();
        let p = out_of_fold(rows, &labels, classes, seed);
        let m = ProbabilityMatrix::new(&p, classes).unwrap();
        for (at, ranking) in
            [Ranking::SelfConfidence, Ranking::NormalisedMargin].into_iter().enumerate()
        {
            sum[at] += auroc(&scores(&m, &labels, ranking).unwrap(), &turned) / 3.0;
        }
        for (at, prune) in [Prune::ByNoiseRate, Prune::Both].into_iter().enumerate() {
            let (issues, _) = find(&m, &labels, prune, Ranking::SelfConfidence).unwrap();
            let hits = issues.iter().filter(|i| turned[i.row]).count() as f64;
            sum[2 + 2 * at] += hits / issues.len() as f64 / 3.0;
            sum[3 + 2 * at] += hits / turned.iter().filter(|t| **t).count() as f64 / 3.0;
        }
    }
    sum
}

#[test]
fn turned_labels_of_digits_are_found() {
    let Some(text) = file("digits/digits.csv") else { return };
    let lines = text.lines().skip(1);
    let rows: Vec<Vec<f32>> =
        lines.map(|l| l.split(',').map(|x| x.parse().unwrap()).collect()).collect();
    let labels: Vec<u32> = rows.iter().map(|r| r[64] as u32).collect();
    let pixels: Vec<f32> = rows.iter().flat_map(|r| r[..64].iter().map(|x| x / 16.0)).collect();
    let got = with_noise(&Csr::from_dense(&pixels, 64).unwrap(), &labels, 10);
    println!("digits: {got:.4?} for [.9972, .9975, .881, .872, .939, .829]");
    assert!(got[0] > 0.993 && got[1] > 0.993, "{got:?}");
    assert!(got[2] > 0.82 && got[3] > 0.82 && got[4] > 0.88 && got[5] > 0.77, "{got:?}");
}

#[test]
fn turned_labels_of_messages_are_found() {
    let Some(text) = file("sms_spam/sms.csv") else { return };
    let mut records = Vec::new();
    let mut record = String::new();
    for line in text.lines().skip(1) {
        record.push_str(line);
        // A quoted text may run over several lines.
        if record.matches('"').count() % 2 == 1 {
            record.push('\n');
            continue;
        }
        records.push(std::mem::take(&mut record));
    }
    let parts: Vec<(&str, &str)> = records.iter().map(|r| r.rsplit_once(',').unwrap()).collect();
    let labels: Vec<u32> = parts.iter().map(|p| u32::from(p.1 == "spam" || p.1 == "1")).collect();
    assert!(labels.contains(&1) && labels.contains(&0), "{:?}", parts[0]);
    let inputs: Vec<Input<'_>> = parts.iter().map(|p| Input::text(p.0)).collect();
    let kind = FeatureKind::Words { min: 1, max: 1 };
    let spec = FeatureSpec { column: 0, name: "text".to_owned(), kind };
    let map = FeatureMap::fit(&[spec], &inputs, FeatureOptions::default()).unwrap();
    let got = with_noise(&map.transform(&inputs).unwrap(), &labels, 2);
    println!("sms: {got:.4?} for [.9911, -, .784, .838, -, -]");
    assert!(got[0] > 0.98, "{got:?}");
}

/// Rows with a verdict of five people, and whether they say that the label is wrong.
fn verdicts(name: &str) -> Option<Vec<(usize, bool)>> {
    let text = file(&format!("{name}/mturk.jsonl"))?;
    let number = |line: &str, key: &str| -> usize {
        let rest = &line[line.find(key).unwrap() + key.len()..];
        rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
    };
    Some(
        text.lines()
            .map(|line| {
                let given = number(line, "\"given\": ") + number(line, "\"both\": ");
                let wrong = number(line, "\"guessed\": ") + number(line, "\"neither\": ");
                (number(line, "\"id\": "), wrong > given)
            })
            .collect(),
    )
}

/// The share of labels that people call wrong, among the more and the less suspicious half.
fn halves_by_suspicion(set: &Set, verdicts: &[(usize, bool)]) -> (f64, f64) {
    let s = scores(&set.all.matrix(), &set.all.labels, Ranking::SelfConfidence).unwrap();
    let mut order = verdicts.to_vec();
    order.sort_by(|a, b| s[a.0].total_cmp(&s[b.0]));
    let share =
        |part: &[(usize, bool)]| part.iter().filter(|v| v.1).count() as f64 / part.len() as f64;
    let (first, second) = order.split_at(order.len() / 2);
    (share(first), share(second))
}

#[test]
fn people_confirm_what_is_found() {
    for (name, classes) in [("cifar10_pyx", 10), ("news20_pyx", 20)] {
        let (Some(set), Some(verdicts)) = (load(name, classes), verdicts(name)) else { continue };
        // People were shown the rows that confident learning had found in the same probabilities.
        let (issues, joint) =
            find(&set.all.matrix(), &set.all.labels, Prune::Both, Ranking::SelfConfidence).unwrap();
        let found: std::collections::BTreeSet<usize> = issues.iter().map(|i| i.row).collect();
        let shown = verdicts.iter().filter(|v| found.contains(&v.0)).count();
        let wrong = verdicts.iter().filter(|v| v.1).count();
        let (more, less) = halves_by_suspicion(&set, &verdicts);
        println!(
            "{name}: {} found of {} shown to people ({shown} common), {wrong} called wrong; \
             {more:.3} among the more suspicious half, {less:.3} among the other; noise {:.4}",
            found.len(),
            verdicts.len(),
            joint.noise_rate()
        );
        assert!(shown as f64 > 0.7 * found.len() as f64);
        assert!(more > less);
    }
}
