//! The command on small files, and what it says about bad ones.

use std::fmt::Write as _;

use clap::Parser;
use serde_json::Value;

use super::*;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

/// Runs the command on two files of this content.
fn with(old: &str, new: &str, options: &[&str]) -> Result<Report, String> {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["ref.csv", "cur.csv"].map(|name| folder.path().join(name));
    std::fs::write(&paths[0], old).unwrap();
    std::fs::write(&paths[1], new).unwrap();
    let files = paths.iter().map(|path| path.to_str().unwrap());
    let words = ["drift"].into_iter().chain(files).chain(options.iter().copied());
    let cli = Cli::try_parse_from(words).map_err(|error| error.to_string())?;
    run(&cli.args).map_err(|error| error.to_string())
}

/// Rows of two numbers, a kind, a text and a code; `shift` moves the number and the kind.
fn rows(seed: u64, n: usize, shift: f64) -> String {
    let mut rng = Rng::new(seed);
    let mut out = "x,z,kind,text,code\n".to_owned();
    for i in 0..n {
        let kind = if rng.coin(0.5 + 0.4 * shift) { "red" } else { "blue" };
        let text = "word ".repeat(1 + rng.below(5));
        let x = rng.unit() + shift;
        let _ = writeln!(out, "{x},{},{kind},{text}{i},{}", rng.unit(), rng.below(3));
    }
    out
}

fn column<'a>(report: &'a Report, name: &str) -> &'a Value {
    let columns = report.json["columns"].as_array().unwrap();
    columns.iter().find(|c| c["column"] == name).unwrap()
}

#[test]
fn what_changed_is_found_and_the_rest_is_not() {
    let report = with(&rows(1, 600, 0.0), &rows(2, 500, 0.5), &[]).unwrap();
    assert_eq!(column(&report, "x")["verdict"], "changed");
    assert_eq!(column(&report, "x")["kind"], "number");
    assert_eq!(column(&report, "x")["psi_bins"].as_array().unwrap().len(), 10);
    assert_eq!(column(&report, "kind")["kind"], "category");
    assert_ne!(column(&report, "kind")["verdict"], "no change shown");
    for name in ["z", "code", "text"] {
        assert_eq!(column(&report, name)["verdict"], "no change shown", "{name}");
    }
    assert_eq!(column(&report, "code")["kind"], "category");
    assert_eq!(column(&report, "text")["note"], "length in characters");
    assert_eq!(report.json["together"]["columns"], 2);
    assert!(report.json["together"]["p_value"].as_f64().unwrap() < 0.01);
    // The largest change comes first.
    assert_eq!(report.json["columns"][0]["column"], "x");
    assert!(report.text.contains("Changed: x"), "{}", report.text);
    let again = with(&rows(1, 600, 0.0), &rows(2, 500, 0.5), &[]).unwrap();
    assert_eq!(report.json["together"], again.json["together"]);
}

#[test]
fn equal_files_show_no_change() {
    let report = with(&rows(1, 400, 0.0), &rows(3, 400, 0.0), &["--correction", "bh"]).unwrap();
    let columns = report.json["columns"].as_array().unwrap();
    assert!(columns.iter().all(|c| c["verdict"] == "no change shown"), "{}", report.text);
    assert!(report.text.contains("No column has moved"));
}

#[test]
fn empty_cells_lone_columns_and_rare_values() {
    let mut old = "a,b,only\n".to_owned();
    let mut new = "b,a,extra\n".to_owned();
    for i in 0..200 {
        let _ = writeln!(old, "{},common,1", f64::from(i) / 7.0);
        let rare = if i < 6 { format!("r{}", i / 2) } else { "common".to_owned() };
        let a = if i % 2 == 0 { String::new() } else { format!("{}", f64::from(i) / 7.0) };
        let _ = writeln!(new, "{rare},{a},1");
    }
    let report = with(&old, &new, &[]).unwrap();
    assert_eq!(column(&report, "a (empty)")["verdict"], "changed");
    assert_eq!(column(&report, "a")["verdict"], "no change shown");
    assert_eq!(column(&report, "b")["note"], "3 rare values taken together");
    assert_eq!(report.json["skipped"].as_array().unwrap().len(), 2);
}

#[test]
fn bad_files_are_named_with_their_place() {
    let fails = |old: &str, new: &str, options: &[&str], part: &str| {
        let error = with(old, new, options).map(|r| r.text).unwrap_err();
        assert!(error.contains(part), "{error}");
    };
    // A column that is empty in one file only has changed, and is compared as far as it can be.
    let report = with(
        &"a,b\n1,2\n".replace("1,2\n", &"1,2\n".repeat(30)),
        &"a,b\n1,\n".replace("1,\n", &"1,\n".repeat(30)),
        &[],
    )
    .unwrap();
    assert_eq!(column(&report, "b (empty)")["verdict"], "changed");
    let good = "a\n1\n2\n3\n";
    fails("", good, &[], "ref.csv: the file is empty");
    fails(good, "a\n1\n", &[], "cur.csv: it has 1 rows; at least 2");
    fails(good, "b\n1\n2\n", &[], "no column in common");
    fails(good, good, &["--columns", "c"], "ref.csv: there is no column `c`");
    fails(good, "a,b\n1,2\n3\n", &[], "cur.csv, line 3: the row has 1 cells");
    fails(good, good, &["--alpha", "0"], "--alpha");
    fails("a,b\n1,\n2,\n", "a,b\n1,\n2,\n", &["--columns", "b"], "no column can be compared");
    fails(good, good, &["--epsilon", "0", "--columns", "a"], "epsilon");
    assert!(run(&Cli::parse_from(["drift", "-", "-"]).args).is_err());
}
