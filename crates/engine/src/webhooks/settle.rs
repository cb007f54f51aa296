//! What an attempt changes: the message, and how well the endpoint is.

use tandem_domain::Timestamp;
use tandem_store::webhooks::{Attempt, Delivery, Webhook};
use tandem_store::{Tx, webhooks};

use super::deliver::Verdict;
use super::note;
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::record::By;

const SECOND: i64 = 1_000_000;
/// Attempts before a message is given up.
pub(super) const MOST_ATTEMPTS: u64 = 12;
/// The longest pause between two attempts, and the longest `Retry-After` that is heeded.
const LONGEST: i64 = 86_400 * SECOND;
/// Failures in a row after which only a probe is sent.
pub(super) const TRIPS_AT: u64 = 5;
/// An endpoint on which nothing has succeeded for so long is disabled.
const LOST: i64 = 5 * 86_400 * SECOND;

/// The pause after the n-th attempt, n from 1, for a draw from 0 to 1: exponential, with full jitter.
fn pause(attempt: u64, draw: f64) -> i64 {
    let exponent = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(20);
    let most = (5 * SECOND).saturating_mul(4_i64.saturating_pow(exponent)).min(LONGEST);
    (draw * most as f64) as i64
}

/// How long a failing endpoint is left alone, after failing for `failing` microseconds.
fn rest(failing: i64) -> i64 {
    (failing / 2).clamp(5 * SECOND, 900 * SECOND)
}

impl Engine {
    /// Writes down what an attempt came to. False when the lease was lost: somebody else has it.
    pub(super) async fn settle_attempt(
        &self,
        delivery: &Delivery,
        verdict: Verdict,
        met: Attempt,
    ) -> Result<bool> {
        let draw = f64::from(u32::from_be_bytes(self.inner.ids.bytes::<4>()?)) / 2_f64.powi(32);
        let (inner, delivery) = (self.inner.clone(), delivery.clone());
        let kept = self.inner.store.write(move |tx| {
            let asked = match &verdict {
                Verdict::Delivered => {
                    let kept = webhooks::done(tx, &delivery, &met)?;
                    webhooks::well(tx, delivery.webhook)?;
                    return Ok((kept, true, false));
                }
                Verdict::Failed(asked) => Some(asked.map_or(0, |s| i64::from(s) * SECOND)),
                Verdict::Gone => None,
            };
            let Some(mut hook) = webhooks::lock(tx, delivery.webhook)? else {
                return Ok((false, false, false));
            };
            let now = tx.now();
            let dead = asked.is_none() || delivery.attempts >= MOST_ATTEMPTS;
            let kept = if dead {
                webhooks::dead(tx, &delivery, &met)?
            } else {
                let wait = pause(delivery.attempts, draw).max(asked.unwrap_or(0).min(LONGEST));
                webhooks::retry(tx, &delivery, Timestamp(now.0 + wait), &met)?
            };
            if kept {
                let gone = verdict == Verdict::Gone;
                worsen(tx, &inner, &mut hook, gone, dead, now)?;
            }
            Ok::<_, EngineError>((kept, false, dead))
        });
        let (kept, delivered, dead) = kept.await?;
        if kept {
            let metrics = &self.inner.metrics;
            match (delivered, dead) {
                (true, _) => metrics.webhooks_delivered.add(1),
                (_, true) => metrics.webhooks_dead.add(1),
                _ => metrics.webhooks_retried.add(1),
            }
        }
        Ok(kept)
    }

    /// Writes down what a test came to: it is not repeated, and the endpoint is judged by its other
    /// messages.
    pub(super) async fn settle_test(
        &self,
        delivery: &Delivery,
        good: bool,
        met: Attempt,
    ) -> Result<()> {
        let delivery = delivery.clone();
        let settled = self.inner.store.write(move |tx| {
            let settled = if good {
                webhooks::done(tx, &delivery, &met)?
            } else {
                webhooks::dead(tx, &delivery, &met)?
            };
            Ok::<_, EngineError>(settled)
        });
        settled.await.map(drop)
    }
}

/// Counts a failure and draws the consequences.
fn worsen(
    tx: &mut dyn Tx,
    inner: &Inner,
    hook: &mut Webhook,
    gone: bool,
    given_up: bool,
    now: Timestamp,
) -> Result<()> {
    hook.failures += 1;
    let since = *hook.failing_since.get_or_insert(now);
    let tripped = hook.failures >= TRIPS_AT;
    // Those that were under way when it tripped say nothing new.
    if tripped && hook.open_until <= now {
        hook.open_until = Timestamp(now.0 + rest(now.0 - since.0));
    }
    let why = if gone {
        Some("it answered 410 Gone")
    } else if tripped && given_up {
        Some("a message was given up, and nothing has succeeded since it began to fail")
    } else if tripped && now.0 - since.0 >= LOST {
        Some("nothing has succeeded for five days")
    } else {
        None
    };
    let disabled = why.filter(|_| hook.state == "active");
    if let Some(why) = disabled {
        "disabled".clone_into(&mut hook.state);
        hook.why = Some(why.to_owned());
    }
    webhooks::update(tx, hook)?;
    if let Some(why) = disabled {
        tracing::warn!(webhook = %hook.id, why, "a webhook was disabled");
        note(tx, inner, &By::machine(), hook, "webhook.disabled", [("why", why.into())])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_fourfold_to_a_day_and_are_drawn_from_all_of_it() {
        let most: Vec<i64> = (1..=9).map(|n| pause(n, 1.0) / SECOND).collect();
        assert_eq!(most, [5, 20, 80, 320, 1_280, 5_120, 20_480, 81_920, 86_400]);
        assert_eq!(pause(1, 0.0), 0);
        assert_eq!(pause(u64::MAX, 0.5), LONGEST / 2);
        assert!((1..MOST_ATTEMPTS).map(|n| pause(n, 1.0)).sum::<i64>() < 5 * LONGEST);
    }

    #[test]
    fn a_failing_endpoint_is_left_alone_for_longer_and_longer() {
        assert_eq!(rest(0), 5 * SECOND);
        assert_eq!(rest(60 * SECOND), 30 * SECOND);
        assert_eq!(rest(LOST), 900 * SECOND);
    }
}
