//! Reviewers who miss errors, second looks that measure how often, and bugs that would hide it.

use tandem_learn::LearnError;
use tandem_learn::autonomy::{
    Claim, Controller, Event, Grid, MissRate, SecondLooks, Seen, Terms, Verdict,
};
use tandem_learn::rng::Rng;
use tandem_learn::sequential::Audit;

use crate::null::DELTA;

/// The part of `delta` for the bound of misses.
const MISS_DELTA: f64 = 0.2 * DELTA;

/// Who judges, by which target, and how much is looked at again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct People {
    /// The error that can be accepted.
    pub(crate) target: f64,
    /// Chance that a person misses a real error.
    pub(crate) misses: f64,
    /// Chance that a person sees an error where there is none.
    pub(crate) false_alarms: f64,
    /// Share of agreements that get a second look.
    pub(crate) share: f64,
    /// Whether nobody ever does the looks that would show a miss.
    pub(crate) lazy: bool,
}

/// People who miss a fifth of the errors, where a fifth may be wrong: the more errors, the sooner
/// something could be claimed.
pub(crate) const TIRED: People =
    People { target: 0.2, misses: 0.2, false_alarms: 0.0, share: 0.2, lazy: false };

/// A bug planted between people and the statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    None,
    /// A miss rate of 0 is told.
    Ignored,
    /// Looks that are awaited are left out instead of holding up what came later.
    OutOfOrder,
}

/// What came of one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ran {
    /// Cases until any threshold was certified with a claim about real errors.
    pub(crate) claimed_at: Option<usize>,
    /// Whether the bound of misses was ever below the truth.
    pub(crate) bound_broken: bool,
    /// The bound at the end.
    pub(crate) bound: f64,
    /// Second looks done.
    pub(crate) looks: u64,
}

/// A case with the three who may look at it.
#[derive(Debug, Clone, Copy)]
struct Case {
    n: usize,
    score: f64,
    found: [bool; 3],
    /// When the second and the third come.
    due: [usize; 2],
}

struct World {
    people: People,
    bug: Bug,
    controller: Controller,
    looks: SecondLooks,
    /// What the second bug knows.
    unordered: MissRate,
    ran: Ran,
}

/// Plays `cases` reviewed cases with a flat error of `times` the target.
pub(crate) fn play(
    people: People,
    bug: Bug,
    times: f64,
    cases: usize,
    seed: u64,
) -> Result<Ran, LearnError> {
    let mut rng = Rng::stream(seed, 53);
    let scores: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
    let grid = Grid::from_scores(&scores, 20)?;
    let terms = Terms { miss_delta: MISS_DELTA, ..Terms::new(people.target, DELTA) };
    let mut world = World {
        people,
        bug,
        controller: Controller::new(grid, terms, 1)?,
        looks: SecondLooks::new(people.share)?,
        unordered: MissRate::new(people.share)?,
        ran: Ran { claimed_at: None, bound_broken: false, bound: 1.0, looks: 0 },
    };
    let mut open: Vec<Case> = Vec::new();
    for n in 0..cases {
        let error = rng.coin(times * people.target);
        let chance = if error { 1.0 - people.misses } else { people.false_alarms };
        let found = [rng.coin(chance), rng.coin(chance), rng.coin(chance)];
        let due = n + rng.below(60);
        let case = Case { n, score: rng.unit(), found, due: [due, due + rng.below(60)] };
        world.first(&case)?;
        if rng.coin(world.looks.rate().second_look(found[0])) {
            world.looks.asked(n as u128, found[0]);
            open.push(case);
        }
        let mut left = Vec::with_capacity(open.len());
        for case in open {
            if case.due[0] == n {
                world.second(&case)?;
            }
            if case.due[1] == n {
                world.third(&case)?;
            } else {
                left.push(case);
            }
        }
        open = left;
        world.look(n)?;
    }
    world.ran.looks = world.looks.counts().0;
    Ok(world.ran)
}

impl World {
    fn first(&mut self, case: &Case) -> Result<(), LearnError> {
        let (n, error) = (case.n as u128, f64::from(u8::from(case.found[0])));
        let (automatic, propensity, weight) = (false, 1.0, 1.0);
        let (score, audit) = (case.score, Audit::Pending);
        self.tell(&Event::Case { case: n, score, automatic, propensity, weight, audit })?;
        self.tell(&Event::Judged { case: n, error })
    }

    fn second(&mut self, case: &Case) -> Result<(), LearnError> {
        match case.found {
            [true, true, _] => self.saw(case, Seen::Caught),
            [true | false, false, _] => self.saw(case, Seen::Neither),
            // A tie counts as wrong; whether it is a miss is open until a third says so.
            [false, true, _] => self.correct(case, 0.0, 1.0)?,
        }
        Ok(())
    }

    fn third(&mut self, case: &Case) -> Result<(), LearnError> {
        match case.found {
            [true, false, false] => self.correct(case, 1.0, 0.0)?,
            [false, true, false] => {
                self.saw(case, Seen::Neither);
                self.correct(case, 1.0, 0.0)?;
            }
            [false, true, true] if !self.people.lazy => self.saw(case, Seen::Missed),
            _ => {}
        }
        Ok(())
    }

    fn saw(&mut self, case: &Case, seen: Seen) {
        self.looks.changed(case.n as u128, case.found[0], Seen::Waiting, seen);
        match seen {
            Seen::Caught => self.unordered.settled(false),
            Seen::Missed => self.unordered.settled(true),
            Seen::Waiting | Seen::Neither => {}
        }
        let upper = match self.bug {
            Bug::OutOfOrder => self.unordered.upper(MISS_DELTA),
            _ => self.looks.upper(MISS_DELTA),
        };
        self.ran.bound = upper;
        self.ran.bound_broken |= upper < self.people.misses;
    }

    fn correct(&mut self, case: &Case, before: f64, after: f64) -> Result<(), LearnError> {
        let (score, propensity, weight, automatic) = (case.score, 1.0, 1.0, false);
        let case = case.n as u128;
        self.tell(&Event::Corrected { case, score, propensity, weight, before, after, automatic })
    }

    fn look(&mut self, n: usize) -> Result<(), LearnError> {
        let bound = match self.bug {
            Bug::Ignored => 0.0,
            _ => self.looks.lost(MISS_DELTA),
        };
        self.tell(&Event::MissRate { bound })?;
        let certificate = self.controller.certificate();
        if certificate.claim() == Claim::Error && certificate.certified().is_some() {
            self.ran.claimed_at.get_or_insert(n + 1);
        }
        Ok(())
    }

    fn tell(&mut self, event: &Event) -> Result<(), LearnError> {
        let verdicts: Vec<Verdict> = self.controller.apply(event)?;
        drop(verdicts);
        Ok(())
    }
}

/// Shares of seeds in which real errors were claimed to be within the target, and in which the bound
/// of misses was broken.
pub(crate) fn shares(
    people: People,
    bug: Bug,
    times: f64,
    cases: usize,
    seeds: u64,
) -> Result<(f64, f64), LearnError> {
    let (mut claimed, mut broken) = (0, 0);
    for seed in 0..seeds {
        let ran = play(people, bug, times, cases, seed)?;
        claimed += u32::from(ran.claimed_at.is_some());
        broken += u32::from(ran.bound_broken);
    }
    Ok((f64::from(claimed) / seeds as f64, f64::from(broken) / seeds as f64))
}
