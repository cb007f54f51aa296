//! Crowd label aggregation on the data of `tools/peers/crowd.py`: JSON lines on standard output.
//!
//!     cargo run --release -p tandem-learn --example peers_crowd DATA_DIR
#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "peers/common.rs"]
mod common;

use std::collections::HashMap;

use common::{emit, timed, unit};
use tandem_learn::aggregate::{
    Answer, Answers, AutoOptions, Duplicates, EmOptions, Fit, Method, Ties, auto, fit,
};

const CLASSES: usize = 5;

struct Data {
    name: String,
    tasks: usize,
    workers: usize,
    raw: Vec<Answer>,
    gold: Vec<Option<usize>>,
}

/// Workers right with a probability of their own, else wrong at random.
fn synthetic(name: &str, tasks: usize, workers: usize) -> Data {
    const OVERLAP: usize = 5;
    let below = |u: f64, n: usize| (u * n as f64) as usize;
    let mut raw = Vec::with_capacity(tasks * OVERLAP);
    let mut gold = Vec::with_capacity(tasks);
    for task in 0..tasks {
        let truth = below(unit(task, 2), CLASSES);
        let first = below(unit(task, 3), workers);
        let step = 1 + below(unit(task, 4), (workers - 1) / OVERLAP);
        for j in 0..OVERLAP {
            let worker = (first + j * step) % workers;
            let n = task * OVERLAP + j;
            let right = unit(n, 5) < 0.3 + 0.65 * unit(worker, 1);
            let wrong = (truth + 1 + below(unit(n, 6), CLASSES - 1)) % CLASSES;
            let label = if right { truth } else { wrong } as u32;
            raw.push(Answer { task: task as u32, worker: worker as u32, label });
        }
        gold.push(Some(truth));
    }
    Data { name: name.to_owned(), tasks, workers, raw, gold }
}

fn load(directory: &str, name: &str) -> Option<Data> {
    let read = |file: &str| std::fs::read_to_string(format!("{directory}/{name}/{file}")).ok();
    let (mut tasks, mut workers) = (HashMap::new(), HashMap::new());
    let mut raw = Vec::new();
    for line in read("answers.csv")?.lines().skip(1) {
        let mut cells = line.split(',');
        let fresh = tasks.len() as u32;
        let task = *tasks.entry(cells.next()?.to_owned()).or_insert(fresh);
        let fresh = workers.len() as u32;
        let worker = *workers.entry(cells.next()?.to_owned()).or_insert(fresh);
        raw.push(Answer { task, worker, label: cells.next()?.parse().ok()? });
    }
    let mut gold = vec![None; tasks.len()];
    for line in read("gold.csv")?.lines().skip(1) {
        let (task, label) = line.split_once(',')?;
        if let Some(&t) = tasks.get(task) {
            gold[t as usize] = label.parse().ok();
        }
    }
    Some(Data { name: name.to_owned(), tasks: tasks.len(), workers: workers.len(), raw, gold })
}

impl Data {
    fn group(&self) -> Answers {
        Answers::new(self.tasks, self.workers, CLASSES, &self.raw, Duplicates::KeepLast)
            .expect("indices are in range")
    }

    /// Share of gold labels found, and mean `-ln P(gold)`.
    fn score(&self, fit: &Fit) -> (f64, f64) {
        let labels = fit.labels(Ties::Prior);
        let rows = fit.posteriors.chunks_exact(CLASSES).zip(&labels).zip(&self.gold);
        let known: Vec<(bool, f64)> = rows
            .filter_map(|((q, label), gold)| {
                gold.map(|g| (*label == Some(g), -q[g].max(1e-6).ln()))
            })
            .collect();
        let n = known.len() as f64;
        let hits = known.iter().filter(|k| k.0).count() as f64;
        (hits / n, known.iter().map(|k| k.1).sum::<f64>() / n)
    }

    /// Grouping the triples, fitting and labelling, as the peer does; prints the median of `times`.
    fn report(
        &self,
        case: &str,
        times: usize,
        run: impl Fn(&Answers) -> Fit,
        objective: Objective,
    ) {
        let ((answers, fit), cpu) = timed(times, || {
            let answers = self.group();
            let fit = run(&answers);
            let labels = fit.labels(Ties::Prior);
            assert_eq!(labels.len(), self.tasks);
            (answers, fit)
        });
        let n = answers.len() as f64;
        let (accuracy, nll) = self.score(&fit);
        let quality = match objective {
            Objective::None => format!("\"accuracy\": {accuracy}, \"nll\": {nll}"),
            Objective::Only => format!("\"objective\": {}", likelihood(&answers, &fit) / n),
            Objective::Likelihood => {
                let l = likelihood(&answers, &fit) / n;
                format!("\"accuracy\": {accuracy}, \"nll\": {nll}, \"objective\": {l}")
            }
            Objective::Trace => {
                let l = fit.trace.objective.last().copied().unwrap_or(f64::NAN) / n;
                format!("\"accuracy\": {accuracy}, \"nll\": {nll}, \"objective\": {l}")
            }
        };
        emit(&format!("{case} {}", self.name), cpu, &quality);
    }
}

#[derive(Clone, Copy)]
enum Objective {
    None,
    Only,
    Likelihood,
    Trace,
}

/// Log-likelihood of the answers under a fit's class shares and workers.
fn likelihood(answers: &Answers, fit: &Fit) -> f64 {
    (0..answers.tasks())
        .map(|t| {
            let scores: Vec<f64> = (0..CLASSES)
                .map(|y| {
                    let own = answers.of(t).map(|(w, label)| fit.likelihood(w, y, label).ln());
                    fit.prior[y].ln() + own.sum::<f64>()
                })
                .collect();
            let top = scores.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
            top + scores.iter().map(|s| (s - top).exp()).sum::<f64>().ln()
        })
        .sum()
}

/// crowd-kit's 20 iterations maximise 21 times.
const TWENTY: usize = 21;

fn by(method: Method, iterations: Option<usize>) -> impl Fn(&Answers) -> Fit {
    let options = iterations.map_or_else(EmOptions::default, |max_iterations| EmOptions {
        tolerance: 0.0,
        max_iterations,
        seed: 0,
    });
    move |answers| fit(answers, method, &options).expect("options are sound")
}

fn main() {
    let directory = std::env::args().nth(1).unwrap_or_else(|| "../shared/data".to_owned());
    let coin = |strength| Method::OneCoin { strength };
    let ds = |strength| Method::DawidSkene { strength };
    let mace = |strength, restarts| Method::Mace { strength, restarts };
    for name in ["crowd_cf", "crowd_cf_amt"] {
        let Some(data) = load(&directory, name) else {
            println!("{{\"skipped\": \"{directory}/{name}\"}}");
            continue;
        };
        data.report("majority", 3, by(Method::Majority, None), Objective::None);
        data.report("wawa", 3, by(Method::Wawa, None), Objective::None);
        data.report("zero-based-skill", 3, by(Method::ZeroBasedSkill, None), Objective::None);
        data.report("dawid-skene", 3, by(ds(5.0), None), Objective::None);
        data.report("dawid-skene objective", 3, by(ds(0.0), None), Objective::Only);
        data.report("one-coin", 3, by(coin(2.0), None), Objective::None);
        data.report("one-coin objective", 3, by(coin(0.0), None), Objective::Only);
        data.report("glad", 3, by(Method::Glad, None), Objective::Trace);
        data.report("mace", 3, by(mace(5.0, 10), None), Objective::None);
        data.report("mace objective", 3, by(mace(0.0, 10), None), Objective::Only);
        let choose = |answers: &Answers| {
            auto(answers, &AutoOptions::default()).expect("options are sound").fit
        };
        data.report("auto", 3, choose, Objective::None);
    }
    let small = synthetic("100k answers", 20_000, 500);
    small.report("zero-based-skill", 5, by(Method::ZeroBasedSkill, None), Objective::None);
    small.report("glad 20 iterations", 3, by(Method::Glad, Some(TWENTY)), Objective::Trace);
    let large = synthetic("1M answers", 200_000, 2_000);
    large.report("majority", 5, by(Method::Majority, None), Objective::None);
    large.report("wawa", 5, by(Method::Wawa, None), Objective::None);
    large.report("dawid-skene 20 iterations", 5, by(ds(0.0), Some(TWENTY)), Objective::Likelihood);
    large.report("one-coin 20 iterations", 5, by(coin(0.0), Some(TWENTY)), Objective::Likelihood);
    let known = by(mace(0.0, 1), Some(TWENTY));
    large.report("mace 1 x 20 iterations", 5, known, Objective::Likelihood);
}
