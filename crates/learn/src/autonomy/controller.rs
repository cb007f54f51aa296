//! One stratum's autonomy: earned by the certificate, taken back by the detector.

use std::collections::VecDeque;

use super::certificate::Certificate;
use super::detector::Detector;
use super::events::{Counts, Demotion, Event, Phase, Proposal, Route, Terms, Verdict};
use super::grid::Grid;
use super::progress::{Claim, Progress};
use crate::LearnError;
use crate::sequential::Audit;

/// Audits of automatic cases whose judgment is awaited, at most; the oldest beyond lapse.
const MAX_AUDITS: usize = 16_384;

/// The state of a stratum.
#[derive(Debug, Clone, PartialEq)]
pub struct Controller {
    pub(super) terms: Terms,
    pub(super) phase: Phase,
    pub(super) certificate: Certificate,
    pub(super) detector: Detector,
    pub(super) surge_left: u32,
    /// Level last proposed in this epoch.
    pub(super) proposed: Option<usize>,
    /// Audits of automatic cases whose judgment is awaited.
    pub(super) audits: VecDeque<u128>,
    pub(super) counts: Counts,
}

impl Controller {
    /// A stratum that begins to earn, in the `epoch`-th epoch (from 1) of its loop.
    pub fn new(grid: Grid, terms: Terms, epoch: u32) -> Result<Self, LearnError> {
        terms.check()?;
        let certificate =
            Certificate::new(grid, terms.target, terms.delta - terms.miss_delta, epoch)?;
        let detector = Detector::new(terms.target, terms.run_length)?;
        Ok(Self {
            terms,
            phase: Phase::Earning,
            certificate,
            detector,
            surge_left: 0,
            proposed: None,
            audits: VecDeque::new(),
            counts: Counts::default(),
        })
    }

    /// `apply` as a function: the next state and what is to be done.
    pub fn step(state: &Self, event: &Event) -> Result<(Self, Vec<Verdict>), LearnError> {
        let mut next = state.clone();
        let verdicts = next.apply(event)?;
        Ok((next, verdicts))
    }

    /// What was agreed.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Where it stands.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The evidence.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The alarm.
    pub fn detector(&self) -> &Detector {
        &self.detector
    }

    /// Counts of this epoch.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// How a case with this score is to be decided now.
    pub fn route(&self, score: f64) -> Route {
        let Phase::Acting { level } = self.phase else {
            return Route { automatic: false, propensity: 1.0 };
        };
        let automatic = self.certificate.grid().level_of(score) <= level;
        let propensity = if automatic { self.audit_probability() } else { 1.0 };
        Route { automatic, propensity }
    }

    /// Probability of an audit of the next automatic case: 1 during a surge.
    pub fn audit_probability(&self) -> f64 {
        if self.surge_left > 0 { 1.0 } else { self.terms.audit_rate }
    }

    /// Takes an event in and says what is to be done; on an error the state is as it was.
    pub fn apply(&mut self, event: &Event) -> Result<Vec<Verdict>, LearnError> {
        let mut verdicts = Vec::new();
        match event {
            &Event::Case { case, score, automatic, propensity, weight, audit } => {
                if self.evidence_counts() {
                    self.certificate.add(case, score, propensity, weight, audit)?;
                }
                self.counts.cases += 1;
                if automatic {
                    self.automatic(case, weight, audit, &mut verdicts)?;
                }
            }
            &Event::Judged { case, error } => {
                self.certificate.judge(case, error)?;
                if self.take_audit(case) {
                    self.audited(case, error, false, &mut verdicts)?;
                }
            }
            &Event::Lapsed { case } => {
                self.certificate.lapse(case);
                if self.take_audit(case) {
                    self.audited(case, 1.0, true, &mut verdicts)?;
                }
            }
            &Event::Corrected { case, score, propensity, weight, before, after, automatic } => {
                let change = (before, after);
                if self.evidence_counts() {
                    self.certificate.correct(case, score, propensity, weight, change)?;
                }
                if automatic && weight > 0.0 {
                    self.recount(case, change, false, &mut verdicts)?;
                }
            }
            &Event::Retracted { case, score, propensity, weight, before, automatic } => {
                if self.evidence_counts() {
                    self.certificate.retract(case, score, propensity, weight, before)?;
                }
                if automatic && weight > 0.0 {
                    self.recount(case, (before, 1.0), true, &mut verdicts)?;
                }
            }
            &Event::Raised { epoch, level } => self.raise(epoch, level)?,
            &Event::Lowered { level } => self.lower(level)?,
            Event::Epoch { epoch, grid } => self.begin(*epoch, grid)?,
            &Event::MissRate { bound } => self.set_miss_rate(bound)?,
            &Event::Floor { propensity } => {
                if matches!(self.phase, Phase::Acting { .. }) {
                    let must = "told only to a candidate that does not act";
                    return Err(LearnError::Parameter { name: "floor", must });
                }
                self.certificate.set_floor(propensity)?;
            }
        }
        self.hold_to_the_certificate(&mut verdicts);
        self.propose(&mut verdicts);
        Ok(verdicts)
    }

    fn evidence_counts(&self) -> bool {
        !matches!(self.phase, Phase::Demoted(_))
    }

    fn automatic(
        &mut self,
        case: u128,
        weight: f64,
        audit: Audit,
        verdicts: &mut Vec<Verdict>,
    ) -> Result<(), LearnError> {
        self.counts.automatic += 1;
        self.surge_left = self.surge_left.saturating_sub(1);
        match audit {
            Audit::None => {}
            // A further near-duplicate is no further evidence of a rise: one bet a cluster.
            _ if weight == 0.0 => self.counts.audits += 1,
            Audit::Pending => {
                self.counts.audits += 1;
                self.audits.push_back(case);
                if self.audits.len() > MAX_AUDITS
                    && let Some(oldest) = self.audits.pop_front()
                {
                    self.audited(oldest, 1.0, true, verdicts)?;
                }
            }
            Audit::Judged(error) => {
                self.counts.audits += 1;
                self.audited(case, error, false, verdicts)?;
            }
        }
        Ok(())
    }

    fn take_audit(&mut self, case: u128) -> bool {
        let at = self.audits.iter().position(|&c| c == case);
        at.is_some_and(|at| self.audits.remove(at).is_some())
    }

    /// An audit of an automatic case ended.
    fn audited(
        &mut self,
        case: u128,
        error: f64,
        lapsed: bool,
        verdicts: &mut Vec<Verdict>,
    ) -> Result<(), LearnError> {
        if !lapsed {
            self.counts.audit_errors += error;
        }
        let Phase::Acting { level } = self.phase else { return Ok(()) };
        if let Some(alarm) = self.detector.judge(error)? {
            let threshold = self.certificate.grid().threshold(level).unwrap_or(f64::INFINITY);
            let epoch = self.certificate.epoch();
            let demotion = Demotion { case, threshold, epoch, alarm };
            self.phase = Phase::Demoted(demotion);
            self.surge_left = 0;
            self.audits.clear();
            verdicts.push(Verdict::Demoted(demotion));
        } else if error > self.detector.target() && self.terms.surge > 0 {
            let times = if self.detector.suspects() { 2 } else { 1 };
            let cases = self.terms.surge.saturating_mul(times).max(self.surge_left);
            self.surge_left = cases;
            verdicts.push(Verdict::Surge { case, cases });
        }
        Ok(())
    }

    /// What an audit had found changed. The alarm hears of a further error, but forgets none: what
    /// it once weighed as wrong stays, so that taking words back cannot silence it.
    fn recount(
        &mut self,
        case: u128,
        (before, after): (f64, f64),
        lapsed: bool,
        verdicts: &mut Vec<Verdict>,
    ) -> Result<(), LearnError> {
        self.counts.audit_errors = (self.counts.audit_errors - before).max(0.0);
        if after > before {
            return self.audited(case, after, lapsed, verdicts);
        }
        if !lapsed {
            self.counts.audit_errors += after;
        }
        Ok(())
    }

    fn raise(&mut self, epoch: u32, level: usize) -> Result<(), LearnError> {
        if epoch != self.certificate.epoch() || !self.evidence_counts() {
            let must = "the current one: the evidence signed for is gone";
            return Err(LearnError::Parameter { name: "epoch", must });
        }
        if !self.certificate.is_certified(level) {
            return Err(LearnError::Parameter { name: "level", must: "certified" });
        }
        self.certificate.set_floor(self.terms.audit_rate)?;
        self.phase = Phase::Acting { level };
        Ok(())
    }

    fn lower(&mut self, level: Option<usize>) -> Result<(), LearnError> {
        let Phase::Acting { level: now } = self.phase else { return Ok(()) };
        if level.is_some_and(|l| l > now) {
            return Err(LearnError::Parameter { name: "level", must: "stricter than the one now" });
        }
        self.lower_to(level);
        Ok(())
    }

    /// Acts at a level that is no looser than the one in force; cannot fail.
    fn lower_to(&mut self, level: Option<usize>) {
        self.phase = level.map_or(Phase::Earning, |level| Phase::Acting { level });
        // Under full review larger bets are possible; not necessary, if there were many changes.
        if level.is_none() {
            self.surge_left = 0;
            self.certificate.set_floor(1.0).ok();
        }
    }

    fn begin(&mut self, epoch: u32, grid: &Grid) -> Result<(), LearnError> {
        if epoch <= self.certificate.epoch() {
            return Err(LearnError::Parameter { name: "epoch", must: "above the one before" });
        }
        let claimed = self.certificate.miss_rate;
        *self = Self::new(grid.clone(), self.terms.clone(), epoch)?;
        self.certificate.set_miss_rate(claimed)
    }

    fn set_miss_rate(&mut self, bound: f64) -> Result<(), LearnError> {
        if self.terms.miss_delta <= 0.0 {
            let must = "told only where a part of delta is kept for it";
            return Err(LearnError::Parameter { name: "miss rate", must });
        }
        if !(0.0..=1.0).contains(&bound) {
            return Err(LearnError::Parameter { name: "miss rate", must: "in 0..=1" });
        }
        if self.certificate.claim() == Claim::Disagreement && !self.holds_for_errors(bound) {
            return Ok(());
        }
        self.certificate.set_miss_rate(Some(bound))?;
        let target = self.certificate.effective_target();
        if target > 0.0 {
            self.detector.set_target(target)?;
        }
        Ok(())
    }

    /// Whether the claim may pass from disagreement to error: what acts stays certified, or, during
    /// full review, nearly all that is certified does.
    fn holds_for_errors(&self, bound: f64) -> bool {
        let Some(level) = self.certificate.certified_with(bound) else { return false };
        match self.phase {
            Phase::Acting { level: now } => level >= now,
            Phase::Earning => {
                let grid = self.certificate.grid();
                let now = self.certificate.certified().map_or(0.0, |now| grid.coverage(now));
                grid.coverage(level) >= self.terms.commit_share * now
            }
            Phase::Demoted(_) => false,
        }
    }

    /// A threshold acts only while it is certified.
    fn hold_to_the_certificate(&mut self, verdicts: &mut Vec<Verdict>) {
        let Phase::Acting { level } = self.phase else { return };
        if self.certificate.is_certified(level) {
            return;
        }
        let level = (0..level).rev().find(|&l| self.certificate.is_certified(l));
        self.lower_to(level);
        self.proposed = None;
        verdicts.push(Verdict::Lowered { level });
    }

    fn propose(&mut self, verdicts: &mut Vec<Verdict>) {
        let Some(level) = self.certificate.certified() else { return };
        let pays = match self.phase {
            Phase::Demoted(_) => false,
            Phase::Acting { level: now } => level > now,
            Phase::Earning => self.commitment_pays(level),
        };
        if !pays || self.proposed.is_some_and(|p| p >= level) {
            return;
        }
        self.proposed = Some(level);
        verdicts.push(Verdict::Propose(Proposal {
            epoch: self.certificate.epoch(),
            level,
            standing: self.certificate.standing_of(level),
            claim: self.certificate.claim(),
            target: self.certificate.target(),
            delta: self.certificate.epoch_delta(),
        }));
    }

    /// Whether full review has earned enough to be ended.
    fn commitment_pays(&self, certified: usize) -> bool {
        if self.counts.cases >= self.terms.commit_by {
            return true;
        }
        let grid = self.certificate.grid();
        let most = self.certificate.achievable().map_or(1.0, |level| grid.coverage(level));
        grid.coverage(certified) >= self.terms.commit_share * most
    }

    /// How it stands, in numbers; its `Display` is a sentence.
    pub fn progress(&self) -> Progress {
        let certificate = &self.certificate;
        let grid = certificate.grid();
        let acting = match self.phase {
            Phase::Acting { level } => Some(level),
            Phase::Earning | Phase::Demoted(_) => None,
        };
        let certified = if self.evidence_counts() { certificate.certified() } else { None };
        let coverage = |level: Option<usize>| level.map_or(0.0, |l| grid.coverage(l));
        Progress {
            claim: certificate.claim(),
            epoch: certificate.epoch(),
            acting: acting.and_then(|l| grid.threshold(l)),
            acting_coverage: coverage(acting),
            certified: certified.and_then(|l| grid.threshold(l)),
            certified_coverage: coverage(certified),
            achievable_coverage: coverage(certificate.achievable()),
            next: if self.evidence_counts() { certificate.next() } else { None },
            waiting: certificate.waiting().0,
            overdue: certificate.overdue(),
            audit_probability: if acting.is_some() { self.audit_probability() } else { 0.0 },
            surge_left: self.surge_left,
            alarm: self.detector.evidence(),
        }
    }
}
