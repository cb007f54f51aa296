//! The command over small files.

use std::fmt::Write as _;

use clap::Parser;
use tempfile::TempDir;

use super::*;

#[derive(Debug, Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn run_with(words: &[&str]) -> Result<Report, OfflineError> {
    let words = std::iter::once("aggregate").chain(words.iter().copied());
    run(&Cli::try_parse_from(words).unwrap().args)
}

fn document(report: &Report) -> serde_json::Value {
    serde_json::to_value(report).unwrap()
}

fn message(words: &[&str]) -> String {
    run_with(words).unwrap_err().to_string()
}

const ANSWERS: &str = "task,worker,label\n1,ann,cat\n1,bob,cat\n1,cid,dog\n2,ann,dog\n2,bob,dog\n\
    2,cid,dog\n3,ann,cat\n3,bob,dog\n";

#[test]
fn votes_become_labels() {
    let files = Files::new();
    let answers = files.write("answers.csv", ANSWERS);
    let gold = files.write("gold.csv", "task,gold\n1,cat\n2,dog\n3,bird\n9,cat\n");
    let report = run_with(&[&answers, "--method", "majority", "--gold", &gold]).unwrap();
    let json = document(&report);
    assert_eq!(json["method"], "majority");
    assert_eq!((&json["answers"], &json["ties"]), (&8.into(), &1.into()));
    assert_eq!(json["tasks"][0]["label"], "cat");
    assert_eq!(json["tasks"][0]["confidence"], 2.0 / 3.0);
    // The tie goes to the label that is more frequent.
    assert_eq!(json["tasks"][2]["label"], "dog");
    assert_eq!(json["gold"]["chosen"]["right"], 2);
    assert_eq!(json["gold"]["chosen"]["tasks"], 3);
    assert_eq!(json["gold"]["tasks_without_answers"], 1);
    assert_eq!(json["gold"]["labels_never_given"], 1);
    assert!(report.text.contains("8 answers of 3 workers to 3 tasks, 2 labels"), "{}", report.text);
    assert!(report.text.contains("1 tasks are tied"));
}

#[test]
fn every_method_and_jsonl_do() {
    let files = Files::new();
    let mut text = String::new();
    for task in 0..40_u32 {
        for worker in 0..5_u32 {
            // Worker 4 always says a; the others err now and then.
            let truth = if task % 2 == 0 { "a" } else { "b" };
            let wrong = if task % 2 == 0 { "b" } else { "a" };
            let slip = (task * 7 + worker * 11) % 9 == 0;
            let label = if worker == 4 {
                "a"
            } else if slip {
                wrong
            } else {
                truth
            };
            writeln!(text, "{{\"t\":{task},\"w\":\"w{worker}\",\"l\":\"{label}\"}}").unwrap();
        }
    }
    let answers = files.write("answers.jsonl", &text);
    let columns = ["--task", "t", "--worker", "w", "--label", "l", "--confusion"];
    for method in
        ["auto", "majority", "wawa", "zero-based-skill", "one-coin", "dawid-skene", "glad", "mace"]
    {
        let mut words = vec![answers.as_str(), "--method", method];
        words.extend(columns);
        let report = run_with(&words).unwrap();
        let again = run_with(&words).unwrap();
        assert_eq!((document(&report), &report.text), (document(&again), &again.text), "{method}");
        assert_eq!(document(&report)["tasks"].as_array().unwrap().len(), 40);
        for task in document(&report)["tasks"].as_array().unwrap() {
            let even = task["task"].as_str().unwrap().parse::<u32>().unwrap() % 2 == 0;
            assert_eq!(task["label"], if even { "a" } else { "b" }, "{method}: {task}");
        }
        assert_eq!(document(&report)["workers"][0]["worker"], "w4", "{method}");
        assert_eq!(document(&report)["workers"][0]["confusion"].as_array().unwrap().len(), 2);
        if method == "auto" {
            assert!(document(&report)["candidates"].as_array().unwrap().len() > 10);
            assert!(document(&report)["why"].as_str().unwrap().contains("200 hidden answers"));
        }
    }
}

#[test]
fn labels_go_to_a_file_or_to_standard_output() {
    let files = Files::new();
    let answers = files.write("answers.csv", ANSWERS);
    let want = "task,label,confidence,agreement,answers\n1,cat,0.666667,0.666667,3\n\
        2,dog,1.000000,1.000000,3\n3,,0.500000,1.000000,2\n";
    let words = [answers.as_str(), "--method", "majority", "--ties", "none", "--out"];
    let to = |out: &str| run_with(&[&words[..], &[out]].concat()).unwrap();
    assert_eq!(to("-").text, want);
    let csv = files.write("out.csv", "");
    assert!(to(&csv).text.contains("The labels of all 3 tasks are in"));
    assert_eq!(std::fs::read_to_string(&csv).unwrap(), want);
    let jsonl = files.write("out.jsonl", "");
    to(&jsonl);
    let lines = std::fs::read_to_string(&jsonl).unwrap();
    let third: serde_json::Value = serde_json::from_str(lines.lines().nth(2).unwrap()).unwrap();
    assert_eq!((&third["task"], &third["label"]), (&"3".into(), &serde_json::Value::Null));
    let nowhere = files.0.path().join("no/such/folder.csv");
    assert!(run_with(&[&words[..], &[nowhere.to_str().unwrap()]].concat()).is_err());
}

#[test]
fn unsure_tasks_are_worth_another_answer() {
    let files = Files::new();
    let answers = files.write("answers.csv", ANSWERS);
    let words = [&answers, "--method", "majority", "--level", "0.9"];
    let asked = |report: &Report| -> Vec<bool> {
        let document = document(report);
        let tasks = document["tasks"].as_array().unwrap();
        tasks.iter().map(|t| t["ask"].as_bool().unwrap()).collect()
    };
    let report = run_with(&words).unwrap();
    assert_eq!(asked(&report), [true, false, true]);
    assert!(report.text.contains("2 of 3 tasks are worth another answer"));
    let dear = run_with(&[&words[..], &["--answer-cost", "20"]].concat()).unwrap();
    assert_eq!(asked(&dear), [false, false, false]);
}

#[test]
fn repeated_answers_follow_the_policy() {
    let files = Files::new();
    let text = "task,worker,label\n1,ann,cat\n1,bob,dog\n1,ann,dog\n2,bob,cat\n";
    let answers = files.write("answers.csv", text);
    let shares = |policy: &str| {
        let report = run_with(&[&answers, "--method", "majority", "--duplicates", policy]).unwrap();
        (document(&report)["answers"].clone(), document(&report)["tasks"][0]["confidence"].clone())
    };
    assert_eq!(shares("last"), (3.into(), 1.0.into()));
    assert_eq!(shares("all"), (4.into(), (2.0 / 3.0).into()));
    let refused = message(&[&answers, "--duplicates", "refuse"]);
    assert!(refused.contains("line 4: worker `ann` has answered task `1` before"), "{refused}");
}

#[test]
fn bad_input_is_named_with_its_place() {
    let files = Files::new();
    let answers = files.write("answers.csv", ANSWERS);
    let wrong = |name: &str, text: &str| message(&[&files.write(name, text)]);
    assert!(wrong("empty.csv", "").contains("the file is empty"));
    assert!(wrong("head.csv", "task,worker,label\n").contains("there is no answer"));
    let unknown = wrong("columns.csv", "item,worker,label\n1,a,x\n");
    assert!(
        unknown.contains("there is no column `task`") && unknown.contains("--task"),
        "{unknown}"
    );
    let one = wrong("one.csv", "task,worker,label\n1,a,x\n2,a,x\n");
    assert!(one.contains("every answer is `x`"), "{one}");
    let hole = wrong("hole.csv", "task,worker,label\n1,a,x\n2,a,\n");
    assert!(hole.contains("line 3, column `label`: the cell is empty"), "{hole}");
    assert!(message(&["/no/such/file.csv"]).contains("/no/such/file.csv"));
    assert!(message(&[&answers, "--strength", "2"]).contains("--strength goes with"));
    assert!(message(&[&answers, "--method", "mace", "--strength", "-1"]).contains("not negative"));
    assert!(message(&[&answers, "--folds", "1"]).contains("--folds"));
    assert!(message(&[&answers, "--level", "1.5"]).contains("--level"));
    let gold = |text: &str| message(&[&answers, "--gold", &files.write("gold.csv", text)]);
    assert!(gold("task,gold\n7,cat\n").contains("no task of this file was answered"));
    assert!(gold("task,truth\n1,cat\n").contains("name one with --gold-label"));
    let twice = gold("task,gold\n1,cat\n1,dog\n");
    assert!(twice.contains("line 3, column `gold`: task `1` had another true label"), "{twice}");
}
