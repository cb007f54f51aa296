//! Laws of what acts: controller, groups, detector, and the bound of misses.

use super::*;

/// Tells a controller `n` reviewed cases; errors where `wrong` says so.
fn review(c: &mut Controller, n: u32, wrong: impl Fn(u32) -> bool) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for i in 0..n {
        let case = u128::from(i) + 1_000_000 * u128::from(c.certificate().epoch());
        let audit = Audit::Judged(f64::from(u8::from(wrong(i))));
        let score = f64::from(i % 100) / 100.0;
        let (automatic, propensity, weight) = (false, 1.0, 1.0);
        let event = Event::Case { case, score, automatic, propensity, weight, audit };
        verdicts.extend(c.apply(&event).unwrap());
    }
    verdicts
}

fn automatic(case: u128, propensity: f64, audit: Audit) -> Event {
    Event::Case { case, score: 0.99, automatic: true, propensity, weight: 1.0, audit }
}

fn acting() -> Controller {
    let mut c = Controller::new(grid(10), Terms::new(TARGET, 0.05), 1).unwrap();
    let verdicts = review(&mut c, 1000, |_| false);
    let Some(Verdict::Propose(p)) = verdicts.last() else { panic!("{verdicts:?}") };
    c.apply(&Event::Raised { epoch: p.epoch, level: p.level }).unwrap();
    c
}

#[test]
fn nothing_is_automatic_without_a_signature() {
    let mut c = Controller::new(grid(10), Terms::new(TARGET, 0.05), 1).unwrap();
    assert_eq!(
        c.progress().to_string(),
        "every case is reviewed; the step to 50 % is 0 % earned, with no end in sight at the errors seen so far"
    );
    assert!(c.apply(&Event::Raised { epoch: 1, level: 4 }).is_err(), "not certified");
    let verdicts = review(&mut c, 1000, |_| false);
    assert!(verdicts.iter().all(|v| matches!(v, Verdict::Propose(_))), "{verdicts:?}");
    assert_eq!(c.route(0.99), Route { automatic: false, propensity: 1.0 });
    let Some(Verdict::Propose(p)) = verdicts.last() else { panic!() };
    assert!(c.apply(&Event::Raised { epoch: 2, level: p.level }).is_err(), "another epoch");
    c.apply(&Event::Raised { epoch: 1, level: p.level }).unwrap();
    assert_eq!(c.route(0.99), Route { automatic: true, propensity: 0.05 });
    assert!(!c.route(-1.0).automatic && !c.route(f64::NAN).automatic);
}

#[test]
fn an_audited_error_brings_a_surge_and_more_bring_an_alarm() {
    let mut c = acting();
    let verdicts = c.apply(&automatic(1, 0.05, Audit::Judged(1.0))).unwrap();
    assert_eq!(verdicts, [Verdict::Surge { case: 1, cases: 40 }]);
    for case in 2..42 {
        assert_eq!(c.route(0.99).propensity, 1.0);
        c.apply(&automatic(case, 1.0, Audit::Judged(0.0))).unwrap();
    }
    assert_eq!(c.route(0.99).propensity, 0.05);
    // Judged late, and all wrong.
    for case in 100..120 {
        c.apply(&automatic(case, 0.05, Audit::Pending)).unwrap();
    }
    let mut demotion = None;
    for case in 100..120 {
        for verdict in c.apply(&Event::Judged { case, error: 1.0 }).unwrap() {
            if let Verdict::Demoted(d) = verdict {
                demotion = Some(d);
            }
        }
    }
    let d = demotion.unwrap();
    assert!(d.alarm.evidence >= d.alarm.bar && d.alarm.errors >= 5.0 && d.case < 108, "{d:?}");
    assert_eq!(c.phase(), Phase::Demoted(d));
    assert!(!c.route(0.99).automatic);
    // Old evidence keeps nothing alive: not even further good reviews do, before a new epoch.
    assert_eq!(review(&mut c, 2000, |_| false), []);
    assert!(c.apply(&Event::Raised { epoch: 1, level: 4 }).is_err());
    assert!(c.apply(&Event::Epoch { epoch: 1, grid: grid(10) }).is_err());
    c.apply(&Event::Epoch { epoch: 2, grid: grid(10) }).unwrap();
    assert_eq!(c.certificate().certified(), None);
    assert!(matches!(review(&mut c, 1000, |_| false).last(), Some(Verdict::Propose(_))));
}

#[test]
fn a_burst_of_near_duplicates_is_one_error() {
    let mut c = acting();
    c.apply(&automatic(1, 0.05, Audit::Judged(1.0))).unwrap();
    let before = c.detector().clone();
    for case in 2..22 {
        let (score, automatic, propensity, weight) = (0.99, true, 1.0, 0.0);
        let audit = Audit::Judged(1.0);
        let event = Event::Case { case, score, automatic, propensity, weight, audit };
        assert_eq!(c.apply(&event).unwrap(), []);
    }
    assert_eq!(c.detector(), &before);
}

#[test]
fn auditors_who_look_away_set_off_the_alarm() {
    let mut c = acting();
    let mut demoted = false;
    for case in 0..20 {
        c.apply(&automatic(case, 0.05, Audit::Pending)).unwrap();
        let verdicts = c.apply(&Event::Lapsed { case }).unwrap();
        demoted |= verdicts.iter().any(|v| matches!(v, Verdict::Demoted(_)));
    }
    assert!(demoted);
}

#[test]
fn a_threshold_acts_only_while_it_is_certified() {
    let mut c = acting();
    let mut lowered = false;
    for case in 0..60 {
        let (score, propensity, weight) = (0.99, 1.0, 1.0);
        let (before, after) = (0.0, 1.0);
        let automatic = false;
        let event = Event::Corrected { case, score, propensity, weight, before, after, automatic };
        lowered |= c.apply(&event).unwrap().contains(&Verdict::Lowered { level: None });
    }
    assert!(lowered && c.phase() == Phase::Earning);
}

#[test]
fn states_survive_their_bytes() {
    let mut c = acting();
    for case in 0..50 {
        c.apply(&automatic(case, 0.05, if case % 7 == 0 { Audit::Pending } else { Audit::None }))
            .unwrap();
    }
    c.apply(&Event::Lapsed { case: 0 }).unwrap();
    let bytes = c.to_bytes();
    assert_eq!(Controller::from_bytes(&bytes).unwrap(), c);
    assert!(bytes.len() < 8000, "{}", bytes.len());
    for cut in 0..bytes.len() {
        assert!(Controller::from_bytes(&bytes[..cut]).is_err());
    }
    let mut rng = Rng::new(1);
    for _ in 0..3000 {
        let mut broken = bytes.clone();
        broken[rng.below(bytes.len())] ^= 1 << rng.below(8);
        // Whatever is read back must work.
        if let Ok(mut state) = Controller::from_bytes(&broken) {
            state.apply(&automatic(900, 1.0, Audit::Judged(0.0))).ok();
            let _ = (state.progress().to_string(), state.certificate().standings());
        }
    }
    let state = c.certificate();
    assert_eq!(&Certificate::from_bytes(&state.to_bytes()).unwrap(), state);
    assert_eq!(&Detector::from_bytes(&c.detector().to_bytes()).unwrap(), c.detector());
    let mut groups = Groups::new(3, Terms::new(TARGET, 0.05), GroupRule::Together).unwrap();
    groups.begin(1, grid(4), 1).unwrap();
    assert_eq!(Groups::from_bytes(&groups.to_bytes()).unwrap(), groups);
}

#[test]
fn groups_split_delta_and_review_what_has_no_evidence() {
    let mut groups = Groups::new(4, Terms::new(TARGET, 0.08), GroupRule::Together).unwrap();
    assert_eq!(groups.terms_of_one().delta, 0.02);
    groups.begin(0, single(1.0), 1).unwrap();
    assert!(groups.begin(4, single(1.0), 1).is_err());
    for case in 0..1000 {
        let (score, automatic, propensity, weight) = (0.5, false, 1.0, 1.0);
        let audit = Audit::Judged(0.0);
        let event = Event::Case { case, score, automatic, propensity, weight, audit };
        for verdict in groups.apply(0, &event).unwrap() {
            if let Verdict::Propose(Proposal { epoch, level, .. }) = verdict {
                groups.apply(0, &Event::Raised { epoch, level }).unwrap();
            }
        }
        groups.apply(2, &event).unwrap();
    }
    assert!(groups.route(0, 0.5).automatic);
    assert!((1..9).all(|g| groups.route(g, 0.5) == Route { automatic: false, propensity: 1.0 }));
}

#[test]
fn false_alarms_are_as_rare_as_stated() {
    let (runs, run_length) = (400_u32, 200.0);
    let (mut total, mut early) = (0_u64, 0_u32);
    for seed in 0..runs {
        let mut rng = Rng::stream(u64::from(seed), 5);
        let mut d = Detector::new(TARGET, run_length).unwrap();
        while d.judge(f64::from(rng.coin(TARGET))).unwrap().is_none() {}
        total += d.audits();
        early += u32::from(d.audits() <= 40);
    }
    let mean = total as f64 / f64::from(runs);
    // The standard deviation of the mean is about 5 % of it.
    assert!(mean > 0.9 * run_length, "{mean}");
    assert!(f64::from(early) / f64::from(runs) < 40.0 / run_length + 0.03, "{early}");
}

#[test]
fn the_bound_of_misses_holds_at_every_moment() {
    let (runs, truth) = (400, 0.1);
    let mut broken = 0;
    for seed in 0..runs {
        let mut rng = Rng::stream(seed, 6);
        let mut m = MissRate::new(0.2).unwrap();
        let mut below = false;
        for i in 0..200 {
            let missed = rng.coin(truth);
            if i % 2 == 0 {
                m.gold(missed);
            } else if !missed {
                m.settled(false);
            } else if rng.coin(m.second_look(false)) && !rng.coin(truth) {
                // Found by a second person, who misses as often.
                m.settled(true);
            }
            below |= i % 5 == 0 && m.upper(0.05) < truth;
        }
        broken += u32::from(below);
    }
    assert!(f64::from(broken) / runs as f64 <= 0.08, "{broken}");
    let mut m = MissRate::new(0.1).unwrap();
    assert_eq!((m.upper(0.05), m.second_look(true), m.second_look(false)), (1.0, 1.0, 0.1));
    (0..300).for_each(|_| m.gold(false));
    assert!(m.upper(0.05) < 0.03, "{}", m.upper(0.05));
    assert_eq!(MissRate::from_bytes(&m.to_bytes()).unwrap(), m);
}
