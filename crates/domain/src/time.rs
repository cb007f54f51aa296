//! Points in time and spans, in microseconds.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
///
/// Written as RFC 3339 in UTC with microseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

/// A length of time in microseconds, never negative. Written as `90s`, `5m`, `4h`, `2d`, `250ms`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(pub i64);

/// Text that is no time or no span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not {1}")]
pub struct TimeError(String, &'static str);

impl Timestamp {
    /// Later than any other.
    pub const MAX: Self = Self(i64::MAX);

    /// Whole milliseconds since the epoch, as UUIDv7 wants them.
    pub fn unix_ms(self) -> u64 {
        u64::try_from(self.0 / 1_000).unwrap_or(0)
    }

    /// Seconds since the epoch.
    pub fn unix_seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// So many seconds.
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds * 1_000_000)
    }

    /// So many milliseconds.
    pub const fn millis(millis: i64) -> Self {
        Self(millis * 1_000)
    }

    /// The span in seconds.
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl Timestamp {
    /// A moment as HTTP writes it (RFC 9110 section 5.6.7), as in `Sun, 06 Nov 1994 08:49:37 GMT`.
    pub fn from_http_date(text: &str) -> Option<Self> {
        let at = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
        Some(Self(at.timestamp().as_microsecond()))
    }

    /// To the minute, for people: `2026-01-31 17:05 UTC`.
    pub fn to_minute(self) -> String {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(at) => at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            Err(_) => self.to_string(),
        }
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub for Timestamp {
    type Output = Span;
    /// The time from `earlier` to `self`; zero when `earlier` is later.
    fn sub(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0).max(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(at) => write!(f, "{at:.6}"),
            // Outside the years jiff knows; show the number rather than lie.
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        text.parse::<jiff::Timestamp>().map(|at| Self(at.as_microsecond())).map_err(|_| {
            TimeError(text.chars().take(60).collect(), "an RFC 3339 time like 2026-12-01T12:00:00Z")
        })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "m")];
        for (micros, unit) in units.into_iter().chain([(1_000_000, "s"), (1_000, "ms")]) {
            if self.0 % micros == 0 && (self.0 > 0 || unit == "s") {
                return write!(f, "{}{unit}", self.0 / micros);
            }
        }
        write!(f, "{}us", self.0)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Span {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let error = || {
            TimeError(text.chars().take(60).collect(), "a duration like 250ms, 90s, 5m, 4h or 2d")
        };
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let amount: i64 = text[..digits].parse().map_err(|_| error())?;
        let micros = match &text[digits..] {
            "us" => 1,
            "ms" => 1_000,
            "s" => 1_000_000,
            "m" => 60_000_000,
            "h" => 3_600_000_000,
            "d" => 86_400_000_000,
            _ => return Err(error()),
        };
        amount.checked_mul(micros).map(Self).ok_or_else(error)
    }
}

macro_rules! as_text {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
as_text!(Timestamp);
as_text!(Span);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn times_round_trip(micros in 0_i64..4_102_444_800_000_000) {
            prop_assert_eq!(Timestamp(micros).to_string().parse(), Ok(Timestamp(micros)));
        }

        #[test]
        fn spans_round_trip(micros in 0_i64..1_000_000_000_000_000) {
            prop_assert_eq!(Span(micros).to_string().parse(), Ok(Span(micros)));
        }

        #[test]
        fn any_text_is_a_span_or_an_error(text in ".{0,20}") {
            let _ = text.parse::<Span>();
        }
    }

    #[test]
    fn dates_of_http_are_read() {
        let at = Timestamp::from_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(at, Some(Timestamp(784_111_777_000_000)));
        assert_eq!(Timestamp(784_111_777_000_000).to_minute(), "1994-11-06 08:49 UTC");
        assert_eq!(Timestamp::from_http_date("tomorrow"), None);
    }

    #[test]
    fn zero_is_written_in_seconds() {
        assert_eq!(Span::ZERO.to_string(), "0s");
    }
}
