//! How often one asker may ask: a bucket that fills again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tandem_domain::Timestamp;

use crate::errors::{EngineError, Result};

/// Requests at once.
const BURST: f64 = 20.0;
/// Seconds until one more is allowed.
const REFILL_S: f64 = 1.5;
/// Askers remembered at once; full buckets are forgotten first.
const MOST: usize = 10_000;

/// A bucket of each asker: how many requests it is short of full, and when that was so.
#[derive(Default)]
pub(crate) struct Buckets {
    taken: Mutex<HashMap<String, (f64, Timestamp)>>,
}

impl Buckets {
    /// Takes one request out of somebody's bucket.
    ///
    /// # Errors
    /// [`EngineError::Busy`] when it is empty.
    pub(super) fn take(&self, who: &str, now: Timestamp) -> Result<()> {
        let mut all = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let left = |(taken, at): (f64, Timestamp)| {
            (taken - (now - at).as_seconds().max(0.0) / REFILL_S).max(0.0)
        };
        if all.len() >= MOST && !all.contains_key(who) {
            all.retain(|_, bucket| left(*bucket) > 0.0);
            if all.len() >= MOST {
                return Err(EngineError::Busy { retry_after_s: 1 });
            }
        }
        let taken = all.get(who).copied().map_or(0.0, left);
        if taken + 1.0 > BURST {
            let wait = ((taken + 1.0 - BURST) * REFILL_S).ceil().max(1.0);
            return Err(EngineError::Busy { retry_after_s: wait as u64 });
        }
        all.insert(who.to_owned(), (taken + 1.0, now));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_domain::Span;

    #[test]
    fn a_bucket_empties_and_fills_again_for_each_asker() {
        let (buckets, start) = (Buckets::default(), Timestamp(0));
        let passed = (0..100).filter(|_| buckets.take("a", start).is_ok()).count();
        assert_eq!(passed, BURST as usize);
        assert!(buckets.take("b", start).is_ok());
        assert!(buckets.take("a", start + Span::seconds(1)).is_err());
        assert!(buckets.take("a", start + Span::seconds(2)).is_ok());
        let later = start + Span::seconds(1_000);
        assert_eq!((0..100).filter(|_| buckets.take("a", later).is_ok()).count(), BURST as usize);
    }
}
