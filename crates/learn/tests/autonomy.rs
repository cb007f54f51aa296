//! What earned autonomy claims, on seeded replays; the full tables are those of the example
//! `replay_autonomy`, whose code this is.

#[path = "../examples/replay_autonomy/bound.rs"]
mod bound;
#[path = "../examples/replay_autonomy/data.rs"]
mod data;
#[path = "../examples/replay_autonomy/detect.rs"]
mod detect;
#[path = "../examples/replay_autonomy/misses.rs"]
mod misses;
#[path = "../examples/replay_autonomy/null.rs"]
mod null;
#[path = "../examples/replay_autonomy/play.rs"]
mod play;

use bound::{Flaw, TRIALS, Trial};
use null::{Bug, STREAMS};
use tandem_learn::autonomy::Terms;

/// 200 runs of what happens with probability 0.05 exceed this share with probability 0.001.
const LIMIT: f64 = 0.105;

#[test]
fn nothing_is_certified_that_does_not_deserve_it() {
    for stream in &STREAMS {
        let share = null::false_certificates(stream, Bug::None, 200).unwrap();
        println!("{}: {share}", stream.name);
        assert!(share <= LIMIT, "{}: {share}", stream.name);
    }
}

#[test]
fn planted_bugs_are_found() {
    let [flat, epochs, informative, audits, lapse] = &STREAMS;
    for (bug, stream) in [
        (Bug::DroppedAudits, lapse),
        (Bug::WrongPropensity, audits),
        (Bug::LabelledGrid, flat),
        (Bug::NoSplit, epochs),
        (Bug::BetsByScore, informative),
    ] {
        let share = null::false_certificates(stream, bug, 60).unwrap();
        println!("{bug:?}: {share}");
        assert!(share > LIMIT, "{bug:?}: {share}");
    }
    for flaw in [Flaw::DroppedAudits, Flaw::WrongPropensity] {
        let share = bound::violations(Trial::Skipped, flaw, 15_000, 6).unwrap();
        assert!(share > 0.5, "{flaw:?}: {share}");
    }
}

#[test]
fn what_is_claimed_of_real_errors_holds_where_reviewers_miss_a_fifth_of_them() {
    use misses::{Bug, People, TIRED, play, shares};
    // The error is 1.01 times the target, and a reviewer sees 0.81 times the target.
    let (claimed, broken) = shares(TIRED, Bug::None, 1.01, 3000, 200).unwrap();
    println!("claimed {claimed}, bound broken {broken}");
    assert!(claimed <= LIMIT && broken <= LIMIT, "{claimed} {broken}");
    let (claimed, _) = shares(TIRED, Bug::Ignored, 1.01, 3000, 60).unwrap();
    println!("misses ignored: claimed {claimed}");
    assert!(claimed > 0.5, "{claimed}");
    // Nobody does the looks that would show a miss: what waits holds up the rest.
    let lazy = People { lazy: true, share: 1.0, ..TIRED };
    let (_, broken) = shares(lazy, Bug::None, 1.0, 3000, 60).unwrap();
    assert!(broken <= LIMIT, "{broken}");
    let (_, broken) = shares(lazy, Bug::OutOfOrder, 1.0, 3000, 60).unwrap();
    println!("looks out of order: bound broken {broken}");
    assert!(broken > 0.5, "{broken}");
    // And it is reached where it is deserved.
    let awake = People { misses: 0.05, false_alarms: 0.005, share: 1.0, ..TIRED };
    let ran = play(awake, Bug::None, 0.3, 2000, 1).unwrap();
    println!("{ran:?}");
    assert!(ran.claimed_at.is_some() && ran.bound < 0.5, "{ran:?}");
}

#[test]
fn the_realised_bound_holds_whatever_happens_to_audits() {
    for (trial, name) in TRIALS {
        let share = bound::violations(trial, Flaw::None, 1000, 200).unwrap();
        println!("{name}: {share}");
        assert!(share <= LIMIT, "{name}: {share}");
    }
}

#[test]
fn a_rise_is_found_in_time_and_seldom_without_one() {
    for (target, audit_rate, wanted) in [(0.05, 0.05, 500), (0.02, 0.1, 900)] {
        let terms = Terms { audit_rate, ..Terms::new(target, 0.05) };
        let f = detect::figures(&terms, 150).unwrap();
        println!("{target}: {f:?}");
        assert!(f.delays.0 < f.delays.1 && f.delays.1 <= wanted, "{target}: {f:?}");
        assert!(f.alarms[0] <= 0.06 && f.audits[0] <= 0.16, "{target}: {f:?}");
    }
}

#[test]
fn real_scores_earn_what_the_reference_earns() {
    let path = "cifar10_pyx/pyx.csv";
    let Some(set) = data::stored("cifar10_pyx", 10, path) else {
        println!("skipped: ../shared/data/{path} is absent");
        return;
    };
    for (target, at, least, looks) in [(0.05, 0, 0.88, 1000.0), (0.02, 1, 0.87, 2900.0)] {
        let mut plan = play::Plan::new(target);
        plan.cases = [2000, 6000][at];
        let (mut share, mut spent, mut broken, seeds) = (0.0, 0.0, 0, 8);
        for seed in 0..seeds {
            let outcome = play::play(&set, &plan, &[plan.cases], seed).unwrap();
            share += outcome.moments[0].share / set.oracle(target);
            spent += outcome.moments[0].looks;
            broken += u32::from(outcome.broken);
            assert!(outcome.moments[0].realised < target);
        }
        let n = seeds as f64;
        let (name, share, spent) = (set.name, share / n, spent / n);
        println!("{name}, {target}: share {share:.3} of the oracle, {spent:.0} looks");
        assert!(share >= least && spent <= looks && broken <= 3, "{target}");
    }
}
