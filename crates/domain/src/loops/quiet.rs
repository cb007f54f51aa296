//! Quiet hours: nobody is called up the ladder in them, except over what cannot wait.

use jiff::ToSpan as _;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::calendar::{Fault, at_local, short, time_of, weekdays};
use super::{Risk, URGENT};
use crate::time::Timestamp;

/// Quiet hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietSpec {
    /// When they begin, local time, as in `22:00`.
    pub from: String,
    /// When they end; at or before `from`: on the next day.
    pub to: String,
    /// Name in the IANA database, as in `Europe/Berlin`.
    pub zone: String,
    /// Days on which they begin, as in `mon-fri`; every day where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<String>,
    /// The priority from which a case breaks them.
    #[serde(default = "urgent")]
    pub except_priority: u8,
    /// For actions: the risk of a tool from which a call breaks them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub except_risk: Option<Risk>,
}

fn urgent() -> u8 {
    URGENT
}

/// Quiet hours, ready to look at.
#[derive(Debug, Clone)]
pub struct Quiet {
    zone: TimeZone,
    from: Time,
    to: Time,
    days: [bool; 7],
}

impl QuietSpec {
    /// Reads zone, times and days.
    ///
    /// # Errors
    /// The first fault: JSON pointer within it, and what is wrong.
    pub fn compile(&self) -> Result<Quiet, Fault> {
        let zone = TimeZone::get(&self.zone).map_err(|_| {
            let name = short(&self.zone);
            ("/zone".to_owned(), format!("`{name}` is no time zone of the IANA database"))
        })?;
        let read = |key: &str, text: &str| {
            let fault = || (format!("/{key}"), format!("`{}` is no time like 22:00", short(text)));
            time_of(text).ok_or_else(fault)
        };
        let (from, to) = (read("from", &self.from)?, read("to", &self.to)?);
        let mut days = [self.days.is_none(); 7];
        if let Some(text) = &self.days {
            for day in weekdays(text).map_err(|why| ("/days".to_owned(), why))? {
                days[day] = true;
            }
        }
        Ok(Quiet { zone, from, to, days })
    }

    /// Whether a case breaks them.
    pub fn broken_by(&self, priority: u8, risk: Option<Risk>) -> bool {
        let risky = self.except_risk.is_some_and(|least| risk.is_some_and(|risk| risk >= least));
        priority >= self.except_priority || risky
    }
}

impl Quiet {
    /// When the quiet hours that hold a moment end; `None` for a moment in none.
    pub fn end(&self, at: Timestamp) -> Option<Timestamp> {
        let local = jiff::Timestamp::from_microsecond(at.0).ok()?.to_zoned(self.zone.clone());
        // Those that began today, and those of yesterday that last over midnight.
        let yesterday = local.date().yesterday().ok()?;
        let ends = [yesterday, local.date()].into_iter().filter_map(|day| {
            let (from, to) = self.on(day)?;
            (from <= at.0 && at.0 < to).then_some(to)
        });
        ends.max().map(Timestamp)
    }

    /// The quiet hours that begin on a day, in microseconds.
    fn on(&self, day: Date) -> Option<(i64, i64)> {
        if !self.days[day.weekday().to_monday_zero_offset() as usize] {
            return None;
        }
        let last = if self.to <= self.from { day.checked_add(1.day()).ok()? } else { day };
        let from = at_local(&self.zone, day.to_datetime(self.from), false)?;
        Some((from, at_local(&self.zone, last.to_datetime(self.to), true)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quiet(from: &str, to: &str, days: Option<&str>) -> QuietSpec {
        QuietSpec {
            from: from.to_owned(),
            to: to.to_owned(),
            zone: "Europe/Berlin".to_owned(),
            days: days.map(str::to_owned),
            except_priority: 9,
            except_risk: Some(Risk::High),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_night_ends_in_the_morning() {
        let night = quiet("22:00", "07:00", Some("mon-fri")).compile().unwrap();
        // Friday the 4th of December, 23:00 in Berlin: the night of Friday ends on Saturday at seven.
        assert_eq!(night.end(at("2026-12-04T22:00:00Z")), Some(at("2026-12-05T06:00:00Z")));
        assert_eq!(night.end(at("2026-12-05T05:59:00Z")), Some(at("2026-12-05T06:00:00Z")));
        assert_eq!(night.end(at("2026-12-05T06:00:00Z")), None);
        // Saturday's night is not quiet.
        assert_eq!(night.end(at("2026-12-05T22:00:00Z")), None);
        assert_eq!(night.end(at("2026-12-04T12:00:00Z")), None);
    }

    #[test]
    fn what_cannot_wait_breaks_them() {
        let quiet = quiet("22:00", "07:00", None);
        assert!(quiet.broken_by(9, None) && quiet.broken_by(0, Some(Risk::High)));
        assert!(!quiet.broken_by(8, Some(Risk::Medium)) && !quiet.broken_by(8, None));
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        let path = |spec: QuietSpec| spec.compile().err().map(|(path, _)| path);
        assert_eq!(path(quiet("10 pm", "07:00", None)).as_deref(), Some("/from"));
        assert_eq!(path(quiet("22:00", "25:00", None)).as_deref(), Some("/to"));
        assert_eq!(path(quiet("22:00", "07:00", Some("fri-mon"))).as_deref(), Some("/days"));
    }

    proptest! {
        /// The end of quiet hours is in none, unless the next begin right there; and it is never before.
        #[test]
        fn the_end_is_after_and_no_longer_quiet(minutes in 0_i64..400_000) {
            let night = quiet("22:00", "07:00", None).compile().unwrap();
            let at = Timestamp(at("2026-01-01T00:00:00Z").0 + minutes * 60_000_000);
            if let Some(end) = night.end(at) {
                prop_assert!(end > at && end.0 - at.0 <= 10 * 3_600_000_000);
                prop_assert_eq!(night.end(end), None);
            }
        }
    }
}
