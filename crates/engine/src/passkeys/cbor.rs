//! As much of CBOR (RFC 8949) as authenticators send: definite lengths, integers, bytes, text, arrays
//! and maps. Whatever else is there is refused.

use std::collections::BTreeMap;

/// Deepest nesting.
const MAX_DEPTH: u8 = 6;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cbor {
    Int(i64),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Cbor>),
    /// By integer key, and by text key.
    Map(BTreeMap<i64, Cbor>, BTreeMap<String, Cbor>),
    /// True, false or null.
    Simple(u8),
}

/// Reads one value from the front, and returns it with what follows it.
pub(super) fn read(bytes: &[u8]) -> Option<(Cbor, &[u8])> {
    value(bytes, 0)
}

fn value(bytes: &[u8], depth: u8) -> Option<(Cbor, &[u8])> {
    if depth > MAX_DEPTH {
        return None;
    }
    let (&head, rest) = bytes.split_first()?;
    let (major, short) = (head >> 5, head & 31);
    if major == 7 {
        return matches!(short, 20..=22).then_some((Cbor::Simple(short), rest));
    }
    let (number, rest) = argument(short, rest)?;
    match major {
        0 => Some((Cbor::Int(i64::try_from(number).ok()?), rest)),
        1 => Some((Cbor::Int(-1 - i64::try_from(number).ok()?), rest)),
        2 | 3 => {
            let (content, rest) = rest.split_at_checked(usize::try_from(number).ok()?)?;
            let content = content.to_vec();
            let found = if major == 2 {
                Cbor::Bytes(content)
            } else {
                Cbor::Text(String::from_utf8(content).ok()?)
            };
            Some((found, rest))
        }
        4 => array(number, rest, depth),
        5 => map(number, rest, depth),
        _ => None,
    }
}

fn argument(short: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    let length = match short {
        0..=23 => return Some((u64::from(short), rest)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let (number, rest) = rest.split_at_checked(length)?;
    Some((number.iter().fold(0, |all, &byte| (all << 8) | u64::from(byte)), rest))
}

fn array(count: u64, mut rest: &[u8], depth: u8) -> Option<(Cbor, &[u8])> {
    let mut items = Vec::new();
    for _ in 0..count {
        let (item, after) = value(rest, depth + 1)?;
        items.push(item);
        rest = after;
    }
    Some((Cbor::Array(items), rest))
}

fn map(count: u64, mut rest: &[u8], depth: u8) -> Option<(Cbor, &[u8])> {
    let (mut numbered, mut named) = (BTreeMap::new(), BTreeMap::new());
    for _ in 0..count {
        let (key, after) = value(rest, depth + 1)?;
        let (item, after) = value(after, depth + 1)?;
        // A key that is there twice says two things.
        let known = match key {
            Cbor::Int(key) => numbered.insert(key, item).is_some(),
            Cbor::Text(key) => named.insert(key, item).is_some(),
            _ => true,
        };
        if known {
            return None;
        }
        rest = after;
    }
    Some((Cbor::Map(numbered, named), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_authenticators_send_is_read() {
        let bytes = [0xa3, 0x01, 0x02, 0x20, 0x42, 9, 8, 0x61, b'f', 0x82, 0xf5, 0x18, 200, 0xff];
        let (read, rest) = read(&bytes).unwrap();
        let Cbor::Map(numbered, named) = read else { panic!("a map") };
        assert_eq!(numbered[&1], Cbor::Int(2));
        assert_eq!(numbered[&-1], Cbor::Bytes(vec![9, 8]));
        assert_eq!(named["f"], Cbor::Array(vec![Cbor::Simple(21), Cbor::Int(200)]));
        assert_eq!(rest, [0xff]);
    }

    #[test]
    fn what_is_cut_endless_or_said_twice_is_refused() {
        let refused: [&[u8]; 8] = [
            &[],
            &[0x42, 1],
            &[0xbf, 0xff],
            &[0xa2, 1, 1, 1, 2],
            &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0],
            &[0xfb, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0x61, 0xff],
        ];
        for bytes in refused {
            assert_eq!(read(bytes), None, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Some((_, rest)) = read(&bytes) {
                prop_assert!(rest.len() < bytes.len());
            }
        }
    }
}
