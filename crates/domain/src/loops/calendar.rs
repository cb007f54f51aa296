//! Working time: which hours count towards deadlines and the ladder.
//!
//! Rules of time zones are those of the IANA database that is built in, so the same file gives the
//! same times on every machine.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, ToSpan as _};
use serde::{Deserialize, Serialize};

use crate::time::{Span, Timestamp};

/// How far ahead working time is looked for.
const MOST_DAYS: usize = 366 * 20;
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// What can count working time only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// The deadline of a case.
    Deadline,
    /// The rungs of the ladder. Cases of priority 9 climb at every hour.
    Escalation,
}

/// Working time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarSpec {
    /// Name in the IANA database, as in `Europe/Berlin`.
    pub timezone: String,
    /// Hours by days, as in `mon-fri: "09:00-12:00, 13:00-17:00"`.
    pub hours: IndexMap<String, String>,
    /// Days without working time, as in `2026-12-25`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<String>,
    /// What counts working time only; both where absent.
    #[serde(default = "both")]
    pub counts: Vec<Counted>,
}

fn both() -> Vec<Counted> {
    vec![Counted::Deadline, Counted::Escalation]
}

/// A fault in a calendar: JSON pointer within it, and what is wrong.
pub type Fault = (String, String);

/// A calendar ready to count by.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
    /// Opening and closing by weekday from Monday; a closing of `None` is midnight.
    week: [Vec<(Time, Option<Time>)>; 7],
    holidays: BTreeSet<Date>,
}

impl CalendarSpec {
    /// Reads zone, hours and days.
    ///
    /// # Errors
    /// The first fault.
    pub fn compile(&self) -> Result<Calendar, Fault> {
        let zone = TimeZone::get(&self.timezone).map_err(|_| {
            let name = short(&self.timezone);
            ("/timezone".to_owned(), format!("`{name}` is no time zone of the IANA database"))
        })?;
        let mut week: [Vec<(Time, Option<Time>)>; 7] = Default::default();
        for (days, hours) in &self.hours {
            let at = crate::answer::pointer("/hours", days);
            let fault = |message: String| (at.clone(), message);
            let parsed = intervals(hours).map_err(&fault)?;
            for day in weekdays(days).map_err(&fault)? {
                if !week[day].is_empty() {
                    return Err(fault("a day has its hours in one place".to_owned()));
                }
                week[day].clone_from(&parsed);
            }
        }
        if week.iter().all(Vec::is_empty) {
            return Err(("/hours".to_owned(), "there is no working time at all".to_owned()));
        }
        let holiday = |(i, text): (usize, &String)| {
            text.parse::<Date>().map_err(|_| {
                (format!("/holidays/{i}"), format!("`{}` is no day like 2026-12-25", short(text)))
            })
        };
        let holidays = self.holidays.iter().enumerate().map(holiday).collect::<Result<_, _>>()?;
        Ok(Calendar { zone, week, holidays })
    }
}

pub(super) fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

pub(super) fn weekdays(text: &str) -> Result<Vec<usize>, String> {
    let day = |name: &str| DAYS.iter().position(|(known, _)| *known == name.trim());
    let wrong = || format!("`{}` are no days like `mon`, `mon-fri` or `sat,sun`", short(text));
    let mut found = Vec::new();
    for part in text.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (Some(from), Some(to)) = (day(from), day(to)) else { return Err(wrong()) };
        if from > to {
            return Err(wrong());
        }
        found.extend(from..=to);
    }
    Ok(found)
}

/// A time of day like 09:00.
pub(super) fn time_of(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let whole = |part: &str| (part.len() == 2).then(|| part.parse::<i8>().ok()).flatten();
    Time::new(whole(hour)?, whole(minute)?, 0, 0).ok()
}

fn intervals(text: &str) -> Result<Vec<(Time, Option<Time>)>, String> {
    let wrong = || format!("`{}` are no hours like `09:00-12:00, 13:00-17:00`", short(text));
    let mut found: Vec<(Time, Option<Time>)> = Vec::new();
    for part in text.split(',') {
        let (from, to) = part.split_once('-').ok_or_else(wrong)?;
        let open = time_of(from).ok_or_else(wrong)?;
        let close = if to.trim() == "24:00" { None } else { Some(time_of(to).ok_or_else(wrong)?) };
        let in_order = close.is_none_or(|close| open < close)
            && found.last().is_none_or(|(_, before)| before.is_some_and(|before| before <= open));
        if !in_order {
            return Err(format!("`{}`: hours go forward and do not overlap", short(text)));
        }
        found.push((open, close));
    }
    Ok(found)
}

impl Calendar {
    /// The moment at which `span` of working time has passed since `from`.
    pub fn add(&self, from: Timestamp, span: Span) -> Timestamp {
        let Ok(start) = jiff::Timestamp::from_microsecond(from.0) else { return from + span };
        let mut left = span.0;
        let mut day = start.to_zoned(self.zone.clone()).date();
        let mut last = from;
        for _ in 0..MOST_DAYS {
            for (open, close) in self.hours(day) {
                let (open, close) = (open.max(from.0), close);
                if close <= open {
                    continue;
                }
                if left <= close - open {
                    return Timestamp(open + left);
                }
                left -= close - open;
                last = Timestamp(close);
            }
            let Ok(next) = day.checked_add(1.day()) else { break };
            day = next;
        }
        last
    }

    /// The working hours of a day, in microseconds.
    fn hours(&self, day: Date) -> impl Iterator<Item = (i64, i64)> + '_ {
        let of_day = &self.week[day.weekday().to_monday_zero_offset() as usize];
        let rest = self.holidays.contains(&day);
        of_day.iter().filter(move |_| !rest).filter_map(move |(open, close)| {
            let close = match close {
                Some(close) => day.to_datetime(*close),
                None => day.checked_add(1.day()).ok()?.to_datetime(Time::midnight()),
            };
            Some((
                at_local(&self.zone, day.to_datetime(*open), false)?,
                at_local(&self.zone, close, true)?,
            ))
        })
    }

    /// The mean of a day's working hours, over the days of a week that have any.
    pub fn hours_a_day(&self) -> f64 {
        let minutes = |time: &Time| f64::from(time.hour()) * 60.0 + f64::from(time.minute());
        let of_day = |day: &Vec<(Time, Option<Time>)>| {
            let each = day
                .iter()
                .map(|(open, close)| close.as_ref().map_or(1_440.0, minutes) - minutes(open));
            each.sum::<f64>() / 60.0
        };
        let days: Vec<f64> = self.week.iter().filter(|day| !day.is_empty()).map(of_day).collect();
        days.iter().sum::<f64>() / days.len().max(1) as f64
    }
}

/// When a local time is: of one that comes twice the first, or the `later`; one that is skipped is
/// when the clock is put forward.
pub(super) fn at_local(zone: &TimeZone, local: DateTime, later: bool) -> Option<i64> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let found = match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => {
            let before = ambiguous.earlier().ok()? - SignedDuration::from_secs(1);
            zone.following(before).next()?.timestamp()
        }
        AmbiguousOffset::Fold { .. } if later => ambiguous.later().ok()?,
        _ => ambiguous.earlier().ok()?,
    };
    Some(found.as_microsecond())
}

/// The priority of cases that climb the ladder at every hour.
pub const URGENT: u8 = 9;

impl super::LoopSpec {
    /// When a limit of `span` that began at `from` in a queue ends, by the calendar of the queue, or
    /// else of the loop, where that counts this.
    pub fn limit(&self, queue: &str, what: Counted, from: Timestamp, span: Span) -> Timestamp {
        let counted = self.calendar_of(queue).filter(|calendar| calendar.counts.contains(&what));
        match counted.map(CalendarSpec::compile) {
            Some(Ok(calendar)) => calendar.add(from, span),
            // One that does not compile is refused at publish.
            Some(Err(_)) | None => from + span,
        }
    }

    /// When a task of a case of this priority goes up its next rung: not in quiet hours, unless the
    /// priority or the risk of the call breaks them.
    pub fn rung_at(
        &self,
        task: &crate::case::Task,
        priority: u8,
        risk: Option<super::Risk>,
    ) -> Option<Timestamp> {
        let after = self.review.escalation.get(task.rung as usize)?.after;
        let at = if priority >= URGENT {
            task.created_at + after
        } else {
            self.limit(&task.queue, Counted::Escalation, task.created_at, after)
        };
        Some(self.after_quiet(at, priority, risk))
    }

    /// A moment, or the end of the quiet hours that hold it, unless the case breaks them.
    pub fn after_quiet(&self, at: Timestamp, priority: u8, risk: Option<super::Risk>) -> Timestamp {
        let quiet = self.review.quiet_hours.as_ref();
        let quiet = quiet.filter(|quiet| !quiet.broken_by(priority, risk));
        quiet.and_then(|quiet| quiet.compile().ok()?.end(at)).unwrap_or(at)
    }

    /// The greatest risk among the calls of an answer.
    pub fn risk_of(&self, output: &crate::case::Answer) -> Option<super::Risk> {
        crate::answer::calls(self, output).map(|call| call.spec.risk).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn calendar(zone: &str, days: &str, hours: &str, holidays: &[&str]) -> Calendar {
        let spec = CalendarSpec {
            timezone: zone.to_owned(),
            hours: [(days.to_owned(), hours.to_owned())].into_iter().collect(),
            holidays: holidays.iter().map(|&day| day.to_owned()).collect(),
            counts: both(),
        };
        spec.compile().unwrap_or_else(|(at, why)| panic!("{at}: {why}"))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// Whether a minute is working time, by its local time alone.
    fn is_open(calendar: &Calendar, minute: i64) -> bool {
        let now =
            jiff::Timestamp::from_second(minute * 60).unwrap().to_zoned(calendar.zone.clone());
        let day = calendar.week[now.weekday().to_monday_zero_offset() as usize].iter();
        !calendar.holidays.contains(&now.date())
            && day.into_iter().any(|(open, close)| {
                *open <= now.time() && close.is_none_or(|close| now.time() < close)
            })
    }

    const MINUTE: i64 = 60_000_000;

    proptest! {
        /// Between the beginning and the end lies exactly the span in working minutes, over both
        /// changes of the clock, and the end comes right after a working minute.
        #[test]
        fn the_span_is_what_was_worked(
            zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
            days in prop::sample::select(vec!["mon-fri", "mon-sun", "sat,sun", "sun"]),
            hours in prop::sample::select(vec!["09:00-17:00", "00:00-24:00", "22:00-24:00", "08:00-12:00, 13:00-18:00", "00:00-05:00"]),
            week in prop::sample::select(vec!["2026-03-06T00:00:00Z", "2026-03-27T00:00:00Z", "2026-04-03T00:00:00Z", "2026-10-02T00:00:00Z", "2026-10-23T00:00:00Z", "2026-10-30T00:00:00Z"]),
            offset in 0_i64..5_000,
            minutes in 1_i64..2_000,
        ) {
            let calendar = calendar(zone, days, hours, &["2026-03-30", "2026-10-26"]);
            let from = at(week).0 / MINUTE + offset;
            let end = calendar.add(Timestamp(from * MINUTE), Span(minutes * MINUTE)).0 / MINUTE;
            let worked = (from..end).filter(|minute| is_open(&calendar, *minute)).count();
            prop_assert_eq!(worked as i64, minutes);
            prop_assert!(is_open(&calendar, end - 1));
        }

        #[test]
        fn who_begins_later_ends_no_sooner(a in 0_i64..20_000, b in 0_i64..20_000, span in 0_i64..3_000) {
            let calendar = calendar("Europe/Berlin", "mon-fri", "09:00-17:00", &["2026-04-03"]);
            let start = at("2026-03-25T00:00:00Z").0;
            let end = |minute: i64| calendar.add(Timestamp(start + minute * MINUTE), Span(span * MINUTE));
            prop_assert!(end(a.min(b)) <= end(a.max(b)));
        }

        #[test]
        fn any_text_is_a_calendar_or_a_fault(zone in ".{0,12}", days in ".{0,8}", hours in ".{0,14}") {
            let spec = CalendarSpec {
                timezone: zone, hours: [(days, hours)].into_iter().collect(),
                holidays: Vec::new(), counts: both(),
            };
            let _ = spec.compile();
        }
    }

    #[test]
    fn a_weekend_and_a_holiday_do_not_count() {
        let berlin = calendar("Europe/Berlin", "mon-fri", "09:00-17:00", &["2026-12-25"]);
        // Thursday 16:00 in Berlin; Friday is a holiday, so the fourth hour is Monday's third.
        let end = berlin.add(at("2026-12-24T15:00:00Z"), Span::seconds(4 * 3_600));
        assert_eq!(end, at("2026-12-28T11:00:00Z"));
    }

    #[test]
    fn hours_that_begin_in_the_skipped_hour_begin_when_the_clock_is_put_forward() {
        let berlin = calendar("Europe/Berlin", "sun", "02:30-05:00", &[]);
        // On 29 March 2026 the clock goes from 02:00 to 03:00: two hours are left.
        let end = berlin.add(at("2026-03-29T00:00:00Z"), Span::seconds(2 * 3_600));
        assert_eq!(end, at("2026-03-29T03:00:00Z"));
    }
}
