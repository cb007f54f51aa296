//! The command on small files, and its errors.

use std::fmt::Write as _;

use super::*;
use crate::probabilities::tests::{file, input};

fn args(file: &str) -> Args {
    Args {
        input: input(file),
        error_cost: None,
        review_cost: None,
        human_error: 0.0,
        capacity: 1.0,
        target_error: None,
        delta: 0.05,
        levels: 40,
        calibrate: Some("all".to_owned()),
        seed: 3,
    }
}

/// Confidences 0.50, 0.51, ...; those below 0.8 are wrong every other time.
fn rows(count: usize) -> String {
    let mut text = "label,a,b\n".to_owned();
    for i in 0..count {
        let p = 0.5 + 0.5 * i as f64 / count as f64;
        let label = if p < 0.8 && i % 2 == 0 { "b" } else { "a" };
        let _ = writeln!(text, "{label},{p},{}", 1.0 - p);
    }
    text
}

#[test]
fn costs_choose_where_answers_begin_to_pay() {
    let (_dir, path) = file("p.csv", &rows(100));
    let costs =
        |error, review| Args { error_cost: Some(error), review_cost: Some(review), ..args(&path) };
    let report = run(&costs(10.0, 1.0)).unwrap();
    // The 59th row is the last one that errs and so the first to be kept out.
    assert_eq!(report.json["chosen"]["errors"], 0);
    assert!((report.json["chosen"]["threshold"].as_f64().unwrap() - 0.795).abs() < 1e-6);
    assert!((report.json["chosen"]["cost"].as_f64().unwrap() - 0.59).abs() < 1e-9);
    assert!((report.json["chosen"]["chow"].as_f64().unwrap() - 0.9).abs() < 1e-9);
    let squeezed = run(&Args { capacity: 0.1, ..costs(10.0, 1.0) }).unwrap();
    // The tenth row is right, so that reviewing nine costs less than ten.
    assert_eq!(squeezed.json["chosen"]["answered"], 91);
    assert!(squeezed.text.contains("the capacity sets the threshold"));
    let cheap = run(&costs(1.0, 0.0)).unwrap();
    assert!(cheap.json["chosen"]["errors"] == 0);
    let split = run(&Args { calibrate: None, ..costs(10.0, 1.0) }).unwrap();
    assert_eq!(split.json["checked"]["rows"], 50);
    assert!(split.text.contains("chosen, on the other rows"));
    assert!(run(&costs(-1.0, 1.0)).unwrap_err().to_string().contains("cost of an error"));
    assert!(run(&Args { capacity: 2.0, ..costs(1.0, 1.0) }).is_err());
}

#[test]
fn certificates_need_rows() {
    let (_dir, path) = file("p.csv", &rows(1000));
    let wanted = Args { target_error: Some(0.05), ..args(&path) };
    let report = run(&wanted).unwrap();
    let threshold = report.json["chosen"]["threshold"].as_f64().unwrap();
    // The sure 400 rows; 25 more would hold 12 errors, too many for a tenth of delta.
    assert!((threshold - 0.8).abs() < 1e-6, "{threshold}");
    assert!(report.json["chosen"]["upper_bound"].as_f64().unwrap() <= 0.05);
    assert!(report.text.contains("with 95.0 % certainty"), "{}", report.text);
    // Half of a thousand rows has too few sure ones for a start at a fifth of them.
    let (_dir, path) = file("p.csv", &rows(2000));
    let half = run(&Args {
        target_error: Some(0.05),
        calibrate: Some("random".to_owned()),
        ..args(&path)
    });
    assert!(half.unwrap().text.contains("On the other rows"));
    let (_dir, few) = file("p.csv", &rows(20));
    let report = run(&Args { target_error: Some(0.05), ..args(&few) }).unwrap();
    assert!(report.json["chosen"].is_null());
    assert!(report.text.contains("needs 59 answered rows"), "{}", report.text);
    assert!(run(&Args { target_error: Some(1.5), ..args(&few) }).is_err());
    assert!(run(&Args { target_error: Some(0.1), delta: 0.0, ..args(&few) }).is_err());
    assert!(run(&Args { target_error: Some(0.1), levels: 0, ..args(&few) }).is_err());
}
