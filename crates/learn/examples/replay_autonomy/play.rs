//! Replays of a controller on draws from a population, with what it should have known.

use tandem_learn::LearnError;
use tandem_learn::autonomy::{Controller, DEFAULT_LEVELS, Event, Grid, Phase, Terms, Verdict};
use tandem_learn::rng::Rng;
use tandem_learn::sequential::Audit;

use crate::data::Set;

/// What is replayed.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) terms: Terms,
    pub(crate) levels: usize,
    pub(crate) cases: usize,
}

impl Plan {
    pub(crate) fn new(target: f64) -> Self {
        Self { terms: Terms::new(target, 0.05), levels: DEFAULT_LEVELS, cases: 6000 }
    }
}

/// How a replay stood at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moment {
    /// Share of the population above the acting threshold.
    pub(crate) share: f64,
    /// Reviews and audits so far.
    pub(crate) looks: f64,
    /// Share wrong among automatic cases so far.
    pub(crate) realised: f64,
}

/// How a replay went.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// At the moments asked for.
    pub(crate) moments: Vec<Moment>,
    /// A threshold whose error exceeds the target was certified at some time.
    pub(crate) broken: bool,
    /// False alarms of the detector, each followed by a new epoch.
    pub(crate) demotions: u32,
}

/// Replays one seed; `moments` are counts of cases.
pub(crate) fn play(
    set: &Set,
    plan: &Plan,
    moments: &[usize],
    seed: u64,
) -> Result<Outcome, LearnError> {
    let grid = Grid::from_scores(&set.grid_scores, plan.levels)?;
    let truth: Vec<(f64, f64)> =
        (0..grid.levels()).map(|l| set.above(grid.threshold(l).unwrap_or(f64::INFINITY))).collect();
    let mut rng = Rng::stream(seed, 41);
    let mut controller = Controller::new(grid.clone(), plan.terms.clone(), 1)?;
    let mut out = Outcome::default();
    let (mut automatic, mut wrong, mut looks) = (0.0, 0.0, 0.0);
    for i in 1..=plan.cases {
        let row = set.rows[rng.below(set.rows.len())];
        let route = controller.route(row.score);
        let drawn = rng.coin(route.propensity);
        let error = f64::from(row.wrong);
        looks += f64::from(drawn);
        if route.automatic {
            automatic += 1.0;
            wrong += error;
        }
        let event = Event::Case {
            case: i as u128,
            score: row.score,
            automatic: route.automatic,
            propensity: route.propensity,
            weight: 1.0,
            audit: if drawn { Audit::Judged(error) } else { Audit::None },
        };
        for verdict in controller.apply(&event)? {
            match verdict {
                Verdict::Propose(p) => {
                    controller.apply(&Event::Raised { epoch: p.epoch, level: p.level })?;
                }
                Verdict::Demoted(d) => {
                    out.demotions += 1;
                    let next = Event::Epoch { epoch: d.epoch + 1, grid: grid.clone() };
                    controller.apply(&next)?;
                }
                _ => {}
            }
        }
        let certified = controller.certificate().certified();
        out.broken |= certified.is_some_and(|l| truth[l].1 > plan.terms.target);
        if moments.contains(&i) {
            let level = match controller.phase() {
                Phase::Acting { level } => Some(level),
                Phase::Earning | Phase::Demoted(_) => None,
            };
            let share = level.map_or(0.0, |l| truth[l].0);
            let realised = if automatic > 0.0 { wrong / automatic } else { 0.0 };
            out.moments.push(Moment { share, looks, realised });
        }
    }
    Ok(out)
}
