//! Alerts: what a loop's owner wants to be told of, and when it is over.

use serde::{Deserialize, Serialize};

use crate::time::Span;

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertOn {
    /// How long the oldest waiting task has waited.
    OldestWait,
    /// Share of the waiting tasks with a deadline whose deadline has passed.
    Overdue,
    /// Share of errors among automatic decisions, as audits estimate it.
    Errors,
    /// Age of the oldest event that is not sealed in the ledger.
    Unsealed,
    /// How long a machine's decision is held beyond its time for a veto, since nobody watches. A loop with
    /// such a time has this alert by itself.
    Unwatched,
}

impl AlertOn {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OldestWait => "oldest_wait",
            Self::Overdue => "overdue",
            Self::Errors => "errors",
            Self::Unsealed => "unsealed",
            Self::Unwatched => "unwatched",
        }
    }

    /// Whether it is a time, in seconds; else a share.
    pub fn is_time(self) -> bool {
        matches!(self, Self::OldestWait | Self::Unsealed | Self::Unwatched)
    }

    /// Whether it is watched for each queue.
    pub fn of_queue(self) -> bool {
        matches!(self, Self::OldestWait | Self::Overdue)
    }
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertSpec {
    /// What is watched.
    pub on: AlertOn,
    /// For times: raised above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<Span>,
    /// For shares: raised above this, 0..=1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// Only this queue; every queue where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
}

/// What must be fallen below, as a part of the bound, for an alert to be over.
const OVER_AT: f64 = 0.8;

impl AlertSpec {
    /// The bound, in seconds or as a share.
    pub fn bound(&self) -> f64 {
        let seconds = self.above.map(|span| span.0 as f64 / 1e6);
        seconds.or(self.share).unwrap_or(f64::INFINITY)
    }

    /// Whether the alert stands: once raised, it is over only well below the bound, so that a value
    /// that swings around it raises one alert and not many.
    pub fn stands(&self, raised: bool, value: f64) -> bool {
        let bound = self.bound();
        if raised { value > bound * OVER_AT } else { value > bound }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wait(above: i64) -> AlertSpec {
        let above = Some(Span::seconds(above));
        AlertSpec { on: AlertOn::OldestWait, above, share: None, queue: None }
    }

    proptest! {
        /// Between two changes of state the value has moved by at least a fifth of the bound.
        #[test]
        fn an_alert_does_not_flap(values in prop::collection::vec(0.0..200.0_f64, 1..80)) {
            let alert = wait(100);
            let mut raised = false;
            let mut at_change: Option<f64> = None;
            for value in values {
                let stands = alert.stands(raised, value);
                if stands != raised {
                    if let Some(before) = at_change {
                        prop_assert!((value - before).abs() >= 20.0);
                    }
                    at_change = Some(value);
                }
                raised = stands;
            }
        }
    }

    #[test]
    fn an_alert_stands_above_its_bound_and_a_little_below() {
        let alert = wait(100);
        assert!(!alert.stands(false, 100.0) && alert.stands(false, 100.1));
        assert!(alert.stands(true, 90.0) && !alert.stands(true, 80.0));
    }
}
