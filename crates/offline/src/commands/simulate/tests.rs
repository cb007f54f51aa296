//! The command on small files, and its errors.

use super::*;
use clap::Parser;
use std::fmt::Write as _;
use std::path::PathBuf;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn simulate(arguments: &[&str]) -> Result<Report, OfflineError> {
    let line = ["simulate"].iter().chain(arguments);
    run(&Cli::try_parse_from(line).unwrap().args)
}

/// Three topics of words each with common filler, and two numbers that tell a little.
fn table(rows: usize, seed: u64) -> String {
    let topics = [["card", "bank", "money"], ["goal", "team", "match"], ["rain", "wind", "cloud"]];
    let mut rng = tandem_learn::rng::Rng::new(seed);
    let mut out = String::from("text,x,y,place,label\n");
    for _ in 0..rows {
        let k = rng.below(3);
        let word = |rng: &mut tandem_learn::rng::Rng| {
            let topic = if rng.coin(0.6) { k } else { rng.below(3) };
            topics[topic][rng.below(3)]
        };
        let words = [word(&mut rng), word(&mut rng), word(&mut rng)].join(" ");
        let (x, y) = (k as f64 + rng.unit(), rng.unit());
        let place = ["north", "south"][rng.below(2)];
        let _ = writeln!(out, "\"{words}, the\",{x:.3},{y:.3},{place},topic {k}");
    }
    out
}

#[test]
fn tells_labels_savings_and_cost_and_draws() {
    let folder = Folder::new();
    let (train, test) =
        (folder.file("train.csv", &table(400, 1)), folder.file("t.csv", &table(200, 2)));
    let plot = folder.file("plot.svg", "");
    let report = simulate(&[
        "--train",
        &train,
        "--test",
        &test,
        "--text",
        "text",
        "--strategy",
        "auto,margin,entropy",
        "--seed-size",
        "6",
        "--batch",
        "12",
        "--seeds",
        "3",
        "--review-cost",
        "0.5",
        "--plot",
        &plot,
    ])
    .unwrap();
    let json = &report.json;
    assert_eq!((&json["pool_rows"], &json["test_rows"]), (&json!(400), &json!(200)));
    let names: Vec<&str> = json["strategies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["strategy"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["auto", "margin", "entropy", "random"]);
    let goal = json["goal"].as_f64().unwrap();
    assert!((goal - 0.9 * json["full_score"].as_f64().unwrap()).abs() < 1e-12);
    for strategy in json["strategies"].as_array().unwrap() {
        let curve = strategy["curve"].as_array().unwrap();
        assert_eq!((&curve[0]["labels"], &curve[1]["labels"]), (&json!(6), &json!(18)));
        assert_eq!(curve.last().unwrap()["labels"], 400);
        let labels = strategy["labels_to_goal"]["mean"].as_f64().unwrap();
        assert_eq!(strategy["cost_to_goal"].as_f64().unwrap(), 0.5 * labels);
    }
    assert_eq!(json["strategies"][3]["saved_against_random"]["mean"], 0.0);
    for word in ["auto", "labels to 90 %", "cost", "audit slice", "● auto"] {
        assert!(report.text.contains(word), "{word} is missing in\n{}", report.text);
    }
    let svg = std::fs::read_to_string(&plot).unwrap();
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    assert_eq!(svg.matches("<polyline").count(), 4);
    assert_eq!(svg.matches("<polygon").count(), 4);
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn numbers_and_categories_and_a_held_out_part() {
    let folder = Folder::new();
    let train = folder.file("train.csv", &table(300, 1));
    let get = |columns: &[&str]| {
        let mut line = vec!["--train", &train, "--seeds", "1", "--max-labels", "60"];
        line.extend(columns);
        simulate(&line).unwrap().json
    };
    let numbers = get(&["--features", "x,y"]);
    assert_eq!((&numbers["pool_rows"], &numbers["test_rows"]), (&json!(210), &json!(90)));
    assert_eq!(numbers["features"], 2);
    assert_eq!(numbers, get(&["--features", "x..y"]), "a range names the same columns");
    assert!(numbers["full_score"].as_f64().unwrap() > 0.9);
    let both = get(&["--features", "x,y", "--categories", "place", "--text", "text"]);
    assert!(both["features"].as_u64().unwrap() > 10);
    assert_eq!(both["strategies"][0]["labels_to_goal"]["interval"], Value::Null);
    let f1 = get(&["--features", "x", "--metric", "f1:topic 1", "--reviewer-accuracy", "0.9"]);
    assert!(f1["full_score"].as_f64().unwrap() > 0.5);
}

#[test]
fn jsonl_gives_what_csv_gives() {
    let folder = Folder::new();
    let text = table(120, 4);
    let mut lines = String::new();
    for line in text.lines().skip(1) {
        let (words, rest) = line.trim_start_matches('"').split_once("\",").unwrap();
        let cells: Vec<&str> = rest.split(',').collect();
        let _ = writeln!(
            lines,
            "{{\"text\":\"{words}\",\"x\":{},\"y\":{},\"place\":\"{}\",\"label\":\"{}\"}}",
            cells[0], cells[1], cells[2], cells[3]
        );
    }
    let (csv, jsonl) = (folder.file("a.csv", &text), folder.file("a.jsonl", &lines));
    let get = |file: &str| {
        let line = ["--train", file, "--text", "text", "--features", "x,y", "--seeds", "2"];
        simulate(&line).unwrap().json["strategies"].clone()
    };
    assert_eq!(get(&csv), get(&jsonl));
}

#[test]
fn equal_seeds_give_equal_reports() {
    let folder = Folder::new();
    let train = folder.file("train.csv", &table(150, 1));
    let line = ["--train", &train, "--text", "text", "--strategy", "bald,badge,typical,core-set"];
    let (a, b) = (simulate(&line).unwrap(), simulate(&line).unwrap());
    assert_eq!((a.json, a.text), (b.json, b.text));
}

fn refused(arguments: &[&str]) -> String {
    simulate(arguments).unwrap_err().to_string()
}

#[test]
fn bad_files_are_refused_with_the_place_and_the_mend() {
    let folder = Folder::new();
    let good = folder.file("good.csv", &table(40, 1));
    let holds = |message: String, parts: &[&str]| {
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    };
    let empty = folder.file("empty.csv", "");
    holds(refused(&["--train", &empty, "--text", "text"]), &["empty.csv", "is empty"]);
    let no_rows = folder.file("none.csv", "text,label\n");
    holds(refused(&["--train", &no_rows, "--text", "text"]), &["none.csv", "no row"]);
    let one = folder.file("one.csv", "text,label\na b,x\na c,x\na d,x\na e,x\n");
    holds(
        refused(&["--train", &one, "--text", "text"]),
        &["one label only", "`x`", "at least two"],
    );
    let words = folder.file("words.csv", "x,label\n1,a\ntwo,b\n3,a\n");
    holds(
        refused(&["--train", &words, "--features", "x"]),
        &["words.csv, line 3, column `x`", "`two`", "--categories"],
    );
    let infinite = folder.file("inf.csv", "x,label\n1,a\ninf,b\n3,a\n");
    holds(refused(&["--train", &infinite, "--features", "x"]), &["line 3", "no finite number"]);
    let gap = folder.file("gap.csv", "x,label\n1,a\n2,\n3,b\n");
    holds(refused(&["--train", &gap, "--features", "x"]), &["line 3, column `label`", "empty"]);
    holds(refused(&["--train", &good, "--text", "words"]), &["no column `words`", "--text"]);
    holds(refused(&["--train", &good, "--features", "y..x"]), &["second column stands first"]);
    holds(refused(&["--train", &good, "--label", "kind", "--text", "text"]), &["--label"]);
    holds(refused(&["--train", &good]), &["nothing to learn from", "--features"]);
    holds(refused(&["--train", "/nowhere.csv", "--text", "t"]), &["/nowhere.csv"]);
    let short = folder.file("short.csv", "text,label\na,x\n");
    holds(refused(&["--train", &short, "--text", "text"]), &["too few rows"]);
    let rare = folder.file("rare.csv", "text,label\na1,x\nb2,y\nc3,x\nd4,y\ne5,x\nf6,y\n");
    let both = ["--train", &rare, "--test", &rare, "--text", "text"];
    holds(refused(&both), &["no row has a feature", "two rows"]);
    let other = folder.file("other.csv", "text,place\na,b\n");
    holds(
        refused(&["--train", &good, "--test", &other, "--text", "text"]),
        &["other.csv", "`label`"],
    );
}

#[test]
fn bad_options_are_refused() {
    let folder = Folder::new();
    let good = folder.file("good.csv", &table(40, 1));
    for (more, part) in [
        (["--strategy", "best"], "there is no strategy `best`"),
        (["--metric", "auc"], "--metric must be"),
        (["--metric", "f1:snow"], "no row has the label `snow`"),
        (["--reviewer-accuracy", "1.5"], "--reviewer-accuracy"),
        (["--share", "0"], "--share"),
        (["--seeds", "0"], "--seeds"),
        (["--batch", "0"], "--batch"),
        (["--review-cost", "-1"], "--review-cost"),
        (["--plot", "/nowhere/at/all.svg"], "/nowhere/at/all.svg"),
    ] {
        let option = format!("{}={}", more[0], more[1]);
        let message = refused(&["--train", &good, "--text", "text", &option]);
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn texts_in_the_drawing_are_escaped() {
    let series = Series {
        name: "a<b>&\"c\"".to_owned(),
        points: vec![(1.0, 0.5, 0.4, 0.6)],
        band: true,
        mark: None,
    };
    let figure = Figure {
        title: "t & u".to_owned(),
        x: "x".to_owned(),
        y: "y".to_owned(),
        series: vec![series],
        lines: vec![(0.7, "goal".to_owned())],
    };
    let svg = svg::draw(&figure);
    assert!(svg.contains("a&lt;b&gt;&amp;&quot;c&quot;") && svg.contains("t &amp; u"));
    assert!(terminal::draw(&figure, 1, 1).contains("● a<b>"));
}

#[test]
fn axes_end_at_round_numbers() {
    let axis = figure::Axis::new(0.0, 3_080.0, 6);
    assert_eq!((axis.low, axis.high, axis.label(1_000.0)), (0.0, 3_080.0, "1000".to_owned()));
    let axis = figure::Axis::new(0.43, 0.91, 5);
    let labels: Vec<String> = axis.ticks.iter().map(|&t| axis.label(t)).collect();
    assert_eq!(labels, ["0.4", "0.5", "0.6", "0.7", "0.8", "0.9"]);
    assert_eq!(axis.place(0.4), 0.0);
    assert!(figure::Axis::new(2.0, 2.0, 5).ticks.len() > 1);
}
