//! The command on small files, and its errors.

use std::fmt::Write as _;

use super::*;
use crate::probabilities::tests::{file, input};

fn args(file: &str) -> Args {
    Args {
        input: input(file),
        method: Method::Lac,
        alpha: 0.1,
        calibrate: "even-odd".to_owned(),
        coverage: For::All,
        min_rows: None,
        fallback: FallbackName::Pooled,
        group: None,
        seed: 1,
        fixed: false,
        fill_empty: false,
        penalty: None,
        free_ranks: None,
        sets: None,
    }
}

/// Forty rows of three classes; every fifth label is a surprise.
fn rows() -> String {
    let mut text = "label,site,a,b,c\n".to_owned();
    for i in 0..40 {
        let p = [["0.8", "0.15", "0.05"], ["0.1", "0.7", "0.2"], ["0.05", "0.05", "0.9"]][i % 3];
        let label = ["a", "b", "c"][if i % 5 == 4 { (i + 1) % 3 } else { i % 3 }];
        let _ = writeln!(text, "{label},{},{}", ["x", "y"][i / 20], p.join(","));
    }
    text
}

#[test]
fn the_threshold_is_the_rank_asked_for() {
    let (_dir, path) = file("p.csv", &rows());
    let mut args = args(&path);
    args.input.ignore = vec!["site".to_owned()];
    let report = run(&args).unwrap();
    // Twenty even rows: the 19th smallest of their scores.
    let mut scores: Vec<f64> = Vec::new();
    let text = rows();
    for line in text.lines().skip(1).step_by(2) {
        let cells: Vec<&str> = line.split(',').collect();
        let class = ["a", "b", "c"].iter().position(|c| *c == cells[0]).unwrap();
        scores.push(1.0 - f64::from(cells[2 + class].parse::<f32>().unwrap()));
    }
    scores.sort_by(f64::total_cmp);
    assert_eq!(report.json["threshold"], scores[18]);
    assert_eq!(report.json["calibration_rows"], 20);
    assert!(report.text.contains("Threshold 0.850000"), "{}", report.text);
    for method in [Method::Aps, Method::Raps, Method::TopK] {
        for coverage in [For::All, For::PerClass, For::Clustered] {
            let report = run(&Args { method, coverage, ..args_like(&args) }).unwrap();
            assert_eq!(report.json["test_rows"], 20);
        }
    }
}

fn args_like(args: &Args) -> Args {
    Args { input: args.input.clone(), calibrate: args.calibrate.clone(), ..self::args("") }
}

#[test]
fn groups_get_their_own_thresholds_and_sets_are_written() {
    let (dir, path) = file("p.csv", &rows());
    let out = dir.path().join("sets.csv").to_str().unwrap().to_owned();
    let mut args = args(&path);
    (args.group, args.alpha) = (Some("site".to_owned()), 0.3);
    (args.sets, args.fill_empty) = (Some(out.clone()), true);
    let report = run(&args).unwrap();
    assert_eq!(report.json["thresholds"][1]["name"], "y");
    assert_eq!(report.json["empty_share"], 0.0);
    let written = std::fs::read_to_string(out).unwrap();
    assert_eq!(written.lines().count(), 21);
    assert!(written.starts_with("row,label,set\n1,"), "{written}");
}

#[test]
fn what_cannot_be_promised_is_said_or_refused() {
    let message = |text: &str, change: &dyn Fn(&mut Args)| {
        let (_dir, path) = file("p.csv", text);
        let mut args = args(&path);
        change(&mut args);
        run(&args).unwrap_err().to_string()
    };
    assert!(message("label,a,b\na,1,0\na,1,0\n", &|_| ()).contains("every label is `a`"));
    let two = "label,a,b\na,1,0\nb,0,1\n";
    assert!(message(two, &|a| a.alpha = 1.0).contains("--alpha is 1"));
    assert!(message(two, &|a| a.calibrate = "nowhere.csv".to_owned()).contains("nowhere.csv"));
    assert!(message(two, &|a| a.method = Method::Raps).contains("--penalty"));
    assert!(message(two, &|a| a.group = Some("site".to_owned())).contains("with --group"));
    assert!(
        message(two, &|a| {
            a.group = Some("b".to_owned());
            a.coverage = For::PerClass;
        })
        .contains("exclude each other")
    );
    // One calibration row: every class is in every set, and the report says why.
    let (_dir, path) = file("p.csv", two);
    let report = run(&args(&path)).unwrap();
    assert!(report.json["threshold"].is_null() && report.json["mean_size"] == 2.0);
    assert!(report.text.contains("give at least 9 calibration rows"), "{}", report.text);
}
