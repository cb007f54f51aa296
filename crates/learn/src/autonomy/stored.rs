//! Bytes of the states.

use std::collections::VecDeque;

use super::certificate::{Certificate, Item, State};
use super::controller::Controller;
use super::detector::{Alarm, Detector};
use super::events::{Counts, Demotion, Phase, Terms};
use super::grid::Grid;
use super::groups::{GroupRule, Groups};
use super::looks::{Look, SecondLooks, Seen};
use super::misses::MissRate;
use super::wealth::{Segment, Tally};
use crate::LearnError;
use crate::bytes::{Reader, Writer};

const VERSION: u8 = 1;

fn wide(w: &mut Writer, x: u128) {
    w.u64((x >> 64) as u64);
    w.u64(x as u64);
}

fn read_wide(r: &mut Reader<'_>) -> Result<u128, LearnError> {
    Ok(u128::from(r.u64()?) << 64 | u128::from(r.u64()?))
}

fn option(w: &mut Writer, x: Option<f64>) {
    w.u8(u8::from(x.is_some()));
    w.f64(x.unwrap_or(0.0));
}

fn read_option(r: &mut Reader<'_>) -> Result<Option<f64>, LearnError> {
    let some = r.u8()?;
    let x = r.f64()?;
    match some {
        0 => Ok(None),
        1 => Ok(Some(x)),
        _ => Err(r.wrong("neither absent nor present")),
    }
}

impl Grid {
    fn write(&self, w: &mut Writer) {
        let (thresholds, coverages) = self.parts();
        w.len(thresholds.len());
        thresholds.iter().chain(coverages).for_each(|&x| w.f64(x));
        w.len(self.starts().len());
        for &(level, share) in self.starts() {
            w.u32(level as u32);
            w.f64(share);
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, LearnError> {
        let n = r.len(16)?;
        let thresholds = (0..n).map(|_| r.f64()).collect::<Result<_, _>>()?;
        let coverages = (0..n).map(|_| r.f64()).collect::<Result<_, _>>()?;
        let starts = r.len(12)?;
        let starts = (0..starts)
            .map(|_| Ok((r.u32()? as usize, r.f64()?)))
            .collect::<Result<_, LearnError>>()?;
        Self::checked(thresholds, coverages, starts).map_err(|_| r.wrong("no grid"))
    }

    /// The grid as bytes; equal grids give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new(*b"TLAG", VERSION);
        self.write(&mut w);
        w.finish()
    }

    /// Reads back what [`Grid::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LearnError> {
        let mut r = Reader::new("grid", *b"TLAG", VERSION, bytes)?;
        let grid = Self::read(&mut r)?;
        r.finish()?;
        Ok(grid)
    }
}

impl Item {
    const SIZE: usize = 44;

    fn write(&self, w: &mut Writer) {
        let (kind, error) = match self.state {
            State::Spared => (0, 0.0),
            State::Waiting => (1, 0.0),
            State::Lapsed => (2, 0.0),
            State::Judged(error) => (3, error),
        };
        wide(w, self.case);
        w.u32(u32::from(self.level) << 16 | u32::from(self.segment) << 8 | kind);
        w.f64(self.propensity);
        w.f64(self.weight);
        w.f64(error);
    }

    fn read(r: &mut Reader<'_>, levels: usize, segments: &[Segment]) -> Result<Self, LearnError> {
        let case = read_wide(r)?;
        let packed = r.u32()?;
        let (propensity, weight, error) = (r.f64()?, r.f64()?, r.f64()?);
        let (level, segment) = ((packed >> 16) as u16, (packed >> 8) as u8);
        let known = segments.get(usize::from(segment)).map(|s| s.floor..=1.0);
        let unit = 0.0..=1.0;
        if usize::from(level) > levels
            || !known.is_some_and(|k| k.contains(&propensity))
            || !unit.contains(&weight)
            || !unit.contains(&error)
        {
            return Err(r.wrong("an impossible case"));
        }
        let state = match packed & 0xff {
            0 => State::Spared,
            1 => State::Waiting,
            2 => State::Lapsed,
            3 => State::Judged(error),
            _ => return Err(r.wrong("an unknown state of a case")),
        };
        Ok(Self { case, level, segment, propensity, weight, state })
    }
}

impl Certificate {
    pub(super) fn write(&self, w: &mut Writer) {
        self.grid.write(w);
        w.f64(self.target);
        w.f64(self.delta);
        w.u32(self.epoch);
        option(w, self.miss_rate);
        w.len(self.segments.len());
        for segment in &self.segments {
            w.f64(segment.floor);
            for t in &segment.tallies {
                for x in [t.right, t.wrong, t.wrong_at_floor] {
                    w.f64(x);
                }
            }
        }
        self.peaks.iter().for_each(|&x| w.f64(x));
        for items in [&self.waiting, &self.overdue] {
            w.len(items.len());
            for item in items {
                item.write(w);
            }
        }
    }

    pub(super) fn read(r: &mut Reader<'_>) -> Result<Self, LearnError> {
        let grid = Grid::read(r)?;
        let levels = grid.levels();
        let (target, delta, epoch) = (r.f64()?, r.f64()?, r.u32()?);
        let mut state =
            Self::new(grid, target, delta, epoch).map_err(|_| r.wrong("impossible terms"))?;
        state.miss_rate = read_option(r)?;
        if state.miss_rate.is_some_and(|m| !(0.0..=1.0).contains(&m)) {
            return Err(r.wrong("an impossible miss rate"));
        }
        let segments = r.len(8 + 24 * (levels + 1))?;
        state.segments.clear();
        for _ in 0..segments {
            let floor = r.f64()?;
            if !(floor > 0.0 && floor <= 1.0) {
                return Err(r.wrong("an impossible floor"));
            }
            let mut segment = Segment::new(&state.grid, floor);
            for t in &mut segment.tallies {
                let (right, wrong, wrong_at_floor) = (r.f64()?, r.f64()?, r.f64()?);
                *t = Tally { right, wrong, wrong_at_floor };
            }
            state.segments.push(segment);
        }
        if state.segments.is_empty() || state.segments.len() > usize::from(u8::MAX) {
            return Err(r.wrong("no segment, or too many"));
        }
        for peak in &mut state.peaks {
            *peak = r.f64()?;
        }
        state.waiting = Self::read_items(r, levels, &state.segments)?;
        state.overdue = Self::read_items(r, levels, &state.segments)?;
        Ok(state)
    }

    fn read_items(
        r: &mut Reader<'_>,
        levels: usize,
        segments: &[Segment],
    ) -> Result<VecDeque<Item>, LearnError> {
        let n = r.len(Item::SIZE)?;
        (0..n).map(|_| Item::read(r, levels, segments)).collect()
    }

    /// The state as bytes; equal states give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new(*b"TLAC", VERSION);
        self.write(&mut w);
        w.finish()
    }

    /// Reads back what [`Certificate::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LearnError> {
        let mut r = Reader::new("certificate", *b"TLAC", VERSION, bytes)?;
        let state = Self::read(&mut r)?;
        r.finish()?;
        Ok(state)
    }
}

impl Detector {
    fn write(&self, w: &mut Writer) {
        w.f64(self.target);
        w.f64(self.run_length);
        w.f64(self.statistic);
        w.f64(self.run);
        w.u64(self.run_audits);
        w.f64(self.run_errors);
        w.u64(self.audits);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, LearnError> {
        let (target, run_length) = (r.f64()?, r.f64()?);
        let state = Self::new(target, run_length).map_err(|_| r.wrong("an impossible alarm"))?;
        Ok(Self {
            statistic: r.f64()?,
            run: r.f64()?,
            run_audits: r.u64()?,
            run_errors: r.f64()?,
            audits: r.u64()?,
            ..state
        })
    }

    /// The state as bytes; equal states give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new(*b"TLAD", VERSION);
        self.write(&mut w);
        w.finish()
    }

    /// Reads back what [`Detector::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LearnError> {
        let mut r = Reader::new("detector", *b"TLAD", VERSION, bytes)?;
        let state = Self::read(&mut r)?;
        r.finish()?;
        Ok(state)
    }
}

impl MissRate {
    /// The state as bytes; equal states give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new(*b"TLAM", VERSION);
        w.f64(self.second_share);
        for x in [self.gold_caught, self.gold_missed, self.caught, self.found] {
            w.u64(x);
        }
        w.finish()
    }

    /// Reads back what [`MissRate::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LearnError> {
        let mut r = Reader::new("miss rate", *b"TLAM", VERSION, bytes)?;
        let share = r.f64()?;
        let mut state = Self::new(share).map_err(|_| r.wrong("an impossible share"))?;
        state.gold_caught = r.u64()?;
        state.gold_missed = r.u64()?;
        state.caught = r.u64()?;
        state.found = r.u64()?;
        r.finish()?;
        Ok(state)
    }
}

impl SecondLooks {
    /// The state as bytes; equal states give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new(*b"TLAS", VERSION);
        w.bytes(&self.rate.to_bytes());
        w.len(self.held.len());
        for look in &self.held {
            let seen = match look.seen {
                Seen::Waiting => 0,
                Seen::Caught => 1,
                Seen::Missed => 2,
                Seen::Neither => 3,
            };
            wide(&mut w, look.case);
            w.u8(u8::from(look.error));
            w.u8(seen);
        }
        w.u64(self.done);
        w.u64(self.overdue);
        w.finish()
    }

    /// Reads back what [`SecondLooks::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LearnError> {
        let mut r = Reader::new("second looks", *b"TLAS", VERSION, bytes)?;
        let rate = MissRate::from_bytes(r.bytes()?)?;
        let n = r.len(18)?;
        let mut held = VecDeque::with_capacity(n);
        for _ in 0..n {
            let case = read_wide(&mut r)?;
            let error = r.u8()? == 1;
            let seen = match r.u8()? {
                0 => Seen::Waiting,
                1 => Seen::Caught,
                2 => Seen::Missed,
                3 => Seen::Neither,
                _ => return Err(r.wrong("an unknown result of a look")),
            };
            held.push_back(Look { case, error, seen });
        }
        let (done, overdue) = (r.u64()?, r.u64()?);
        r.finish()?;
        Ok(Self { rate, held, done, overdue })
    }
}

impl Terms {
    fn write(&self, w: &mut Writer) {
        for x in [self.target, self.delta, self.miss_delta, self.audit_rate, self.run_length] {
            w.f64(x);
        }
        w.u32(self.surge);
        w.f64(self.commit_share);
        w.u64(self.commit_by);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, LearnError> {
        let (target, delta, miss_delta) = (r.f64()?, r.f64()?, r.f64()?);
        let (audit_rate, run_length, surge) = (r.f64()?, r.f64()?, r.u32()?);
        let (commit_share, commit_by) = (r.f64()?, r.u64()?);
        let terms = Self {
            target,
            delta,
            miss_delta,
            audit_rate,
            surge,
            run_length,
            commit_share,
            commit_by,
        };
        terms.check().map_err(|_| r.wrong("impossible terms"))?;
        Ok(terms)
    }
}

impl Phase {
    fn write(self, w: &mut Writer) {
        match self {
            Self::Earning => w.u8(0),
            Self::Acting { level } => {
                w.u8(1);
                w.u32(level as u32);
            }
            Self::Demoted(Demotion { case, threshold, epoch, alarm }) => {
                w.u8(2);
                wide(w, case);
                w.f64(threshold);
                w.u32(epoch);
                w.f64(alarm.evidence);
                w.f64(alarm.bar);
                w.u64(alarm.audits);
                w.f64(alarm.errors);
            }
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, LearnError> {
        match r.u8()? {
            0 => Ok(Self::Earning),
            1 => Ok(Self::Acting { level: r.u32()? as usize }),
            2 => {
                let (case, threshold, epoch) = (read_wide(r)?, r.f64()?, r.u32()?);
                let (evidence, bar) = (r.f64()?, r.f64()?);
                let alarm = Alarm { evidence, bar, audits: r.u64()?, errors: r.f64()? };
                Ok(Self::Demoted(Demotion { case, threshold, epoch, alarm }))
            }
            _ => Err(r.wrong("an unknown phase")),
        }
    }
}

impl Controller {
    fn write(&self, w: &mut Writer) {
        self.terms.write(w);
        self.phase.write(w);
        self.certificate.write(w);
        self.detector.write(w);
        w.u32(self.surge_left);
        w.u32(self.proposed.map_or(0, |p| p as u32 + 1));
        w.len(self.audits.len());
        self.audits.iter().for_each(|&case| wide(w, case));
        w.u64(self.counts.cases);
        w.u64(self.counts.automatic);
        w.u64(self.counts.audits);
        w.f64(self.counts.audit_errors);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, LearnError> {
        let terms = Terms::read(r)?;
        let phase = Phase::read(r)?;
        let certificate = Certificate::read(r)?;
        let levels = certificate.grid().levels();
        if matches!(phase, Phase::Acting { level } if level >= levels) {
            return Err(r.wrong("a level beyond the grid"));
        }
        let detector = Detector::read(r)?;
        let (surge_left, proposed) = (r.u32()?, r.u32()?);
        let n = r.len(16)?;
        let audits = (0..n).map(|_| read_wide(r)).collect::<Result<_, _>>()?;
        let counts = Counts {
            cases: r.u64()?,
            automatic: r.u64()?,
            audits: r.u64()?,
            audit_errors: r.f64()?,
        };
        let proposed = proposed.checked_sub(1).map(|p| p as usize);
        Ok(Self { terms, phase, certificate, detector, surge_left, proposed, audits, counts })
    }

    /// The state as bytes; equal states give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new(*b"TLAK", VERSION);
        self.write(&mut w);
        w.finish()
    }

    /// Reads back what [`Controller::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LearnError> {
        let mut r = Reader::new("controller", *b"TLAK", VERSION, bytes)?;
        let state = Self::read(&mut r)?;
        r.finish()?;
        Ok(state)
    }
}

impl Groups {
    /// The state as bytes; equal states give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new(*b"TLAP", VERSION);
        self.terms.write(&mut w);
        w.u8(u8::from(self.rule == GroupRule::Together));
        w.len(self.controllers.len());
        for group in &self.controllers {
            w.u8(u8::from(group.is_some()));
            if let Some(controller) = group {
                controller.write(&mut w);
            }
        }
        w.finish()
    }

    /// Reads back what [`Groups::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LearnError> {
        let mut r = Reader::new("groups", *b"TLAP", VERSION, bytes)?;
        let terms = Terms::read(&mut r)?;
        let rule = if r.u8()? == 1 { GroupRule::Together } else { GroupRule::Each };
        let n = r.len(1)?;
        let mut state = Self::new(n, terms, rule).map_err(|_| r.wrong("no groups"))?;
        for group in &mut state.controllers {
            if r.u8()? == 1 {
                *group = Some(Controller::read(&mut r)?);
            }
        }
        r.finish()?;
        Ok(state)
    }
}
