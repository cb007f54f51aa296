//! Canonical JSON (RFC 8785) straight from a type, without a tree of values in between: every change
//! of a case is written this way once.
//!
//! The text is the one that [`tandem_ledger::canonical`] writes for the same value; a test holds the
//! two together.

use std::fmt::{Display, Write};

use serde::ser::{self, Serialize};
use tandem_ledger::canonical::{self, CanonicalError, MAX_DEPTH};

use crate::errors::{EngineError, Result};

/// The canonical text of anything that serialises to JSON.
pub(crate) fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    let mut out = String::with_capacity(1_024);
    value.serialize(Writer { out: &mut out, depth: 0 })?;
    Ok(out)
}

/// Why a value has no canonical text.
#[derive(Debug)]
pub(crate) enum Failure {
    Canonical(CanonicalError),
    Other(String),
}

impl Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Canonical(error) => error.fmt(f),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Failure {}

impl ser::Error for Failure {
    fn custom<T: Display>(message: T) -> Self {
        Self::Other(message.to_string())
    }
}

impl From<Failure> for EngineError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Canonical(error) => error.into(),
            Failure::Other(text) => Self::Internal(text),
        }
    }
}

struct Writer<'a> {
    out: &'a mut String,
    depth: usize,
}

type Done = Result<(), Failure>;

impl<'a> Writer<'a> {
    fn show(self, value: impl Display) -> Done {
        write!(self.out, "{value}").map_err(ser::Error::custom)
    }

    fn deeper(&self) -> Result<usize, Failure> {
        if self.depth >= MAX_DEPTH {
            return Err(Failure::Canonical(CanonicalError::TooDeep));
        }
        Ok(self.depth + 1)
    }

    fn list(self, closing: &'static str) -> Result<List<'a>, Failure> {
        let depth = self.deeper()?;
        self.out.push('[');
        Ok(List { out: self.out, depth, first: true, closing })
    }

    fn object(self, closing: &'static str) -> Result<Object<'a>, Failure> {
        let depth = self.deeper()?;
        self.out.push('{');
        Ok(Object { start: self.out.len(), out: self.out, depth, members: Vec::new(), closing })
    }

    /// `{"variant":` and the depth of what follows.
    fn variant(&mut self, variant: &str) -> Result<(), Failure> {
        self.depth = self.deeper()?;
        self.out.push('{');
        canonical::write_str(variant, self.out);
        self.out.push(':');
        Ok(())
    }
}

impl<'a> ser::Serializer for Writer<'a> {
    type Ok = ();
    type Error = Failure;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = Object<'a>;
    type SerializeStruct = Object<'a>;
    type SerializeStructVariant = Object<'a>;

    fn serialize_bool(self, value: bool) -> Done {
        self.out.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Done {
        self.show(value)
    }

    fn serialize_i16(self, value: i16) -> Done {
        self.show(value)
    }

    fn serialize_i32(self, value: i32) -> Done {
        self.show(value)
    }

    fn serialize_i64(self, value: i64) -> Done {
        self.show(value)
    }

    fn serialize_u8(self, value: u8) -> Done {
        self.show(value)
    }

    fn serialize_u16(self, value: u16) -> Done {
        self.show(value)
    }

    fn serialize_u32(self, value: u32) -> Done {
        self.show(value)
    }

    fn serialize_u64(self, value: u64) -> Done {
        self.show(value)
    }

    fn serialize_f32(self, value: f32) -> Done {
        self.serialize_f64(f64::from(value))
    }

    fn serialize_f64(self, value: f64) -> Done {
        if !value.is_finite() {
            // As serde_json has it: what is no number is null.
            return self.serialize_unit();
        }
        canonical::write_f64(value, self.out).map_err(ser::Error::custom)
    }

    fn serialize_char(self, value: char) -> Done {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Done {
        canonical::write_str(value, self.out);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Done {
        value.serialize(self)
    }

    fn serialize_none(self) -> Done {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done {
        self.out.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Done {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Done {
        self.variant(variant)?;
        value.serialize(Writer { out: &mut *self.out, depth: self.depth })?;
        self.out.push('}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a>, Failure> {
        self.list("]")
    }

    fn serialize_tuple(self, _: usize) -> Result<List<'a>, Failure> {
        self.list("]")
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List<'a>, Failure> {
        self.list("]")
    }

    fn serialize_tuple_variant(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'a>, Failure> {
        self.variant(variant)?;
        self.list("]}")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Object<'a>, Failure> {
        self.object("}")
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Object<'a>, Failure> {
        self.object("}")
    }

    fn serialize_struct_variant(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Object<'a>, Failure> {
        self.variant(variant)?;
        self.object("}}")
    }
}

/// An array under way.
struct List<'a> {
    out: &'a mut String,
    depth: usize,
    first: bool,
    closing: &'static str,
}

impl List<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        if !std::mem::take(&mut self.first) {
            self.out.push(',');
        }
        value.serialize(Writer { out: &mut *self.out, depth: self.depth })
    }

    fn close(self) -> Done {
        self.out.push_str(self.closing);
        Ok(())
    }
}

macro_rules! list {
    ($($name:ident $method:ident),*) => { $(
        impl ser::$name for List<'_> {
            type Ok = ();
            type Error = Failure;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
                self.element(value)
            }
            fn end(self) -> Done {
                self.close()
            }
        }
    )* };
}
list!(
    SerializeSeq serialize_element, SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field, SerializeTupleVariant serialize_field
);

/// An object under way: members are written as they come and put in order at the end.
struct Object<'a> {
    out: &'a mut String,
    start: usize,
    depth: usize,
    /// Key and the place of the member's text, key included, comma not.
    members: Vec<(Key, usize, usize)>,
    closing: &'static str,
}

/// Field names are constants; keys of maps are not.
enum Key {
    Field(&'static str),
    Entry(String),
}

impl Key {
    fn text(&self) -> &str {
        match self {
            Self::Field(text) => text,
            Self::Entry(text) => text,
        }
    }
}

impl Object<'_> {
    fn member<T: Serialize + ?Sized>(&mut self, key: Key, value: &T) -> Done {
        if !self.members.is_empty() {
            self.out.push(',');
        }
        let start = self.out.len();
        canonical::write_str(key.text(), self.out);
        self.out.push(':');
        value.serialize(Writer { out: &mut *self.out, depth: self.depth })?;
        self.members.push((key, start, self.out.len()));
        Ok(())
    }

    fn close(mut self) -> Done {
        let order = |a: &(Key, usize, usize), b: &(Key, usize, usize)| {
            canonical::compare_keys(a.0.text(), b.0.text())
        };
        if !self.members.is_sorted_by(|a, b| order(a, b).is_lt()) {
            self.members.sort_by(order);
            let mut ordered = String::with_capacity(self.out.len() - self.start);
            for (at, (_, start, end)) in self.members.iter().enumerate() {
                if at > 0 {
                    ordered.push(',');
                }
                ordered.push_str(&self.out[*start..*end]);
            }
            self.out.truncate(self.start);
            self.out.push_str(&ordered);
        }
        self.out.push_str(self.closing);
        Ok(())
    }
}

impl ser::SerializeStruct for Object<'_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done {
        self.member(Key::Field(key), value)
    }

    fn end(self) -> Done {
        self.close()
    }
}

impl ser::SerializeStructVariant for Object<'_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done {
        self.member(Key::Field(key), value)
    }

    fn end(self) -> Done {
        self.close()
    }
}

impl ser::SerializeMap for Object<'_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Done {
        Err(ser::Error::custom("keys come with their values"))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, _: &T) -> Done {
        Err(ser::Error::custom("keys come with their values"))
    }

    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
    ) -> Done {
        // A key is written as JSON first: strings, ids and times all become a JSON string.
        let mut text = String::new();
        key.serialize(Writer { out: &mut text, depth: 0 })?;
        let key = if text.starts_with('"') {
            serde_json::from_str(&text).map_err(ser::Error::custom)?
        } else {
            text
        };
        self.member(Key::Entry(key), value)
    }

    fn end(self) -> Done {
        self.close()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Serialize;
    use serde_json::Value;

    #[derive(Serialize, Clone, Debug)]
    #[serde(rename_all = "snake_case")]
    enum Form {
        Unit,
        New(f64),
        Pair(i64, u64),
        Named { zebra: Option<bool>, apple: char },
    }

    #[derive(Serialize, Clone, Debug)]
    struct Sample {
        zed: Vec<Form>,
        map: BTreeMap<String, f64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        absent: Option<u8>,
        any: Value,
        unit: (),
        both: (String, i32),
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(".*", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn form() -> impl Strategy<Value = Form> {
        prop_oneof![
            Just(Form::Unit),
            any::<f64>().prop_map(Form::New),
            (any::<i64>(), any::<u64>()).prop_map(|(a, b)| Form::Pair(a, b)),
            (any::<Option<bool>>(), any::<char>())
                .prop_map(|(zebra, apple)| Form::Named { zebra, apple }),
        ]
    }

    proptest! {
        #[test]
        fn the_text_is_the_ledgers(
            zed in prop::collection::vec(form(), 0..4),
            map in prop::collection::btree_map(".*", any::<f64>(), 0..4),
            value in json(),
            both in (".*", any::<i32>()),
        ) {
            let sample = Sample { zed, map, absent: None, any: value, unit: (), both };
            let tree = serde_json::to_value(&sample).unwrap();
            let expected = tandem_ledger::canonical::to_string(&tree).unwrap();
            prop_assert_eq!(super::to_string(&sample).unwrap(), expected);
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let mut value = Value::Null;
        for _ in 0..tandem_ledger::canonical::MAX_DEPTH {
            value = Value::Array(vec![value]);
        }
        assert!(super::to_string(&value).is_ok());
        assert!(super::to_string(&Value::Array(vec![value])).is_err());
    }
}
