//! Whatever is done to a file, every command ends with a report or with an error that says what is
//! wrong: none panics, none runs on without end.

use std::fmt::Write as _;
use std::path::Path;

use clap::Parser;
use proptest::prelude::*;
use tandem_offline::{LearnCommand, run};

#[derive(Parser)]
struct Line {
    #[command(subcommand)]
    what: LearnCommand,
}

/// Answers of five workers to twelve tasks.
fn answers() -> String {
    let mut text = "task,worker,label\n".to_owned();
    for (task, worker) in (0..12).flat_map(|task| (0..5).map(move |worker| (task, worker))) {
        let label = (task + usize::from(worker == 4 && task % 3 == 0)) % 3;
        let _ = writeln!(text, "t{task},w{worker},{label}");
    }
    text
}

/// Probabilities of three classes, with the right one.
fn probabilities() -> String {
    let mut text = "label,a,b,c\n".to_owned();
    for row in 0..24 {
        let (top, label) = (row % 3, (row + usize::from(row % 7 == 0)) % 3);
        let p = [0, 1, 2].map(|k| if k == top { 0.8 } else { 0.1 });
        let _ = writeln!(text, "{},{},{},{}", ["a", "b", "c"][label], p[0], p[1], p[2]);
    }
    text
}

fn pairs() -> String {
    let mut text = "winner,loser\n".to_owned();
    for n in 0_usize..20 {
        let _ = writeln!(text, "i{},i{}", n % 4, (n + 1 + n / 9 % 2) % 4);
    }
    text
}

fn rows() -> String {
    let mut text = "group,label,prediction,size\n".to_owned();
    for n in 0..40 {
        let _ = writeln!(text, "g{},{},{},{}.5", n % 3, n % 2, (n / 3) % 2, n);
    }
    text
}

/// A command line; `FILE` is the file that is broken, `GOOD` the same before.
const LINES: [&str; 16] = [
    "aggregate FILE --method majority",
    "aggregate FILE --method dawid-skene",
    "aggregate FILE --method glad --max-iterations 5",
    "aggregate FILE --method mace --restarts 1 --max-iterations 5",
    "aggregate GOOD --method wawa --gold FILE",
    "agreement FILE --metric nominal",
    "agreement FILE --metric ratio",
    "conformal FILE --method raps --alpha 0.2",
    "conformal GOOD --calibrate FILE",
    "calibrate FILE",
    "threshold FILE --target-error 0.2",
    "threshold FILE --error-cost 5 --review-cost 1",
    "label-errors FILE",
    "preferences FILE",
    "fairness FILE --group group",
    "drift GOOD FILE",
];

fn valid(line: &str) -> String {
    match line.split(' ').next() {
        Some("aggregate" | "agreement") => answers(),
        Some("preferences") => pairs(),
        Some("fairness" | "drift") => rows(),
        _ => probabilities(),
    }
}

/// The file that is then broken: true labels have one row a task.
fn broken(line: &str) -> String {
    if line.ends_with("--gold FILE") {
        let rows = (0..12).map(|task| format!("t{task},{}\n", task % 3));
        return format!("task,label\n{}", rows.collect::<String>());
    }
    valid(line)
}

/// What is done to a file.
#[derive(Debug, Clone)]
enum Harm {
    /// Some bytes give way to others.
    Bytes(usize, usize, Vec<u8>),
    /// A cell gives way to a text.
    Cell(usize, usize, String),
    /// A line is repeated, or taken away.
    Again(usize, bool),
    /// A column is taken away.
    Column(usize),
    /// The rows end here.
    Cut(usize),
}

fn harm() -> impl Strategy<Value = Harm> {
    let words = prop_oneof![
        Just(""),
        Just("NaN"),
        Just("inf"),
        Just("1e309"),
        Just("-1"),
        Just("0"),
        Just("1e-320"),
        Just("2"),
        Just("\"a,b\""),
        Just("\u{feff}"),
        Just("ä"),
        Just("9223372036854775808"),
        Just(" "),
        Just("0x10"),
    ];
    prop_oneof![
        (0_usize..400, 0_usize..6, prop::collection::vec(any::<u8>(), 0..6))
            .prop_map(|(at, cut, put)| Harm::Bytes(at, cut, put)),
        (0_usize..60, 0_usize..5, words).prop_map(|(r, c, w)| Harm::Cell(r, c, w.to_owned())),
        (0_usize..60, any::<bool>()).prop_map(|(at, again)| Harm::Again(at, again)),
        (0_usize..4).prop_map(Harm::Column),
        (0_usize..8).prop_map(Harm::Cut),
    ]
}

fn harmed(mut bytes: Vec<u8>, harms: &[Harm]) -> Vec<u8> {
    for harm in harms {
        if let Harm::Bytes(at, cut, put) = harm {
            let at = (*at).min(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, put.iter().copied());
            continue;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut lines: Vec<Vec<String>> =
            text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
        match harm {
            Harm::Cell(row, column, word) => {
                if let Some(cell) = lines.get_mut(*row).and_then(|line| line.get_mut(*column)) {
                    cell.clone_from(word);
                }
            }
            Harm::Again(at, again) if *at < lines.len() => {
                let line = lines.remove(*at);
                if *again {
                    lines.insert(*at, line.clone());
                    lines.push(line);
                }
            }
            Harm::Column(column) => {
                for line in lines.iter_mut().filter(|line| line.len() > *column) {
                    line.remove(*column);
                }
            }
            Harm::Cut(rows) => lines.truncate(*rows),
            Harm::Bytes(..) | Harm::Again(..) => {}
        }
        let lines: Vec<String> = lines.into_iter().map(|line| line.join(",")).collect();
        bytes = lines.join("\n").into_bytes();
    }
    bytes
}

fn report(line: &str, dir: &Path) -> Result<String, String> {
    let place = |word: &str| match word {
        "FILE" => dir.join("broken.csv").display().to_string(),
        "GOOD" => dir.join("good.csv").display().to_string(),
        other => other.to_owned(),
    };
    let words = ["learn".to_owned()].into_iter().chain(line.split(' ').map(place));
    let line = Line::try_parse_from(words).expect("the command lines are right");
    run(&line.what)
        .map(|report| serde_json::to_string(&report).expect("a report is JSON"))
        .map_err(|error| error.to_string())
}

#[test]
fn the_files_are_good_before_they_are_harmed() {
    for line in LINES {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("good.csv"), valid(line)).unwrap();
        std::fs::write(dir.path().join("broken.csv"), broken(line)).unwrap();
        assert!(report(line, dir.path()).is_ok(), "{line}: {:?}", report(line, dir.path()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn every_command_ends_with_a_report_or_an_error(
        which in 0_usize..LINES.len(),
        harms in prop::collection::vec(harm(), 1..4),
    ) {
        let line = LINES[which];
        let dir = tempfile::tempdir().unwrap();
        let harmed = harmed(broken(line).into_bytes(), &harms);
        std::fs::write(dir.path().join("good.csv"), valid(line)).unwrap();
        std::fs::write(dir.path().join("broken.csv"), harmed).unwrap();
        match report(line, dir.path()) {
            // No figure that a program could not read: JSON has no NaN, and null stands for unknown.
            Ok(json) => prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok()),
            Err(why) => prop_assert!(why.len() > 20 && !why.contains("panicked"), "{why}"),
        }
    }
}
