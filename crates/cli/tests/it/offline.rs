//! Commands over files: one JSON document, clear errors, exit codes.

use std::fmt::Write as _;

use serde_json::Value;

use crate::rig::{Rig, stderr, tandem, text};

#[test]
fn a_trial_says_what_could_pass_and_writes_a_loop_file_the_server_takes() {
    let mut rig = Rig::serving();
    let mut rows = "text,label,guess,sure\n".to_owned();
    for i in 0..300 {
        let label = if i % 3 == 0 { "refund" } else { "question" };
        let (guess, sure) = if i % 20 == 19 { ("refund", 0.55) } else { (label, 0.97) };
        let _ = writeln!(rows, "about {label} number {i},{label},{guess},{sure}");
    }
    let file = rig.dir.path().join("mails.csv");
    std::fs::write(&file, rows).unwrap();
    let args = ["try", text(&file), "--text", "text", "--label", "label", "--json"];
    let guess = ["--prediction", "guess", "--confidence", "sure"];
    let output = rig.command().args(args).args(guess).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["automatic_share"].as_f64() > Some(0.9), "{report}");
    let loop_file = rig.dir.path().join(report["loop_file"].as_str().unwrap());
    let source = std::fs::read_to_string(loop_file).unwrap();
    rig.admin().call("PUT", "/v1/loops/mails", "application/yaml", &source).unwrap().ok();
    rig.stop();
}

#[test]
fn mistakes_name_file_line_and_column_and_the_exit_code() {
    let rig = Rig::new();
    let file = rig.dir.path().join("probs.csv");
    std::fs::write(&file, "label,a,b\na,0.9,0.1\nb,high,0.5\n").unwrap();
    let run = |args: &[&str]| tandem().args(args).output().unwrap();
    let bad = run(&["learn", "evaluate", text(&file)]);
    assert_eq!(bad.status.code(), Some(1), "{}", stderr(&bad));
    assert!(stderr(&bad).contains("line 3") && stderr(&bad).contains("`a`"), "{}", stderr(&bad));
    let missing = run(&["learn", "evaluate", "no-such-file.csv"]);
    assert_eq!(missing.status.code(), Some(1));
    let unknown = run(&["try", text(&file), "--text", "body", "--no-serve"]);
    assert!(stderr(&unknown).contains("there is no column `body`"), "{}", stderr(&unknown));
    assert_eq!(run(&["learn", "nothing"]).status.code(), Some(64));
}
