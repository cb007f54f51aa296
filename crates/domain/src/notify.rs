//! What a member wants to be told of, by which way, and when.
//!
//! Pure: preferences and a time in, a time out. What is told is computed by the shell from sealed
//! events; who may know of it is a question of access, asked again when a message is written.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::time::{Span, Timestamp};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As it is stored and sent.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The one of this name.
            pub fn of(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    };
}

words! {
    /// What a notification is about.
    About {
        /// An approval of a call is wanted from those who may give it.
        Approval = "approval",
        /// A case was escalated to those who may decide it now.
        Escalated = "escalated",
        /// A case one holds is due soon.
        Deadline = "deadline",
        /// One's judgment was overruled.
        Overruled = "overruled",
        /// Something was said in a conversation one holds.
        Message = "message",
        /// A bound of a loop or run was passed.
        Alert = "alert",
        /// An approval was never used.
        Unconsumed = "unconsumed",
        /// A way of telling members fails.
        Channel = "channel",
        /// What waits, once a day.
        Digest = "digest",
    }
}

words! {
    /// How a member is told.
    Way {
        /// In the app: the bell.
        App = "app",
        /// By e-mail.
        Email = "email",
        /// By a chat that speaks Slack's API.
        Slack = "slack",
    }
}

words! {
    /// When what happened is sent.
    Batching {
        /// As it happens.
        AtOnce = "at_once",
        /// Together, at most every 15 minutes.
        QuarterHour = "quarter_hour",
        /// Together, once a day at [`Preferences::daily_at`].
        Daily = "daily",
    }
}

/// A part of the day in which nothing is sent outside the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// When it begins, `HH:MM`.
    pub from: String,
    /// When it ends, `HH:MM`; before `from` it ends on the next day.
    pub to: String,
}

/// What a member wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preferences {
    /// The ways for each kind.
    pub ways: BTreeMap<About, BTreeSet<Way>>,
    /// When messages are sent, for each way outside the app.
    pub batching: BTreeMap<Way, Batching>,
    /// Quiet hours; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
    /// The zone in which hours are read, a name of the IANA database.
    pub zone: String,
    /// When daily messages are sent, `HH:MM`.
    pub daily_at: String,
}

impl Default for Preferences {
    /// Everything in the app; by e-mail and chat what somebody waits for; the digest by nobody's
    /// choice but one's own.
    fn default() -> Self {
        let ways = |about: &About| match about {
            About::Approval | About::Escalated | About::Unconsumed | About::Alert => {
                BTreeSet::from([Way::App, Way::Email, Way::Slack])
            }
            About::Deadline | About::Overruled | About::Message | About::Channel => {
                BTreeSet::from([Way::App])
            }
            About::Digest => BTreeSet::new(),
        };
        Self {
            ways: About::ALL.iter().map(|about| (*about, ways(about))).collect(),
            batching: BTreeMap::from([
                (Way::Email, Batching::AtOnce),
                (Way::Slack, Batching::AtOnce),
            ]),
            quiet: None,
            zone: "UTC".to_owned(),
            daily_at: "08:00".to_owned(),
        }
    }
}

/// A fault: JSON pointer within the preferences, and the mend.
pub type Fault = (String, String);

/// Preferences that were checked and can be counted by.
#[derive(Debug, Clone)]
pub struct Schedule {
    preferences: Preferences,
    quiet: Option<(Time, Time)>,
    zone: TimeZone,
    daily_at: Time,
}

fn time_of(text: &str, path: &str) -> Result<Time, Fault> {
    let fault =
        || (path.to_owned(), "give a time of day as `HH:MM`, from 00:00 to 23:59".to_owned());
    let (hour, minute) = text.split_once(':').ok_or_else(fault)?;
    let two = |part: &str| {
        (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<i8>().ok())
    };
    let (Some(Some(hour)), Some(Some(minute))) = (two(hour), two(minute)) else {
        return Err(fault());
    };
    Time::new(hour, minute, 0, 0).map_err(|_| fault())
}

impl Preferences {
    /// Reads hours and zone.
    ///
    /// # Errors
    /// The first fault, with a JSON pointer.
    pub fn compile(&self) -> Result<Schedule, Fault> {
        let zone = TimeZone::get(&self.zone).map_err(|_| {
            let message = "this is no time zone of the IANA database; give one as `Europe/Berlin`";
            ("/zone".to_owned(), message.to_owned())
        })?;
        let quiet = match &self.quiet {
            None => None,
            Some(quiet) => {
                let hours =
                    (time_of(&quiet.from, "/quiet/from")?, time_of(&quiet.to, "/quiet/to")?);
                if hours.0 == hours.1 {
                    let message =
                        "quiet hours begin and end at the same time; leave `quiet` out for none";
                    return Err(("/quiet/to".to_owned(), message.to_owned()));
                }
                Some(hours)
            }
        };
        if self.batching.contains_key(&Way::App) {
            let message = "the app shows things as they happen; leave `app` out";
            return Err(("/batching/app".to_owned(), message.to_owned()));
        }
        let daily_at = time_of(&self.daily_at, "/daily_at")?;
        Ok(Schedule { preferences: self.clone(), quiet, zone, daily_at })
    }

    /// Whether something is told by a way.
    pub fn wants(&self, about: About, way: Way) -> bool {
        self.ways.get(&about).is_some_and(|ways| ways.contains(&way))
    }
}

impl Schedule {
    /// When something that happens at `now` is sent by a way outside the app: never before `now`,
    /// never within quiet hours.
    pub fn send_at(&self, way: Way, now: Timestamp) -> Timestamp {
        const QUARTER: i64 = 15 * 60 * 1_000_000;
        let batching = self.preferences.batching.get(&way).copied().unwrap_or(Batching::AtOnce);
        let at = match batching {
            Batching::AtOnce => now,
            Batching::QuarterHour => Timestamp((now.0.div_euclid(QUARTER) + 1) * QUARTER),
            Batching::Daily => self.next(self.daily_at, now),
        };
        self.after_quiet(at)
    }

    /// The next daily message after `now`.
    pub fn next_daily(&self, now: Timestamp) -> Timestamp {
        self.next(self.daily_at, now)
    }

    /// The first instant after `now` at which clocks of the zone show `at`; where they are put
    /// forward over it, the first after the gap.
    fn next(&self, at: Time, now: Timestamp) -> Timestamp {
        let Ok(instant) = jiff::Timestamp::from_microsecond(now.0) else { return now };
        let today = instant.to_zoned(self.zone.clone()).date();
        for date in [
            Some(today),
            today.tomorrow().ok(),
            today.tomorrow().ok().and_then(|d| d.tomorrow().ok()),
        ] {
            let Some(date) = date else { continue };
            let Ok(zoned) = date.to_datetime(at).to_zoned(self.zone.clone()) else { continue };
            let found = Timestamp(zoned.timestamp().as_microsecond());
            if found.0 > now.0 {
                return found;
            }
        }
        now
    }

    /// The first instant from `at` on that is not quiet. Where clocks are put forward over the end of the quiet
    /// hours, what follows the gap may be quiet again: that day has none, and the next one's end is it.
    fn after_quiet(&self, at: Timestamp) -> Timestamp {
        let end = self.end_of_quiet(at);
        self.end_of_quiet(end)
    }

    fn end_of_quiet(&self, at: Timestamp) -> Timestamp {
        let Some((from, to)) = self.quiet else { return at };
        let Ok(instant) = jiff::Timestamp::from_microsecond(at.0) else { return at };
        let local = instant.to_zoned(self.zone.clone()).time();
        let inside =
            if from < to { local >= from && local < to } else { local >= from || local < to };
        if inside { self.next(to, at) } else { at }
    }
}

/// How long before its deadline a held case is told of.
pub const NEAR: Span = Span::seconds(15 * 60);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn schedule(batching: Batching, quiet: Option<(&str, &str)>, zone: &str) -> Schedule {
        let mut preferences = Preferences { zone: zone.to_owned(), ..Preferences::default() };
        preferences.batching.insert(Way::Email, batching);
        preferences.quiet =
            quiet.map(|(from, to)| Quiet { from: from.to_owned(), to: to.to_owned() });
        preferences.compile().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
    }

    #[test]
    fn quiet_hours_over_midnight_end_in_the_morning_of_their_zone() {
        let night = schedule(Batching::AtOnce, Some(("22:00", "07:00")), "Europe/Berlin");
        let sent = |now| night.send_at(Way::Email, at(now));
        assert_eq!(sent("2026-07-01T19:59:00Z"), at("2026-07-01T19:59:00Z"));
        assert_eq!(sent("2026-07-01T20:00:00Z"), at("2026-07-02T05:00:00Z"));
        assert_eq!(sent("2026-01-01T23:30:00Z"), at("2026-01-02T06:00:00Z"));
        assert_eq!(sent("2026-01-01T06:00:00Z"), at("2026-01-01T06:00:00Z"));
    }

    #[test]
    fn batches_meet_at_the_quarter_and_at_the_hour_of_the_day() {
        let quarter = schedule(Batching::QuarterHour, None, "UTC");
        assert_eq!(
            quarter.send_at(Way::Email, at("2026-01-01T10:01:00Z")),
            at("2026-01-01T10:15:00Z")
        );
        assert_eq!(
            quarter.send_at(Way::Email, at("2026-01-01T10:15:00Z")),
            at("2026-01-01T10:30:00Z")
        );
        let daily = schedule(Batching::Daily, None, "America/New_York");
        assert_eq!(
            daily.send_at(Way::Email, at("2026-01-01T12:59:00Z")),
            at("2026-01-01T13:00:00Z")
        );
        assert_eq!(
            daily.send_at(Way::Email, at("2026-01-01T13:00:00Z")),
            at("2026-01-02T13:00:00Z")
        );
        // At 02:30 on this day no clock in Berlin shows 02:30.
        let (zone, daily_at) = ("Europe/Berlin".to_owned(), "02:30".to_owned());
        let preferences = Preferences { zone, daily_at, ..Preferences::default() };
        let gap = preferences.compile().unwrap();
        assert_eq!(gap.next_daily(at("2026-03-29T00:00:00Z")), at("2026-03-29T01:30:00Z"));
        // Nor 02:00, the only hour of the day at which mail may be sent here: the day after it is.
        let but_two = schedule(Batching::AtOnce, Some(("03:00", "02:00")), "Europe/Berlin");
        let sent = but_two.send_at(Way::Email, at("2026-03-28T12:00:00Z"));
        assert_eq!(sent, at("2026-03-30T00:00:00Z"));
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place() {
        let check = |change: fn(&mut Preferences), path: &str| {
            let mut preferences = Preferences::default();
            change(&mut preferences);
            assert_eq!(preferences.compile().unwrap_err().0, path);
        };
        check(|p| "Mars/Olympus".clone_into(&mut p.zone), "/zone");
        check(|p| "8:00".clone_into(&mut p.daily_at), "/daily_at");
        check(|p| "24:00".clone_into(&mut p.daily_at), "/daily_at");
        let quiet = |from: &str, to: &str| Some(Quiet { from: from.into(), to: to.into() });
        check(|p| p.quiet = Some(Quiet { from: "x".into(), to: "07:00".into() }), "/quiet/from");
        let mut same = Preferences { quiet: quiet("07:00", "07:00"), ..Preferences::default() };
        assert_eq!(same.compile().unwrap_err().0, "/quiet/to");
        same.quiet = None;
        same.batching.insert(Way::App, Batching::Daily);
        assert_eq!(same.compile().unwrap_err().0, "/batching/app");
    }

    proptest! {
        /// Nothing is sent before it happens, within quiet hours, or later than three days after.
        #[test]
        fn a_time_to_send_is_soon_and_never_quiet(
            now in 1_700_000_000_000_000_i64..1_900_000_000_000_000,
            from in 0_i8..24, to in 0_i8..24, batching in 0_usize..3, zone in 0_usize..4,
        ) {
            prop_assume!(from != to);
            let zone = ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Chatham"][zone];
            let (begin, end) = (format!("{from:02}:00"), format!("{to:02}:00"));
            let plan = schedule(Batching::ALL[batching], Some((&begin, &end)), zone);
            let sent = plan.send_at(Way::Email, Timestamp(now));
            prop_assert!(sent.0 >= now);
            prop_assert!(sent.0 <= now + 73 * 3_600 * 1_000_000);
            prop_assert_eq!(plan.after_quiet(sent), sent);
        }
    }
}
