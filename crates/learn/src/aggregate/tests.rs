//! Laws every method must obey, and hand-checked cases.

use proptest::prelude::*;

use super::*;
use crate::rng::Rng;

const METHODS: [Method; 10] = [
    Method::Majority,
    Method::Wawa,
    Method::ZeroBasedSkill,
    Method::OneCoin { strength: 0.0 },
    Method::OneCoin { strength: 3.0 },
    Method::DawidSkene { strength: 0.0 },
    Method::DawidSkene { strength: 5.0 },
    Method::Glad,
    Method::Mace { strength: 0.0, restarts: 1 },
    Method::Mace { strength: 5.0, restarts: 3 },
];

/// A crowd whose workers differ: `tasks x overlap` answers and the truth behind them.
fn crowd(
    tasks: usize,
    overlap: usize,
    workers: usize,
    classes: usize,
    seed: u64,
) -> (Vec<Answer>, Vec<usize>) {
    let mut rng = Rng::new(seed);
    let accuracy: Vec<f64> = (0..workers).map(|_| 0.3 + 0.65 * rng.unit()).collect();
    let mut answers = Vec::new();
    let mut truth = Vec::new();
    let mut order: Vec<usize> = (0..workers).collect();
    for task in 0..tasks {
        let own = rng.below(classes);
        truth.push(own);
        rng.shuffle(&mut order);
        for &worker in order.iter().take(overlap) {
            let right = rng.coin(accuracy[worker]);
            let label = if right { own } else { rng.below(classes) };
            let (task, worker, label) = (task as u32, worker as u32, label as u32);
            answers.push(Answer { task, worker, label });
        }
    }
    (answers, truth)
}

fn group(answers: &[Answer], tasks: usize, workers: usize, classes: usize) -> Answers {
    Answers::new(tasks, workers, classes, answers, Duplicates::KeepLast).unwrap()
}

fn accuracy(fit: &Fit, truth: &[usize]) -> f64 {
    let labels = fit.labels(Ties::Prior);
    let hits = labels.iter().zip(truth).filter(|(l, t)| **l == Some(**t)).count();
    hits as f64 / truth.len() as f64
}

fn nll(posteriors: &[f64], truth: &[usize], classes: usize) -> f64 {
    let rows = posteriors.chunks_exact(classes).zip(truth);
    rows.map(|(q, &t)| -q[t].max(1e-6).ln()).sum::<f64>() / truth.len() as f64
}

fn permutation(n: usize, seed: u64) -> Vec<usize> {
    let mut p: Vec<usize> = (0..n).collect();
    Rng::new(seed).shuffle(&mut p);
    p
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_objective_never_falls(seed: u64, classes in 1_usize..5, overlap in 1_usize..5) {
        let (answers, _) = crowd(25, overlap, 8, classes, seed);
        let answers = group(&answers, 25, 8, classes);
        let options = EmOptions { tolerance: 0.0, max_iterations: 40, seed };
        for method in METHODS {
            let fit = fit(&answers, method, &options).unwrap();
            for pair in fit.trace.objective.windows(2) {
                prop_assert!(
                    pair[1] >= pair[0] - 1e-8 * (1.0 + pair[0].abs()),
                    "{method:?} fell from {} to {}", pair[0], pair[1]
                );
            }
            prop_assert_eq!(fit.trace.iterations, fit.trace.objective.len());
        }
    }

    #[test]
    fn posteriors_and_workers_are_distributions(
        seed: u64, classes in 1_usize..12, overlap in 0_usize..5,
    ) {
        let (mut answers, _) = crowd(20, overlap, 7, classes, seed);
        answers.push(Answer { task: 0, worker: 0, label: 0 });
        let answers = group(&answers, 21, 9, classes);
        for method in METHODS {
            let fit = fit(&answers, method, &EmOptions::default()).unwrap();
            prop_assert_eq!(fit.posteriors.len(), 21 * classes);
            let typical = fit.typical();
            let mut rows: Vec<&[f64]> = fit.posteriors.chunks_exact(classes).collect();
            let tables: Vec<Vec<f64>> = (0..10).map(|w| fit.confusion(w)).collect();
            if classes > 1 {
                rows.extend(tables.iter().flat_map(|t| t.chunks_exact(classes)));
                rows.extend(typical.chunks_exact(classes));
            }
            rows.push(&fit.prior);
            for row in rows {
                let fine = row.iter().all(|p| (0.0..=1.0 + 1e-9).contains(p));
                prop_assert!(fine, "{method:?} {row:?}");
                prop_assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{method:?} {row:?}");
            }
            prop_assert!(fit.skills().iter().all(|s| (0.0..=1.0 + 1e-9).contains(s)));
        }
    }

    /// New names for tasks, workers and labels only rename the result.
    #[test]
    fn permutations_pass_through(seed: u64, classes in 2_usize..5) {
        let (tasks, workers) = (20, 6);
        let (answers, _) = crowd(tasks, 3, workers, classes, seed);
        let (pt, pw) = (permutation(tasks, seed ^ 1), permutation(workers, seed ^ 2));
        let pl = permutation(classes, seed ^ 3);
        let mut moved: Vec<Answer> = answers
            .iter()
            .map(|a| Answer {
                task: pt[a.task as usize] as u32,
                worker: pw[a.worker as usize] as u32,
                label: pl[a.label as usize] as u32,
            })
            .collect();
        Rng::new(seed ^ 4).shuffle(&mut moved);
        let a = group(&answers, tasks, workers, classes);
        let b = group(&moved, tasks, workers, classes);
        // Few iterations: rounding must not be let grow where two solutions compete.
        let options = EmOptions { tolerance: 0.0, max_iterations: 5, seed };
        for method in METHODS {
            if matches!(method, Method::Mace { restarts: 3, .. }) {
                continue; // random starts have no names to follow
            }
            let (x, y) = (fit(&a, method, &options).unwrap(), fit(&b, method, &options).unwrap());
            for (t, row) in x.posteriors.chunks_exact(classes).enumerate() {
                for (p, &to) in row.iter().zip(&pl) {
                    let q = y.posteriors[pt[t] * classes + to];
                    prop_assert!((p - q).abs() < 1e-6, "{method:?} task {t}: {p} and {q}");
                }
            }
            let (p, q) = (x.skills(), y.skills());
            prop_assert!((0..workers).all(|w| (p[w] - q[pw[w]]).abs() < 1e-6), "{method:?}");
        }
    }

    /// Where people are mostly right, a task on which all of at least three agree gets that label.
    #[test]
    fn unanimous_tasks_get_their_label(seed: u64, classes in 2_usize..5) {
        let (mut answers, _) = crowd(60, 5, 10, classes, seed);
        // Make everybody good: two of three answers become the task's first one.
        for a in answers.chunks_exact_mut(5) {
            for i in 0..4 {
                a[i].label = a[0].label;
            }
        }
        let unanimous = (seed % classes as u64) as u32;
        answers.extend((0..6).map(|w| Answer { task: 60, worker: w, label: unanimous }));
        let answers = group(&answers, 61, 10, classes);
        for method in METHODS {
            let fit = fit(&answers, method, &EmOptions::default()).unwrap();
            prop_assert_eq!(fit.labels(Ties::Open)[60], Some(unanimous as usize), "{:?}", method);
            prop_assert_eq!(fit.agreement(&answers).unwrap()[60], Some(1.0));
        }
    }

    /// One answer per task leaves nothing to learn about anybody: the answer is the label. (Where
    /// class shares are learnt, rare labels may be taken for slips unless the prior forbids it.)
    #[test]
    fn one_answer_per_task_is_the_label(labels in prop::collection::vec(0_u32..3, 1..30)) {
        let answers: Vec<Answer> = labels
            .iter()
            .enumerate()
            .map(|(t, &label)| Answer { task: t as u32, worker: (t % 4) as u32, label })
            .collect();
        let answers = group(&answers, labels.len(), 4, 3);
        let alike = 1e6;
        let methods = [
            Method::Majority,
            Method::Wawa,
            Method::ZeroBasedSkill,
            Method::OneCoin { strength: alike },
            Method::DawidSkene { strength: alike },
            Method::Glad,
            Method::Mace { strength: 5.0, restarts: 1 },
        ];
        for method in methods {
            let fit = fit(&answers, method, &EmOptions::default()).unwrap();
            let want: Vec<Option<usize>> = labels.iter().map(|&l| Some(l as usize)).collect();
            prop_assert_eq!(fit.labels(Ties::First), want, "{:?}", method);
        }
    }

    #[test]
    fn order_of_answers_does_not_matter(seed: u64) {
        let (answers, _) = crowd(15, 3, 5, 3, seed);
        let mut other = answers.clone();
        Rng::new(seed).shuffle(&mut other);
        prop_assert_eq!(group(&answers, 15, 5, 3), group(&other, 15, 5, 3));
    }

    #[test]
    fn next_needed_is_consistent(seed: u64, classes in 2_usize..6, given in 0_usize..9) {
        let mut rng = Rng::new(seed);
        let mut draw = |n: usize| -> Vec<f64> {
            let raw: Vec<f64> = (0..n).map(|_| 0.02 + rng.unit()).collect();
            raw.iter().map(|x| x / raw.iter().sum::<f64>()).collect()
        };
        let q = draw(classes);
        let confusion: Vec<f64> = (0..classes).flat_map(|_| draw(classes)).collect();
        let cheap = OverlapOptions { answer_cost: 0.0, ..OverlapOptions::default() };
        let dear = OverlapOptions { answer_cost: 11.0, ..cheap };
        match next_needed(&q, given, &confusion, &cheap).unwrap() {
            Next::Stop(Stop::Limit) => prop_assert!(given >= 7),
            Next::Stop(Stop::Sure) => prop_assert!(q.iter().any(|p| *p >= 0.95)),
            // Information never harms, but may be of no use.
            Next::Stop(Stop::NotWorth) => {}
            Next::Ask { net_gain, .. } => prop_assert!(net_gain >= -1e-9),
        }
        // An answer that costs more than an error is never worth it.
        if given >= 1 {
            let next = next_needed(&q, given, &confusion, &dear).unwrap();
            prop_assert!(matches!(next, Next::Stop(_)), "{:?}", next);
        }
    }
}

#[test]
fn a_prior_without_end_makes_all_workers_alike() {
    let (answers, _) = crowd(200, 4, 12, 3, 5);
    let answers = group(&answers, 200, 12, 3);
    let options = EmOptions::default();
    let pooled = dawid_skene::pooled(&answers);
    let gap = |strength: f64| {
        let fit = fit(&answers, Method::DawidSkene { strength }, &options).unwrap();
        let mut worst = 0.0_f64;
        for w in 0..12 {
            for (i, p) in fit.confusion(w).iter().enumerate() {
                worst = worst.max((p - pooled[(i % 3) * 3 + i / 3]).abs());
            }
        }
        worst
    };
    let gaps = [1.0, 100.0, 1e4, 1e7].map(gap);
    assert!(gaps.windows(2).all(|g| g[1] < g[0]), "{gaps:?}");
    assert!(gaps[3] < 1e-4, "{gaps:?}");
    let coin = fit(&answers, Method::OneCoin { strength: 1e9 }, &options).unwrap();
    let skills = coin.skills();
    assert!(skills.iter().all(|s| (s - skills[0]).abs() < 1e-6));
    // Equal workers: the label with most votes is the most probable, up to the class shares.
    let majority = fit(&answers, Method::Majority, &options).unwrap();
    let clear = majority.posteriors.chunks_exact(3).zip(coin.labels(Ties::First));
    for (shares, label) in clear.filter(|(s, _)| s.iter().any(|x| *x > 0.5)) {
        assert!(label.is_some_and(|l| shares[l] > 0.5));
    }
}

#[test]
fn better_workers_are_found_and_help() {
    let (answers, truth) = crowd(3000, 4, 30, 3, 11);
    let answers = group(&answers, 3000, 30, 3);
    let options = EmOptions::default();
    let majority = accuracy(&fit(&answers, Method::Majority, &options).unwrap(), &truth);
    for method in METHODS.iter().skip(3) {
        let fit = fit(&answers, *method, &options).unwrap();
        assert!(fit.trace.converged, "{method:?}");
        let found = accuracy(&fit, &truth);
        assert!(found > majority + 0.02, "{method:?}: {found} against {majority}");
    }
    for method in [Method::Wawa, Method::ZeroBasedSkill] {
        assert!(
            accuracy(&fit(&answers, method, &options).unwrap(), &truth) >= majority,
            "{method:?}"
        );
    }
}

#[test]
fn auto_takes_what_predicts_best_and_says_why() {
    let options = AutoOptions::default();
    for seed in [1, 2] {
        let (answers, truth) = crowd(600, 4, 25, 3, seed);
        let answers = group(&answers, 600, 25, 3);
        let auto = auto(&answers, &options).unwrap();
        assert_eq!(auto, super::auto(&answers, &options).unwrap());
        assert_eq!(auto.judged, answers.len());
        let chosen = auto.scores.iter().find(|s| s.method == auto.method).unwrap();
        assert!(chosen.log_likelihood > auto.scores[0].log_likelihood - 0.01);
        assert_eq!(chosen.temperature, auto.temperature);
        assert!(auto.scores.windows(2).all(|s| s[0].log_likelihood >= s[1].log_likelihood));
        let plain = fit(&answers, Method::DawidSkene { strength: 0.0 }, &options.em).unwrap();
        let majority = fit(&answers, Method::Majority, &options.em).unwrap();
        let found = accuracy(&auto.fit, &truth);
        assert!(found > accuracy(&majority, &truth), "{:?}", auto.method);
        assert!(found >= accuracy(&plain, &truth), "{:?}", auto.method);
        assert!(nll(&auto.fit.posteriors, &truth, 3) < nll(&plain.posteriors, &truth, 3));
    }
    let few = group(&[Answer { task: 0, worker: 0, label: 1 }], 1, 1, 2);
    let auto = auto(&few, &options).unwrap();
    assert_eq!((auto.method, auto.judged), (Method::Majority, 0));
}

#[test]
fn a_warm_start_needs_fewer_iterations() {
    let (answers, _) = crowd(2000, 4, 40, 3, 21);
    let (before, all) = (group(&answers[..7600], 1900, 40, 3), group(&answers, 2000, 40, 3));
    let options = EmOptions { tolerance: 1e-9, ..EmOptions::default() };
    for method in [Method::DawidSkene { strength: 3.0 }, Method::OneCoin { strength: 3.0 }] {
        let old = fit(&before, method, &options).unwrap();
        let cold = fit(&all, method, &options).unwrap();
        let warm = refit(&all, method, &options, &old).unwrap();
        let (c, w) = (cold.trace.iterations, warm.trace.iterations);
        assert!(w < c, "{method:?}: {w} against {c}");
        let worst = cold.posteriors.iter().zip(&warm.posteriors).map(|(a, b)| (a - b).abs());
        assert!(worst.fold(0.0, f64::max) < 1e-3, "{method:?}");
        // One task at a time, workers as they are, gives the posterior of the fit.
        let pairs: Vec<(usize, usize)> = all.of(7).collect();
        let own = warm.posterior(&pairs).unwrap();
        assert!(own.iter().zip(&warm.posteriors[21..24]).all(|(a, b)| (a - b).abs() < 1e-6));
    }
    let other =
        fit(&group(&[Answer { task: 0, worker: 0, label: 0 }], 1, 1, 2), METHODS[0], &options);
    assert!(refit(&all, METHODS[0], &options, &other.unwrap()).is_err());
}

#[test]
fn plain_votes_by_hand() {
    let raw = [(0, 0, 1), (0, 1, 1), (0, 2, 0), (1, 0, 0), (1, 1, 1), (2, 0, 1)];
    let raw = raw.map(|(task, worker, label)| Answer { task, worker, label });
    let answers = group(&raw, 4, 3, 2);
    let fit = fit(&answers, Method::Majority, &EmOptions::default()).unwrap();
    let third = 1.0 / 3.0;
    let want = [third, 2.0 * third, 0.5, 0.5, 0.0, 1.0, 0.5, 0.5];
    assert!(fit.posteriors.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-12));
    assert_eq!(fit.labels(Ties::First), [Some(1), Some(0), Some(1), Some(0)]);
    assert_eq!(fit.labels(Ties::Prior), [Some(1), Some(1), Some(1), Some(1)]);
    assert_eq!(fit.labels(Ties::Open), [Some(1), None, Some(1), None]);
    let drawn: Vec<_> = (0..40).map(|seed| fit.labels(Ties::Seeded(seed))[1]).collect();
    assert!(drawn.contains(&Some(0)) && drawn.contains(&Some(1)));
    let agreement = fit.agreement(&answers).unwrap();
    assert_eq!(agreement, [Some(2.0 / 3.0), Some(1.0), Some(1.0), None]);
}

#[test]
fn duplicates_follow_their_policy() {
    let raw = [(0, 0, 1), (0, 1, 1), (0, 0, 0), (0, 0, 2)];
    let raw = raw.map(|(task, worker, label)| Answer { task, worker, label });
    let last = Answers::new(1, 2, 3, &raw, Duplicates::KeepLast).unwrap();
    assert_eq!((last.len(), last.repeated()), (2, 2));
    assert_eq!(last.of(0).collect::<Vec<_>>(), [(0, 2), (1, 1)]);
    let all = Answers::new(1, 2, 3, &raw, Duplicates::KeepAll).unwrap();
    assert_eq!((all.len(), all.repeated()), (4, 2));
    assert_eq!(all.of(0).collect::<Vec<_>>(), [(0, 1), (0, 0), (0, 2), (1, 1)]);
}

#[test]
fn bad_input_is_named() {
    let one = |task, worker, label| [Answer { task, worker, label }];
    let new = |a: &[Answer]| Answers::new(2, 2, 2, a, Duplicates::KeepLast);
    for (answer, what) in [
        (one(2, 0, 0), "task of answer at 0 is 2, must be below 2"),
        (one(0, 2, 0), "worker of answer at 0 is 2, must be below 2"),
        (one(0, 0, 2), "label of answer at 0 is 2, must be below 2"),
    ] {
        assert_eq!(new(&answer).unwrap_err().to_string(), what);
    }
    assert!(Answers::new(1, 1, 0, &[], Duplicates::KeepLast).is_err());
    assert!(Answers::new(1, usize::MAX, 3, &[], Duplicates::KeepLast).is_err());
    let answers = new(&one(0, 0, 1)).unwrap();
    let options = EmOptions::default();
    for strength in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(fit(&answers, Method::DawidSkene { strength }, &options).is_err());
    }
    assert!(fit(&answers, Method::Mace { strength: 1.0, restarts: 0 }, &options).is_err());
    assert!(fit(&answers, METHODS[5], &EmOptions { max_iterations: 0, ..options }).is_err());
    assert!(fit(&answers, METHODS[5], &EmOptions { tolerance: f64::NAN, ..options }).is_err());
    let empty = new(&[]).unwrap();
    assert!(fit(&empty, Method::Majority, &options).is_err());
    assert!(auto(&empty, &AutoOptions::default()).is_err());
    assert!(auto(&answers, &AutoOptions { folds: 1, ..AutoOptions::default() }).is_err());
    let huge = Answers::new(1, 300_000, 100, &one(0, 0, 1), Duplicates::KeepLast).unwrap();
    assert!(fit(&huge, Method::DawidSkene { strength: 1.0 }, &options).is_err());
    assert!(fit(&huge, Method::OneCoin { strength: 1.0 }, &options).is_ok());
}

#[test]
fn crowdlab_weighs_people_and_model() {
    let (answers, truth) = crowd(400, 3, 12, 3, 31);
    let answers = group(&answers, 401, 12, 3);
    let mut rng = Rng::new(8);
    let mut model = |accuracy: f64| -> Vec<f64> {
        let mut out = vec![0.1; 401 * 3];
        for t in 0..401 {
            let own = truth.get(t).copied().unwrap_or(2);
            let top = if rng.coin(accuracy) { own } else { rng.below(3) };
            out[t * 3 + top] = 0.8;
        }
        out
    };
    let hits = |labels: &[usize]| labels.iter().zip(&truth).filter(|(a, b)| a == b).count();
    let majority = fit(&answers, Method::Majority, &EmOptions::default()).unwrap();
    let votes: Vec<usize> =
        majority.labels(Ties::Prior).into_iter().map(|l| l.unwrap_or(0)).collect();
    let (good, poor) = (model(0.95), model(0.05));
    let with = crowdlab(&answers, &good).unwrap();
    let without = crowdlab(&answers, &poor).unwrap();
    assert!(with.model_weight > without.model_weight);
    assert!(hits(&with.labels) > hits(&votes) + 10, "{} {}", hits(&with.labels), hits(&votes));
    assert!(hits(&without.labels) + 20 > hits(&votes));
    // Nobody answered the last task: the model decides it.
    assert!((with.quality[400] - 0.8).abs() < 0.011);
    for row in with.posteriors.chunks_exact(3) {
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
    let mut off = good.clone();
    off[0] += 0.01;
    assert!(crowdlab(&answers, &off).is_err());
    assert!(crowdlab(&answers, &good[3..]).is_err());
    let lonely = group(&[Answer { task: 0, worker: 0, label: 0 }], 1, 1, 3);
    assert!(crowdlab(&lonely, &[0.2, 0.3, 0.5]).is_err());
}

/// The formulas of the paper, worked through for two tasks, three workers and two classes.
#[test]
fn crowdlab_by_hand() {
    let raw = [(0, 0, 0), (0, 1, 0), (0, 2, 1), (1, 0, 1), (1, 1, 1), (2, 0, 0), (2, 1, 0)];
    let raw = raw.map(|(task, worker, label)| Answer { task, worker, label });
    let answers = group(&raw, 3, 3, 2);
    let p = [0.9, 0.1, 0.2, 0.8, 0.4, 0.6];
    let lab = crowdlab(&answers, &p).unwrap();
    // Majority 0, 1, 0; P = (2/3 + 1 + 1) / 3; A_c = 2/3, A_M = 2/3; 7/3 answers per task.
    let trust = (2.0 / 3.0 + 2.0) / 3.0;
    // s: worker 0 agrees with 3 of 4 fellow answers, worker 1 likewise, worker 2 with none of 2.
    let weight = 1.0 - 0.25 * 3.0;
    assert!((lab.weights[0] - weight).abs() < 1e-12 && (lab.weights[1] - weight).abs() < 1e-12);
    assert!((lab.weights[2] - 1e-6).abs() < 1e-12 && (lab.model_weight - 1e-6).abs() < 1e-12);
    let want = (1e-6 * 0.9 + 0.5 * trust + 1e-6 * (1.0 - trust)) / (0.5 + 2e-6);
    assert!((lab.posteriors[0] - want).abs() < 1e-12);
    assert_eq!(lab.labels, [0, 1, 0]);
    assert_eq!(lab.agreement, [Some(1.0), Some(1.0), Some(0.0)]);
}

#[test]
fn asking_stops_when_it_should() {
    let good = [0.9, 0.1, 0.1, 0.9];
    let options = OverlapOptions::default();
    let next = |q: &[f64], given| next_needed(q, given, &good, &options).unwrap();
    assert!(matches!(next(&[0.5, 0.5], 0), Next::Ask { .. }));
    assert_eq!(next(&[0.97, 0.03], 1), Next::Stop(Stop::Sure));
    assert_eq!(next(&[0.5, 0.5], 7), Next::Stop(Stop::Limit));
    // One answer of 0.7 cannot turn 0.8; two can, and are worth it when cheap.
    let weak = [0.7, 0.3, 0.3, 0.7];
    let ask = |lookahead, answer_cost| {
        let options = OverlapOptions { answer_cost, lookahead, ..options };
        next_needed(&[0.8, 0.2], 2, &weak, &options).unwrap()
    };
    assert_eq!(ask(1, 0.01), Next::Stop(Stop::NotWorth));
    match ask(2, 0.01) {
        // 0.2 * 0.7^2 = 0.098 against 0.8 * 0.3^2 = 0.072.
        Next::Ask { net_gain, answers: 2 } => assert!((net_gain - (0.26 - 0.02)).abs() < 1e-9),
        other => panic!("{other:?}"),
    }
    assert_eq!(ask(3, 1.0), Next::Stop(Stop::NotWorth));
    // A guesser is worth nothing at any price.
    let guess = next_needed(&[0.6, 0.4], 1, &[0.5; 4], &options).unwrap();
    assert_eq!(guess, Next::Stop(Stop::NotWorth));
    for bad in [
        OverlapOptions { level: 0.0, ..options },
        OverlapOptions { error_cost: f64::NAN, ..options },
        OverlapOptions { lookahead: 0, ..options },
        OverlapOptions { min_answers: 9, ..options },
    ] {
        assert!(next_needed(&[0.5, 0.5], 0, &good, &bad).is_err());
    }
    assert!(next_needed(&[0.5, 0.6], 0, &good, &options).is_err());
    assert!(next_needed(&[0.5, 0.5], 0, &good[1..], &options).is_err());
    assert!(next_needed(&[], 0, &[], &options).is_err());
}
