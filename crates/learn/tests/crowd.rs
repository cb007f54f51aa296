//! Crowd label aggregation on public data sets, where they lie beside the repository.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests: say what is skipped, fail loudly"
)]

use std::collections::HashMap;
use std::path::PathBuf;

use tandem_learn::aggregate::{
    Answer, Answers, Auto, AutoOptions, Duplicates, EmOptions, Fit, Method, Ties, auto, fit,
};

struct Data {
    answers: Answers,
    gold: Vec<Option<usize>>,
}

/// Lines of a file below `../shared/data` without its header; says so where it is absent.
fn lines(path: &str) -> Option<Vec<String>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let Ok(text) = std::fs::read_to_string(root.join(path)) else {
        println!("skipped: ../shared/data/{path} is absent");
        return None;
    };
    Some(text.lines().skip(1).map(str::to_owned).collect())
}

fn load(set: &str, duplicates: Duplicates) -> Option<Data> {
    let (mut tasks, mut workers) = (HashMap::new(), HashMap::new());
    let mut raw = Vec::new();
    for line in lines(&format!("{set}/answers.csv"))? {
        let cells: Vec<&str> = line.split(',').collect();
        let fresh = tasks.len() as u32;
        let task = *tasks.entry(cells[0].to_owned()).or_insert(fresh);
        let fresh = workers.len() as u32;
        let worker = *workers.entry(cells[1].to_owned()).or_insert(fresh);
        raw.push(Answer { task, worker, label: cells[2].parse().unwrap() });
    }
    let mut gold = vec![None; tasks.len()];
    for line in lines(&format!("{set}/gold.csv"))? {
        let (task, label) = line.split_once(',').unwrap();
        if let Some(&t) = tasks.get(task) {
            gold[t as usize] = Some(label.parse().unwrap());
        }
    }
    let answers = Answers::new(tasks.len(), workers.len(), 5, &raw, duplicates).unwrap();
    Some(Data { answers, gold })
}

impl Data {
    /// Accuracy and mean `-ln P(gold)`, clipped at 1e-6.
    fn score(&self, fit: &Fit) -> (f64, f64) {
        let labels = fit.labels(Ties::Prior);
        let rows = fit.posteriors.chunks_exact(5).zip(&labels).zip(&self.gold);
        let (mut hits, mut nll, mut n) = (0.0, 0.0, 0.0);
        for ((q, label), gold) in rows {
            if let Some(g) = *gold {
                n += 1.0;
                hits += f64::from(u8::from(*label == Some(g)));
                nll -= q[g].max(1e-6).ln();
            }
        }
        (hits / n, nll / n)
    }

    fn fit(&self, method: Method) -> (f64, f64) {
        let fit = fit(&self.answers, method, &EmOptions::default()).unwrap();
        assert!(fit.trace.converged, "{method:?}");
        let score = self.score(&fit);
        println!("{method:?}: {score:?} after {} iterations", fit.trace.iterations);
        score
    }

    fn auto(&self) -> (Auto, (f64, f64)) {
        let auto = auto(&self.answers, &AutoOptions::default()).unwrap();
        let score = self.score(&auto.fit);
        println!("auto {:?} at temperature {}: {score:?}", auto.method, auto.temperature);
        (auto, score)
    }
}

const PLAIN: Method = Method::DawidSkene { strength: 0.0 };
const POOLED: Method = Method::DawidSkene { strength: 5.0 };
const COIN: Method = Method::OneCoin { strength: 2.0 };
const MACE: Method = Method::Mace { strength: 5.0, restarts: 10 };

#[test]
fn cf_reaches_the_reference() {
    let Some(data) = load("crowd_cf", Duplicates::KeepLast) else { return };
    assert_eq!(
        (data.answers.tasks(), data.answers.workers(), data.answers.len()),
        (300, 461, 1720)
    );
    // An independent EM run to convergence has accuracy .7833 and nll 2.48.
    let plain = data.fit(PLAIN);
    assert!((plain.0 - 0.7833).abs() < 0.005 && (plain.1 - 2.48).abs() < 0.05);
    // With a pooled prior of 5: .8900 and .84.
    let pooled = data.fit(POOLED);
    assert!(pooled.0 >= 0.8899 && pooled.1 <= 0.84);
    for (method, least) in [
        (Method::Majority, 0.88),
        (COIN, 0.8866),
        (Method::Glad, 0.875),
        (MACE, 0.88),
        (Method::Wawa, 0.88),
        (Method::ZeroBasedSkill, 0.88),
    ] {
        let (accuracy, _) = data.fit(method);
        assert!(accuracy >= least, "{method:?}: {accuracy}");
    }
    let (_, (accuracy, nll)) = data.auto();
    assert!(accuracy >= 0.8866 && nll < pooled.1);
}

#[test]
fn cf_amt_reaches_the_reference() {
    let Some(data) = load("crowd_cf_amt", Duplicates::KeepLast) else { return };
    assert_eq!((data.answers.len(), data.answers.repeated()), (6025, 5));
    let plain = data.fit(PLAIN);
    assert!((plain.0 - 0.8367).abs() < 0.005 && (plain.1 - 2.26).abs() < 0.05);
    // .8300 and 2.17.
    let pooled = data.fit(POOLED);
    assert!(pooled.0 >= 0.84 && pooled.1 <= 2.17);
    for (method, least) in [
        (Method::Majority, 0.8466),
        (COIN, 0.8566),
        (Method::Glad, 0.8533),
        (MACE, 0.8566),
        (Method::Wawa, 0.8566),
        (Method::ZeroBasedSkill, 0.8566),
    ] {
        let (accuracy, _) = data.fit(method);
        assert!(accuracy >= least, "{method:?}: {accuracy}");
    }
    let (_, (accuracy, nll)) = data.auto();
    assert!(accuracy >= 0.8566 && nll < 0.7);
    let Some(all) = load("crowd_cf_amt", Duplicates::KeepAll) else { return };
    assert_eq!(all.answers.len(), 6030);
}
