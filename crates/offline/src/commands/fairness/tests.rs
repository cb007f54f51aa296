//! The command on small files, and what it says about bad ones.

use std::fmt::Write as _;

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

/// Runs the command on a file of this content.
fn with(text: &str, options: &[&str]) -> Result<Report, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    std::fs::write(&path, text).unwrap();
    let words = ["fairness", path.to_str().unwrap()].into_iter().chain(options.iter().copied());
    let cli = Cli::try_parse_from(words).map_err(|error| error.to_string())?;
    run(&cli.args).map_err(|error| error.to_string())
}

/// 100 rows of group a, of which 50 are selected, and `n` of group b, of which 10 are; all rightly.
fn two_groups(n: usize) -> String {
    let mut text = "sex,label,prediction,reviewed,overturned\n".to_owned();
    for (group, rows, selected) in [("a", 100, 50), ("b", n, 10)] {
        for i in 0..rows {
            let class = if i < selected { "yes" } else { "no" };
            let (reviewed, overturned) = if i < 40 { ("1", "0") } else { ("0", "") };
            let _ = writeln!(text, "{group},{class},{class},{reviewed},{overturned}");
        }
    }
    text
}

#[test]
fn rates_gaps_and_words() {
    let report = with(&two_groups(50), &["--group", "sex", "--reviewed", "reviewed"]).unwrap();
    let class = &report.json["classes"][0];
    assert_eq!(class["positive"], "yes");
    assert_eq!(class["groups"][1]["selection_rate"]["value"], 0.2);
    assert_eq!(class["demographic_parity"]["ratio"], 0.4);
    assert_eq!(class["demographic_parity"]["lowest"], "b");
    assert_eq!(class["review_rate"]["difference"], 0.4);
    assert_eq!(class["four_fifths"][1]["passes"], false);
    // Of b, only 10 rows are positive.
    assert!(class["equal_opportunity"].is_null());
    assert!(report.text.contains("b (0.40)") && report.text.contains("too few (10)"));
}

#[test]
fn small_groups_crossed_groups_and_every_class() {
    let report = with(&two_groups(20), &["--group", "sex"]).unwrap();
    assert!(report.json["classes"][0]["demographic_parity"].is_null());
    assert!(report.text.contains("nothing can be compared yet"), "{}", report.text);
    let crossed = with(&two_groups(50), &["--group", "sex", "--group", "reviewed"]).unwrap();
    assert_eq!(crossed.json["classes"][0]["groups"][3]["group"], "b / 1");
    let three = "g,label,prediction\na,x,y\nb,y,z\n";
    let report = with(three, &["--group", "g", "--least-rows", "0"]).unwrap();
    assert_eq!(report.json["classes"].as_array().unwrap().len(), 3);
    assert_eq!(report.json["classes"][1]["positive"], "y");
}

#[test]
fn bad_files_are_named_with_their_place() {
    let fails = |text: &str, options: &[&str], part: &str| {
        let error = with(text, options).unwrap_err();
        assert!(error.contains(part), "{error}");
    };
    let sex = &["--group", "sex"][..];
    fails("", sex, "the file is empty");
    fails("sex,label,prediction\n", sex, "there are no rows");
    fails("sex,label,prediction\na,1,0\n", sex, "only one group, `a`");
    fails("sex,label,prediction\na,1,1\nb,1,1\n", sex, "all labels and predictions are `1`");
    fails("sex,label,prediction\na,1,1\nb,,1\n", sex, "line 3, column `label`: the cell is empty");
    fails("sex,label\na,1\n", sex, "no column `prediction`");
    fails(&two_groups(40), &["--group", "gender"], "no column `gender`");
    fails(
        &two_groups(40),
        &["--group", "sex", "--positive", "maybe"],
        "no row has the label `maybe`",
    );
    fails(&two_groups(40), &["--group", "sex", "--certainty", "1"], "--certainty");
    fails(
        "sex,label,prediction,r\na,1,0,maybe\n",
        &["--group", "sex", "--reviewed", "r"],
        "line 2, column `r`: `maybe` is neither yes nor no",
    );
    fails(
        "sex,label,prediction,s\na,1,0,x\n",
        &["--group", "sex", "--positive", "1", "--score", "s"],
        "`x` is no finite number",
    );
}
