//! An endpoint outside: how many requests may be under way, and whether it is left alone; and what
//! links have said so far.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tandem_domain::Timestamp;
use tandem_domain::case::{LinkTry, TryOutcome};
use tokio::sync::Semaphore;

/// Failures in a row after which an endpoint is left alone.
const TRIPS_AT: u32 = 5;
/// The longest pause.
const LONGEST: Duration = Duration::from_mins(5);
/// A probe that was never heard of again is another one's turn after this.
const LOST: Duration = Duration::from_secs(150);
/// How many of the newest durations are kept.
const KEPT: usize = 512;

/// An endpoint.
pub(super) struct Endpoint {
    pub(super) slots: Semaphore,
    in_flight: usize,
    breaker: Mutex<Breaker>,
    /// Configurations that a Label Studio backend was told.
    told: Mutex<HashSet<String>>,
}

/// Where a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Closed,
    Open,
    HalfOpen,
}

impl Standing {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// A circuit breaker. Time and chance come in.
#[derive(Debug)]
struct Breaker {
    /// Failures in a row.
    failures: u32,
    /// How often it opened without a success since.
    opened: u32,
    open_until: Option<Instant>,
    probe: Option<Instant>,
    pause: Duration,
}

impl Breaker {
    fn new(pause: Duration) -> Self {
        Self { failures: 0, opened: 0, open_until: None, probe: None, pause }
    }

    fn standing(&self, now: Instant) -> Standing {
        match self.open_until {
            None => Standing::Closed,
            Some(until) if now < until => Standing::Open,
            Some(_) => Standing::HalfOpen,
        }
    }

    /// Whether a request may go out now; where it is half open, one at a time.
    fn admit(&mut self, now: Instant) -> bool {
        match self.standing(now) {
            Standing::Closed => true,
            Standing::Open => false,
            Standing::HalfOpen => {
                let free = self.probe.is_none_or(|since| now.duration_since(since) > LOST);
                if free {
                    self.probe = Some(now);
                }
                free
            }
        }
    }

    /// Takes in what a request met; `drawn` is uniform in 0..=1.
    fn settle(&mut self, good: bool, now: Instant, drawn: f64) {
        if good {
            *self = Self::new(self.pause);
            return;
        }
        self.failures = self.failures.saturating_add(1);
        let probed = self.probe.take().is_some();
        // What was under way when it opened says nothing new.
        if (self.failures >= TRIPS_AT && self.open_until.is_none()) || probed {
            let whole = self.pause.saturating_mul(1 << self.opened.min(16)).min(LONGEST);
            self.opened = self.opened.saturating_add(1);
            self.open_until = Some(now + whole.mul_f64(f64::midpoint(1.0, drawn.clamp(0.0, 1.0))));
        }
    }
}

impl Endpoint {
    pub(super) fn new(in_flight: usize, pause: Duration) -> Self {
        Self {
            slots: Semaphore::new(in_flight),
            in_flight,
            breaker: Mutex::new(Breaker::new(pause)),
            told: Mutex::default(),
        }
    }

    pub(super) fn admit(&self) -> bool {
        lock(&self.breaker).admit(Instant::now())
    }

    pub(super) fn settle(&self, good: bool, drawn: f64) {
        lock(&self.breaker).settle(good, Instant::now(), drawn);
        if !good {
            // It may have been started anew, and know nothing.
            lock(&self.told).clear();
        }
    }

    pub(super) fn standing(&self) -> Standing {
        lock(&self.breaker).standing(Instant::now())
    }

    pub(super) fn flying(&self) -> usize {
        self.in_flight.saturating_sub(self.slots.available_permits())
    }

    pub(super) fn was_told(&self, config: &str) -> bool {
        lock(&self.told).contains(config)
    }

    pub(super) fn tell(&self, config: &str) {
        lock(&self.told).insert(config.to_owned());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What one link said so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Figures {
    /// How often it was asked; being passed over does not count.
    pub(super) calls: u64,
    pub(super) outcomes: BTreeMap<&'static str, u64>,
    took_ms: VecDeque<u64>,
    pub(super) last_failure: Option<(Timestamp, TryOutcome, String)>,
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
    pub(super) cost: f64,
}

impl Figures {
    pub(super) fn add(&mut self, tried: &LinkTry) {
        *self.outcomes.entry(tried.outcome.as_str()).or_default() += 1;
        if tried.outcome != TryOutcome::BreakerOpen {
            self.calls += 1;
            if self.took_ms.len() == KEPT {
                self.took_ms.pop_front();
            }
            self.took_ms.push_back(tried.took_ms);
        }
        if !tried.outcome.answered() {
            let why = tried.why.clone().unwrap_or_default();
            self.last_failure = Some((tried.at, tried.outcome, why));
        }
        if let Some(usage) = tried.usage {
            self.input_tokens += usage.input_tokens;
            self.output_tokens += usage.output_tokens;
            self.cost += usage.cost.unwrap_or(0.0);
        }
    }

    /// The share of calls that were answered as agreed.
    pub(super) fn answered(&self) -> Option<f64> {
        let of = |outcome: TryOutcome| self.outcomes.get(outcome.as_str()).copied().unwrap_or(0);
        let good = of(TryOutcome::Proposed)
            + of(TryOutcome::NoAnswer)
            + of(TryOutcome::LowConfidence)
            + of(TryOutcome::Guardrail);
        (self.calls > 0).then(|| good as f64 / self.calls as f64)
    }

    /// A quantile of the newest durations in milliseconds: the smallest that `q` of them do not exceed.
    pub(super) fn quantile(&self, q: f64) -> Option<u64> {
        let mut sorted: Vec<u64> = self.took_ms.iter().copied().collect();
        sorted.sort_unstable();
        let rank = (q * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breaker_opens_half_opens_and_closes() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut breaker = Breaker::new(Duration::from_millis(100));
        for n in 0..TRIPS_AT {
            assert!(breaker.admit(at(u64::from(n))));
            breaker.settle(false, at(0), 1.0);
        }
        assert!(!breaker.admit(at(99)), "it is open");
        assert!(breaker.admit(at(100)) && !breaker.admit(at(101)), "one probe at a time");
        breaker.settle(false, at(110), 1.0);
        assert!(!breaker.admit(at(309)), "the second pause is twice as long");
        assert!(breaker.admit(at(310)));
        breaker.settle(true, at(311), 1.0);
        assert_eq!(breaker.standing(at(311)), Standing::Closed);
        // A single failure afterwards is none of five.
        breaker.settle(false, at(312), 1.0);
        assert!(breaker.admit(at(312)));
    }

    #[test]
    fn what_was_under_way_when_it_opened_does_not_prolong_the_pause() {
        let start = Instant::now();
        let mut breaker = Breaker::new(Duration::from_millis(100));
        for _ in 0..TRIPS_AT + 60 {
            breaker.settle(false, start, 0.0);
        }
        assert!(breaker.admit(start + Duration::from_millis(50)));
    }
}
