//! Counters and timings as plain atomics; the API renders them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds `n`.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// The number.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Upper bounds of the buckets of a [`Histogram`], in seconds.
pub const BOUNDS: [f64; 14] =
    [0.0005, 0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 0.5, 1.0, 4.0, 16.0];

/// Durations in buckets.
#[derive(Debug, Default)]
pub struct Histogram {
    /// Not cumulative; one more than [`BOUNDS`], the last for what is longer.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

impl Histogram {
    /// Counts one duration.
    pub fn record(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let at = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[at].fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// How many durations there were up to each bound and in all, and their sum in seconds.
    pub fn read(&self) -> (Vec<u64>, f64) {
        let mut total = 0;
        let cumulative = self.buckets.iter().map(|bucket| {
            total += bucket.load(Ordering::Relaxed);
            total
        });
        (cumulative.collect(), self.micros.load(Ordering::Relaxed) as f64 / 1e6)
    }
}

/// Everything the engine counts.
#[derive(Debug, Default)]
pub struct Metrics {
    /// From the call of a check-in of a run to its commit.
    pub checkin_seconds: Histogram,
    /// From an order to a run to the check-in that says it was obeyed.
    pub obeyed_seconds: Histogram,
    /// Leases of runs that ran out.
    pub runs_lost: Counter,
    /// Cases that came in.
    pub cases_submitted: Counter,
    /// Of these, routed to `auto`.
    pub cases_automatic: Counter,
    /// Seats handed out.
    pub claims_made: Counter,
    /// Judgments received.
    pub judgments_made: Counter,
    /// Links of chains that were asked, in this process or outside.
    pub chain_asked: Counter,
    /// Of these, whose answer was proposed.
    pub chain_proposed: Counter,
    /// Of these, that failed: no answer, or not as agreed.
    pub chain_failed: Counter,
    /// Models that check proposals and were asked.
    pub checks_asked: Counter,
    /// Timers that fired.
    pub timers_fired: Counter,
    /// Timers that were put off because their command failed.
    pub timers_failed: Counter,
    /// Messages delivered.
    pub messages_delivered: Counter,
    /// Deliveries that failed and will be tried again.
    pub messages_retried: Counter,
    /// Messages given up.
    pub messages_dead: Counter,
    /// Messages of channels that became cases, or were known already.
    pub channels_taken: Counter,
    /// Messages of channels that were no good and are kept.
    pub channels_refused: Counter,
    /// Messages that channels delivered.
    pub channels_sent: Counter,
    /// Failures of channels: connections, and attempts that are repeated.
    pub channels_failed: Counter,
    /// Messages delivered to webhooks.
    pub webhooks_delivered: Counter,
    /// Attempts at webhooks that failed and are repeated.
    pub webhooks_retried: Counter,
    /// Messages for webhooks that were given up.
    pub webhooks_dead: Counter,
    /// Checkpoints signed.
    pub checkpoints_signed: Counter,
    /// Checkpoints that could not be written to the witness.
    pub witness_failures: Counter,
    /// Submissions computed again because the loop or a halt changed meanwhile.
    pub recomputed: Counter,
    /// From the call of a submission to its commit.
    pub submit_seconds: Histogram,
    /// From the call of a claim to its commit.
    pub claim_seconds: Histogram,
    /// From the call of a judgment to its commit.
    pub judge_seconds: Histogram,
}
