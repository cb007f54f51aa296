//! What the ledger knows of an event: the envelope, and the commitments to rows of state it carries.
//!
//! An event is a canonical JSON object with at least `v` (1), `id`, `kind`, `at`, `space`, `actor` and `data`. The list
//! `data.rows` names each row of state the event wrote, with a commitment to its new content.

use crate::{Hash, canonical};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::marker::PhantomData;

/// Kind of the event that destroys personal content: its rows with a null commitment are erased, not deleted.
pub const ERASED: &str = "erased";
/// Kind of the event that introduces a further checkpoint key in `data.vkey`.
pub const KEY_ROTATED: &str = "key_rotated";

/// Salted commitment to canonical bytes: `sha256:` and hex(SHA-256(salt || bytes)).
pub fn commit(salt: &[u8; 16], bytes: &[u8]) -> String {
    format!("sha256:{}", commitment_hash(salt, bytes).to_hex())
}

pub(crate) fn commitment_hash(salt: &[u8; 16], bytes: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update(salt).chain_update(bytes).finalize().into())
}

/// One entry of `data.rows`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowRef<'a> {
    /// The table, such as `cases`.
    pub table: Cow<'a, str>,
    /// The row's id.
    pub id: Cow<'a, str>,
    /// Hash in the commitment; `None` for a row that is deleted, or erased by an event of kind [`ERASED`].
    pub commitment: Option<Hash>,
}

/// What the verifier reads of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// Id of the event.
    pub id: Cow<'a, str>,
    /// What happened.
    pub kind: Cow<'a, str>,
    /// Rows of state it wrote.
    pub rows: Vec<RowRef<'a>>,
    /// The new key in an event of kind [`KEY_ROTATED`].
    pub vkey: Option<Cow<'a, str>>,
}

/// A text that is not an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// Not canonical JSON.
    #[error(transparent)]
    NotCanonical(#[from] canonical::NotCanonical),
    /// Canonical JSON, but not an event.
    #[error("not an event: {0}")]
    Shape(String),
}

impl<'a> Envelope<'a> {
    /// Reads and checks the canonical text of an event.
    pub fn parse(text: &'a str) -> Result<Self, EventError> {
        canonical::check(text, canonical::MAX_DEPTH)?;
        let event: EventIn<'a> = object(text)?;
        if event.v != 1 {
            return Err(shape("`v` is not 1"));
        }
        let data = event.data.0;
        let rows = data.rows.unwrap_or_default();
        let rows = rows.into_iter().map(|row| row_ref(row.0)).collect::<Result<_, _>>()?;
        let vkey = match data.vkey {
            Some(vkey) if event.kind == KEY_ROTATED => Some(string(vkey.get())?),
            None if event.kind == KEY_ROTATED => return Err(shape("`data.vkey` is missing")),
            _ => None,
        };
        Ok(Self { id: event.id, kind: event.kind, rows, vkey })
    }
}

#[derive(serde::Deserialize)]
struct EventIn<'a> {
    v: u64,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(rename = "at")]
    _at: IgnoredAny,
    #[serde(rename = "space")]
    _space: IgnoredAny,
    #[serde(rename = "actor")]
    _actor: IgnoredAny,
    #[serde(borrow)]
    data: Object<DataIn<'a>>,
}

#[derive(serde::Deserialize)]
struct DataIn<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    rows: Option<Vec<Object<RowIn<'a>>>>,
    #[serde(borrow, default, deserialize_with = "present")]
    vkey: Option<&'a RawValue>,
}

#[derive(serde::Deserialize)]
struct RowIn<'a> {
    #[serde(borrow)]
    table: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "Option::deserialize")]
    commitment: Option<Cow<'a, str>>,
}

/// A value read from a JSON object only: serde alone would take an array for a struct too.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// A field that may be absent, but is not null where present.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

fn row_ref(row: RowIn<'_>) -> Result<RowRef<'_>, EventError> {
    let read = |text: Cow<'_, str>| {
        let hash = text.strip_prefix("sha256:").and_then(|hex| Hash::from_hex(hex).ok());
        hash.ok_or_else(|| shape("a commitment is neither null nor sha256: and 64 hex digits"))
    };
    Ok(RowRef { table: row.table, id: row.id, commitment: row.commitment.map(read).transpose()? })
}

/// Reads a JSON object.
pub(crate) fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, EventError> {
    serde_json::from_str::<Object<T>>(text).map(|object| object.0).map_err(shape)
}

fn string(text: &str) -> Result<Cow<'_, str>, EventError> {
    #[derive(serde::Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text<'_>>(text).map(|text| text.0).map_err(shape)
}

fn shape(why: impl std::fmt::Display) -> EventError {
    EventError::Shape(why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read() {
        let hash = "ab".repeat(32);
        let text = format!(
            "{{\"actor\":null,\"at\":1,\"data\":{{\"rows\":[{{\"commitment\":\"sha256:{hash}\",\"id\":\"c\\n1\",\"table\":\"cases\"}},\
             {{\"commitment\":null,\"id\":\"t1\",\"table\":\"tasks\"}}]}},\"id\":\"e1\",\"kind\":\"k\",\"space\":\"s\",\"v\":1}}"
        );
        let event = Envelope::parse(&text).unwrap();
        assert_eq!((&*event.id, &*event.kind, event.rows.len()), ("e1", "k", 2));
        assert_eq!(
            (&*event.rows[0].id, event.rows[0].commitment),
            ("c\n1", Some(Hash::from_hex(&hash).unwrap()))
        );
        assert_eq!(event.rows[1].commitment, None);
    }

    #[test]
    fn other_texts_are_refused() {
        let event = |data: &str| {
            format!(
                "{{\"actor\":0,\"at\":0,\"data\":{data},\"id\":\"e\",\"kind\":\"k\",\"space\":0,\"v\":1}}"
            )
        };
        assert!(Envelope::parse(&event("{}")).is_ok());
        for data in [
            "[]",
            "null",
            "{\"rows\":null}",
            "{\"rows\":{}}",
            "{\"rows\":[[\"t\",\"i\",null]]}",
            "{\"rows\":[{\"id\":\"i\",\"table\":\"t\"}]}",
            "{\"rows\":[{\"commitment\":\"sha256:AB\",\"id\":\"i\",\"table\":\"t\"}]}",
        ] {
            assert!(Envelope::parse(&event(data)).is_err(), "{data}");
        }
        assert!(Envelope::parse(&event("{}").replace("\"v\":1", "\"v\":2")).is_err());
        assert!(Envelope::parse(&event("{}").replace("\"v\":1", "\"v\": 1")).is_err());
        assert!(Envelope::parse(&event("{}").replace("\"k\"", KEY_ROTATED)).is_err());
        assert!(Envelope::parse("[0,0,{},\"e\",\"k\",0,1]").is_err());
    }

    #[test]
    fn a_commitment_is_salt_then_bytes() {
        let plain = Hash(Sha256::digest(b"0123456789abcdef{}").into());
        assert_eq!(commit(b"0123456789abcdef", b"{}"), format!("sha256:{plain}"));
    }
}
