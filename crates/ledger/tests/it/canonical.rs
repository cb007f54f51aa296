//! Canonical JSON: it reads back as the same value, and the checker accepts exactly what the writer writes.

use proptest::prelude::*;
use serde_json::Value;
use tandem_ledger::canonical::{MAX_DEPTH, check, to_string, write_f64};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,6}",
        proptest::collection::vec(any::<char>(), 0..6)
            .prop_map(|chars| chars.into_iter().collect()),
        "[\\x00-\\x20\"\\\\/\u{7f}\u{e000}\u{ffff}\u{10000}]{0,5}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-1000_i32..1000).prop_map(|n| Value::from(f64::from(n) / 8.0)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((text(), inner), 0..6)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

/// Equal as JSON values: a double without fraction reads back as an integer.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64()
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn canonical_text_reads_back_as_the_value_and_is_stable(value in value()) {
        let text = to_string(&value).unwrap();
        let back: Value = serde_json::from_str(&text).unwrap();
        prop_assert!(same(&value, &back), "{text}");
        prop_assert_eq!(&to_string(&back).unwrap(), &text);
        prop_assert_eq!(check(&text, MAX_DEPTH), Ok(()));
    }

    #[test]
    fn the_checker_accepts_only_what_the_writer_writes(value in value(), at in any::<prop::sample::Index>(), byte in 0_u8..128) {
        let mut bytes = to_string(&value).unwrap().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(text) = String::from_utf8(bytes) {
            let again = serde_json::from_str::<Value>(&text).ok().map(|value| to_string(&value).unwrap());
            prop_assert_eq!(check(&text, MAX_DEPTH).is_ok(), again.as_ref() == Some(&text), "{}", text);
        }
    }

    #[test]
    fn doubles_read_back_bit_for_bit(bits in any::<u64>()) {
        let number = f64::from_bits(bits);
        let mut text = String::new();
        prop_assert_eq!(write_f64(number, &mut text).is_ok(), number.is_finite());
        if number.is_finite() {
            prop_assert_eq!(text.parse::<f64>().unwrap(), number);
        }
    }
}
