//! A token bucket per key or member.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::http::StatusCode;
use tandem_engine::principal::Actor;

use crate::problem::{Problem, Result};

const SHARDS: usize = 16;
/// Callers remembered in one shard; beyond it those with full buckets are forgotten.
const MOST: usize = 4_096;

struct Bucket {
    tokens: f64,
    at: Instant,
}

/// Buckets of all callers.
pub struct Rates {
    rate: f64,
    burst: f64,
    hasher: RandomState,
    shards: [Mutex<HashMap<Actor, Bucket>>; SHARDS],
}

impl Rates {
    /// Buckets that hold `burst` requests and refill at `rate` a second.
    pub fn new(rate: f64, burst: f64) -> Self {
        Self { rate, burst, hasher: RandomState::new(), shards: Default::default() }
    }

    /// Takes one request from the caller's bucket.
    ///
    /// # Errors
    /// 429 with `Retry-After` when it is empty.
    pub fn take(&self, actor: &Actor) -> Result<()> {
        let shard = &self.shards[self.hasher.hash_one(actor) as usize % SHARDS];
        let mut buckets = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if buckets.len() >= MOST && !buckets.contains_key(actor) {
            let refill_s = self.burst / self.rate;
            buckets.retain(|_, bucket| now.duration_since(bucket.at).as_secs_f64() < refill_s);
        }
        let bucket =
            buckets.entry(*actor).or_insert_with(|| Bucket { tokens: self.burst, at: now });
        let refill = now.duration_since(bucket.at).as_secs_f64() * self.rate;
        bucket.tokens = (bucket.tokens + refill).min(self.burst);
        bucket.at = now;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        let wait = ((1.0 - bucket.tokens) / self.rate).ceil().max(1.0) as u32;
        Err(Problem {
            retry_after_s: Some(wait),
            ..Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                "this key or session makes more requests than it may",
            )
        })
    }
}
