//! Second looks: what further people say of what a first person found, in case order.
//!
//! # What counts as an error
//!
//! A first person judges a proposal. What they call wrong, and a share `r` of what they call right,
//! goes to a second person who sees nothing of it; where those two differ, to a third. Two of three
//! decide, and **a tie counts as wrong**: so an apparent error is taken back only once two others
//! found none, and an agreement once two others found an error in it.
//!
//! # What it tells of misses
//!
//! An error is settled as real when two persons, independently, call it one. If each misses an error
//! with probability `m`, that happens with `(1 - m)^2` by the first two (caught), and with
//! `m (1 - m)^2` by the last two (missed by the first), so among settled errors a share
//! `m / (1 + m)` was missed, which is what [`MissRate`] bounds. Settled errors that the second
//! person missed are not told: leaving them out makes the bound larger.
//!
//! Looks are consumed **in case order**: one that waits for a person holds up what came after it, so
//! that doing the looks in another order, or not at all, does not help. Of those that wait, at most
//! [`MAX_LOOKS`] are held; then the oldest counts as missed, until it is done after all.
//!
//! # What the rule itself loses
//!
//! Of three people two may overlook what the first saw. If errors differ in how hard they are, with
//! `x` the chance that one is missed, a share `E[x + x^2 (1 - x)]` of the errors does not count as
//! wrong, and `x (1 - x) <= 1/4` gives at most `5/4 E[x]`, whatever the mixture. Hence
//! [`SecondLooks::lost`], the share by which a target is to be reduced.

use std::collections::VecDeque;

use super::misses::MissRate;
use crate::LearnError;

/// Looks held at most while one before them waits for a person.
pub const MAX_LOOKS: usize = 1024;
/// The most that errors not counted exceed the misses of one person, as a factor.
const RULE: f64 = 1.25;

/// What looks again at a case say so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Somebody is awaited whose word can still say that the first person missed an error.
    Waiting,
    /// The first two persons call it an error.
    Caught,
    /// The first person called it right, two others call it an error.
    Missed,
    /// Neither: right, or no error that two persons agree on.
    Neither,
}

impl Seen {
    /// What counts where looks were awaited for too long.
    fn or_worst(self, error: bool) -> Self {
        match self {
            Self::Waiting if error => Self::Neither,
            Self::Waiting => Self::Missed,
            known => known,
        }
    }
}

/// A case that was looked at again, or will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) case: u128,
    /// Whether the first person called the proposal wrong.
    pub(super) error: bool,
    pub(super) seen: Seen,
}

/// Second looks of a loop and what they say of its people.
#[derive(Debug, Clone, PartialEq)]
pub struct SecondLooks {
    pub(super) rate: MissRate,
    /// From the first that waits onwards, in case order.
    pub(super) held: VecDeque<Look>,
    /// Looks that came to a result.
    pub(super) done: u64,
    /// Looks that counted at their worst while somebody was awaited.
    pub(super) overdue: u64,
}

impl SecondLooks {
    /// None yet; agreements are looked at again with probability `share`, in `(0, 1]`.
    pub fn new(share: f64) -> Result<Self, LearnError> {
        let rate = MissRate::new(share)?;
        Ok(Self { rate, held: VecDeque::new(), done: 0, overdue: 0 })
    }

    /// The share of agreements that are looked at again.
    pub fn share(&self) -> f64 {
        self.rate.second_look(false)
    }

    /// A second look was asked for, in case order: the first person found an `error`, or the coin
    /// fell on their agreement.
    pub fn asked(&mut self, case: u128, error: bool) {
        self.held.push_back(Look { case, error, seen: Seen::Waiting });
        self.consume();
    }

    /// What looks at a case say changed from `before` to `after`. `error`: what the first person
    /// found.
    pub fn changed(&mut self, case: u128, error: bool, before: Seen, after: Seen) {
        let waits = |seen: Seen| seen == Seen::Waiting;
        match (waits(before), waits(after)) {
            (true, false) => self.done += 1,
            (false, true) => self.done = self.done.saturating_sub(1),
            _ => {}
        }
        if let Some(look) = self.held.iter_mut().find(|look| look.case == case) {
            look.seen = after;
            self.consume();
            return;
        }
        match (waits(before), waits(after)) {
            (true, false) => self.overdue = self.overdue.saturating_sub(1),
            (false, true) => self.overdue += 1,
            _ => {}
        }
        self.rate.forget(before.or_worst(error));
        self.rate.tell(after.or_worst(error));
    }

    fn consume(&mut self) {
        while let Some(look) = self.held.front().copied() {
            let waits = look.seen == Seen::Waiting;
            if waits && self.held.len() <= MAX_LOOKS {
                break;
            }
            self.held.pop_front();
            self.overdue += u64::from(waits);
            self.rate.tell(look.seen.or_worst(look.error));
        }
    }

    /// What is known of misses.
    pub fn rate(&self) -> &MissRate {
        &self.rate
    }

    /// Upper bound of the share of real errors that one person misses, at every moment with
    /// probability at least `1 - delta`; 1 before there is evidence.
    pub fn upper(&self, delta: f64) -> f64 {
        self.rate.upper(delta)
    }

    /// Upper bound of the share of real errors that do not count as wrong by the rule of two of
    /// three, with the same certainty: what [`super::Event::MissRate`] takes.
    pub fn lost(&self, delta: f64) -> f64 {
        Self::lost_at(self.upper(delta))
    }

    /// The same for a bound of one person's misses that is known.
    pub fn lost_at(upper: f64) -> f64 {
        (RULE * upper).min(1.0)
    }

    /// Looks that came to a result, and looks that wait for a person.
    pub fn counts(&self) -> (u64, u64) {
        let waiting = self.held.iter().filter(|look| look.seen == Seen::Waiting).count() as u64;
        (self.done, waiting + self.overdue)
    }
}

impl MissRate {
    fn tell(&mut self, seen: Seen) {
        match seen {
            Seen::Caught => self.settled(false),
            Seen::Missed => self.settled(true),
            Seen::Waiting | Seen::Neither => {}
        }
    }

    fn forget(&mut self, seen: Seen) {
        match seen {
            Seen::Caught => self.caught = self.caught.saturating_sub(1),
            Seen::Missed => self.found = self.found.saturating_sub(1),
            Seen::Waiting | Seen::Neither => {}
        }
    }
}
