//! What people can look at in a day, and what gives way when more than that waits.
//!
//! Only lesser work gives way, and only in time: it is handed out later. No case passes because people
//! are busy, and nothing that holds a call of a tool ever gives way.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::CalendarSpec;
use crate::time::Span;

/// What people can look at, by queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapacitySpec {
    /// How long what waits last may be expected to wait, in time that people work.
    pub wait: Span,
    /// What a look costs; as measured where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<Span>,
    /// What people give a queue in a day; the measured pace for queues that are not named.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub queues: IndexMap<String, DayCapacity>,
    /// How long anything gives way at most; what waited for longer is handed out as always.
    #[serde(default = "a_day")]
    pub postpone: Span,
}

fn a_day() -> Span {
    Span::seconds(86_400)
}

/// What people give a queue in a day: one of both.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayCapacity {
    /// Hours of all people together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<f64>,
    /// Looks of all people together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks: Option<f64>,
}

impl DayCapacity {
    /// Looks in a day where one costs `look_s` seconds.
    pub fn looks(&self, look_s: f64) -> Option<f64> {
        let by_hours = self.hours.filter(|_| look_s > 0.0).map(|hours| hours * 3_600.0 / look_s);
        self.looks.or(by_hours)
    }
}

/// Lesser work: what can give way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lesser {
    /// The share of the queue's front that is drawn by chance (`learner.random_share`).
    Exploration,
    /// Second looks at what people found.
    SecondLooks,
    /// Audits of automatic decisions. What is drawn is audited all the same, later.
    Audits,
    /// Cases where an error costs less than the look that might find it.
    LowValue,
}

impl Lesser {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exploration => "exploration",
            Self::SecondLooks => "second_looks",
            Self::Audits => "audits",
            Self::LowValue => "low_value",
        }
    }
}

/// What must be fallen below, as a part of the bound, for work to be taken up again.
const OVER_AT: f64 = 0.8;

/// How many kinds of work give way: as many as it takes, in their order, for the wait to keep its bound.
///
/// `waits[k]` is the expected wait when the first `k` kinds have given way; `now` is how many give way
/// already. What gave way is taken up again well below the bound, so that a wait that swings around it
/// changes nothing.
pub fn giving_way(now: usize, waits: &[f64], bound: f64) -> usize {
    let stands = |(k, wait): (usize, &f64)| {
        let at = if k < now { bound * OVER_AT } else { bound };
        *wait > at
    };
    waits.iter().enumerate().take_while(|it| stands(*it)).count()
}

impl super::LoopSpec {
    /// The calendar by which time in a queue is counted: its own, or the loop's.
    pub fn calendar_of(&self, queue: &str) -> Option<&CalendarSpec> {
        let own = self.queues.get(queue).and_then(|queue| queue.calendar.as_ref());
        own.or(self.calendar.as_ref())
    }

    /// The doubt up to which an error costs less than the look that might find it; `None` where nobody
    /// said what they cost, and where a look lets a tool run.
    pub fn low_value_doubt(&self) -> Option<f64> {
        let costs = self.policy.autonomy.as_ref()?.costs?;
        (costs.error > 0.0 && !self.holds_action()).then(|| costs.review / costs.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What gives way is a beginning of the list; between two changes the wait that decided has
        /// moved by at least a fifth of the bound.
        #[test]
        fn what_gives_way_does_not_flap(waits in prop::collection::vec(0.0..300.0_f64, 1..80)) {
            let mut now = 0;
            let mut at_change: Option<f64> = None;
            for wait in waits {
                let next = giving_way(now, &[wait], 100.0);
                if next != now {
                    if let Some(before) = at_change {
                        prop_assert!((wait - before).abs() >= 20.0);
                    }
                    at_change = Some(wait);
                }
                now = next;
            }
        }

        /// No more gives way than it takes.
        #[test]
        fn no_more_gives_way_than_it_takes(first in 0.0..500.0_f64, parts in prop::collection::vec(0.0..1.0_f64, 0..4)) {
            let mut waits = vec![first];
            for part in parts {
                let last = waits[waits.len() - 1];
                waits.push(last * part);
            }
            let n = giving_way(0, &waits, 100.0);
            prop_assert!(waits[..n].iter().all(|wait| *wait > 100.0));
            prop_assert!(waits.get(n).is_none_or(|wait| *wait <= 100.0));
        }
    }

    #[test]
    fn a_day_is_looks_or_hours() {
        let day = |hours, looks| DayCapacity { hours, looks };
        assert_eq!(day(Some(16.0), None).looks(90.0), Some(640.0));
        assert_eq!(day(None, Some(200.0)).looks(90.0), Some(200.0));
        assert_eq!(day(Some(16.0), None).looks(0.0), None);
    }
}
