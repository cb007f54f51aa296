//! Identifiers: UUIDv7 inside, a prefix and 26 characters of Crockford base32 outside.
//!
//! The text form sorts like the bytes, so ids sort by the time they were made. What lives inside a
//! case (proposal, task, claim, judgment, decision) is named by the case and a number that counts
//! within it, as in `clm_01j9…-3`: whoever holds the id of a claim knows which case to lock, without
//! a look-up and without another index.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// Crockford's base32 alphabet in lower case, as the TypeID specification uses it.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const TEXT_LEN: usize = 26;

/// An id that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id of the form `{expected}`")]
pub struct IdError {
    text: String,
    expected: &'static str,
}

fn encode(uuid: Uuid) -> [u8; TEXT_LEN] {
    let value = uuid.as_u128();
    let mut text = [0_u8; TEXT_LEN];
    for (i, slot) in text.iter_mut().enumerate() {
        let shift = 5 * (TEXT_LEN - 1 - i);
        *slot = ALPHABET[((value >> shift) & 31) as usize];
    }
    text
}

fn decode(text: &str) -> Option<Uuid> {
    let bytes = text.as_bytes();
    // The first character carries the top three bits only: 26 * 5 = 130.
    if bytes.len() != TEXT_LEN || bytes[0] > b'7' {
        return None;
    }
    let mut value = 0_u128;
    for &byte in bytes {
        let digit = ALPHABET.iter().position(|&c| c == byte)?;
        value = (value << 5) | digit as u128;
    }
    Some(Uuid::from_u128(value))
}

/// Makes a UUIDv7 (RFC 9562) from a time and 74 random bits that the caller drew.
pub fn uuid_v7(unix_ms: u64, random: &[u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(unix_ms, random).into_uuid()
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The prefix of the text form.
            pub const PREFIX: &str = $prefix;

            /// The sixteen bytes that are stored.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// When it was made, in whole milliseconds since the epoch.
            pub fn unix_ms(&self) -> u64 {
                let [a, b, c, d, e, f, ..] = *self.0.as_bytes();
                u64::from_be_bytes([0, 0, a, b, c, d, e, f])
            }

            /// The id stored as these sixteen bytes.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = encode(self.0);
                f.write_str(concat!($prefix, "_"))?;
                f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "_")).and_then(decode).map(Self).ok_or_else(|| {
                    IdError {
                        text: text.chars().take(80).collect(),
                        expected: concat!($prefix, "_<26 characters>"),
                    }
                })
            }
        }

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

macro_rules! inner_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            /// The case it lives in.
            pub case: CaseId,
            /// Its number inside the case, from 1.
            pub n: u32,
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = encode(self.case.0);
                f.write_str(concat!($prefix, "_"))?;
                f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)?;
                write!(f, "-{}", self.n)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let parse = || {
                    let (case, n) = text.strip_prefix(concat!($prefix, "_"))?.split_once('-')?;
                    // One spelling per id: no sign, no leading zero.
                    if n.starts_with(['0', '+']) {
                        return None;
                    }
                    Some(Self { case: CaseId(decode(case)?), n: n.parse().ok()? })
                };
                parse().ok_or_else(|| IdError {
                    text: text.chars().take(80).collect(),
                    expected: concat!($prefix, "_<26 characters>-<number>"),
                })
            }
        }

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

id!(/** A loop. */ LoopId, "loop");
id!(/** A case. */ CaseId, "case");
id!(/** A member: an account of a person in a space. */ MemberId, "mem");
id!(/** A natural person; several members may be one person. */ PersonId, "per");
id!(/** An API key. */ KeyId, "key");
id!(/** A model version in a loop's registry. */ ModelId, "mod");
id!(/** A background job. */ JobId, "job");
id!(/** A timer. */ TimerId, "tmr");
id!(/** A message in the outbox. */ MessageId, "msg");
id!(/** What a member is told. */ NotificationId, "ntf");
id!(/** An endpoint that messages are sent to. */ WebhookId, "whk");
id!(/** A way in or out: a broker, a help desk. */ ChannelId, "chn");
id!(/** A comment on a case. */ CommentId, "cmt");
id!(/** What the world said later about a case. */ OutcomeId, "out");
id!(/** An uploaded file. */ MediaId, "med");
id!(/** An event of the ledger. */ EventId, "evt");
id!(/** A run: one live execution of an agent. */ RunId, "run");
id!(/** A standing permission. */ StandingId, "stg");
id!(/** A sign-off over many cases. */ BatchId, "bat");
id!(/** A change of who is which natural person. */ PersonChangeId, "pch");
id!(/** A passkey. */ PasskeyId, "pky");
id!(/** Something a model suggested to a person at work on a text. */ SuggestionId, "sug");
inner_id!(/** A proposal of a case. */ ProposalId, "prop");
inner_id!(/** A task of a case. */ TaskId, "task");
inner_id!(/** A claim on a task of a case. */ ClaimId, "clm");
inner_id!(/** A judgment on a case. */ JudgmentId, "jdg");
inner_id!(/** A decision of a case. */ DecisionId, "dec");
inner_id!(/** Something said in the conversation beside a case. */ UtteranceId, "say");

id!(
    /// Something found out of bounds.
    AlertId,
    "alt"
);
id!(
    /// A change of many cases at once.
    BulkId,
    "blk"
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_round_trips_and_sorts_like_bytes(a: u128, b: u128) {
            let (a, b) = (CaseId(Uuid::from_u128(a)), CaseId(Uuid::from_u128(b)));
            prop_assert_eq!(a.to_string().parse::<CaseId>(), Ok(a));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }

        #[test]
        fn inner_ids_name_their_case(case: u128, n in 1_u32..) {
            let id = ClaimId { case: CaseId(Uuid::from_u128(case)), n };
            prop_assert_eq!(id.to_string().parse::<ClaimId>(), Ok(id));
        }

        #[test]
        fn any_text_is_an_id_or_an_error(text in ".{0,60}") {
            let _ = text.parse::<CaseId>();
            let _ = text.parse::<ClaimId>();
        }
    }

    #[test]
    fn other_prefixes_and_bad_numbers_are_refused() {
        let id = CaseId(Uuid::from_u128(7));
        assert!(id.to_string().replace("case", "dec").parse::<CaseId>().is_err());
        let claim = ClaimId { case: id, n: 12 }.to_string();
        assert!(claim.replace("-12", "-012").parse::<ClaimId>().is_err());
        assert!(claim.replace("-12", "").parse::<ClaimId>().is_err());
    }
}
