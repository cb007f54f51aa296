//! How fast a rise of the error is found, and how often there is an alarm without one.

use tandem_learn::LearnError;
use tandem_learn::autonomy::{Controller, Event, Grid, Terms, Verdict};
use tandem_learn::rng::Rng;
use tandem_learn::sequential::Audit;

/// A stratum that acts: all of its cases are automatic.
pub(crate) fn acting(terms: &Terms) -> Result<Controller, LearnError> {
    let grid = Grid::from_scores(&[1.0], 1)?;
    let mut controller = Controller::new(grid, terms.clone(), 1)?;
    for case in 0..100_000_u128 {
        let audit = Audit::Judged(0.0);
        let event =
            Event::Case { case, score: 1.0, automatic: false, propensity: 1.0, weight: 1.0, audit };
        for verdict in controller.apply(&event)? {
            if let Verdict::Propose(p) = verdict {
                controller.apply(&Event::Raised { epoch: p.epoch, level: p.level })?;
                return Ok(controller);
            }
        }
    }
    Ok(controller)
}

/// How a stream went.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Watch {
    /// Case of the alarm, counted from the first.
    pub(crate) alarm: Option<usize>,
    pub(crate) audits: f64,
    pub(crate) cases: usize,
}

/// Automatic cases with the error rate `rate(i)`, until an alarm or `cases`.
pub(crate) fn watch(
    start: &Controller,
    rate: impl Fn(usize) -> f64,
    cases: usize,
    seed: u64,
) -> Result<Watch, LearnError> {
    let mut rng = Rng::stream(seed, 43);
    let mut controller = start.clone();
    let mut out = Watch::default();
    for i in 0..cases {
        let route = controller.route(1.0);
        let error = f64::from(rng.coin(rate(i)));
        let drawn = rng.coin(route.propensity);
        out.audits += f64::from(drawn);
        out.cases += 1;
        let event = Event::Case {
            case: 1_000_000 + i as u128,
            score: 1.0,
            automatic: true,
            propensity: route.propensity,
            weight: 1.0,
            audit: if drawn { Audit::Judged(error) } else { Audit::None },
        };
        let verdicts = controller.apply(&event)?;
        if verdicts.iter().any(|v| matches!(v, Verdict::Demoted(_))) {
            out.alarm = Some(i);
            break;
        }
    }
    Ok(out)
}

/// What was measured of a detector.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Figures {
    /// Cases from a rise to three times the target until the alarm: median and 95 % quantile.
    pub(crate) delays: (usize, usize),
    /// Share of runs of 6,000 cases with an alarm, at 0.6, 0.8 and 1 times the target.
    pub(crate) alarms: [f64; 3],
    /// Share of cases audited in them.
    pub(crate) audits: [f64; 3],
}

/// Measures a detector over seeded runs; the error rises after 600 cases at 0.6 times the target.
pub(crate) fn figures(terms: &Terms, runs: u64) -> Result<Figures, LearnError> {
    let (target, change, most) = (terms.target, 600, 20_000);
    let start = acting(terms)?;
    let mut delays = Vec::new();
    for seed in 0..runs {
        let rate = |i: usize| if i < change { 0.6 * target } else { 3.0 * target };
        match watch(&start, rate, change + most, seed)?.alarm {
            // A false alarm before the rise has no delay.
            Some(at) if at < change => {}
            Some(at) => delays.push(at + 1 - change),
            None => delays.push(most),
        }
    }
    delays.sort_unstable();
    let quantile = |q: f64| {
        let rank = (q * delays.len() as f64).ceil() as usize;
        delays.get(rank.saturating_sub(1)).copied().unwrap_or(most)
    };
    let mut out = Figures { delays: (quantile(0.5), quantile(0.95)), ..Figures::default() };
    for (k, level) in [0.6, 0.8, 1.0].into_iter().enumerate() {
        let (mut alarms, mut audits, mut cases) = (0, 0.0, 0);
        for seed in 0..runs {
            let w = watch(&start, |_| level * target, 6000, 1_000_000 + seed)?;
            alarms += u32::from(w.alarm.is_some());
            audits += w.audits;
            cases += w.cases;
        }
        out.alarms[k] = f64::from(alarms) / runs as f64;
        out.audits[k] = audits / cases as f64;
    }
    Ok(out)
}
