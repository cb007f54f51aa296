//! Slows guessing: failed sign-ins drain a bucket per account and one for all accounts together.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tandem_domain::Timestamp;

use crate::errors::{EngineError, Result};

/// Failures an account may have at once, and seconds until one more is allowed.
const ACCOUNT: Rate = Rate { burst: 8.0, refill_s: 30.0 };
/// The same over all accounts: a guesser who spreads over many of them.
const GLOBAL: Rate = Rate { burst: 200.0, refill_s: 0.5 };
/// Accounts remembered at once.
const MOST: usize = 10_000;

#[derive(Clone, Copy)]
struct Rate {
    burst: f64,
    refill_s: f64,
}

#[derive(Clone, Copy)]
struct Bucket {
    failures: f64,
    at: Timestamp,
}

impl Bucket {
    fn new(at: Timestamp) -> Self {
        Self { failures: 0.0, at }
    }

    fn drain(&mut self, rate: Rate, now: Timestamp) {
        let refilled = (now - self.at).as_seconds() / rate.refill_s;
        self.failures = (self.failures - refilled).max(0.0);
        self.at = now;
    }

    /// Seconds to wait, or `None` when one more failure is allowed.
    fn wait(&mut self, rate: Rate, now: Timestamp) -> Option<u64> {
        self.drain(rate, now);
        let over = self.failures + 1.0 - rate.burst;
        (over > 0.0).then(|| (over * rate.refill_s).ceil().max(1.0) as u64)
    }
}

#[derive(Default)]
pub(super) struct Limiter {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    accounts: HashMap<String, Bucket>,
    all: Option<Bucket>,
}

impl Limiter {
    /// Counts an attempt as failed in advance, so that parallel guesses count too.
    ///
    /// # Errors
    /// [`EngineError::Busy`] when the account or the whole server had too many failures.
    pub(super) fn attempt(&self, account: &str, now: Timestamp) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        if state.accounts.len() >= MOST && !state.accounts.contains_key(account) {
            state.accounts.retain(|_, bucket| {
                bucket.drain(ACCOUNT, now);
                bucket.failures > 0.0
            });
            if state.accounts.len() >= MOST {
                return Err(EngineError::Busy { retry_after_s: ACCOUNT.refill_s as u64 });
            }
        }
        let all = state.all.get_or_insert(Bucket::new(now));
        let one = state.accounts.entry(account.to_owned()).or_insert(Bucket::new(now));
        let waits = [all.wait(GLOBAL, now), one.wait(ACCOUNT, now)];
        if let Some(retry_after_s) = waits.into_iter().flatten().max() {
            return Err(EngineError::Busy { retry_after_s });
        }
        all.failures += 1.0;
        one.failures += 1.0;
        Ok(())
    }

    /// The attempt was good after all.
    pub(super) fn succeeded(&self, account: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.accounts.remove(account);
        if let Some(all) = &mut state.all {
            all.failures = (all.failures - 1.0).max(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_domain::Span;

    #[test]
    fn a_thousand_guesses_are_slowed_to_one_in_half_a_minute() {
        let limiter = Limiter::default();
        let start = Timestamp(0);
        let let_through = (0..1_000).filter(|_| limiter.attempt("a", start).is_ok()).count();
        assert_eq!(let_through, 8);
        assert!(limiter.attempt("b", start).is_ok());
        assert!(limiter.attempt("a", start + Span::seconds(29)).is_err());
        assert!(limiter.attempt("a", start + Span::seconds(31)).is_ok());
        assert!(limiter.attempt("a", start + Span::seconds(32)).is_err());
    }

    #[test]
    fn many_accounts_share_one_bucket_and_success_gives_back() {
        let limiter = Limiter::default();
        let guess = |n: usize| limiter.attempt(&format!("u{n}"), Timestamp(0)).is_ok();
        assert_eq!((0..1_000).filter(|&n| guess(n)).count(), 200);
        limiter.succeeded("u1");
        assert!(limiter.attempt("u1", Timestamp(0)).is_ok());
    }
}
