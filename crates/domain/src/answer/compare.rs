//! Comparison of answers: whether two are the same under the loop's error rules, and what changed.

use serde_json::{Map, Number, Value};

use super::{is_leaf, pointer};
use crate::case::{Answer, Change};
use crate::loops::{ErrorRule, FieldSpec, LoopSpec};

/// Whether two answers are the same under each field's error rule.
///
/// `exact` compares values; numbers by value (`1` is `1.0`), the options of a multiple choice
/// without regard to order. `tolerance` lets numbers differ by at most that much. `ignore` never
/// differs. `null` is the same as absent. Fields the loop does not know must be equal.
///
/// The relation is reflexive and symmetric; with a tolerance it is not transitive.
pub fn same_answer(spec: &LoopSpec, a: &Answer, b: &Answer) -> bool {
    let known = spec.answer.iter().all(|(name, field)| {
        let left = a.get(name).unwrap_or(&Value::Null);
        let right = b.get(name).unwrap_or(&Value::Null);
        same_field(field, left, right)
    });
    let unknown = |x: &Answer, y: &Answer| {
        x.iter().all(|(name, value)| {
            spec.answer.contains_key(name) || same_value(value, y.get(name).unwrap_or(&Value::Null))
        })
    };
    known && unknown(a, b) && unknown(b, a)
}

/// Whether two answers are the same bytes once written as canonical JSON (RFC 8785): no error rule applies,
/// and an absent member is not `null`.
pub fn identical(a: &Answer, b: &Answer) -> bool {
    a.len() == b.len()
        && a.iter()
            .all(|(key, value)| b.get(key).is_some_and(|other| identical_value(value, other)))
}

fn identical_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => same_number(x, y),
        (Value::Array(x), Value::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| identical_value(x, y))
        }
        (Value::Object(x), Value::Object(y)) => identical(x, y),
        _ => a == b,
    }
}

fn same_field(field: &FieldSpec, a: &Value, b: &Value) -> bool {
    match field.error_rule() {
        ErrorRule::Ignore => true,
        ErrorRule::Tolerance(most) => match (a.as_f64(), b.as_f64()) {
            (Some(x), Some(y)) => x == y || (x - y).abs() <= most,
            _ => same_value(a, b),
        },
        ErrorRule::Exact => match (field, a, b) {
            (FieldSpec::Choice(choice), Value::Array(x), Value::Array(y)) if choice.multi => {
                same_set(x, y)
            }
            _ => same_value(a, b),
        },
    }
}

fn same_set(a: &[Value], b: &[Value]) -> bool {
    a.len() == b.len()
        && a.iter().all(|item| b.contains(item))
        && b.iter().all(|item| a.contains(item))
}

fn same_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => same_number(x, y),
        (Value::Array(x), Value::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same_value(x, y))
        }
        (Value::Object(x), Value::Object(y)) => {
            let covers = |x: &Map<String, Value>, y: &Map<String, Value>| {
                x.iter().all(|(key, value)| same_value(value, y.get(key).unwrap_or(&Value::Null)))
            };
            covers(x, y) && covers(y, x)
        }
        _ => a == b,
    }
}

fn same_number(a: &Number, b: &Number) -> bool {
    // Integers beyond 2^53 would collide as doubles, so equal integers are compared as such.
    if (a.is_i64() || a.is_u64()) && (b.is_i64() || b.is_u64()) {
        a == b
    } else {
        a.as_f64() == b.as_f64()
    }
}

/// What changed from `before` to `after`, in the order of the JSON pointers' steps.
///
/// Objects are compared key by key. Lists of equal length that hold objects or lists are compared
/// entry by entry; any other list is one change. What is absent on one side is `null` there, so
/// `null` and absent are no change.
pub fn changes(before: &Answer, after: &Answer) -> Vec<Change> {
    let mut found = Vec::new();
    changed_maps(before, after, "", &mut found);
    found
}

fn changed_maps(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    path: &str,
    found: &mut Vec<Change>,
) {
    let mut keys: Vec<&String> =
        before.keys().chain(after.keys().filter(|key| !before.contains_key(*key))).collect();
    // Sorted, so that the list does not hang on how a map keeps its keys.
    keys.sort_unstable();
    for key in keys {
        let left = before.get(key).unwrap_or(&Value::Null);
        let right = after.get(key).unwrap_or(&Value::Null);
        changed_values(left, right, &pointer(path, key), found);
    }
}

fn changed_values(before: &Value, after: &Value, path: &str, found: &mut Vec<Change>) {
    if same_value(before, after) {
        return;
    }
    match (before, after) {
        (Value::Object(x), Value::Object(y)) => changed_maps(x, y, path, found),
        (Value::Array(x), Value::Array(y))
            if x.len() == y.len() && x.iter().chain(y).any(|item| !is_leaf(item)) =>
        {
            for (i, (x, y)) in x.iter().zip(y).enumerate() {
                changed_values(x, y, &format!("{path}/{i}"), found);
            }
        }
        _ => found.push(Change {
            path: path.to_owned(),
            before: before.clone(),
            after: after.clone(),
        }),
    }
}
