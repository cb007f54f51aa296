//! The command on small files, and its errors.

use super::*;
use std::fmt::Write as _;
use std::io::Write as _;

fn report(text: &str, options: &[&str]) -> Result<Report, OfflineError> {
    use clap::Parser as _;
    #[derive(Debug, clap::Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }
    let suffix = if text.starts_with('{') { ".jsonl" } else { ".csv" };
    let mut file = tempfile::Builder::new().suffix(suffix).tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    let line = ["preferences", &path].into_iter().chain(options.iter().copied());
    run(&Cli::try_parse_from(line).unwrap().args)
}

fn message(text: &str, options: &[&str]) -> String {
    report(text, options).unwrap_err().to_string()
}

fn items(report: &Report) -> Vec<String> {
    let rows = report.json["ranking"].as_array().unwrap();
    rows.iter().map(|row| row["item"].as_str().unwrap().to_owned()).collect()
}

/// Three items, of which `a` mostly beats `b`, and `b` mostly `c`.
fn wins() -> String {
    let mut text = "winner,loser\n".to_owned();
    for (w, l, n) in [("a", "b", 6), ("b", "a", 2), ("b", "c", 6), ("c", "b", 2), ("a", "c", 5)] {
        for _ in 0..n {
            writeln!(text, "{w},{l}").unwrap();
        }
    }
    text
}

#[test]
fn the_stronger_come_first_by_either_method() {
    let fitted = report(&wins(), &[]).unwrap();
    assert_eq!(items(&fitted), ["a", "b", "c"]);
    let top = &fitted.json["ranking"][0];
    assert!(top["low"].as_f64() < top["strength"].as_f64());
    assert!(top["standard_error"].as_f64().unwrap() > 0.1);
    assert_eq!((top["wins"].as_u64(), top["losses"].as_u64()), (Some(11), Some(2)));
    assert!(fitted.text.contains("three times in four"));
    let elo = report(&wins(), &["--method", "elo"]).unwrap();
    assert_eq!(items(&elo)[0], "a");
    assert!(elo.json["log_loss"].as_f64().unwrap() > 0.0);
}

#[test]
fn without_a_prior_the_maximum_is_exact() {
    let text = "winner,loser\na,b\na,b\na,b\nb,a\n";
    let got = report(text, &["--prior", "0", "--resamples", "0"]).unwrap();
    let strength = got.json["ranking"][0]["strength"].as_f64().unwrap();
    assert!((2.0 * strength - 3.0_f64.ln()).abs() < 1e-9);
    let error = message("winner,loser\na,b\n", &["--prior", "0"]);
    assert!(error.contains("prior must be positive"), "{error}");
}

#[test]
fn preference_rows_of_trainers_are_read_as_they_are() {
    let text = "{\"prompt\": \"p\", \"chosen\": \"m1\", \"rejected\": \"m2\"}\n\
                {\"prompt\": \"p\", \"chosen\": \"m1\", \"rejected\": \"m3\"}\n";
    let got = report(text, &[]).unwrap();
    assert_eq!(items(&got)[0], "m1");
}

#[test]
fn ties_places_and_people_are_fitted() {
    let mut text = "winner,loser,tie,first,worker\n".to_owned();
    for i in 0..40 {
        let (tie, first) = (i % 4 == 0, if i % 8 < 6 { "a" } else { "b" });
        let (w, l) = if first == "a" { ("a", "b") } else { ("b", "a") };
        writeln!(text, "{w},{l},{tie},{first},{}", i % 3).unwrap();
    }
    let options = ["--tie", "tie", "--ties", "davidson", "--first", "first"];
    let got = report(&text, &options).unwrap();
    assert!(got.json["position_advantage"].as_f64().unwrap() > 0.5);
    assert!(got.json["tie"].as_f64().unwrap() > 0.1);
    assert_eq!(got.json["ties"], 10);
    assert!(got.text.contains("shown first wins"));
    let people = report(&text, &["--worker", "worker"]).unwrap();
    assert_eq!(people.json["workers"].as_array().unwrap().len(), 3);
}

#[test]
fn groups_that_never_met_are_reported() {
    let got = report("winner,loser\na,b\nc,d\n", &[]).unwrap();
    assert_eq!(got.json["parts"], 2);
    assert!(got.text.contains("2 groups"), "{}", got.text);
}

#[test]
fn bad_input_names_its_place() {
    assert!(message("", &[]).contains("empty"));
    assert!(message("winner,loser\n", &[]).contains("no comparison"));
    assert!(message("winner,loser\na,a\n", &[]).contains("line 2, column `loser`"));
    assert!(message("winner,loser\na,\n", &[]).contains("line 2, column `loser`"));
    assert!(message("x,y\na,b\n", &[]).contains("no column `winner`"));
    let other = "winner,loser,first\na,b,c\n";
    assert!(message(other, &["--first", "first"]).contains("`c` is neither"));
    assert!(message(other, &["--worker", "first", "--first", "first"]).contains("--worker"));
    assert!(message(other, &["--method", "elo", "--first", "first"]).contains("elo"));
    assert!(message(other, &["--prior", "nan"]).contains("prior"));
    assert!(message(other, &["--certainty", "2"]).contains("delta"));
}
