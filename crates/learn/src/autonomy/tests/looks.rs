//! Laws of second looks, of corrections, and of the claim that follows from them.

use super::*;

fn review(c: &mut Controller, from: u128, n: u128) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for case in from..from + n {
        let (score, automatic) = ((case % 100) as f64 / 100.0, false);
        let (propensity, weight, audit) = (1.0, 1.0, Audit::Judged(0.0));
        let event = Event::Case { case, score, automatic, propensity, weight, audit };
        verdicts.extend(c.apply(&event).unwrap());
    }
    verdicts
}

fn measured() -> Controller {
    let terms = Terms { miss_delta: 0.01, ..Terms::new(TARGET, 0.05) };
    Controller::new(grid(10), terms, 1).unwrap()
}

#[test]
fn the_claim_is_disagreement_until_what_acts_holds_for_errors_too() {
    let mut c = measured();
    c.apply(&Event::MissRate { bound: 1.0 }).unwrap();
    let verdicts = review(&mut c, 0, 400);
    let Some(Verdict::Propose(p)) = verdicts.last() else { panic!("{verdicts:?}") };
    assert_eq!((p.claim, p.target), (Claim::Disagreement, TARGET));
    c.apply(&Event::Raised { epoch: 1, level: p.level }).unwrap();
    // Half of the errors may be missed: the evidence is not enough for that, and nothing is lost.
    assert_eq!(c.apply(&Event::MissRate { bound: 0.9 }).unwrap(), []);
    assert_eq!(c.certificate().claim(), Claim::Disagreement);
    assert!(matches!(c.phase(), Phase::Acting { .. }));
    assert_eq!(c.apply(&Event::MissRate { bound: 0.1 }).unwrap(), []);
    assert_eq!(c.certificate().claim(), Claim::Error);
    assert!((c.certificate().effective_target() - 0.9 * TARGET).abs() < 1e-12);
    // From then on it is held to it: people who miss more take the threshold with them.
    let verdicts = c.apply(&Event::MissRate { bound: 0.9 }).unwrap();
    assert_eq!(verdicts, [Verdict::Lowered { level: None }]);
    assert_eq!((c.phase(), c.certificate().claim()), (Phase::Earning, Claim::Error));
    assert!(c.apply(&Event::MissRate { bound: 1.5 }).is_err());
    let mut plain = Controller::new(grid(10), Terms::new(TARGET, 0.05), 1).unwrap();
    assert!(plain.apply(&Event::MissRate { bound: 0.1 }).is_err(), "no delta was kept for it");
}

#[test]
fn a_judgment_taken_back_counts_as_wrong_until_there_is_another() {
    let (score, propensity, weight, automatic) = (0.9, 1.0, 1.0, false);
    let mut c = measured();
    review(&mut c, 0, 300);
    let whole = c.certificate().wealth();
    let back = Event::Retracted { case: 7, score, propensity, weight, before: 0.0, automatic };
    c.apply(&back).unwrap();
    assert_eq!(c.certificate().overdue(), 1);
    assert!(c.certificate().wealth()[9] < whole[9] - 0.2);
    c.apply(&Event::Judged { case: 7, error: 0.0 }).unwrap();
    assert_eq!((c.certificate().overdue(), c.certificate().wealth()), (0, whole));
    // One that is not consumed waits again.
    let event = |case, audit| Event::Case { case, score, automatic, propensity, weight, audit };
    c.apply(&event(1_000, Audit::Pending)).unwrap();
    c.apply(&event(1_001, Audit::Judged(0.0))).unwrap();
    let back = Event::Retracted { case: 1_001, score, propensity, weight, before: 0.0, automatic };
    c.apply(&back).unwrap();
    c.apply(&Event::Judged { case: 1_000, error: 0.0 }).unwrap();
    assert_eq!((c.certificate().waiting(), c.certificate().overdue()), ((1, 0), 0));
    c.apply(&Event::Judged { case: 1_001, error: 1.0 }).unwrap();
    assert_eq!(c.certificate().waiting(), (0, 0));
}

#[test]
fn the_alarm_hears_of_errors_that_come_up_late_and_forgets_none() {
    let mut c = measured();
    let verdicts = review(&mut c, 0, 1000);
    let Some(Verdict::Propose(p)) = verdicts.last() else { panic!("{verdicts:?}") };
    c.apply(&Event::Raised { epoch: 1, level: p.level }).unwrap();
    let (score, propensity, weight, automatic) = (0.99, 0.05, 1.0, true);
    let corrected = |case, before, after| Event::Corrected {
        case,
        score,
        propensity,
        weight,
        before,
        after,
        automatic,
    };
    let audit = Audit::Judged(0.0);
    for case in 2_000..2_003 {
        c.apply(&Event::Case { case, score, automatic, propensity, weight, audit }).unwrap();
    }
    let before = c.detector().evidence().0;
    let verdicts = c.apply(&corrected(2_000, 0.0, 1.0)).unwrap();
    assert!(matches!(verdicts[..], [Verdict::Surge { case: 2_000, .. }]), "{verdicts:?}");
    let heard = c.detector().evidence().0;
    assert!(heard > before && (c.counts().audit_errors - 1.0).abs() < 1e-12);
    c.apply(&corrected(2_000, 1.0, 0.0)).unwrap();
    assert!((c.detector().evidence().0 - heard).abs() < 1e-12 && c.counts().audit_errors < 1e-12);
    let back = |case| Event::Retracted { case, score, propensity, weight, before: 0.0, automatic };
    c.apply(&back(2_001)).unwrap();
    assert!(c.detector().evidence().0 > heard, "an audit taken back counts as wrong");
}

#[test]
fn a_look_that_waits_holds_up_what_came_after_it() {
    let mut looks = SecondLooks::new(0.5).unwrap();
    looks.asked(0, false);
    for case in 1..=200 {
        looks.asked(case, true);
        looks.changed(case, true, Seen::Waiting, Seen::Caught);
    }
    assert_eq!((looks.rate().counts(), looks.counts()), ((0, 0), (200, 1)));
    assert!(looks.upper(0.01) >= 1.0);
    let mut agreed = looks.clone();
    agreed.changed(0, false, Seen::Waiting, Seen::Neither);
    assert_eq!((agreed.rate().counts(), agreed.counts()), ((200, 0), (201, 0)));
    assert!(
        agreed.upper(0.01) < 0.2 && (agreed.lost(0.01) - 1.25 * agreed.upper(0.01)).abs() < 1e-9
    );
    looks.changed(0, false, Seen::Waiting, Seen::Missed);
    assert_eq!(looks.rate().counts(), (201, 1));
    assert!(looks.upper(0.01) > agreed.upper(0.01));
    assert_eq!(SecondLooks::from_bytes(&looks.to_bytes()).unwrap(), looks);
    assert!(SecondLooks::from_bytes(&looks.to_bytes()[..40]).is_err());
}

#[test]
fn what_nobody_looks_at_for_long_counts_at_its_worst_until_it_is_done() {
    let mut looks = SecondLooks::new(1.0).unwrap();
    looks.asked(0, false);
    for case in 1..=MAX_LOOKS as u128 {
        looks.asked(case, true);
        looks.changed(case, true, Seen::Waiting, Seen::Caught);
    }
    let n = MAX_LOOKS as u64;
    assert_eq!((looks.rate().counts(), looks.counts()), ((n + 1, 1), (n, 1)));
    looks.changed(0, false, Seen::Waiting, Seen::Neither);
    assert_eq!((looks.rate().counts(), looks.counts()), ((n, 0), (n + 1, 0)));
    // A word taken back later counts at its worst again.
    looks.changed(0, false, Seen::Neither, Seen::Waiting);
    assert_eq!((looks.rate().counts(), looks.counts()), ((n + 1, 1), (n, 1)));
}

proptest! {
    /// In which order people come does not matter once all have come.
    #[test]
    fn the_order_of_looks_does_not_matter(seed: u64, n in 1_usize..200) {
        let mut rng = Rng::new(seed);
        let mut asked = SecondLooks::new(0.3).unwrap();
        let mut cases: Vec<(u128, bool, Seen)> = Vec::new();
        for case in 0..n as u128 {
            let error = rng.coin(0.5);
            let seen = match (error, rng.coin(0.5)) {
                (true, true) => Seen::Caught,
                (false, true) => Seen::Missed,
                _ => Seen::Neither,
            };
            asked.asked(case, error);
            cases.push((case, error, seen));
        }
        let mut shuffled = asked.clone();
        for &(case, error, seen) in &cases {
            asked.changed(case, error, Seen::Waiting, seen);
        }
        rng.shuffle(&mut cases);
        for &(case, error, seen) in &cases {
            let before = shuffled.upper(0.05);
            shuffled.changed(case, error, Seen::Waiting, seen);
            prop_assert!(shuffled.upper(0.05) <= 1.0 && before <= 1.0);
        }
        prop_assert_eq!(asked, shuffled);
    }
}
