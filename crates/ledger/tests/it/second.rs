//! The second verifier, in Python and from the specification alone, must say the same of every bundle.

use crate::history::history;
use crate::tamper::{Tampered, tampered};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use tandem_ledger::verify::Report;

fn tool() -> String {
    format!("{}/../../tools/verify_ledger.py", env!("CARGO_MANIFEST_DIR"))
}

fn python(arguments: &[&str]) -> std::process::Output {
    match Command::new("python3").arg(tool()).args(arguments).output() {
        Ok(output) => output,
        Err(error) => panic!(
            "python3 cannot be run ({error}); install Python 3.9 or later, such as `apt install python3`"
        ),
    }
}

/// Everything but the sentences, which each verifier words for itself.
fn verdict(mut report: Value) -> Value {
    for problem in report["problems"].as_array_mut().unwrap() {
        problem.as_object_mut().unwrap().remove("detail");
    }
    report
}

fn ours(report: &Report) -> Value {
    let mut value = serde_json::to_value(report).unwrap();
    value["exit"] = json!(report.exit_code());
    verdict(value)
}

fn write(directory: &Path, name: &str, case: &Tampered) {
    let file = |extension: &str| directory.join(format!("{name}.{extension}"));
    std::fs::write(file("ndjson"), &case.bytes).unwrap();
    if let Some(vkey) = &case.history.pinned {
        std::fs::write(file("vkey"), vkey).unwrap();
    }
    if let Some(witness) = &case.history.witness {
        std::fs::write(file("witness"), witness).unwrap();
    }
}

#[test]
fn both_verifiers_give_the_same_verdicts() {
    let mut cases = Vec::new();
    for seed in 100..105 {
        cases.extend(tampered(seed));
        // Once more with less to go by.
        for mut case in tampered(seed + 50) {
            case.history.witness = None;
            case.history.pinned = None;
            cases.push(case);
        }
    }
    for seed in 0..40 {
        let mut history = history(seed, seed);
        if seed % 3 == 0 {
            history.witness = None;
        }
        if seed % 2 == 0 {
            history.pinned = None;
        }
        cases.push(Tampered { class: "valid", expected: &[], bytes: history.bundle(), history });
    }
    assert!(cases.len() > 400, "{}", cases.len());
    let directory = tempfile::tempdir().unwrap();
    for (at, case) in cases.iter().enumerate() {
        write(directory.path(), &format!("{at:05}"), case);
    }
    let output = python(&["--batch", directory.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answers = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Value> =
        answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), cases.len());
    for (at, (case, answer)) in cases.iter().zip(answers).enumerate() {
        let ours = ours(&case.history.verify_bytes(&case.bytes));
        assert_eq!(verdict(answer["report"].clone()), ours, "case {at}: {}", case.class);
    }
}

#[test]
fn exit_codes_of_the_second_verifier() {
    let directory = tempfile::tempdir().unwrap();
    let history = history(9, 20);
    let case = Tampered { class: "valid", expected: &[], bytes: history.bundle(), history };
    write(directory.path(), "b", &case);
    let path = |extension: &str| {
        directory.path().join(format!("b.{extension}")).to_str().unwrap().to_owned()
    };
    let (bundle, witness, vkey) = (path("ndjson"), path("witness"), case.history.vkey);
    let code = |arguments: &[&str]| python(arguments).status.code().unwrap();
    assert_eq!(code(&[&bundle, "--vkey", &vkey, "--witness", &witness]), 0);
    assert_eq!(code(&[&bundle, "--vkey", &vkey, "--json"]), 2);
    assert_eq!(code(&[&witness, "--vkey", &vkey]), 1);
    assert_eq!(code(&[&bundle, "--vkey", "nonsense"]), 3);
    assert_eq!(code(&["/no/such/bundle"]), 3);
    assert_eq!(code(&["--no-such-option"]), 3);
}
