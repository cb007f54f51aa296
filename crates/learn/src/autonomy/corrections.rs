//! Evidence that changes after it was given: judgments overruled, or taken back.

use super::certificate::{Certificate, Item, MAX_WAITING, State, checked};
use crate::LearnError;

impl Certificate {
    /// Corrects a judgment (others overruled it). The case is described as it was added. If it became
    /// worse, what had been reached only thanks to it is lost again.
    pub fn correct(
        &mut self,
        case: u128,
        score: f64,
        propensity: f64,
        weight: f64,
        (before, after): (f64, f64),
    ) -> Result<(), LearnError> {
        let (before, after) = (checked(before)?, checked(after)?);
        check(propensity, weight)?;
        if let Some(item) = self.judged(case) {
            item.state = State::Judged(after);
            return Ok(());
        }
        let worse = after > before;
        let mut item = self.again(case, score, propensity, weight, worse)?;
        item.state = State::Judged(after);
        self.exchange(&item, before, after);
        Ok(())
    }

    /// Takes a judgment back: the case waits for another one. If it was consumed already, it counts
    /// as wrong until then. The case is described as it was added, `before` as it was judged.
    pub fn retract(
        &mut self,
        case: u128,
        score: f64,
        propensity: f64,
        weight: f64,
        before: f64,
    ) -> Result<(), LearnError> {
        let before = checked(before)?;
        check(propensity, weight)?;
        if let Some(item) = self.judged(case) {
            item.state = State::Waiting;
            return Ok(());
        }
        let item = self.again(case, score, propensity, weight, before < 1.0)?;
        self.exchange(&item, before, 1.0);
        self.overdue.push_back(item);
        if self.overdue.len() > MAX_WAITING {
            self.overdue.pop_front();
        }
        Ok(())
    }

    /// A judged case that is not consumed yet.
    fn judged(&mut self, case: u128) -> Option<&mut Item> {
        let same = |i: &&mut Item| i.case == case && matches!(i.state, State::Judged(_));
        self.waiting.iter_mut().find(same)
    }

    /// A case as it was added. Which segment it was in is not recorded, so it is the one where the
    /// change helps least or harms most.
    fn again(
        &self,
        case: u128,
        score: f64,
        propensity: f64,
        weight: f64,
        worse: bool,
    ) -> Result<Item, LearnError> {
        let target = self.effective_target();
        let harm = |i: &usize| self.segments[*i].loss(target, propensity);
        let by = |a: &usize, b: &usize| harm(a).total_cmp(&harm(b));
        let able = (0..self.segments.len()).filter(|&i| self.segments[i].floor <= propensity);
        // `loss` is negative: its minimum harms most, its maximum is the smallest help.
        let segment = if worse { able.min_by(by) } else { able.max_by(by) };
        let Some(segment) = segment else {
            return Err(LearnError::Parameter { name: "propensity", must: "one that was added" });
        };
        let (level, segment) = (self.grid.level_of(score) as u16, segment as u8);
        Ok(Item { case, level, segment, propensity, weight, state: State::Lapsed })
    }

    fn exchange(&mut self, item: &Item, before: f64, after: f64) {
        self.tally(item, before, -1.0);
        self.tally(item, after, 1.0);
        if after > before {
            self.peaks.fill(0.0);
        }
        self.weigh();
    }
}

fn check(propensity: f64, weight: f64) -> Result<(), LearnError> {
    if !(propensity > 0.0 && propensity <= 1.0) {
        return Err(LearnError::Parameter { name: "propensity", must: "in (0, 1]" });
    }
    if !(0.0..=1.0).contains(&weight) {
        return Err(LearnError::Parameter { name: "weight", must: "in 0..=1" });
    }
    Ok(())
}
